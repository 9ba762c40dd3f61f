"""The check runs by itself, when it is woken, and never twice at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.schedule import Watcher, scheduler_for
from storage import control, events
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment
from storage.tables import statuses
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from storage.engine import Database

WORLD = story()


def watcher_of(db: Database, found: Callable[[], None] = lambda: None) -> Watcher:
    with db.begin() as conn:
        load(conn, WORLD)
    return Watcher(db, lambda: clock_of(7), DEFAULT_POLICY, found)


def record(conn: sa.Connection, step: int) -> None:
    reports = [r for r in WORLD.reports if step_of(r) == step]
    events.append(conn, reports, now=clock_of(step), alert=True)


async def holder(db: Database) -> str | None:
    status = await db.reading(control.status_of, "al-waleed")
    return status.holder if status else None


async def test_a_wake_after_a_write_is_enough(db: Database) -> None:
    watcher = watcher_of(db)
    await db.writing(record, 1)
    watcher.wake()
    await watcher.finish()
    assert await holder(db) == "iraq"


async def test_a_wake_during_a_check_is_followed_by_another(db: Database) -> None:
    watcher = watcher_of(db)
    await db.writing(record, 1)
    watcher.wake()
    await asyncio.sleep(0)  # the check has begun
    await db.writing(record, 7)
    watcher.wake()
    await watcher.finish()
    assert await holder(db) == "militants"


async def test_without_a_wake_the_schedule_finds_it(db: Database) -> None:
    watcher = watcher_of(db)
    scheduler = scheduler_for(watcher, 0.05)
    scheduler.start()
    await db.writing(record, 1)
    async with asyncio.timeout(10):
        while await holder(db) is None:  # noqa: ASYNC110 - the schedule works, not this test
            await asyncio.sleep(0.02)
    scheduler.pause()
    await watcher.finish()
    scheduler.shutdown()
    assert await holder(db) == "iraq"


async def test_a_missed_turn_is_made_up_for_once(db: Database) -> None:
    scheduler = scheduler_for(watcher_of(db), 5)
    scheduler.start(paused=True)
    jobs = scheduler.get_jobs()
    assert {job.id for job in jobs} == {"check", "verify"}
    for job in jobs:
        assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)
    scheduler.shutdown()


async def test_what_does_not_follow_from_the_reports_is_found_by_night_and_made_anew(
    db: Database,
) -> None:
    watcher = watcher_of(db)
    await db.writing(record, 1)
    await watcher.look()
    await db.writing(lambda conn: conn.execute(sa.update(statuses).values(holder_id="militants")))
    with capture_logs() as logs:
        await watcher.verify()
    await watcher.finish()
    assert any("did not follow" in entry["event"] for entry in logs)
    assert await holder(db) == "iraq"
    with capture_logs() as logs:
        await watcher.verify()
    assert logs == []


async def test_what_a_check_finds_wakes_the_sender_only_when_somebody_is_to_be_told(
    db: Database,
) -> None:
    found: list[bool] = []
    watcher = watcher_of(db, lambda: found.append(True))
    await db.writing(record, 1)
    await watcher.look()
    assert found == []


async def test_a_failing_check_is_logged_and_the_next_one_runs(db: Database) -> None:
    watcher = watcher_of(db)
    await db.writing(record, 1)
    clock, watcher.clock = watcher.clock, _no_clock
    with capture_logs() as logged:
        watcher.wake()
        await watcher.finish()
        await asyncio.sleep(0)  # the turn in which the failure is told
    assert [line["event"] for line in logged] == ["a check failed"]
    watcher.clock = clock
    watcher.wake()
    await watcher.finish()
    assert await holder(db) == "iraq"


def _no_clock() -> datetime:
    raise RuntimeError("no clock")


async def test_a_full_inbox_may_take_longer_than_one_batch_may(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.watch.BATCH", 2)
    watcher = watcher_of(db)
    watcher.longest = 4.0  # of which a batch needs a fraction, on a busy machine too

    def slow() -> datetime:
        time.sleep(0.5)
        return clock_of(7)

    watcher.clock = slow
    crowd = [
        replace(WORLD.reports[0], id=f"{place}-{n}", place=place, refers_to=None)
        for place in (p.id for p in WORLD.places.values() if p.kind != "area")
        for n in range(2)
    ]
    with db.begin() as conn:
        events.append(conn, crowd, now=clock_of(7), alert=False)
    begun = time.monotonic()
    await watcher.look()
    assert time.monotonic() - begun > watcher.longest
    with db.connect() as conn:
        assert events.waiting(conn, 1).places == ()


async def test_a_batch_that_takes_too_long_is_given_up(db: Database) -> None:
    watcher = watcher_of(db)
    watcher.longest = 0.1
    await db.writing(record, 1)
    with db.begin(), pytest.raises(TimeoutError):  # whoever holds the database does not let go
        await watcher.look()
    await watcher.database.writing(lambda _conn: None)  # the batch itself ends in its own time


async def test_a_source_that_goes_silent_and_comes_back_is_logged(db: Database) -> None:
    watcher = watcher_of(db)
    times = [clock_of(7) + timedelta(days=n) for n in (*range(8), 11, 12)]
    with capture_logs() as logged:
        for at in times:
            if at != times[8]:
                said = Report(f"r-{at}", "ana", Claim.HOLDS, "agency", Moment(at), "iraq")
                with db.begin() as conn:
                    events.append(conn, [said], now=at, alert=False)
            watcher.clock = partial(_given, at)
            await watcher.look()
    told = [(line["event"], line["source"]) for line in logged if "source" in line]
    assert told == [
        ("the reports of a source no longer come in", "agency"),
        ("the reports of a source come in again", "agency"),
    ]


def _given(at: datetime) -> datetime:
    return at
