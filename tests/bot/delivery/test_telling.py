"""Many deliveries put into words together."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.clock import utc_now
from bot.delivery.batches import Ready, made_ready
from bot.delivery.telling import Teller, Told
from storage import addressing, ledger, outbox, subscribers
from storage.model.deliveries import GiveWay
from storage.outbox import Arrived, State
from storage.outcomes import Ended
from storage.tables import alerts
from storage.tables import ledger as ledger_table
from tests.bot.delivery.conftest import WRITTEN, feed

if TYPE_CHECKING:
    import pytest

    from storage.engine import Database
    from storage.leasing import Delivery

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
        assert together == [Teller(conn, ZONE, "", now).told(d) for d in batch]
        arrived = [
            Arrived(d, 100 + d.id, now, t.content)
            for d, t in zip(batch, together, strict=True)
            if isinstance(t, Told)
        ]
        assert outbox.sent_all(conn, arrived) == 3
    with filled.connect() as conn:
        chats = [d.subscriber.id for d in batch]
        last = ledger.of_chats(conn, chats, ["al-waleed"])
        progress = outbox.progress(conn, WRITTEN)
    assert {entry.status.holder for entry in last.values()} == {"militants"}
    assert len(last) == 3
    assert (progress.sent, progress.pending) == (3, 0)


def test_what_a_chat_heard_though_its_lease_was_lost_is_on_record(filled: Database) -> None:
    now = utc_now()
    subscribe(filled, 1)
    feed(filled, 7)
    (delivery,) = lease(filled, now)
    with filled.connect() as conn:
        way = Teller(conn, ZONE, "", now).told(delivery)
    assert isinstance(way, Told)
    with filled.begin() as conn:
        outbox.begin(conn, [(delivery, way.content)], now)
    (again,) = lease(filled, now + 2 * MINUTE)
    assert again.doubts == 1
    with filled.begin() as conn:
        assert outbox.sent_all(conn, [Arrived(delivery, 7, now, way.content)]) == 0
        last = ledger.of_chats(conn, [delivery.subscriber.id], ["al-waleed"])
        assert outbox.sent_all(conn, []) == 0
    assert last[delivery.subscriber.id, "al-waleed"].told_at == now
    with filled.connect() as conn:
        assert outbox.progress(conn, now).sent == 0


def test_a_late_alert_that_was_closed_since_it_was_leased_is_not_told(filled: Database) -> None:
    now = utc_now()
    subscribe(filled, 1)
    feed(filled, 7)
    with filled.begin() as conn:
        addressing.set_deadline(conn, list(conn.scalars(sa.select(alerts.c.id))), WRITTEN)
    (delivery,) = lease(filled, now)
    with filled.begin() as conn:
        outbox.close_all_of(conn, delivery.subscriber.id, "it has left")
    with filled.connect() as conn:
        way = Teller(conn, ZONE, "", now).told(delivery)
    assert way == GiveWay("nothing to tell any more")


def test_who_was_spared_a_wrong_alert_hears_what_holds_instead(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addressing, "CHUNK", 1)
    now = utc_now()
    subscribe(filled, 1)

    def address(number: int) -> None:
        with filled.begin() as conn:
            for _ in range(number):
                alert_id = addressing.next_unfinished(conn)
                if alert_id is not None:
                    addressing.go_on(conn, alert_id, now)

    feed(filled, 7, 10)
    address(10)
    (taken,) = lease(filled, now)
    with filled.begin() as conn:  # for the newer one, which is the one that is wrong
        way = Teller(conn, ZONE, "", now).told(taken)
        assert isinstance(way, GiveWay)
        outbox.give_way(conn, taken, way, now)
    (wrong,) = lease(filled, now)
    feed(filled, 15)
    with filled.begin() as conn:
        outbox.retry(conn, wrong, now, "a limit", in_doubt=False)
    address(2)  # it is closed where it was not under way, and corrected where it arrived
    (again,) = lease(filled, now)
    address(10)  # now it is under way again, and might arrive
    with filled.begin() as conn:
        assert again.id == wrong.id
        way = Teller(conn, ZONE, "", now).told(again)
        assert isinstance(way, GiveWay)
        outbox.give_way(conn, again, way, now)
    edit, instead = sorted(lease(filled, now), key=lambda d: not d.is_edit)
    assert (edit.is_edit, instead.is_edit) == (True, False)
    with filled.begin() as conn:
        outbox.end(conn, edit, State.CLOSED, "the message to edit was never sent", now)
    with filled.connect() as conn:
        told_now = Teller(conn, ZONE, "", now).told(instead)
    assert isinstance(told_now, Told)
    ((status, _),) = told_now.content.places
    assert status.holder == "militants"


def test_an_alert_that_cannot_be_read_leaves_the_others_of_its_batch_to_be_told(
    filled: Database,
) -> None:
    now = utc_now()
    subscribe(filled, 1, 2)
    feed(filled, 7)
    batch = lease(filled, now)
    broken, well = batch
    with filled.begin() as conn:
        status = {"place": "al-waleed"}  # as a later version of the program might leave it
        conn.execute(
            sa.insert(ledger_table).values(
                subscriber_id=broken.subscriber.id, place_id="al-waleed", status=status, up_to=0,
                doubted=False,
            )
        )  # fmt: skip
    with filled.connect() as conn:
        dead, ready = made_ready(conn, batch, ZONE, "", now)
    assert isinstance(dead, Ended)
    assert (dead.delivery, dead.state) == (broken, State.DEAD)
    assert isinstance(ready, Ready)
    assert ready.delivery == well
