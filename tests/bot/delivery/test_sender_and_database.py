"""Alerts on their way, when the database fails or what it holds cannot be told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.clock import utc_now
from storage import outbox
from storage.model.deliveries import AS_IT_IS
from storage.tables import alerts, deliveries
from tests.bot.delivery.conftest import feed, sending, states, subscribe, until

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.sandbox.chats import Telegram
    from storage.engine import Database


@pytest.mark.parametrize("begun", [True, False])
async def test_what_was_leased_by_a_sender_that_died_is_sent_by_the_next(
    filled: Database, telegram: Telegram, *, begun: bool
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    now = utc_now()
    with filled.begin() as conn:  # a sender takes it, and is never heard of again
        leased = outbox.lease(conn, now=now, limit=10, lease_for=timedelta(seconds=1))
        if begun:
            outbox.begin(conn, [(d, AS_IT_IS) for d in leased], now)
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1
    assert found.doubts == begun


async def test_an_alert_that_cannot_be_put_into_words_is_a_dead_letter_and_blocks_nobody(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann)
    subscribe(filled, bob, place="rawa")
    feed(filled, 4, 7)
    with filled.begin() as conn:  # as a later version of the program might leave it
        conn.execute(sa.update(alerts).where(alerts.c.place_id == "al-waleed").values(body={}))
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, dead=1)
    assert "MILITANTS" in bob.chat.from_bot[-1].text
    assert ("dead", "KeyError: 'after'") in states(filled)


async def test_while_the_database_is_away_it_waits_and_then_goes_on(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            async with asyncio.timeout(10):
                while not logged:  # noqa: ASYNC110 - until it has met the trouble
                    await asyncio.sleep(0.02)
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
            await until(filled, sender, sent=1)
    assert logged[0]["event"] == "the database cannot be used"
    assert len(ann.chat.from_bot) == 1


async def logs(logged: Sequence[Mapping[str, Any]], event: str) -> None:
    """Wait until this was logged."""
    async with asyncio.timeout(10):
        while not any(line["event"] == event for line in logged):  # noqa: ASYNC110 - the sender works, not this test
            await asyncio.sleep(0.02)


async def test_an_alert_that_the_database_cannot_tell_for_now_is_told_later(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:  # the outbox is there, but not what alerts are told with
        conn.exec_driver_sql("ALTER TABLE parties RENAME TO away")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await logs(logged, "a delivery waits")
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO parties")
            found = await until(filled, sender, sent=1)
    (waits,) = [line for line in logged if line["event"] == "a delivery waits"]
    assert waits["reason"].startswith("the database cannot be used: ")
    assert len(ann.chat.from_bot) == 1
    assert found.doubts == found.dead == 0


async def test_an_alert_that_cannot_even_be_put_back_comes_back_with_its_lease(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann, bob)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE parties RENAME TO away")
        # Bob's was tried once and is far off; while it is, no other can be put back as often.
        bobs = sa.select(sa.func.max(deliveries.c.id)).scalar_subquery()
        conn.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == bobs)
            .values(attempts=1, visible_at=utc_now() + timedelta(days=1))
        )
        conn.exec_driver_sql("CREATE UNIQUE INDEX once ON deliveries (attempts) WHERE NOT leased")
    with capture_logs() as logged:
        async with sending(filled, telegram, lease=2) as sender:
            await logs(logged, "the outcome of a delivery cannot be recorded")
            with filled.begin() as conn:
                conn.exec_driver_sql("DROP INDEX once")
                conn.exec_driver_sql("ALTER TABLE away RENAME TO parties")
            found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1
    assert found.dead == 0


async def test_an_edit_without_a_message_is_over_though_the_others_of_its_batch_must_wait(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann)
    feed(filled, 7, 8)
    with filled.begin() as conn:  # Ann's alert is no more, its edit waits
        first = sa.select(sa.func.min(deliveries.c.id)).scalar_subquery()
        conn.execute(sa.update(deliveries).where(deliveries.c.id == first).values(state="dead"))
    subscribe(filled, bob)
    feed(filled, 10)
    with filled.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE parties RENAME TO away")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await logs(logged, "a delivery waits")
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO parties")
            await until(filled, sender, sent=2, closed=1, pending=0)
    assert "DISPUTED" in bob.chat.from_bot[-1].text
