"""How deliveries ended, recorded for many at once in one transaction.

As everywhere in the outbox, an outcome is only written by the holder of the latest lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import catch_ups, outbox, subscribers
from storage.deliveries import LET_GO
from storage.model.deliveries import AS_IT_IS, Content, GiveWay
from storage.outbox import Arrived, State
from storage.tables import alerts, deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.leasing import Delivery


@dataclass(frozen=True)
class PutBack:
    """It is due again at a time (UTC), or in its old place in the order of all (None).

    `in_doubt` if it may have arrived all the same. The `content` is what it tells.
    """

    delivery: Delivery
    at: datetime | None
    reason: str
    in_doubt: bool = False
    content: Content = AS_IT_IS


@dataclass(frozen=True)
class GaveWay:
    """It is not to be sent, for others that are due at a time (UTC) instead, if any."""

    delivery: Delivery
    way: GiveWay
    at: datetime


@dataclass(frozen=True)
class Ended:
    """It ended without having been sent, as a dead letter or as closed, at a time (UTC). The
    `content` is what it would have told.
    """

    delivery: Delivery
    state: State
    reason: str
    at: datetime
    content: Content = AS_IT_IS


@dataclass(frozen=True)
class Moved:
    """Its chat has another id now, where it is due again at once (UTC), and is told the
    `content`.
    """

    delivery: Delivery
    new_chat_id: int | None
    at: datetime
    reason: str
    content: Content = AS_IT_IS


@dataclass(frozen=True)
class Left:
    """Its chat is gone: the chat keeps its settings, and nothing waits for it any more."""

    delivery: Delivery
    reason: str


Ending = Arrived | PutBack | GaveWay | Ended | Moved | Left


def record(conn: sa.Connection, endings: Sequence[Ending]) -> None:
    """Record how these deliveries ended; what somebody else has leased since is left alone."""
    # In one order: two processes that wait for each other would wait for ever.
    endings = sorted(endings, key=lambda e: e.delivery.id)
    outbox.sent_all(conn, [e for e in endings if isinstance(e, Arrived)])
    _put_back([e for e in endings if isinstance(e, PutBack)], conn)
    for ending in endings:
        match ending:
            case GaveWay():
                outbox.give_way(conn, ending.delivery, ending.way, ending.at)
            case Ended():
                outbox.end(conn, ending.delivery, ending.state, ending.reason, ending.at)
                catch_ups.end_others(conn, ending.delivery, ending.content, in_doubt=False)
            case Moved():
                outbox.retry(
                    conn,
                    ending.delivery,
                    ending.at,
                    ending.reason,
                    in_doubt=False,
                    content=ending.content,
                )
                if ending.new_chat_id is not None:
                    old = ending.delivery.subscriber.chat_id
                    subscribers.migrate_chat(conn, old, ending.new_chat_id)
            case Left():
                _leave(conn, ending)


def _leave(conn: sa.Connection, left: Left) -> None:
    chat = left.delivery.subscriber
    known = subscribers.find(conn, chat.chat_id)
    if known is None or known.id != chat.id:
        # It has moved meanwhile, and only its old id is gone: everything goes on at the new one.
        _put_back([PutBack(left.delivery, None, left.reason)], conn)
        return
    subscribers.deactivate(conn, chat.chat_id)
    outbox.close_all_of(conn, chat.id, left.reason)


def _put_back(back: Sequence[PutBack], conn: sa.Connection) -> None:
    values: dict[str, Any] = {
        "reason": sa.bindparam("why"),
        "doubts": deliveries.c.doubts + sa.bindparam("doubt"),
        **LET_GO,
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
    for each in back:
        catch_ups.end_others(conn, each.delivery, each.content, in_doubt=each.in_doubt)


def _held() -> sa.Update:
    return sa.update(deliveries).where(
        deliveries.c.id == sa.bindparam("held"),
        deliveries.c.attempts == sa.bindparam("lease"),
        deliveries.c.state == State.PENDING.value,
    )


def _holder(delivery: Delivery) -> dict[str, Any]:
    return {"held": delivery.id, "lease": delivery.attempts}
