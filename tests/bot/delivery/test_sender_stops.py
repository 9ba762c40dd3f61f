"""A sender that is stopped, or whose database breaks off, in the middle of a broadcast."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot.clock import utc_now
from bot.delivery.sender import Sender
from storage.tables import deliveries
from tests.bot.delivery.conftest import TOKEN, counts, feed, sending, subscribe, until, until_some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from storage.engine import Database


def crowd(db: Database, telegram: Telegram, number: int) -> list[Person]:
    """So many people with an alert each on its way."""
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
                while not logged:  # noqa: ASYNC110 - until it has met the trouble
                    await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)  # what was under way has ended
            told = sum(len(p.chat.from_bot) for p in people)
            await asyncio.sleep(0.5)
            assert sum(len(p.chat.from_bot) for p in people) == told  # nothing more is begun
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
            await until(filled, sender, sent=60)
    assert [len(p.chat.from_bot) for p in people] == [1] * 60
    assert logged[0]["event"] == "the database cannot be used"


def test_a_sender_needs_the_dispatcher(filled: Database) -> None:
    with pytest.raises(TypeError, match="without our dispatcher"):
        Sender(filled, cast("ExtBot[str]", ExtBot(TOKEN)), utc_now, ZoneInfo("UTC"))
