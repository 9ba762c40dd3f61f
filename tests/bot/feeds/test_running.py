"""Feeds in their turns: health, pauses, other names, and what is broken off."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.feeds.config import FeedsFile
from bot.feeds.running import Feeds
from storage import feed_servers, tables
from storage import feeds as feed_states
from tests.bot.feeds.conftest import NOW
from tests.bot.feeds.server import Response, as_json
from tests.bot.feeds.test_reports import ROWA, ROWB, lines

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]


async def test_a_feed_is_left_alone_for_as_long_as_its_server_asks(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.faults = [Response(status=429, headers={"Retry-After": "3600"})]
    assert "429 Too Many Requests" in await world.fails()
    world.server.serves("/list.csv", lines(ROWA))
    feeds = world.feeds()
    await feeds.run_if_due("feed")
    assert world.reports() == {}
    world.now += timedelta(hours=1)
    await feeds.run_if_due("feed")
    assert list(world.reports()) == ["a"]
    assert world.state().not_before is None


async def test_an_answer_that_drips_ends_with_the_time_of_the_feed(world: World) -> None:
    world.has("feed", "reports", url="/list.csv", timeout="1 second")
    world.server.paths["/list.csv"] = lambda _: Response(b"x" * 1000, drip=0.05)
    assert await world.fails() == "took longer than 1 s (`timeout`)"


async def test_failures_in_a_row_are_counted_with_the_last_reason(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    await world.fails()
    await world.fails()
    assert (world.state().failures, world.state().succeeded_at) == (2, None)
    assert world.state().error == f"{world.server.url}/list.csv answered 404 Whatever"


async def test_no_more_feeds_are_read_at_once_than_is_said(world: World) -> None:
    for number in range(5):
        world.has(f"feed-{number}", "reports", url="/list.csv")
    body = lines(ROWA).encode()
    world.server.paths["/list.csv"] = lambda _: Response(body, drip=0.002)
    feeds = Feeds(world.db, FeedsFile(world.blocks, 2), lambda: world.now, timedelta(hours=48))
    await asyncio.gather(*(feeds.run(name) for name in world.blocks))
    assert (len(world.server.asked), world.server.most_at_once) == (5, 2)


async def test_a_feed_is_due_again_by_when_it_was_read_and_not_at_each_start(world: World) -> None:
    world.has("feed", "reports", url="/list.csv", every="1 hour")
    world.has("new", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA))
    await world.run()
    world.now += timedelta(minutes=20)
    scheduler = AsyncIOScheduler(timezone="UTC")
    await world.feeds().schedule(scheduler)
    scheduler.start(paused=True)
    assert scheduler.get_job("feed feed").next_run_time == NOW + timedelta(hours=1)
    assert scheduler.get_job("feed new").next_run_time == world.now
    scheduler.shutdown(wait=False)


async def test_what_is_being_fetched_is_broken_off_at_the_end(world: World) -> None:
    asked = asyncio.Event()

    def slow(_: Request) -> Response:
        asked.set()
        return Response(b"x" * 1000, drip=1)

    world.has("feed", "reports", url="/list.csv")
    world.server.paths["/list.csv"] = slow
    feeds = world.feeds()
    run = asyncio.create_task(feeds.run_if_due("feed"))
    await asked.wait()
    await feeds.finish()
    assert run.cancelled()
    assert world.state().failures == 0


# ------------------------------------------------------------------------------------ other names


def renamed(world: World, old: str, new: str) -> None:
    world.blocks[new] = world.blocks.pop(old)


async def test_a_feed_under_another_name_is_refused_until_that_is_said(world: World) -> None:
    world.has("wire", "reports", url="/list.csv")
    world.has("other", "reports", url="/other.csv")
    world.server.serves("/list.csv", lines(ROWA))
    world.server.serves("/other.csv", lines(ROWB))
    await world.run("wire")
    renamed(world, "wire", "news-wire")
    why = await world.fails("news-wire")
    assert why.startswith(
        "say `whoholds feeds rename wire news-wire` first: wire has read the same"
    )
    assert (await world.run("other")).new == 1
    assert len(world.server.asked) == 2
    with world.db.begin() as conn:
        feed_states.rename(conn, "wire", "news-wire")
    outcome = await world.run("news-wire")
    assert (outcome.new, world.state("news-wire").brought) == (0, 1)
    assert world.state("wire").tried_at is None
    assert (world.state("news-wire").failures, world.state("news-wire").error) == (0, "")


async def test_a_feed_under_another_name_is_known_by_what_it_reads(world: World) -> None:
    world.has("map", "geojson", url="/map", party="x")
    world.has("a", "gdelt", url="/doc", query="a", pause=None)
    world.server.paths["/doc"] = lambda _: as_json({})
    world.server.serves("/map", "{}")
    await world.run("a")
    # Another question to the same service is another feed.
    del world.blocks["a"]
    world.has("b", "gdelt", url="/doc", query="b", pause=None)
    await world.run("b")
    # What is made of it does not matter, nor how it is asked for.
    del world.blocks["b"]
    world.has("c", "gdelt", url="/doc", query="b", pause=None, page=9, every="1 day", via="x")
    assert "rename b c" in await world.fails("c")
    # Two feeds may read the same, as long as both are there.
    world.has("b", "gdelt", url="/doc", query="b", pause=None)
    await world.run("c")
    # Of what was never read, nothing comes again.
    await world.fails("map")
    renamed(world, "map", "chart")
    assert "no GeoJSON" in await world.fails("chart")


async def test_a_feed_that_was_read_by_an_earlier_version_is_known_under_another_name(
    world: World,
) -> None:
    world.has("wire", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA))
    await world.run("wire")
    with world.db.begin() as conn:
        conn.execute(sa.update(tables.feeds).values(reads="", begun_at=None))
    renamed(world, "wire", "news-wire")
    assert "rename wire news-wire" in await world.fails("news-wire")


# ------------------------------------------------------------------------------------ power cuts


@pytest.mark.slow
async def test_killed_at_any_moment_every_item_is_in_exactly_once(
    world: World, database_url: str, tmp_path: Path
) -> None:
    rows = [f"r{n},rawa,holds,iraq,agency,2014-06-23T0{n % 9}:00:00Z" for n in range(3000)]
    world.server.serves("/list.csv", lines(*rows))
    file = tmp_path / "feeds.toml"
    file.write_text(
        f'[feeds.feed]\nkind = "reports"\nurl = "{world.server.url}/list.csv"\n'
        "private_addresses = true\n"
    )
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("WHOHOLDS_")},
        "WHOHOLDS_DATABASE_URL": database_url,
        "WHOHOLDS_FEEDS": str(file),
    }
    command = [sys.executable, "-m", "bot", "feeds", "run", "feed"]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)

    for kept in (500, 1500, 2500):
        process = start()
        # What another process has written by now can only be looked for again and again.
        while len(world.reports()) < kept and process.poll() is None:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        assert len(world.reports()) % 500 == 0
    process = start()
    assert await asyncio.to_thread(process.wait) == 0
    assert len(world.reports()) == 3000
    assert world.state().brought == 3000


# ---------------------------------------------------------------------------------- whose turn


async def test_feeds_of_one_server_take_turns_whoever_reads_them(world: World) -> None:
    world.server.paths["/doc"] = lambda _: as_json({})
    world.has("one", "gdelt", url="/doc", query="a", pause="1 second")
    world.has("two", "gdelt", url="/doc", query="b", pause=None)
    for name in ("one", "two"):
        # Each by what another process would have.
        await world.feeds().run(name)
    with world.db.begin() as conn:
        server = world.server.url.removeprefix("http://")
        second = timedelta(seconds=1)
        assert feed_servers.take_turn(conn, server, second, world.now) == world.now + 2 * second


async def test_a_server_that_wants_to_be_left_alone_is_left_alone_by_all_feeds(
    world: World,
) -> None:
    world.has("one", "reports", url="/one.csv")
    world.has("two", "reports", url="/two.csv")
    world.server.serves("/two.csv", lines(ROWA))
    world.server.faults = [Response(status=429, headers={"Retry-After": "3600"})]
    await world.fails("one")
    server = world.server.url.removeprefix("http://")
    why = f"{server} asks to be left alone until 2014-06-23 13:00 UTC"
    assert await world.fails("two") == why
    assert world.state("two").not_before == world.now + timedelta(hours=1)
    assert len(world.server.asked) == 1
    world.now += timedelta(hours=1)
    assert (await world.run("two")).new == 1
