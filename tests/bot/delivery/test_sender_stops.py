"""A sender that is stopped, or whose database breaks off, in the middle of a broadcast."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.clock import utc_now
from bot.connecting import application_for
from bot.delivery.calls import CALL_SECONDS, LEASE, READY_SECONDS, RECORD_SECONDS
from bot.delivery.http import CONNECT_SECONDS
from bot.delivery.lanes import Lane
from bot.delivery.pacing import ALERT_PATIENCE
from bot.delivery.sender import Sender
from bot.settings import Settings
from storage.tables import deliveries
from tests.bot.delivery.conftest import TOKEN, counts, feed, sending, subscribe, until, until_some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.delivery.outcome import Outcome
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from storage.engine import Database


AWAY = "the database cannot be used"


def crowd(db: Database, telegram: Telegram, number: int) -> list[Person]:
    """So many people with an alert each on its way."""
    assert telegram.limits is not None
    telegram.limits.per_second = 40  # on a busy machine calls arrive in clusters
    people = [telegram.person(f"Person {n}") for n in range(number)]
    subscribe(db, *people)
    feed(db, 7)
    return people


def waiting(db: Database) -> list[bool]:
    """Whether each delivery that still waits is leased."""
    with db.connect() as conn:
        return list(
            conn.scalars(sa.select(deliveries.c.leased).where(deliveries.c.state == "pending"))
        )


async def test_a_sender_that_is_stopped_leaves_nothing_leased_and_nothing_in_doubt(
    filled: Database, telegram: Telegram
) -> None:
    people = crowd(filled, telegram, 60)
    async with sending(filled, telegram) as sender:
        await until_some(filled, 5)
    told = sum(len(p.chat.from_bot) for p in people)
    found = counts(filled)
    assert 5 <= told < 60
    assert (found.sent, found.pending, found.doubts) == (told, 60 - told, 0)
    assert not any(waiting(filled))
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=60)
    assert [len(p.chat.from_bot) for p in people] == [1] * 60


async def test_a_sender_that_is_stopped_while_it_leases_puts_that_back_at_once(
    filled: Database, telegram: Telegram
) -> None:
    crowd(filled, telegram, 3)
    async with sending(filled, telegram) as sender:
        with filled.begin():  # its first turn waits for this
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            sender.stop()
    assert waiting(filled) == [False] * 3
    assert counts(filled).doubts == 0


@contextmanager
def broken_off(db: Database) -> Iterator[None]:
    """PostgreSQL ends all connections, as when it restarts; somebody else locks an SQLite file."""
    if not db.is_sqlite:
        with db.connect() as conn:
            conn.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        yield
        return
    other = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.slow
async def test_a_database_that_breaks_off_in_the_middle_costs_no_message(
    filled: Database, telegram: Telegram
) -> None:
    people = crowd(filled, telegram, 60)
    async with sending(filled, telegram) as sender:
        for _ in range(3):
            await until_some(filled, counts(filled).sent + 5)
            with broken_off(filled):
                await asyncio.sleep(0.3)
        await until(filled, sender, sent=60)
    assert [len(p.chat.from_bot) for p in people] == [1] * 60


@pytest.mark.slow
async def test_what_was_sent_while_the_database_was_away_is_on_record_when_it_is_back(
    filled: Database, telegram: Telegram
) -> None:
    people = crowd(filled, telegram, 60)
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await until_some(filled, 10)
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
            async with asyncio.timeout(10):
                while AWAY not in [line["event"] for line in logged]:  # noqa: ASYNC110 - until it has met the trouble
                    await asyncio.sleep(0.02)
                quiet = 0  # looks in a row: what was begun may not have come to the dispatcher yet
                while quiet < 10:
                    busy = sender.figures.in_flight or any(sender.figures.waiting.values())
                    quiet = 0 if busy else quiet + 1
                    await asyncio.sleep(0.02)
            told = sum(len(p.chat.from_bot) for p in people)
            await asyncio.sleep(0.5)
            assert sum(len(p.chat.from_bot) for p in people) == told  # nothing more is begun
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
            await until(filled, sender, sent=60)
    assert [len(p.chat.from_bot) for p in people] == [1] * 60


def test_a_sender_needs_the_dispatcher(filled: Database) -> None:
    with pytest.raises(TypeError, match="without our dispatcher"):
        Sender(filled, cast("ExtBot[str]", ExtBot(TOKEN)), utc_now, ZoneInfo("UTC"))


async def test_a_call_that_takes_longer_than_its_lease_is_not_made_twice_by_the_same_sender(
    filled: Database, telegram: Telegram
) -> None:
    (ann,) = crowd(filled, telegram, 1)
    telegram.faults.hang(processed=True, method="sendMessage")
    async with sending(filled, telegram, patience=30, lease=2) as sender:
        async with asyncio.timeout(20):
            await telegram.faults.until_hung(timeout=20)
            while not await filled.reading(renewed):
                sender.wake()
                await asyncio.sleep(0.05)
        assert len(ann.chat.from_bot) == 1
        telegram.faults.release()
        await until(filled, sender, sent=1)
    assert sender.figures.calls[Lane.URGENT] == 2  # the second one after the first one's end


def renewed(conn: sa.Connection) -> bool:
    """Whether the only delivery was leased again."""
    attempts: int = conn.scalars(sa.select(deliveries.c.attempts)).one()
    return attempts > 1


async def test_a_delivery_that_fails_by_our_own_mistake_comes_back_with_its_lease(
    filled: Database, telegram: Telegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ann,) = crowd(filled, telegram, 1)
    telegram.faults.refuse(502, "Bad Gateway", method="sendMessage")

    def mistaken(*args: object, **kwargs: object) -> Outcome:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.delivery.sender.decide", mistaken)
    with capture_logs() as logged:
        async with sending(filled, telegram, lease=2) as sender:
            found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1
    assert found.doubts == 1
    assert "a delivery failed in an unknown way" in [line["event"] for line in logged]


async def test_a_call_is_given_up_when_its_time_is_over_however_long_telegram_may_answer(
    filled: Database, telegram: Telegram
) -> None:
    (ann,) = crowd(filled, telegram, 1)
    telegram.faults.hang(processed=True, method="sendMessage")
    async with sending(filled, telegram, patience=3600) as sender:
        sender.call_seconds = 1
        await telegram.faults.until_hung(timeout=20)
        sender.call_seconds = 30  # for the next one, which is answered
        found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 2
    assert found.doubts == sender.figures.doubts == 1


@pytest.mark.parametrize("paid_per_second", [0, 1000])
def test_a_lease_is_longer_than_the_longest_wait_and_call_together(paid_per_second: int) -> None:
    settings = Settings.model_validate(
        {"telegram_token": TOKEN, "paid_per_second": paid_per_second, "database_url": "sqlite:///x"}
    )
    request = application_for(settings).bot.request
    parts: tuple[float | None, ...]
    if isinstance(request, HTTPXRequest):
        times = request._client_kwargs["timeout"]  # noqa: SLF001 - what it will really be made with
        parts = (times.pool, times.connect, times.write, times.read)
    else:  # its connection's time includes that for one of the pool
        parts = (CONNECT_SECONDS, request.read_timeout)
    assert ALERT_PATIENCE + sum(p or math.inf for p in parts) <= CALL_SECONDS
    assert LEASE.total_seconds() >= READY_SECONDS + CALL_SECONDS + RECORD_SECONDS
    assert min(READY_SECONDS, RECORD_SECONDS) > 0
