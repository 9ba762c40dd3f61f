"""The outbox: one row for each alert and chat, kept until its outcome is on record.

A delivery is *pending* until it is *sent*, *dead* (Telegram refuses it: a dead letter, with the
reason) or *closed* (there is nothing to send any more). Taking one is a lease: `visible_at` moves
into the future, and if nobody records an outcome by then it is due again, in doubt whether it
arrived. `attempts` counts the leases; an outcome is only written by the holder of the latest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage import addressing, ledger
from storage.deliveries import content_from, content_to_json, count, ensure
from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import AS_IT_IS, Content, GiveWay
from storage.model.deliveries import State as State  # who works with the outbox has it from here
from storage.model.subscriptions import Subscriber
from storage.tables import alerts, broadcasts, deliveries, places, subscribers


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
    conn: sa.Connection, *, now: datetime, limit: int, lease_for: timedelta
) -> list[Delivery]:
    """Take up to `limit` deliveries that are due at `now` (UTC), at most one a chat.

    A chat's deliveries are taken in the order they were made: nothing overtakes one that waits.
    """
    older = deliveries.alias()
    blocked = (
        sa.select(older.c.id)
        .where(
            older.c.subscriber_id == deliveries.c.subscriber_id,
            older.c.state == State.PENDING,
            older.c.id < deliveries.c.id,
        )
        .exists()
    )
    due = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.state == State.PENDING, deliveries.c.visible_at <= now, ~blocked)
        .order_by(deliveries.c.visible_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(sa.select(due.c.id)))
        .values(
            visible_at=now + lease_for,
            attempts=deliveries.c.attempts + 1,
            leased=True,
            # Whoever held it last never said how it ended: it may have arrived.
            doubts=deliveries.c.doubts + sa.case((deliveries.c.leased, 1), else_=0),
        )
        .returning(deliveries.c.id)
    )
    return _load(conn, list(taken.scalars()))


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


def sent(
    conn: sa.Connection,
    delivery: Delivery,
    message_id: int | None,
    now: datetime,
    content: Content = AS_IT_IS,
) -> bool:
    """Record that a delivery has arrived, and what the chat was told by it; False if its lease was
    somebody else's by then.
    """
    outcome = {"state": State.SENT, "message_id": message_id, "sent_at": now, "reason": ""}
    if not _outcome(conn, delivery, **outcome, told=content_to_json(content)):
        return False
    count(conn, delivery.alert_id, sent=1, at=now)
    ledger.tell(conn, delivery.subscriber.id, content.places, now)
    if content.catch_up:
        others = [up_to for _, up_to in content.places if up_to not in (0, delivery.alert_id)]
        for alert_id in others:
            _told_by_another(conn, alert_id, delivery.subscriber.id, message_id, now)
    return True


def _told_by_another(
    conn: sa.Connection, alert_id: int, subscriber_id: int, message_id: int | None, now: datetime
) -> None:
    """An alert reached a chat in a catch-up: its own delivery there counts as sent by that."""
    ensure(conn, alert_id, subscriber_id, now, None)
    arrived = conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.alert_id == alert_id,
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.state == State.PENDING,
        )
        .values(
            state=State.SENT,
            leased=False,
            message_id=message_id,
            sent_at=now,
            reason="told in a catch-up",
            told=content_to_json(Content(catch_up=True)),
        )
    )
    count(conn, alert_id, sent=arrived.rowcount, at=now)


def retry(
    conn: sa.Connection, delivery: Delivery, at: datetime, reason: str, *, in_doubt: bool
) -> bool:
    """Put a delivery back until `at` (UTC); `in_doubt` if it may have arrived all the same."""
    doubt = 1 if in_doubt else 0
    return _outcome(
        conn, delivery, visible_at=at, reason=reason, doubts=deliveries.c.doubts + doubt
    )


def end(conn: sa.Connection, delivery: Delivery, state: State, reason: str) -> bool:
    """End a delivery without its having been sent, as a dead letter or as closed."""
    written = _outcome(conn, delivery, state=state, reason=reason)
    if written and state is State.CLOSED:
        count(conn, delivery.alert_id, closed=1)
    return written


def give_way(conn: sa.Connection, delivery: Delivery, way: GiveWay, now: datetime) -> bool:
    """Close a delivery that is not to be sent, and have the chat told by other alerts instead.

    `now` is when those are due (UTC). False if the lease was somebody else's by then.
    """
    if not end(conn, delivery, State.CLOSED, way.reason):
        return False
    chat = delivery.subscriber.id
    ledger.knows(conn, chat, way.knew)
    if delivery.doubts:
        ledger.doubt(conn, chat, [status.place for status, _ in way.knew])
    for alert_id in way.to:
        ensure(conn, alert_id, chat, now, now if way.late else None)
    return True


def close_all_of(conn: sa.Connection, subscriber_id: int, reason: str) -> int:
    """Close everything that waits for a chat; returns how many deliveries."""
    closed = conn.scalars(
        sa.update(deliveries)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state == State.PENDING)
        .values(state=State.CLOSED, leased=False, reason=reason)
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
        .values(leased=False, **values)
    )
    return written.rowcount == 1


@dataclass(frozen=True)
class Counts:
    """How many deliveries stand where, and how many may have arrived twice."""

    pending: int
    sent: int
    dead: int
    closed: int
    doubts: int


def counts(conn: sa.Connection) -> Counts:
    """The outbox in numbers."""
    by_state: dict[str, int] = {
        row.state: row.number
        for row in conn.execute(
            sa.select(deliveries.c.state, sa.func.count().label("number")).group_by(
                deliveries.c.state
            )
        )
    }
    doubts = conn.scalar(sa.select(sa.func.coalesce(sa.func.sum(deliveries.c.doubts), 0)))
    return Counts(
        by_state.get(State.PENDING, 0),
        by_state.get(State.SENT, 0),
        by_state.get(State.DEAD, 0),
        by_state.get(State.CLOSED, 0),
        doubts or 0,
    )


@dataclass(frozen=True)
class Broadcast:
    """An alert on its way: how many deliveries it has and where they stand.

    `place_id` is that of its place or area, `place` the name; `still_to_address` is how many chats
    may get a delivery yet; the times are UTC.
    """

    alert_id: int
    kind: AlertKind
    place_id: str
    place: str
    made_at: datetime
    addressed: int
    still_to_address: int
    sent: int
    pending: int
    dead: int
    closed: int
    last_sent_at: datetime | None


@dataclass(frozen=True)
class Progress:
    """The outbox in numbers, and the alerts on their way: those that are not done, and recent ones.

    `due` of the `pending` may go out now, the oldest since `oldest_due_at` (UTC); of the pending
    `urgent` come with a sound and `silent` without. `doubts` may have arrived twice.
    """

    pending: int
    due: int
    oldest_due_at: datetime | None
    urgent: int
    silent: int
    sent: int
    dead: int
    closed: int
    doubts: int
    broadcasts: tuple[Broadcast, ...]


# Of the alerts that are done, those made within this time are told; and so many at most.
RECENT = timedelta(days=1)
MOST_BROADCASTS = 50


def progress(conn: sa.Connection, now: datetime) -> Progress:
    """How far everything is at the time `now` (UTC).

    Reads what is counted for each alert and a few partial indexes, never what has been sent.
    """
    dead = _dead_by_alert(conn)
    rows = conn.execute(
        sa.select(
            broadcasts,
            alerts.c.kind,
            alerts.c.silent,
            alerts.c.place_id,
            places.c.name.label("place"),
        )
        .join(alerts, alerts.c.id == broadcasts.c.alert_id)
        .join(places, places.c.id == alerts.c.place_id)
        .order_by(broadcasts.c.alert_id.desc())
    ).all()
    pending = {r.alert_id: r.addressed - r.sent - r.closed - dead.get(r.alert_id, 0) for r in rows}
    silent = sum(pending[r.alert_id] for r in rows if r.silent)
    shown = [
        r
        for r in rows
        if r.finished_at is None
        or pending[r.alert_id]
        or (r.addressed and r.made_at > now - RECENT)
    ]
    due = (deliveries.c.state == State.PENDING, deliveries.c.visible_at <= now)
    number, oldest = conn.execute(
        sa.select(sa.func.count(), sa.func.min(deliveries.c.visible_at)).where(*due)
    ).one()
    return Progress(
        pending=sum(pending.values()),
        due=number,
        oldest_due_at=oldest,
        urgent=sum(pending.values()) - silent,
        silent=silent,
        sent=sum(r.sent for r in rows),
        dead=sum(dead.values()),
        closed=sum(r.closed for r in rows),
        doubts=conn.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(deliveries.c.doubts), 0)).where(
                deliveries.c.doubts > 0
            )
        )
        or 0,
        broadcasts=tuple(
            Broadcast(
                r.alert_id,
                AlertKind(r.kind),
                r.place_id,
                r.place,
                r.made_at,
                r.addressed,
                0 if r.finished_at else addressing.still_to_address(conn, r),
                r.sent,
                pending[r.alert_id],
                dead.get(r.alert_id, 0),
                r.closed,
                r.last_sent_at,
            )
            for r in shown[:MOST_BROADCASTS]
        ),
    )


def _dead_by_alert(conn: sa.Connection) -> dict[int, int]:
    rows = conn.execute(
        sa.select(deliveries.c.alert_id, sa.func.count().label("number"))
        .where(deliveries.c.state == State.DEAD)
        .group_by(deliveries.c.alert_id)
    )
    return {row.alert_id: row.number for row in rows}
