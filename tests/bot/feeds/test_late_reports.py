"""What a feed brings late, and what it begins with, is told only where that is news."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.feeds.keeping import How, keep_batch
from bot.feeds.naming import Names
from bot.watch import check
from storage import control, subscribers
from storage.model.feeds import Batch, Item
from storage.model.policy import DEFAULT_POLICY
from storage.place_index import PlaceIndex
from tests.bot.feeds.conftest import NOW
from tests.bot.feeds.server import Response, as_json
from tests.bot.feeds.test_reports import lines
from tests.bot.feeds.test_ucdp import event

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio


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
