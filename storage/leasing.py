"""Which deliveries go out next: what is due is leased, each kind in its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import catch_ups
from storage.deliveries import content_from
from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import AS_IT_IS, Content, State
from storage.model.subscriptions import Subscriber
from storage.tables import alerts, broadcasts, deliveries, subscribers

if TYPE_CHECKING:
    from datetime import datetime, timedelta

# The newest alerts, so many at most, take turns; so many of them with each lease.
TAKE_TURNS, AT_A_TURN = 100, 8
# So many beside those wanted may be leased already, or wait for another one, and are passed over.
PASSED_OVER = 500


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
    turn: int = 0,
) -> list[Delivery]:
    """Take up to `limit` deliveries that are due at `now` (UTC), of a chat at most one new message
    and one edit of an old one. With `edits` up to that many edits are taken beside the limit.

    What rings is taken first, then what is silent, then edits. Of each kind half the room is shared
    by alerts in turn, and the rest is for what is due first: an alert for ten chats must not wait
    until an older one has gone to a hundred thousand. `turn` is how often was leased before: each
    time another alert begins. A chat's deliveries are taken in the order they were made: nothing
    overtakes one that waits, except that a new message waits for no edit.
    """
    _read_by_index(conn)
    picked: list[int] = []
    # Where all that was looked at has to wait for something else, everything is looked at.
    for most in (PASSED_OVER, None):
        for kind in (_Kind(silent=False), _Kind(silent=True), _Kind(silent=True, edit=True)):
            room = edits if kind.edit and edits is not None else limit - len(picked)
            if room > 0:
                picked += _pick(conn, kind, now, room, turn, most)
        if picked:
            break
    return _load(conn, _take(conn, picked, now, now + lease_for)) if picked else []


def _read_by_index(conn: sa.Connection) -> None:
    """Have PostgreSQL read what is due in the order of its index, in this transaction.

    Its statistics say that hardly anything waits until some time after an alert was made for many.
    It would then read and sort all that waits for each lease, a quarter of a second for a million.
    """
    if conn.dialect.name == "postgresql":
        ways = ("enable_sort", "enable_bitmapscan")
        off = (sa.func.set_config(way, "off", True) for way in ways)  # True: for this transaction
        conn.execute(sa.select(*off))


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


def _pick(
    conn: sa.Connection, kind: _Kind, now: datetime, limit: int, turn: int, most: int | None
) -> list[int]:
    """The ids of up to `limit` deliveries of a kind that may go out; `most` as for `_due`."""
    picked: list[int] = []
    waiting = conn.scalars(_newest(kind)).all()
    # Where there is room for one only, every other one.
    for_turns = (limit + turn % 2) // 2
    if len(waiting) > 1 and most is not None:
        first = turn // 2 % len(waiting)
        turns = [*waiting[first:], *waiting[:first]][:AT_A_TURN]
        share = max(1, for_turns // len(turns))
        for alert_id in turns:
            if len(picked) + share <= for_turns:
                picked += conn.scalars(_due(now, share, kind, PASSED_OVER, alert_id))
    if waiting:
        # Those picked already may be the first ones once more.
        picked += conn.scalars(_due(now, limit, kind, most))
    return list(dict.fromkeys(picked))[:limit]


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


def _due(
    now: datetime, limit: int, kind: _Kind, most: int | None, alert_id: int | None = None
) -> sa.Select[int]:
    """What is due first at `now`, of all or of one alert.

    Their chats may all have an older message to wait for: beside those wanted `most` are looked at,
    and not a million (None: all).
    """
    first = sa.select(deliveries.c.id, deliveries.c.subscriber_id, deliveries.c.visible_at)
    first = first.where(*kind.of(deliveries)).limit(None if most is None else limit + most)
    if alert_id is None:
        first = first.where(deliveries.c.visible_at <= now)
        order: tuple[sa.ColumnElement[Any], ...] = (deliveries.c.visible_at, deliveries.c.id)
    else:
        first = first.where(deliveries.c.alert_id == alert_id)
        order = (deliveries.c.alert_id, deliveries.c.id)
    # As its index is, as a whole: by their ids alone it would look for them among all there are.
    first = first.order_by(deliveries.c.silent, deliveries.c.edit, *order)
    found, older = first.subquery(), deliveries.alias()
    # Not "there is no older one": while the statistics do not know yet that many wait, PostgreSQL
    # would go through all of them for each. This way it looks at one index entry of the chat.
    oldest = (
        sa.select(older.c.id)
        .where(
            older.c.subscriber_id == found.c.subscriber_id,
            older.c.state == State.PENDING,
            *(() if kind.edit else (older.c.edit.is_(False),)),
        )
        .order_by(older.c.subscriber_id, older.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return (
        sa.select(found.c.id)
        .where(found.c.visible_at <= now, found.c.id == oldest)
        .order_by(found.c.visible_at, found.c.id)
        .limit(limit)
    )


def _take(conn: sa.Connection, picked: list[int], now: datetime, until: datetime) -> list[int]:
    """Lease those of them that nobody else has taken since."""
    due = (
        sa.select(deliveries.c.id)
        .where(
            deliveries.c.id.in_(picked),
            deliveries.c.state == State.PENDING,
            deliveries.c.visible_at <= now,
        )
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
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
