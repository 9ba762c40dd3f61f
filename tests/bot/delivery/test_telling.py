"""Many deliveries put into words together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.clock import utc_now
from bot.delivery.telling import Teller, Told, told
from storage import ledger, outbox, subscribers
from storage.outbox import Arrived, Delivery
from tests.bot.delivery.conftest import WRITTEN, feed

if TYPE_CHECKING:
    from storage.engine import Database

ZONE = ZoneInfo("Asia/Baghdad")
MINUTE = timedelta(minutes=1)


def subscribe(db: Database, *chats: int) -> None:
    with db.begin() as conn:
        for chat in chats:
            one = subscribers.ensure(conn, chat, is_group=False, now=WRITTEN)
            subscribers.subscribe(conn, one.id, "al-waleed", WRITTEN)


def lease(db: Database, now: datetime) -> list[Delivery]:
    with db.begin() as conn:
        return outbox.lease(conn, now=now, limit=10, lease_for=MINUTE)


def test_a_batch_reads_as_if_each_were_told_alone_and_is_recorded_together(
    filled: Database,
) -> None:
    now = utc_now()
    subscribe(filled, 1, 2, 3)
    feed(filled, 7)
    with filled.begin() as conn:
        bob = subscribers.find(conn, 2)
        assert bob is not None
        subscribers.set_zone(conn, bob.id, "Europe/Berlin")
    batch = lease(filled, now)
    with filled.begin() as conn:
        teller = Teller(conn, ZONE, "", now)
        teller.prepare(batch)
        together = [teller.told(d) for d in batch]
        assert together == [told(conn, d, ZONE, "", now) for d in batch]
        arrived = [
            Arrived(d, 100 + d.id, now, t.content)
            for d, t in zip(batch, together, strict=True)
            if isinstance(t, Told)
        ]
        assert outbox.sent_all(conn, arrived) == 3
    with filled.connect() as conn:
        chats = [d.subscriber.id for d in batch]
        last = ledger.of_chats(conn, chats, ["al-waleed"])
        progress = outbox.progress(conn, now)
    assert {entry.status.holder for entry in last.values()} == {"militants"}
    assert len(last) == 3
    assert (progress.sent, progress.pending) == (3, 0)


def test_what_a_chat_heard_though_its_lease_was_lost_is_on_record(filled: Database) -> None:
    now = utc_now()
    subscribe(filled, 1)
    feed(filled, 7)
    (delivery,) = lease(filled, now)
    with filled.connect() as conn:
        way = told(conn, delivery, ZONE, "", now)
    assert isinstance(way, Told)
    (again,) = lease(filled, now + 2 * MINUTE)
    assert again.doubts == 1
    with filled.begin() as conn:
        assert outbox.sent_all(conn, [Arrived(delivery, 7, now, way.content)]) == 0
        last = ledger.last_told(conn, delivery.subscriber.id, ["al-waleed"])
        assert outbox.sent_all(conn, []) == 0
    assert last["al-waleed"].told_at == now
    with filled.connect() as conn:
        assert outbox.progress(conn, now).sent == 0
