"""What the benchmark of addressing runs in processes of their own.

    python -m tests.benchmarks.million address URL ours    # one alert, for all who are subscribed
    python -m tests.benchmarks.million address URL naive   # the same by one INSERT … SELECT
    python -m tests.benchmarks.million write URL SEED      # what the bot writes, until SIGTERM

The database is one that `fill` has filled. Each prints what it measured, as JSON.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import garbage
from bot.clock import utc_now
from bot.delivery.fanout import FanOut
from bot.watch import check
from storage import addressing, events, migrate, outbox, subscribers, tables
from storage.engine import Database, open_database
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from tests.benchmarks.side_by_side import ROOT
from tests.builders import load, report, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from storage.leasing import Delivery

FIRST_CHAT = 1_000_000
LEASE = timedelta(seconds=30)
BATCH = 30  # as many as go out in a second
# Al Waleed changes hands, Rabia did before, and Tal Afar does so that everything was done once.
PLACES = ("al-waleed", "rabia", "tal-afar")
WAITING = 3_000
# Longest pause between two writes, in seconds: so they come at any moment of a chunk.
PAUSE = 0.01


def fill(url: str, chats: int) -> None:
    """Al Waleed in the government's hands since yesterday, and so many subscribers."""
    database = open_database(url)
    migrate.upgrade(database)
    yesterday = utc_now() - timedelta(days=1)
    said = yesterday.isoformat()
    with database.begin() as conn:
        load(conn, story())
        held = [
            report("background", Claim.HOLDS, "iraq", place=place, said=said) for place in PLACES
        ]
        events.append(conn, held, now=yesterday, alert=True)
        check(conn, now=yesterday, policy=DEFAULT_POLICY)
    with database.begin() as conn:
        _subscribe_many(conn, chats, yesterday)
        _hear(conn, "rabia", yesterday + timedelta(hours=1))
        while (alert_id := addressing.next_unfinished(conn)) is not None:
            addressing.go_on(conn, alert_id, yesterday)
    if not database.is_sqlite:
        # As the server does by itself after a while.
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.exec_driver_sql("VACUUM ANALYZE")
            conn.exec_driver_sql("CHECKPOINT")
    database.close()


def _subscribe_many(conn: sa.Connection, chats: int, since: datetime) -> None:
    number = sa.select(sa.literal(1).label("i")).cte("number", recursive=True)
    number = number.union_all(sa.select(number.c.i + 1).where(number.c.i < chats))
    joined = sa.literal(since, tables.subscribers.c.joined_at.type)
    rows = sa.select(FIRST_CHAT + number.c.i, sa.false(), sa.true(), joined)
    columns = ["chat_id", "is_group", "active", "joined_at"]
    conn.execute(sa.insert(tables.subscribers).from_select(columns, rows))
    for place, limit in (("al-waleed", chats), ("rabia", WAITING)):
        chosen = sa.select(tables.subscribers.c.id, sa.literal(place), joined)
        chosen = chosen.order_by(tables.subscribers.c.id).limit(limit)
        columns = ["subscriber_id", "place_id", "since"]
        conn.execute(sa.insert(tables.subscriptions).from_select(columns, chosen))


class Timed(Database):
    """Measures how long each writing transaction has held its locks, in seconds."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.held: list[float] = []

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """From when it may write until it is committed."""
        with super().begin() as conn:
            began = time.monotonic()
            yield conn
        self.held.append(time.monotonic() - began)


def address(url: str, way: str) -> dict[str, float]:
    """Record the news and address all whom it concerns; what that took."""
    database = Timed(open_database(url).engine)
    if way == "naive":
        addressing.CHUNK = addressing.AT_ONCE = 10**9
    # As in a bot that runs: what is done for the first time takes longer.
    _hear_apart(database, "tal-afar")
    asyncio.run(_until_all_are_addressed(database))
    garbage.disturb_less()
    database.held.clear()
    before, began, used = _megabytes("VmRSS"), time.monotonic(), time.process_time()
    _hear_apart(database, "al-waleed")
    first = database.held[-1]
    asyncio.run(_until_all_are_addressed(database))
    ended = time.monotonic()
    with database.connect() as conn:
        reached = conn.scalar(sa.select(sa.func.max(tables.broadcasts.c.addressed)))
    database.close()
    return {
        "chats": reached or 0,
        "began": began,
        "ended": ended,
        "processor": time.process_time() - used,
        "chunks": len(database.held),
        "first": first,
        "held": max(database.held),
        "usually_held": sorted(database.held)[len(database.held) // 2],
        "megabytes": _megabytes("VmHWM") - before,
    }


def _hear_apart(database: Database, place: str) -> None:
    """Hear of it in one transaction, and check in another, as the bot does."""
    now = utc_now()
    with database.begin() as conn:
        record_news(conn, place, now)
    with database.begin() as conn:
        check(conn, now=now, policy=DEFAULT_POLICY)


def _hear(conn: sa.Connection, place: str, now: datetime) -> None:
    record_news(conn, place, now)
    check(conn, now=now, policy=DEFAULT_POLICY)


def record_news(conn: sa.Connection, place: str, now: datetime) -> None:
    """Two reports that a place has changed hands."""
    news = [
        report(
            source,
            Claim.TOOK,
            "militants",
            place=place,
            said=now.isoformat(),
            id=f"{place}-{source}-{now.isoformat()}",
        )
        for source in ("agency", "captain")
    ]
    events.append(conn, news, now=now, alert=True)


async def _until_all_are_addressed(database: Database) -> None:
    fan_out = FanOut(database, utc_now, lambda: None)
    running = asyncio.create_task(fan_out.run())
    while await database.reading(addressing.next_unfinished) is not None:  # noqa: ASYNC110 - it works by itself
        await asyncio.sleep(0.05)
    fan_out.stop()
    await running


def write(url: str, seed: int) -> list[tuple[float, float, float]]:
    """Write what the bot writes until told to stop; of each transaction when it was asked for, and
    how long it took until it might write and until it was committed, in seconds.
    """
    chance, numbers, database = random.Random(seed), itertools.count(), open_database(url)
    took: list[tuple[float, float, float]] = []
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    leased: list[Delivery] = []

    def record(conn: sa.Connection, now: datetime) -> None:
        name = f"written-{next(numbers)}"
        said = report("spokesman", Claim.FIGHTING, place="rawa", said=now.isoformat(), id=name)
        # As a backfill, so that no alert of it is addressed beside the one that is measured.
        events.append(conn, [said], now=now, alert=False)

    def subscribe(conn: sa.Connection, now: datetime) -> None:
        chat = subscribers.ensure(conn, next(numbers) + 1, is_group=False, now=now)
        subscribers.subscribe(conn, chat.id, "rawa", now)

    def send(conn: sa.Connection, now: datetime) -> None:
        outbox.sent_all(conn, [outbox.Arrived(d, d.id, now) for d in leased])
        leased[:] = outbox.lease(conn, now=now, limit=BATCH, lease_for=LEASE)

    kinds: dict[str, Callable[[sa.Connection, datetime], None]]
    kinds = {"report": record, "subscribe": subscribe, "send": send}
    _once_each(database, kinds)
    garbage.disturb_less()
    print("ready", flush=True)
    while not ended:
        work, asked = chance.choice(list(kinds.values())), time.monotonic()
        with database.begin() as conn:
            began = time.monotonic()
            work(conn, utc_now())
        took.append((asked, began - asked, time.monotonic() - asked))
        time.sleep(chance.uniform(0, PAUSE))
    database.close()
    return took


def _once_each(
    database: Database, kinds: dict[str, Callable[[sa.Connection, datetime], None]]
) -> None:
    """So that a first time, with statements to be compiled, is not taken for a wait."""
    for work in kinds.values():
        for _ in range(20):
            with database.begin() as conn:
                work(conn, utc_now())


@contextmanager
def writer(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that writes what the bot writes."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.million", "write", url, "7"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline().strip() == "ready"
            yield process
        finally:
            process.kill()


def stopped(beside: subprocess.Popen[str]) -> list[tuple[float, float, float]]:
    """What it has measured; see `write`."""
    beside.send_signal(signal.SIGTERM)
    out, _ = beside.communicate(timeout=60)
    found: list[tuple[float, float, float]] = json.loads(out.splitlines()[-1])
    return found


def _megabytes(name: str) -> float:
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    _, what, where, how = sys.argv
    found = address(where, how) if what == "address" else write(where, int(how))
    print(json.dumps(found), flush=True)
