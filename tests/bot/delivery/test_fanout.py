"""Many chats are addressed in the background, and what broke off goes on."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.delivery import fanout
from bot.delivery.fanout import SMALLEST, WANTED, FanOut, next_size
from bot.watch import check
from storage import addressing, events, subscribers
from storage.engine import open_database, sqlite_url
from storage.model.policy import DEFAULT_POLICY
from storage.tables import broadcasts, deliveries
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story()
NOW = datetime(2014, 6, 24, tzinfo=UTC)
MANY = 25
IS_UNFINISHED = broadcasts.c.finished_at.is_(None)
unfinished = sa.select(broadcasts.c.audience).where(IS_UNFINISHED)


@pytest.fixture
def begun(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An alert for 25 chats, of which a chunk of 4 has been addressed."""
    monkeypatch.setattr(addressing, "CHUNK", 4)
    with db.begin() as conn:
        load(conn, WORLD)
        for chat in range(1, MANY + 1):
            one = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            subscribers.subscribe(conn, one.id, "al-waleed", NOW)
    for step in (1, 7):
        with db.begin() as conn:
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)
    return db


def addressed(conn: sa.Connection) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(deliveries)) or 0


async def work(db: Database, until: int) -> int:
    """Let it run until so many are addressed; returns how often it said that there is more."""
    told = []
    fan_out = FanOut(db, lambda: NOW, lambda: told.append(1))
    running = asyncio.create_task(fan_out.run())
    try:
        async with asyncio.timeout(20):
            while await db.reading(addressed) < until:  # noqa: ASYNC110 - it works by itself
                await asyncio.sleep(0.01)
    finally:
        fan_out.stop()
        await running
    return len(told)


async def test_it_goes_on_where_it_was_begun_and_where_it_was_stopped(begun: Database) -> None:
    assert await begun.reading(addressed) == 4
    assert await work(begun, 9) >= 2
    assert await work(begun, MANY) >= 1
    assert await begun.reading(addressed) == MANY
    assert await begun.reading(addressing.next_unfinished) is None


async def test_an_idle_one_begins_when_it_is_woken(
    begun: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "IDLE", 60)
    looks: list[int] = []

    def clock() -> datetime:
        looks.append(1)
        return NOW

    def finish(conn: sa.Connection, at: datetime | None) -> None:
        conn.execute(sa.update(broadcasts).values(finished_at=at))

    await begun.writing(finish, NOW)
    fan_out = FanOut(begun, clock, lambda: None)
    running = asyncio.create_task(fan_out.run())
    async with asyncio.timeout(20):
        while not looks:  # noqa: ASYNC110 - until it looks for the first time
            await asyncio.sleep(0.01)
        # Writers take turns: it has found nothing before this is written.
        await begun.writing(finish, None)
        assert await begun.reading(addressed) == 4
        fan_out.wake()
        while await begun.reading(addressed) < MANY:  # noqa: ASYNC110 - it works by itself
            await asyncio.sleep(0.01)
    fan_out.stop()
    await running


async def test_while_the_database_is_away_it_waits_and_then_goes_on(begun: Database) -> None:
    with begun.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE broadcasts RENAME TO away")
    fan_out = FanOut(begun, lambda: NOW, lambda: None)
    with capture_logs() as logged:
        running = asyncio.create_task(fan_out.run())
        async with asyncio.timeout(20):
            while not logged:  # noqa: ASYNC110 - until it has met the trouble
                await asyncio.sleep(0.02)
            with begun.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO broadcasts")
            while await begun.reading(addressed) < MANY:
                fan_out.wake()
                await asyncio.sleep(0.02)
        fan_out.stop()
        await running
    assert logged[0]["event"] == "the database cannot be used"


async def test_what_cannot_be_addressed_is_tried_again_and_known(begun: Database) -> None:
    with begun.begin() as conn:  # as a later version of the program might leave it
        whom = conn.scalar(unfinished)
        conn.execute(sa.update(broadcasts).where(IS_UNFINISHED).values(audience={"others": []}))
    fan_out = FanOut(begun, lambda: NOW, lambda: None)
    with capture_logs() as logged:
        running = asyncio.create_task(fan_out.run())
        async with asyncio.timeout(20):
            while not logged:  # noqa: ASYNC110 - until it has met the trouble
                await asyncio.sleep(0.02)
            with begun.begin() as conn:
                conn.execute(sa.update(broadcasts).where(IS_UNFINISHED).values(audience=whom))
            while await begun.reading(addressed) < MANY:
                fan_out.wake()
                await asyncio.sleep(0.02)
        fan_out.stop()
        await running
    assert logged[0]["event"] == "alerts cannot be addressed"


async def test_who_was_overtaken_goes_on_from_where_the_other_one_is(begun: Database) -> None:
    overtaken: list[int] = []

    def overtake(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("UPDATE broadcasts") and not overtaken:
            overtaken.append(1)
            raise addressing.Overtaken

    sa.event.listen(begun.engine, "before_cursor_execute", overtake)
    with capture_logs() as logged:
        assert await work(begun, MANY) >= 1
    assert [line for line in logged if line["log_level"] == "error"] == []
    assert overtaken == [1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the other does it by itself
async def test_on_sqlite_others_need_not_move_what_it_wrote_from_the_log_into_the_file(
    begun: Database, tmp_path: Path
) -> None:
    await work(begun, MANY)
    alone = open_database(
        sqlite_url(Path(shutil.copy(begun.engine.url.database or "", tmp_path / "alone.db")))
    )
    with alone.connect() as conn:
        assert addressed(conn) == MANY
    alone.close()


def test_a_chunk_that_takes_long_is_followed_by_a_smaller_one() -> None:
    assert next_size(2_000, 4 * WANTED) == 500
    assert next_size(SMALLEST, 10.0) == SMALLEST
    assert next_size(200, WANTED / 2) == 400
    assert next_size(1_900, WANTED / 4) == addressing.CHUNK
