"""Events of the Uppsala Conflict Data Program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.feeds.server import Response, as_json

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio


def event(key: int, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "type_of_violence": 1,
        "dyad_name": "Government of Iraq - IS",
        "source_date": "2014-06-22;2014-06-23",
        "source_office": "A paper;Another",
        "source_headline": "Clashes",
        "where_prec": 1,
        "where_coordinates": "Rawa town",
        "latitude": 34.48,
        "longitude": 41.92,
        "date_prec": 1,
        "date_start": "2014-06-21 00:00:00",
        "date_end": "2014-06-21 00:00:00",
        **more,
    }


@pytest.fixture
def events(world: World) -> list[dict[str, Any]]:
    """What the service has; it gives two on a page, to those who have the token."""
    found: list[dict[str, Any]] = []
    world.env["TOKEN"] = "a-token"
    world.has("feed", "ucdp", url="/api/gedevents", version="25.1", token={"env": "TOKEN"}, page=2)

    def answer(request: Request) -> Response:
        if request.headers.get("x-ucdp-access-token") != "a-token":
            return Response(b"", 401)
        page = int(request.query.get("page", "1"))
        more = page * 2 < len(found)
        following = f"http://elsewhere.example/api?pagesize=2&page={page + 1}" if more else ""
        return as_json({"Result": found[page * 2 - 2 : page * 2], "NextPageUrl": following})

    world.server.paths["/api/gedevents/25.1"] = answer
    return found


async def test_fighting_on_a_known_day_at_a_known_place_is_a_report(
    world: World, events: list[dict[str, Any]]
) -> None:
    events += [
        event(1),
        event(2, type_of_violence=3),
        event(3, where_prec=4),
        event(4, date_prec=2),
    ]
    outcome = await world.run()
    assert (outcome.new, outcome.leads) == (1, 3)
    assert world.claims() == [("ucdp-1", "rawa", "fighting", None)]
    said = world.reports()["ucdp-1"]
    assert (str(said.occurred), str(said.reported)) == ("2014-06-21", "2014-06-23")
    lead = world.leads()[0].lead
    assert lead.title == "Government of Iraq - IS: Rawa town"
    assert lead.summary == "2014-06-21 to 2014-06-21; Clashes"


async def test_pages_are_read_once_and_the_last_one_again(
    world: World, events: list[dict[str, Any]]
) -> None:
    events += [event(n) for n in range(5)]
    assert (await world.run()).new == 5
    events += [event(n) for n in range(5, 8)]
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (3, 1)
    assert [r.query.get("page") for r in world.server.asked] == [None, "2", "3", "3", "4"]
    world.once_each()


async def test_what_fails_on_a_page_goes_on_from_that_page(
    world: World, events: list[dict[str, Any]]
) -> None:
    events += [event(n) for n in range(5)]
    inner = world.server.paths["/api/gedevents/25.1"]
    world.server.paths["/api/gedevents/25.1"] = lambda r: (
        Response(b'{"Result": [', status=200) if r.query.get("page") == "2" else inner(r)
    )
    assert "no JSON, or was cut" in await world.fails()
    assert len(world.reports()) == 2
    world.server.paths["/api/gedevents/25.1"] = inner
    assert (await world.run()).new == 3
    world.once_each()


async def test_without_a_date_an_event_waits(world: World, events: list[dict[str, Any]]) -> None:
    events.append(event(1, source_date="", date_end="?"))
    events.append(event(2, source_date="2014-06-01"))
    await world.run()
    assert world.reasons() == [("1", "", "reported_at: no date can be used")]
    assert str(world.reports()["ucdp-2"].reported) == "2014-06-21"


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({}, "no list of events"),
        ({"Result": [5]}, "no list of events"),
        ({"Result": [{}]}, "an event has no id"),
        (
            {"Result": [], "NextPageUrl": "http://x/?pagesize=2"},
            "a page says that one before it comes next",
        ),
    ],
)
async def test_a_page_that_is_none_moves_nothing(
    world: World, events: list[dict[str, Any]], page: Any, why: str
) -> None:
    world.server.paths["/api/gedevents/25.1"] = lambda _: as_json(page)
    assert why in await world.fails()
    assert (world.state().cursor, world.reports()) == ({}, {})


async def test_a_token_that_is_wrong_is_told_and_not_shown(
    world: World, events: list[dict[str, Any]]
) -> None:
    world.env["TOKEN"] = "wrong-token"
    world.has("feed", "ucdp", url="/wrong-token", version="25.1", token={"env": "TOKEN"})
    world.server.paths["/wrong-token/25.1"] = lambda _: Response(b"", 401)
    assert (await world.fails()).endswith("/[hidden]/25.1 answered 401 Whatever")
