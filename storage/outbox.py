"""The outbox: one row for each alert and chat, kept until its outcome is on record.

A delivery is *pending* until it is *sent*, *dead* (Telegram refuses it: a dead letter, with the
reason) or *closed* (there is nothing to send any more). Taking one is a lease: `visible_at` moves
into the future, and if nobody records an outcome by then it is due again. Before its call is made
that is marked: only what was marked is in doubt then whether it arrived. `attempts` counts the
leases; an outcome, and the mark, is only written by the holder of the latest one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import catch_ups, ledger
from storage.deliveries import LET_GO, content_from, content_to_json, count, ensure
from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import AS_IT_IS, Content, GiveWay
from storage.model.deliveries import State as State  # who works with the outbox has it from here
from storage.model.subscriptions import Subscriber
from storage.progress import Counts as Counts  # as above
from storage.progress import counts as counts
from storage.progress import progress as progress
from storage.tables import alerts, broadcasts, deliveries, subscribers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

# The newest alerts, so many at most, have a share of their own of what is leased.
TAKE_TURNS = 8
# So many of an alert may be leased already, and are passed over.
UNDER_WAY = 500


@dataclass(frozen=True)
class Delivery:
    """One alert for one chat, leased. `about_message` is the message that an earlier alert was
    sent as to this chat: the one to edit or to reply to; `about` is how that was told, and
    `about_reached` whether it arrived or may have.

    After the `deadline` (UTC) it is no fresh news any more. `doubts` is how often it may have
    arrived already.
    """

    id: int
    alert_id: int
    kind: AlertKind
    subscriber: Subscriber
    attempts: int
    about_message: int | None
    about: Content = AS_IT_IS
    about_reached: bool = False
    doubts: int = 0
    deadline: datetime | None = None

    @property
    def is_edit(self) -> bool:
        """Whether a message sent before is edited, instead of a new one sent."""
        return self.kind in EDITS


def lease(
    conn: sa.Connection,
    *,
    now: datetime,
    limit: int,
    lease_for: timedelta,
    edits: int | None = None,
) -> list[Delivery]:
    """Take up to `limit` deliveries that are due at `now` (UTC), of a chat at most one new message
    and one edit of an old one. With `edits` up to that many edits are taken beside the limit.

    What rings is taken first, then what is silent, then edits. Of each kind half the room is shared
    by the newest alerts, and the rest is for what is due first: an alert for ten chats must not
    wait until an older one has gone to a hundred thousand. A chat's deliveries are taken in the
    order they were made: nothing overtakes one that waits, except that a new message waits for no
    edit.
    """
    taken: list[int] = []
    for kind in (_Kind(silent=False), _Kind(silent=True), _Kind(silent=True, edit=True)):
        room = edits if kind.edit and edits is not None else limit - len(taken)
        if room > 0:
            taken += _lease_kind(conn, kind, now, room, now + lease_for)
    return _load(conn, taken)


@dataclass(frozen=True)
class _Kind:
    """What is leased together."""

    silent: bool
    edit: bool = False

    def of(self, table: Any) -> tuple[sa.ColumnElement[bool], ...]:
        """What the deliveries of this kind are that wait."""
        return (
            table.c.state == State.PENDING,
            table.c.silent.is_(self.silent),
            table.c.edit.is_(self.edit),
        )


def _lease_kind(
    conn: sa.Connection, kind: _Kind, now: datetime, limit: int, until: datetime
) -> list[int]:
    taken: list[int] = []
    newest = conn.scalars(_newest(kind)).all()
    if len(newest) > 1:
        share = max(1, limit // 2 // len(newest))
        for alert_id in newest:
            if share <= limit - len(taken):
                taken += _take(conn, _due(now, share, kind, alert_id), until)
    if len(taken) < limit:
        taken += _take(conn, _due(now, limit - len(taken), kind), until)
    return taken


def _newest(kind: _Kind) -> sa.Select[int]:
    """The newest alerts that wait, by one look into the index for each: a million deliveries of one
    alert are not read.
    """
    older = deliveries.alias()
    newest = sa.select(
        sa.func.max(deliveries.c.alert_id).label("alert_id"), sa.literal(1).label("n")
    )
    found = newest.where(*kind.of(deliveries)).cte("newest", recursive=True)
    before = sa.select(sa.func.max(older.c.alert_id)).where(
        *kind.of(older), older.c.alert_id < found.c.alert_id
    )
    found = found.union_all(
        sa.select(before.scalar_subquery(), found.c.n + 1).where(
            found.c.alert_id.is_not(None), found.c.n < TAKE_TURNS
        )
    )
    return sa.select(found.c.alert_id).where(found.c.alert_id.is_not(None))


def _due(now: datetime, limit: int, kind: _Kind, alert_id: int | None = None) -> sa.CTE:
    """What is due first, of all or of one alert."""
    older = deliveries.alias()
    # Not "there is no older one": while the statistics do not know yet that many wait, PostgreSQL
    # would go through all of them for each. This way it looks at one index entry of the chat.
    oldest = (
        sa.select(older.c.id)
        .where(
            older.c.subscriber_id == deliveries.c.subscriber_id,
            older.c.state == State.PENDING,
            *(() if kind.edit else (older.c.edit.is_(False),)),
        )
        .order_by(older.c.subscriber_id, older.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(deliveries.c.id)
        .where(
            *kind.of(deliveries),
            *(() if alert_id is None else (deliveries.c.id.in_(_first(kind, alert_id, limit)),)),
            deliveries.c.visible_at <= now,
            deliveries.c.id == oldest,
        )
        .order_by(deliveries.c.visible_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _first(kind: _Kind, alert_id: int, limit: int) -> sa.Select[int]:
    """The first of an alert that wait. Its chats may all have an older alert to wait for: not all
    of a million are asked.
    """
    first = deliveries.alias()
    return (
        sa.select(first.c.id)
        .where(*kind.of(first), first.c.alert_id == alert_id)
        .order_by(first.c.id)
        .limit(limit + UNDER_WAY)
    )


def _take(conn: sa.Connection, due: sa.CTE, until: datetime) -> list[int]:
    taken = conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(sa.select(due.c.id)))
        .values(
            visible_at=until,
            attempts=deliveries.c.attempts + 1,
            leased=True,
            begun_by=None,
            # Whoever began it last never said how it ended: it may have arrived.
            doubts=deliveries.c.doubts + sa.case((deliveries.c.begun_by.is_not(None), 1), else_=0),
        )
        .returning(deliveries.c.id, deliveries.c.doubts)
    ).all()
    catch_ups.doubt_others(conn, [row.id for row in taken if row.doubts])
    return [row.id for row in taken]


def _load(conn: sa.Connection, ids: list[int]) -> list[Delivery]:
    earlier = deliveries.alias()
    rows = conn.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.alert_id,
            deliveries.c.attempts,
            deliveries.c.doubts,
            sa.func.coalesce(deliveries.c.deadline_at, broadcasts.c.deadline_at).label("deadline"),
            alerts.c.kind,
            earlier.c.message_id.label("about_message"),
            earlier.c.told.label("about_told"),
            earlier.c.doubts.label("about_doubts"),
            subscribers.c.id.label("subscriber_id"),
            subscribers.c.chat_id,
            subscribers.c.is_group,
            subscribers.c.zone,
            subscribers.c.active,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .outerjoin(broadcasts, broadcasts.c.alert_id == deliveries.c.alert_id)
        .outerjoin(
            earlier,
            (earlier.c.alert_id == alerts.c.about_id)
            & (earlier.c.subscriber_id == deliveries.c.subscriber_id),
        )
        .where(deliveries.c.id.in_(ids))
        .order_by(deliveries.c.id)
    )
    return [
        Delivery(
            row.id,
            row.alert_id,
            AlertKind(row.kind),
            Subscriber(row.subscriber_id, row.chat_id, row.is_group, row.zone, row.active),
            row.attempts,
            row.about_message,
            content_from(row.about_told),
            row.about_message is not None or bool(row.about_doubts),
            row.doubts,
            row.deadline,
        )
        for row in rows
    ]


def begin(
    conn: sa.Connection, wanted: Sequence[tuple[Delivery, Content]], now: datetime
) -> set[int]:
    """Mark, at `now` (UTC), that the calls of these deliveries are about to be made, each with what
    it tells. Returns the ids of those that may go out.

    The others are not to be sent: they were closed since they were leased, are to be put together
    anew, or somebody else has leased them.
    """
    leases = {delivery.id: delivery.attempts for delivery, _ in wanted}
    if not leases:
        return set()
    rows = conn.execute(
        sa.select(deliveries.c.id, deliveries.c.attempts)
        .where(deliveries.c.id.in_(list(leases)), deliveries.c.state == State.PENDING)
        .order_by(deliveries.c.id)
        .with_for_update()
    )
    mine = {row.id for row in rows if row.attempts == leases[row.id]}
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(list(mine)))
        .values(begun_by=deliveries.c.id)
    )
    for delivery, content in wanted:
        if content.catch_up and delivery.id in mine:
            catch_ups.begin_others(conn, delivery, content, now)
    return mine


def put_together_anew(conn: sa.Connection, subscriber_id: int) -> None:
    """A chat wants to hear of something else than before: what was leased for it and not begun
    waits again, and tells what is so when it is leased next.
    """
    made_at = sa.select(alerts.c.made_at).where(alerts.c.id == deliveries.c.alert_id)
    conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.state == State.PENDING,
            deliveries.c.leased,
            deliveries.c.begun_by.is_(None),
        )
        .values(
            attempts=deliveries.c.attempts + 1, visible_at=made_at.scalar_subquery(), leased=False
        )
    )


@dataclass(frozen=True)
class Arrived:
    """A delivery that has certainly arrived at a time (UTC), as this message (None: an earlier
    message was edited), and what the chat was told by it.
    """

    delivery: Delivery
    message_id: int | None
    at: datetime
    content: Content = AS_IT_IS


def sent_all(conn: sa.Connection, arrived: Sequence[Arrived]) -> int:
    """Record that deliveries have arrived, and what their chats were told; returns how many.

    The rest was leased by somebody else meanwhile. Their chats were told it all the same.
    """
    if not arrived:
        return 0
    rows = conn.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.attempts,
            deliveries.c.state,
            deliveries.c.subscriber_id,
        )
        .where(deliveries.c.id.in_([a.delivery.id for a in arrived]))
        .order_by(deliveries.c.id)
        .with_for_update()
    ).all()
    # Not those that are on record: the database may have lost its answer, and not what it was told.
    held = {(row.id, row.attempts) for row in rows if row.state == State.PENDING}
    # The chat may have been made one with another meanwhile, or be forgotten.
    chats = {row.id: row.subscriber_id for row in rows}
    mine = [a for a in arrived if (a.delivery.id, a.delivery.attempts) in held]
    _mark_sent(conn, mine)
    last = {a.delivery.alert_id: a.at for a in sorted(mine, key=lambda a: a.at)}
    for alert_id, number in Counter(a.delivery.alert_id for a in mine).items():
        count(conn, alert_id, sent=number, at=last[alert_id])
    kept = [(chats[a.delivery.id], a) for a in arrived if a.delivery.id in chats]
    ledger.tell(conn, [(chat, a.content.places, a.at) for chat, a in kept])
    for chat, a in kept:
        if a.content.catch_up:
            catch_ups.told_others(conn, chat, a)
    return len(mine)


def _mark_sent(conn: sa.Connection, arrived: Sequence[Arrived]) -> None:
    if not arrived:
        return
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == sa.bindparam("held"))
        .values(
            state=State.SENT,
            reason="",
            message_id=sa.bindparam("message"),
            sent_at=sa.bindparam("at"),
            told=sa.bindparam("how"),
            **LET_GO,
        ),
        [
            {
                "held": a.delivery.id,
                "message": a.message_id,
                "at": a.at,
                "how": content_to_json(a.content),
            }
            for a in arrived
        ],
    )


def retry(
    conn: sa.Connection,
    delivery: Delivery,
    at: datetime,
    reason: str,
    *,
    in_doubt: bool,
    content: Content = AS_IT_IS,
) -> bool:
    """Put a delivery back until `at` (UTC).

    `in_doubt` if it may have arrived all the same, and told its chat the `content`.
    """
    doubt = 1 if in_doubt else 0
    catch_ups.end_others(conn, delivery, content, in_doubt=in_doubt)
    return _outcome(
        conn, delivery, visible_at=at, reason=reason, doubts=deliveries.c.doubts + doubt
    )


def end(conn: sa.Connection, delivery: Delivery, state: State, reason: str, now: datetime) -> bool:
    """End a delivery without its having been sent, as a dead letter or as closed, at `now` (UTC).

    False if the lease was somebody else's by then.
    """
    written = _outcome(conn, delivery, state=state, reason=reason, visible_at=now)
    if written and state is State.CLOSED:
        count(conn, delivery.alert_id, closed=1)
    return written


def give_way(conn: sa.Connection, delivery: Delivery, way: GiveWay, now: datetime) -> bool:
    """Close a delivery that is not to be sent, and have the chat told by other alerts instead.

    `now` is when those are due (UTC). False if the lease was somebody else's by then.
    """
    if not end(conn, delivery, State.CLOSED, way.reason, now):
        return False
    # The chat may have been made one with another meanwhile.
    chat = conn.scalars(
        sa.select(deliveries.c.subscriber_id).where(deliveries.c.id == delivery.id)
    ).one()
    ledger.knows(conn, chat, way.knew)
    if delivery.doubts:
        ledger.doubt(conn, chat, [status.place for status, _ in way.knew])
    for alert_id in way.to:
        ensure(conn, alert_id, chat, now, now if way.late else None)
    return True


def waiting_for(conn: sa.Connection, subscriber_id: int) -> list[int]:
    """The alerts that wait for a chat, in the order in which they are sent."""
    rows = conn.scalars(
        sa.select(deliveries.c.alert_id)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state == State.PENDING)
        .order_by(deliveries.c.id)
    )
    return list(rows)


def close_all_of(
    conn: sa.Connection, subscriber_id: int, reason: str, *, dead: bool = False
) -> int:
    """Close everything that waits for a chat, with `dead` its dead letters as well; returns how
    many deliveries.
    """
    states = [State.PENDING, State.DEAD] if dead else [State.PENDING]
    closed = conn.scalars(
        sa.update(deliveries)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state.in_(states))
        .values(state=State.CLOSED, reason=reason, **LET_GO)
        .returning(deliveries.c.alert_id)
    ).all()
    for alert_id in closed:
        count(conn, alert_id, closed=1)
    return len(closed)


def _outcome(conn: sa.Connection, delivery: Delivery, **values: Any) -> bool:
    written = conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.attempts == delivery.attempts,
            deliveries.c.state == State.PENDING,
        )
        .values(**values, **LET_GO)
    )
    return written.rowcount == 1
