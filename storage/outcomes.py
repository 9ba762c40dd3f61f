"""How deliveries ended, recorded for many at once in one transaction.

As everywhere in the outbox, an outcome is only written by the holder of the latest lease.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import outbox, subscribers
from storage.deliveries import count
from storage.outbox import State
from storage.tables import alerts, deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.outbox import Delivery


@dataclass(frozen=True)
class Sent:
    """It has arrived, at a time (UTC), as this message (None: an earlier one was edited)."""

    delivery: Delivery
    message_id: int | None
    at: datetime


@dataclass(frozen=True)
class PutBack:
    """It is due again at a time (UTC), or in its old place in the order of all (None).

    `in_doubt` if it may have arrived all the same.
    """

    delivery: Delivery
    at: datetime | None
    reason: str
    in_doubt: bool = False


@dataclass(frozen=True)
class Ended:
    """It ended without having been sent, as a dead letter or as closed."""

    delivery: Delivery
    state: State
    reason: str


@dataclass(frozen=True)
class Moved:
    """Its chat has another id now, where it is due again at once (UTC)."""

    delivery: Delivery
    new_chat_id: int | None
    at: datetime
    reason: str


@dataclass(frozen=True)
class Left:
    """Its chat is gone: the chat keeps its settings, and nothing waits for it any more."""

    delivery: Delivery
    reason: str


Ending = Sent | PutBack | Ended | Moved | Left


def record(conn: sa.Connection, endings: Sequence[Ending]) -> None:
    """Record how these deliveries ended; what somebody else has leased since is left alone."""
    sent = _still_held(conn, [e for e in endings if isinstance(e, Sent)])
    if sent:
        conn.execute(
            _held().values(
                state=State.SENT.value,
                leased=False,
                message_id=sa.bindparam("message"),
                sent_at=sa.bindparam("at"),
                reason="",
            ),
            [{**_holder(e.delivery), "message": e.message_id, "at": e.at} for e in sent],
        )
        newest = max(e.at for e in sent)
        for alert_id, number in Counter(e.delivery.alert_id for e in sent).items():
            count(conn, alert_id, sent=number, at=newest)
    _put_back([e for e in endings if isinstance(e, PutBack)], conn)
    for ending in endings:
        match ending:
            case Ended():
                outbox.end(conn, ending.delivery, ending.state, ending.reason)
            case Moved():
                outbox.retry(conn, ending.delivery, ending.at, ending.reason, in_doubt=False)
                if ending.new_chat_id is not None:
                    old = ending.delivery.subscriber.chat_id
                    subscribers.migrate_chat(conn, old, ending.new_chat_id)
            case Left():
                subscribers.deactivate(conn, ending.delivery.subscriber.chat_id)
                outbox.close_all_of(conn, ending.delivery.subscriber.id, ending.reason)


def _put_back(back: Sequence[PutBack], conn: sa.Connection) -> None:
    values: dict[str, Any] = {
        "leased": False,
        "reason": sa.bindparam("why"),
        "doubts": deliveries.c.doubts + sa.bindparam("doubt"),
    }
    # When it was due first: before everything that was made later.
    made_at = sa.select(alerts.c.made_at).where(alerts.c.id == deliveries.c.alert_id)
    for due, those in (
        (made_at.scalar_subquery(), [e for e in back if e.at is None]),
        (sa.bindparam("at"), [e for e in back if e.at is not None]),
    ):
        if those:
            conn.execute(
                _held().values(visible_at=due, **values),
                [
                    {**_holder(e.delivery), "why": e.reason, "doubt": int(e.in_doubt)}
                    | ({} if e.at is None else {"at": e.at})
                    for e in those
                ],
            )


def _still_held(conn: sa.Connection, sent: Sequence[Sent]) -> list[Sent]:
    """Those whose lease nobody else has taken since, kept from others until the commit."""
    rows = conn.execute(
        sa.select(deliveries.c.id, deliveries.c.attempts)
        .where(
            deliveries.c.id.in_([e.delivery.id for e in sent]),
            deliveries.c.state == State.PENDING.value,
        )
        .with_for_update()
    )
    held = {(row.id, row.attempts) for row in rows}
    return [e for e in sent if (e.delivery.id, e.delivery.attempts) in held]


def _held() -> sa.Update:
    return sa.update(deliveries).where(
        deliveries.c.id == sa.bindparam("held"),
        deliveries.c.attempts == sa.bindparam("lease"),
        deliveries.c.state == State.PENDING.value,
    )


def _holder(delivery: Delivery) -> dict[str, Any]:
    return {"held": delivery.id, "lease": delivery.attempts}
