"""A sender at work between a real outbox and the stand-in for Telegram."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from telegram.ext import ExtBot

from bot.clock import utc_now
from bot.delivery.http import ManyRequest, usual_request
from bot.delivery.pacing import Pacer
from bot.delivery.sender import Sender
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.watch import check
from storage import events, outbox, subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.tables import deliveries
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.people import Person
    from storage.engine import Database
    from storage.outbox import Counts


TOKEN = "123456:the-token-of-the-stand-in-in-tests"
WORLD = story(what_if=True)
WRITTEN = datetime(2014, 6, 24, tzinfo=UTC)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(TOKEN, now=lambda: WRITTEN)


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1)
    return db


def feed(db: Database, *steps: int) -> None:
    for step in steps:
        with db.begin() as conn:
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)


def subscribe(db: Database, *people: Person, place: str = "al-waleed") -> None:
    for person in people:
        person.says("/start")
        with db.begin() as conn:
            one = subscribers.ensure(conn, person.chat.id, is_group=False, now=WRITTEN)
            subscribers.subscribe(conn, one.id, place, WRITTEN)


def counts(db: Database) -> Counts:
    with db.connect() as conn:
        return outbox.counts(conn)


def states(db: Database) -> list[tuple[str, str]]:
    with db.connect() as conn:
        rows = conn.execute(
            sa.select(deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.id)
        )
        return [(row.state, row.reason) for row in rows]


@asynccontextmanager
async def sending(
    db: Database,
    telegram: Telegram,
    *,
    patience: float = 5.0,
    token: str = TOKEN,
    paid_per_second: int = 0,
    lease: float = 20.0,
) -> AsyncIterator[Sender]:
    """A sender that runs against the stand-in over HTTP, and is stopped in the end.

    A call waits `patience` seconds for an answer; the `lease` is given in seconds too.
    """
    async with running(bot_api(telegram)) as url:
        bot = ExtBot(
            token,
            base_url=f"{url}/bot",
            request=(
                ManyRequest(connections=64, read_timeout=patience)
                if paid_per_second
                else usual_request(connections=16, read_timeout=patience)
            ),
            rate_limiter=Pacer(paid_per_second=paid_per_second),
        )
        await bot._request[1].initialize()  # noqa: SLF001 - without asking getMe
        sender = Sender(db, bot, utc_now, ZoneInfo("Asia/Baghdad"), timedelta(seconds=lease))
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            sender.stop()
            await asyncio.wait({task}, timeout=20)
            task.cancel()  # it is done, unless the test has left it without a database
            await asyncio.wait({task})
            await bot._request[1].shutdown()  # noqa: SLF001 - as above
        if not task.cancelled():
            task.result()


async def until(db: Database, sender: Sender, **expected: int) -> Counts:
    """Wait until the outbox counts what is expected; the sender is woken for every look."""
    async with asyncio.timeout(60):
        while True:
            found = await db.reading(outbox.counts)
            if all(getattr(found, name) == number for name, number in expected.items()):
                return found
            sender.wake()
            await asyncio.sleep(0.02)


async def until_some(db: Database, number: int) -> None:
    """Wait until at least so many deliveries are on record as sent."""
    async with asyncio.timeout(60):
        while (await db.reading(outbox.counts)).sent < number:  # noqa: ASYNC110 - it is the sender that works
            await asyncio.sleep(0.02)
