"""Messages that tell a chat of several places: what that means for the other places' deliveries.

One delivery carries such a message. While its call is under way the deliveries of the other alerts
that it tells of count as under way, too: whoever looks for the chats that an alert may have reached
finds them, whatever becomes of the process that makes the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import ledger
from storage.deliveries import LET_GO, content_to_json, count, ensure
from storage.model.deliveries import Content, State
from storage.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.leasing import Delivery
    from storage.outbox import Arrived

_PENDING = deliveries.c.state == State.PENDING


def begin_others(conn: sa.Connection, carrier: Delivery, content: Content, now: datetime) -> None:
    """A catch-up is about to be sent at `now` (UTC): the others that it tells of go with it."""
    chat = _chat_of(conn, carrier)
    others = _others(carrier, content)
    for alert_id in others:
        ensure(conn, alert_id, chat, now, now)
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.subscriber_id == chat, deliveries.c.alert_id.in_(others), _PENDING)
        .values(leased=True, begun_by=carrier.id)
    )


def end_others(conn: sa.Connection, carrier: Delivery, content: Content, *, in_doubt: bool) -> None:
    """A catch-up did not arrive, or nobody knows (`in_doubt`): note that of what it told."""
    if not content.catch_up:
        return
    # Not where somebody else holds it by now.
    mine = (deliveries.c.id == carrier.id) & (deliveries.c.attempts == carrier.attempts)
    _let_go(conn, mine, [carrier.id], doubts=1 if in_doubt else 0)
    if in_doubt:
        places = [status.place for status, _ in content.places]
        ledger.doubt(conn, carrier.subscriber.id, places)


def doubt_others(conn: sa.Connection, carriers: Collection[int]) -> None:
    """Nobody said how the calls of these deliveries ended: what else they told is in doubt too."""
    if carriers:
        _let_go(conn, deliveries.c.id.in_(list(carriers)), list(carriers), doubts=1)


def told_others(conn: sa.Connection, chat: int, arrived: Arrived) -> None:
    """Alerts reached a chat in a catch-up: their own deliveries there count as sent by that."""
    for alert_id in _others(arrived.delivery, arrived.content):
        ensure(conn, alert_id, chat, arrived.at, None)
        told = conn.execute(
            sa.update(deliveries)
            .where(deliveries.c.alert_id == alert_id, deliveries.c.subscriber_id == chat, _PENDING)
            .values(
                state=State.SENT,
                message_id=arrived.message_id,
                sent_at=arrived.at,
                reason="told in a catch-up",
                told=content_to_json(Content(catch_up=True)),
                **LET_GO,
            )
        )
        count(conn, alert_id, sent=told.rowcount, at=arrived.at)


def _others(carrier: Delivery, content: Content) -> list[int]:
    return [alert_id for _, alert_id in content.places if alert_id != carrier.alert_id]


def _chat_of(conn: sa.Connection, delivery: Delivery) -> int:
    # It may have been made one with another since it was leased.
    chat: int = conn.scalars(
        sa.select(deliveries.c.subscriber_id).where(deliveries.c.id == delivery.id)
    ).one()
    return chat


def _let_go(
    conn: sa.Connection, of: sa.ColumnElement[bool], carriers: list[int], *, doubts: int
) -> None:
    values: dict[str, Any] = {**LET_GO, "doubts": deliveries.c.doubts + doubts}
    conn.execute(
        sa.update(deliveries)
        .where(
            # By the index of what waits for a chat.
            deliveries.c.subscriber_id.in_(sa.select(deliveries.c.subscriber_id).where(of)),
            _PENDING,
            deliveries.c.begun_by.in_(carriers),
            deliveries.c.id.not_in(carriers),
        )
        .values(**values)
    )
