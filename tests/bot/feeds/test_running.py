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
import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.feeds.config import FeedsFile
from bot.feeds.keeping import How, keep_batch
from bot.feeds.naming import Names
from bot.feeds.running import Feeds
from bot.importing import import_paths
from bot.watch import check
from storage import control, feed_servers, places, rejects, subscribers, tables
from storage import feeds as feed_states
from storage.model.feeds import Batch, Item
from storage.model.policy import DEFAULT_POLICY
from storage.model.sources import Grade, Source
from storage.place_index import PlaceIndex
from storage.sources import upsert_sources
from tests.bot.feeds.conftest import NOW
from tests.bot.feeds.server import Response, as_json
from tests.bot.feeds.test_reports import ROWA, ROWB, lines
from tests.bot.feeds.test_ucdp import event

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


@pytest.mark.parametrize(
    ("row", "field", "why"),
    [
        (ROWB.replace("ana", "Point Seven"), "place", "no place is surely meant by 'Point Seven'"),
        (ROWB.replace("militants", "martians"), "party", "no party is called 'martians'"),
        (ROWB.replace("2014-06-23T09", "2014-06-33T09"), "reported_at", "is not a time"),
        (ROWB.replace("2014-", "2034-"), "reported_at", "is still to come"),
        (ROWB.replace("colonel", "nobody"), "source", "no source is called 'nobody'"),
        (f"{ROWB},more", "", "has 7 fields, but the header 6"),
        (ROWB.replace("ana", "anbar"), "place", "'anbar' is an area: report on its places"),
    ],
)
async def test_a_correction_that_cannot_be_used_waits_and_what_was_said_before_stands(
    world: World, row: str, field: str, why: str
) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(row))
    outcome = await world.run()
    assert (outcome.rejected, outcome.withdrawn, outcome.corrected) == (1, 0, 0)
    assert [c[0] for c in world.claims()] == ["b"]
    ((key, column, reason),) = world.reasons()
    assert (key, column) == ("b", field)
    assert why in reason
    assert reason.endswith("; what it said before stands")
    # Once it says again what it said before, nothing waits any more.
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    await world.run()
    assert world.waiting() == []
    assert sorted(world.reports()) == ["a", "b"]


async def test_a_correction_that_waits_is_one_once_it_can_be_used(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(ROWB.replace("ana", "Point Seven")))
    await world.run()
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    await world.feeds().retry_mended()
    assert world.claims() == [
        ("b", "ana", "took", "militants"),
        ("b~2", "rabia", "took", "militants"),
        ("b~withdrawn", "ana", "retracts", None),
    ]
    assert world.waiting() == []


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


async def test_what_is_newer_than_a_feed_that_never_comes_to_its_end_is_news(world: World) -> None:
    """The second page always breaks; the list of the first one grows."""
    world.env["TOKEN"] = "x"
    world.has("feed", "ucdp", url="/ged", version="14.0.6", token={"env": "TOKEN"})
    rows = [event(1, source_date="2014-06-18", date_end="2014-06-18")]

    def answer(request: Request) -> Response:
        if "page" in request.query:
            return Response(b"{")
        return as_json({"Result": rows, "NextPageUrl": "http://x/?page=2"})

    world.server.paths["/ged/14.0.6"] = answer
    await world.fails()
    assert world.in_inbox() == [("ucdp-1", False, False)]
    begun = world.state().begun_at
    assert (begun, world.state().succeeded_at) == (NOW, None)
    world.now += timedelta(days=10)
    # It is asked anew, as when it was given other filters.
    world.has("feed", "ucdp", url="/ged", version="14.0.7", token={"env": "TOKEN"})
    world.server.paths["/ged/14.0.7"] = answer
    for key, day in ((2, "2014-06-22"), (3, "2014-06-26"), (4, "2014-07-03")):
        rows.append(event(key, source_date=day, date_start=day, date_end=day))
    await world.fails()
    # What is older than its first contact is its history; the rest is news, be it late.
    assert world.in_inbox()[1:] == [
        ("ucdp-2", False, False),
        ("ucdp-3", True, True),
        ("ucdp-4", True, False),
    ]
    assert (world.state().begun_at, world.state().succeeded_at) == (NOW, None)


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
