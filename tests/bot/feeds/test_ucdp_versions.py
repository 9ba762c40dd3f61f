"""New versions of the Uppsala Conflict Data Program's data: what one lacks is taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.feeds.kinds.ucdp import Seen, covered
from storage.model.feeds import Edition
from storage.model.reports import Claim
from tests.bot.feeds.server import Response, as_json
from tests.bot.feeds.test_ucdp import event

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio


@dataclass
class Versions:
    """The service with several versions, which tells how many events each has, if it does."""

    world: World
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tells_total: bool = True
    page_at_fault: int = 0

    def publish(self, version: str, *given: dict[str, Any]) -> None:
        self.events[version] = list(given)
        self.world.server.paths[f"/api/gedevents/{version}"] = self.answer

    def answer(self, request: Request) -> Response:
        found = self.events[request.path.rpartition("/")[2]]
        if "Country" in request.query:
            found = [e for e in found if e.get("country_id") == request.query["Country"]]
        page = int(request.query.get("page", "1"))
        more = page * 2 < len(found)
        following = f"http://elsewhere.example/api?pagesize=2&page={page + 1}" if more else ""
        if "Country" in request.query and following:
            following += f"&Country={request.query['Country']}"
        rows = [] if page == self.page_at_fault else found[page * 2 - 2 : page * 2]
        total = {"TotalCount": len(found)} if self.tells_total else {}
        return as_json({"Result": rows, "NextPageUrl": following, **total})

    def read(self, version: str, **filters: str) -> None:
        self.world.has(
            "feed",
            "ucdp",
            url="/api/gedevents",
            version=version,
            token={"env": "TOKEN"},
            page=2,
            filters=filters,
        )


@pytest.fixture
def versions(world: World) -> Versions:
    world.env["TOKEN"] = "a-token"
    return Versions(world)


def standing(world: World) -> list[str]:
    """The events that reports stand for."""
    said = world.reports().values()
    gone = {r.refers_to for r in said if r.claim is Claim.RETRACTS}
    return sorted(r.id for r in said if r.claim is not Claim.RETRACTS and r.id not in gone)


def on(day: str, **more: Any) -> dict[str, Any]:
    return {"date_start": day, "date_end": day, "source_date": day, **more}


@pytest.mark.parametrize("tells_total", [True, False])
async def test_what_a_new_version_lacks_is_taken_back(
    world: World, versions: Versions, tells_total: bool
) -> None:
    versions.tells_total = tells_total
    versions.publish("14.0.6", *(event(n) for n in range(4)), event(4, type_of_violence=3))
    versions.read("14.0.6")
    assert (await world.run()).new == 4
    versions.publish("15.1", event(0), event(2), event(3))
    versions.read("15.1")
    outcome = await world.run()
    # The report of one event, and the lead of another.
    assert (outcome.withdrawn, outcome.unchanged) == (2, 3)
    assert standing(world) == ["ucdp-0", "ucdp-2", "ucdp-3"]
    assert [k.withdrawn_at for k in world.leads()] == [world.now]
    assert (await world.run()).news == 0
    # What a later one has again stands again.
    versions.publish("15.2", event(0), event(1), event(2), event(3))
    versions.read("15.2")
    assert (await world.run()).corrected == 1
    assert standing(world) == ["ucdp-0", "ucdp-1~2", "ucdp-2", "ucdp-3"]


async def test_what_lies_outside_of_the_time_of_a_version_stays(
    world: World, versions: Versions
) -> None:
    versions.publish("14.0.5", event(1, **on("2014-05-02")), event(2, **on("2014-05-30")))
    versions.read("14.0.5")
    await world.run()
    # The next month: nothing of the last one is in it.
    versions.publish("14.0.6", event(3, **on("2014-06-10")), event(4, **on("2014-06-11")))
    versions.read("14.0.6")
    assert (await world.run()).withdrawn == 0
    assert standing(world) == ["ucdp-1", "ucdp-2", "ucdp-3", "ucdp-4"]
    # Both months: an event at the end of them is missed also where none is as late.
    versions.publish("14.01.14.06", event(1, **on("2014-05-02")), event(3, **on("2014-06-10")))
    versions.read("14.01.14.06")
    assert (await world.run()).withdrawn == 2
    assert standing(world) == ["ucdp-1", "ucdp-3"]


async def test_what_other_filters_do_not_choose_stays(world: World, versions: Versions) -> None:
    iraq, syria = event(1, country_id="645"), event(2, country_id="652")
    versions.publish("14.0.6", iraq, syria)
    versions.read("14.0.6", Country="645")
    await world.run()
    versions.read("14.0.6", Country="652")
    await world.run()
    versions.publish("15.1", syria)
    versions.read("15.1", Country="652")
    assert (await world.run()).withdrawn == 0
    assert standing(world) == ["ucdp-1", "ucdp-2"]
    versions.read("15.1", Country="645")
    versions.publish("15.1", syria, event(3, country_id="645"))
    assert (await world.run()).withdrawn == 1
    assert standing(world) == ["ucdp-2", "ucdp-3"]


async def test_only_what_was_read_to_its_end_takes_anything_back(
    world: World, versions: Versions
) -> None:
    versions.publish("14.0.6", *(event(n) for n in range(5)))
    versions.read("14.0.6")
    await world.run()
    versions.publish("15.1", *(event(n) for n in range(4)))
    versions.read("15.1")
    whole = versions.answer

    faults = [
        Response(b'{"Result": ['),
        Response(b"<html>"),
        Response(status=404),
        as_json({"Result": [], "NextPageUrl": "", "TotalCount": 5}),
    ]

    def breaks(request: Request) -> Response:
        return faults[0] if request.query.get("page") == "2" else whole(request)

    world.server.paths["/api/gedevents/15.1"] = breaks
    while faults:
        await world.fails()
        assert len(standing(world)) == 5
        faults.pop(0)
    world.server.paths["/api/gedevents/15.1"] = whole
    assert (await world.run()).withdrawn == 1
    assert standing(world) == [f"ucdp-{n}" for n in range(4)]
    world.once_each()


async def test_an_empty_page_in_the_middle_takes_nothing_back(
    world: World, versions: Versions
) -> None:
    versions.publish("14.0.6", *(event(n) for n in range(6)))
    versions.read("14.0.6")
    await world.run()
    versions.publish("15.1", *(event(n) for n in range(6)))
    versions.read("15.1")
    versions.page_at_fault = 2
    why = "the service tells of 6 events and has given 4: all of them are read again"
    assert await world.fails() == why
    assert len(standing(world)) == 6
    versions.page_at_fault = 0
    assert (await world.run()).unchanged == 6
    assert [r.query.get("page") for r in world.server.asked[-3:]] == [None, "2", "3"]


async def test_an_empty_last_page_of_a_service_that_does_not_count_takes_nothing_back(
    world: World, versions: Versions
) -> None:
    versions.tells_total = False
    versions.publish("14.0.6", *(event(n) for n in range(4)))
    versions.read("14.0.6")
    await world.run()
    versions.publish("15.1", *(event(n) for n in range(4)))
    versions.read("15.1")
    versions.page_at_fault = 2
    assert (await world.run()).withdrawn == 0
    assert len(standing(world)) == 4


async def test_pages_that_move_while_they_are_read_take_nothing_back(
    world: World, versions: Versions
) -> None:
    one, two, three, four = (event(n) for n in range(1, 5))
    versions.publish("14.0.6", one, two, three, four)
    versions.read("14.0.6")
    await world.run()
    versions.publish("15.1", one, two, three, four)
    versions.read("15.1")
    whole, other = (
        versions.answer,
        as_json({"Result": [two, four], "NextPageUrl": "", "TotalCount": 4}),
    )
    path = "/api/gedevents/15.1"
    world.server.paths[path] = lambda r: other if r.query.get("page") == "2" else whole(r)
    assert (await world.run()).withdrawn == 0
    assert len(standing(world)) == 4
    world.now += timedelta(days=1)
    # One was taken out while the first page was on its way: what follows has moved up.
    other = as_json({"Result": [four], "NextPageUrl": "", "TotalCount": 3})
    why = "the service told of 4 events and now tells of 3: all of them are read again"
    assert await world.fails() == why
    assert len(standing(world)) == 4
    world.now += timedelta(days=1)
    versions.publish("15.1", two, three, four)
    assert (await world.run()).withdrawn == 1
    assert standing(world) == ["ucdp-2", "ucdp-3", "ucdp-4"]


async def test_what_is_taken_out_of_a_version_itself_is_taken_back_when_it_is_read_again(
    world: World, versions: Versions
) -> None:
    versions.publish("14.0.6", *(event(n) for n in range(5)))
    versions.read("14.0.6")
    await world.run()
    versions.publish("14.0.6", *(event(n) for n in range(5) if n != 1))
    world.now += timedelta(days=7)
    assert (await world.run()).withdrawn == 1
    assert standing(world) == ["ucdp-0", "ucdp-2", "ucdp-3", "ucdp-4"]


async def test_an_older_version_takes_nothing_back_of_a_newer_one(
    world: World, versions: Versions
) -> None:
    versions.publish("15.1", event(1), event(2))
    versions.publish("14.0.6", event(1))
    versions.read("15.1")
    await world.run()
    versions.read("14.0.6")
    assert (await world.run()).withdrawn == 0
    assert standing(world) == ["ucdp-1", "ucdp-2"]


async def test_an_event_that_is_a_claim_no_more_is_a_lead_and_the_other_way_round(
    world: World, versions: Versions
) -> None:
    versions.publish("14.0.6", event(1), event(2, where_prec=4))
    versions.read("14.0.6")
    await world.run()
    versions.publish("15.1", event(1, where_prec=4), event(2))
    versions.read("15.1")
    outcome = await world.run()
    assert (outcome.new, outcome.leads, outcome.withdrawn) == (1, 1, 1)
    assert standing(world) == ["ucdp-2"]
    assert {k.lead.key: k.withdrawn_at is None for k in world.leads()} == {"1": True, "2": False}


@pytest.mark.parametrize(
    ("version", "seen", "days"),
    [
        ("25.1", ("1990-05-01", "2024-02-03"), ("1989-01-01", "2024-12-31")),
        ("26.0.2", ("2026-02-03", "2026-02-20"), ("2026-02-01", "2026-02-28")),
        ("26.01.26.09", ("2026-02-03", "2026-02-20"), ("2026-01-01", "2026-09-30")),
        # What lies elsewhere than its name says is believed, and no more than that.
        ("26.0.2", ("2026-01-03", "2026-02-20"), ("2026-01-03", "2026-02-20")),
        ("26.0.13", ("2026-01-03", "2026-02-20"), ("2026-01-03", "2026-02-20")),
        ("newest", ("2026-01-03", "2026-02-20"), ("2026-01-03", "2026-02-20")),
    ],
)
def test_of_which_time_a_version_tells(
    version: str, seen: tuple[str, str], days: tuple[str, str]
) -> None:
    found = covered(version, Seen(2, *seen))
    assert found is not None
    assert tuple(day.isoformat() for day in found) == days
    assert covered(version, Seen()) is None


@pytest.mark.parametrize(
    ("one", "other", "is_older"),
    [
        ("25.0.12", "25.01.25.03", True),
        ("25.0.12", "26.1", True),
        ("26.1", "25.0.12", False),
        ("26.1", "26.1", False),
        # Where that cannot be told, the one that was read last is the newer one.
        ("newest", "26.1", False),
        ("25.1", "newest", False),
    ],
)
def test_which_of_two_versions_is_older(one: str, other: str, is_older: bool) -> None:
    assert Edition("x", one, "first", 0, {}).is_older(other) is is_older
