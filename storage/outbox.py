"""The outbox: one row for each alert and chat, kept until its outcome is on record.

A delivery is *pending* until it is *sent*, *dead* (Telegram refuses it: a dead letter, with the
reason) or *closed* (there is nothing to send any more). Taking one is a lease: `visible_at` moves
into the future, and if nobody records an outcome by then it is due again, in doubt whether it
arrived. `attempts` counts the leases; an outcome is only written by the holder of the latest one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.alerts import EDITS, AlertKind
from storage.model.subscriptions import Subscriber
from storage.tables import alerts, areas, deliveries, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    CLOSED = "closed"


@dataclass(frozen=True)
class Delivery:
    """One alert for one chat, leased. `about_message` is the message that an earlier alert was
    sent as to this chat: the one to edit or to reply to.
    """

    id: int
    alert_id: int
    kind: AlertKind
    subscriber: Subscriber
    attempts: int
    about_message: int | None

    @property
    def is_edit(self) -> bool:
        """Whether a message sent before is edited, instead of a new one sent."""
        return self.kind in EDITS


def address_subscribers(
    conn: sa.Connection,
    alert_id: int,
    place_id: str,
    now: datetime,
    *,
    except_areas: Collection[str] = (),
    except_alerts: Collection[int] = (),
) -> int:
    """Make a delivery for everyone subscribed to the place or to an area that it belongs to.

    Left out are those who only hear of it through one of `except_areas` (an area alert of its
    own tells them), and those who were sent one of `except_alerts`. Returns how many.
    """
    statement = _TO_SUBSCRIBERS_EXCEPT if except_alerts else _TO_SUBSCRIBERS
    values = {
        "alert": alert_id,
        "now": now,
        "place": place_id,
        "except_areas": list(except_areas),
        "except_alerts": list(except_alerts),
    }
    # Without the option, PostgreSQL's driver does not say how many rows an INSERT made.
    return conn.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount


def address_told(
    conn: sa.Connection,
    alert_id: int,
    told_id: int,
    now: datetime,
    *,
    except_told: Collection[int] = (),
) -> int:
    """Make a delivery for every chat that was, or still will be, sent the alert `told_id`.

    Left out are the chats that were or will be sent one of `except_told`.
    """
    told = _told(told_id)
    chat = told.selected_columns.subscriber_id
    for other in except_told:
        told = told.where(chat.not_in(_told(other)))
    written = conn.execute(
        _address(told),
        {"alert": alert_id, "now": now},
        execution_options={"preserve_rowcount": True},
    )
    return written.rowcount


def _told(alert_id: int) -> sa.Select[tuple[int]]:
    sent = deliveries.alias()
    return sa.select(sent.c.subscriber_id).where(
        sent.c.alert_id == alert_id, sent.c.state.in_([State.SENT, State.PENDING])
    )


def close_unsent(conn: sa.Connection, alert_id: int, reason: str) -> int:
    """Close the deliveries of an alert that were certainly not sent; returns how many."""
    return conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.alert_id == alert_id,
            deliveries.c.state == State.PENDING,
            # One under lease, or whose outcome was never learnt, may have reached the chat.
            deliveries.c.leased.is_(False),
            deliveries.c.doubts == 0,
        )
        .values(state=State.CLOSED, reason=reason)
    ).rowcount


def _address(wanted: sa.Select[tuple[int]]) -> sa.Insert:
    """A delivery of the alert `:alert`, due at the time `:now`, for each chat that is wanted."""
    chosen = wanted.subquery()
    rows = sa.select(
        sa.bindparam("alert", type_=deliveries.c.alert_id.type),
        chosen.c.subscriber_id,
        sa.literal(State.PENDING.value),
        sa.bindparam("now", type_=deliveries.c.visible_at.type),
        sa.false(),
        sa.literal(0),
        sa.literal(0),
        sa.literal(""),
    ).order_by(chosen.c.subscriber_id)
    names = [
        "alert_id",
        "subscriber_id",
        "state",
        "visible_at",
        "leased",
        "attempts",
        "doubts",
        "reason",
    ]
    # A Python default would be evaluated once for all rows.
    return sa.insert(deliveries).from_select(names, rows, include_defaults=False)


def _subscribed() -> sa.Select[tuple[int]]:
    """Who is subscribed to `:place`, or to an area that it belongs to."""
    of_areas = sa.select(areas.c.area_id).where(
        areas.c.place_id == sa.bindparam("place"),
        areas.c.area_id.not_in(sa.bindparam("except_areas", expanding=True)),
    )
    return (
        sa.select(subscriptions.c.subscriber_id)
        .join(subscribers)
        .where(
            (subscriptions.c.place_id == sa.bindparam("place"))
            | subscriptions.c.place_id.in_(of_areas),
            subscribers.c.active,
        )
        .distinct()
    )


def _except_sent() -> sa.ColumnElement[bool]:
    sent = sa.select(deliveries.c.subscriber_id).where(
        deliveries.c.alert_id.in_(sa.bindparam("except_alerts", expanding=True))
    )
    return subscriptions.c.subscriber_id.not_in(sent)


# Made once: to put them together takes longer than to run them where nobody is subscribed.
_TO_SUBSCRIBERS = _address(_subscribed())
_TO_SUBSCRIBERS_EXCEPT = _address(_subscribed().where(_except_sent()))


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
            alerts.c.kind,
            earlier.c.message_id.label("about_message"),
            subscribers.c.id.label("subscriber_id"),
            subscribers.c.chat_id,
            subscribers.c.is_group,
            subscribers.c.zone,
            subscribers.c.active,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
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
        )
        for row in rows
    ]


def sent(conn: sa.Connection, delivery: Delivery, message_id: int | None, now: datetime) -> bool:
    """Record that a delivery has arrived; False if its lease was somebody else's by then."""
    return _outcome(conn, delivery, state=State.SENT, message_id=message_id, sent_at=now, reason="")


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
    return _outcome(conn, delivery, state=state, reason=reason)


def close_all_of(conn: sa.Connection, subscriber_id: int, reason: str) -> int:
    """Close everything that waits for a chat; returns how many deliveries."""
    return conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state == State.PENDING)
        .values(state=State.CLOSED, leased=False, reason=reason)
    ).rowcount


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
