"""Feeds in their turns: health, pauses, what is broken off, and rows that wait."""

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
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.feeds.config import FeedsFile
from bot.feeds.keeping import How, keep_batch
from bot.feeds.naming import Names
from bot.feeds.running import Feeds
from bot.importing import import_paths
from bot.watch import check
from storage import control, feed_servers, places, rejects, subscribers
from storage.model.feeds import Batch, Item
from storage.model.policy import DEFAULT_POLICY
from storage.model.sources import Grade, Source
from storage.place_index import PlaceIndex
from storage.sources import upsert_sources
from tests.bot.feeds.conftest import NOW
from tests.bot.feeds.server import Response, as_json
from tests.bot.feeds.test_reports import ROWA, ROWB, lines

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio
LATER = "2014-06-23T10:00:00Z"
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


# ------------------------------------------------------------------------------- rows that wait


async def test_a_row_goes_through_once_its_place_has_that_name(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves(
        "/list.csv",
        lines(
            f"a,Point Seven,took,iraq,,{LATER}",
            f"b,rawa,took,iraq,monitor,{LATER}",
            "c,rawa,took,iraq,,",
        ),
    )
    await world.run()
    feeds = world.feeds()
    await feeds.retry_mended()
    assert len(world.waiting()) == 3
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    await feeds.retry_mended()
    assert world.claims() == [("a", "rabia", "took", "iraq")]
    assert world.state().brought == 1
    with world.db.begin() as conn:
        upsert_sources(conn, [Source("monitor", "monitor", "media", None, Grade.C)], NOW)
    await feeds.retry_mended()
    assert [w.item.key for w in world.waiting()] == ["c"]
    assert world.state().rejects == 1
    assert (await world.run()).new == 0
    world.once_each()


async def test_nothing_is_tried_while_nothing_new_is_on_record(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines("a,Point Seven,took,iraq,,2014-06-23"))
    await world.run()
    feeds = world.feeds()
    await feeds.retry_mended()
    tried = world.waiting()[0].tried_at
    world.now += timedelta(hours=1)
    await feeds.retry_mended()
    assert world.waiting()[0].tried_at == tried


async def test_a_row_of_an_import_waits_and_goes_through_too(world: World, tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(
        lines("a,atlantis,took,iraq,agency,2014-06-23", "b,rawa,took,iraq,agency,never")
    )
    result = import_paths(world.db, [file], now=world.now, alert=False)
    assert result.rejected == 2
    assert world.reasons() == [("a", "place", "no place has the id 'atlantis'")]
    feeds = world.feeds()
    with world.db.begin() as conn:
        places.add_other_ids(conn, {"atlantis": "ana"})
    await feeds.retry_mended()
    assert world.claims() == [("a", "ana", "took", "iraq")]
    assert (world.waiting(), world.in_inbox()) == ([], [("a", False, False)])


async def test_a_row_of_an_import_is_let_go_when_it_was_mended_in_its_file(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(lines("a,atlantis,took,iraq,agency,2014-06-23"))
    import_paths(world.db, [file], now=world.now, alert=False)
    file.write_text(lines("a,ana,took,iraq,agency,2014-06-23"))
    import_paths(world.db, [file], now=world.now, alert=False)
    assert world.waiting() == []


async def test_a_correction_that_cannot_be_used_takes_back_what_was_said(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(ROWB.replace("ana", "Point Seven")))
    await world.run()
    assert [c[0] for c in world.claims()] == ["b", "b~withdrawn"]
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    await world.feeds().retry_mended()
    assert ("b~2", "rabia", "took", "militants") in world.claims()


# ---------------------------------------------------------------------------------- late reports


def alerts_of(world: World) -> int:
    with world.db.begin() as conn:
        return check(conn, now=world.now, policy=DEFAULT_POLICY).alerts


@pytest.mark.parametrize(
    ("said", "is_late", "alerts"),
    [("2014-06-20T11:00:00Z", True, 0), ("2014-06-23T11:00:00Z", False, 1)],
)
async def test_what_comes_late_is_told_only_where_it_changes_what_holds(
    world: World, said: str, is_late: bool, alerts: int
) -> None:
    with world.db.begin() as conn:
        chat = subscribers.ensure(conn, 1, is_group=False, now=world.now)
        subscribers.subscribe(conn, chat.id, "rawa", world.now)
    world.has("feed", "reports", url="/list.csv")
    rows = ["a,rawa,holds,iraq,,2014-06-19T10:00:00Z"]
    world.server.serves("/list.csv", lines(*rows))
    await world.run()
    assert alerts_of(world) == 0
    rows.append("b,rawa,took,militants,,2014-06-20T10:00:00Z")
    world.server.serves("/list.csv", lines(*rows))
    await world.run()
    assert world.in_inbox() == [("b", True, True)]
    assert alerts_of(world) == 2  # of the place, and of its province
    # One more voice, which amends the alert where it is news.
    rows.append(f"c,rawa,holds,militants,tal-afar-witnesses,{said}")
    world.server.serves("/list.csv", lines(*rows))
    await world.run()
    assert world.in_inbox() == [("c", True, is_late)]
    assert alerts_of(world) == alerts
    with world.db.connect() as conn:
        status = control.status_of(conn, "rawa")
    assert status is not None
    assert status.holder == "militants"


@pytest.mark.parametrize(("is_first", "alerts"), [(True, 0), (False, 2)])
async def test_the_history_that_a_feed_begins_with_raises_no_alerts(
    world: World, is_first: bool, alerts: int
) -> None:
    with world.db.begin() as conn:
        chat = subscribers.ensure(conn, 1, is_group=False, now=world.now)
        subscribers.subscribe(conn, chat.id, "rawa", world.now)
    rows = [("a", "holds", "iraq", "2014-06-18"), ("b", "took", "militants", "2014-06-20")]
    how = How("feed", Names("agency"), world.now, timedelta(hours=48), is_first)
    raised = 0
    for key, claim, party, day in rows:
        fields = {"id": key, "place": "rawa", "claim": claim, "party": party, "reported_at": day}
        with world.db.begin() as conn:
            keep_batch(conn, Batch({}, (Item(key, fields),)), how, PlaceIndex())
        raised += alerts_of(world)
    assert raised == alerts


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


async def test_a_dismissed_row_waits_again_only_if_it_says_something_else(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    bad = f"a,Point Seven,took,iraq,,{LATER}"
    world.server.serves("/list.csv", lines(bad))
    await world.run()
    with world.db.begin() as conn:
        assert rejects.dismiss(conn, None, world.now) == 1
    # Another line of the list, and the same row in another line.
    world.server.serves("/list.csv", lines(ROWB, bad))
    outcome = await world.run()
    assert (outcome.new, outcome.rejected, world.waiting()) == (1, 0, [])
    assert world.state().rejects == 0
    world.server.serves("/list.csv", lines(ROWB, bad.replace("Seven", "Eight")))
    assert (await world.run()).rejected == 1
    assert [w.id for w in world.waiting()] == [1]
    world.server.serves("/list.csv", lines(ROWB, bad.replace("Point Seven", "rawa")))
    assert (await world.run()).new == 1
    assert world.waiting() == []
