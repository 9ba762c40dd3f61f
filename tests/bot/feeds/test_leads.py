"""Leads from ReliefWeb and GDELT."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage import rejects
from tests.bot.feeds.server import Response, always, as_json

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio
START = datetime(2014, 6, 20, tzinfo=UTC)


@dataclass
class ReliefWeb:
    """Answers to questions as the service does: by time of change, in pages."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        assert (request.method, request.query) == ("POST", {"appname": "who-holds-test"})
        asked = request.json
        self.asked.append(asked)
        assert asked["sort"] == ["date.changed:asc"]
        since = datetime.fromisoformat(asked["filter"]["conditions"][0]["value"]["from"])
        found = [r for r in self.reports if _changed(r) >= since]
        found.sort(key=_changed)
        some = found[asked["offset"] : asked["offset"] + asked["limit"]]
        return as_json({"totalCount": len(found), "count": len(some), "data": some})


def _changed(report: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(report["fields"]["date"]["changed"])


def report(number: int, hours: int, title: str = "A crossing") -> dict[str, Any]:
    changed = (START + timedelta(hours=hours)).isoformat()
    return {
        "id": str(number),
        "fields": {
            "title": f"{title} {number}",
            "url_alias": f"https://example.org/{number}",
            "date": {"created": START.isoformat(), "changed": changed},
            "source": [{"shortname": "OCHA"}, {"shortname": "UNHCR"}],
        },
    }


@pytest.fixture
def reliefweb(world: World) -> ReliefWeb:
    world.has(
        "feed",
        "reliefweb",
        url="/v2/reports",
        appname="who-holds-test",
        query="crossing",
        countries=["Iraq"],
        since="2014-06-01",
        page=2,
    )
    found = ReliefWeb()
    world.server.paths["/v2/reports"] = found.answer
    return found


async def test_reports_of_reliefweb_are_leads_each_once(world: World, reliefweb: ReliefWeb) -> None:
    reliefweb.reports = [report(n, hours=n) for n in range(5)]
    assert (await world.run()).leads == 5
    lead = world.leads()[0].lead
    assert (lead.title, lead.summary) == ("A crossing 4", "OCHA, UNHCR")
    assert (lead.url, lead.said) == ("https://example.org/4", START)
    conditions = reliefweb.asked[0]["filter"]["conditions"]
    assert conditions[1] == {"field": "country.name", "value": ["Iraq"], "operator": "OR"}
    assert reliefweb.asked[0]["query"] == {"value": "crossing"}
    reliefweb.reports[0] = report(0, hours=50, title="Corrected")
    assert (await world.run()).leads == 1
    assert [k.lead.title for k in world.leads() if k.lead.key == "0"] == ["Corrected 0"]


async def test_what_fails_on_a_page_goes_on_from_there(world: World, reliefweb: ReliefWeb) -> None:
    reliefweb.reports = [report(n, hours=n) for n in range(5)]
    inner = reliefweb.answer
    world.server.paths["/v2/reports"] = lambda r: (
        Response(b'{"data": [') if len(reliefweb.asked) else inner(r)
    )
    assert "no JSON, or was cut" in await world.fails()
    assert len(world.leads()) == 2
    world.server.paths["/v2/reports"] = inner
    assert (await world.run()).leads == 3


async def test_a_report_that_changes_while_pages_are_read_hides_no_other(
    world: World, reliefweb: ReliefWeb
) -> None:
    reliefweb.reports = [report(n, hours=n) for n in range(5)]
    inner = reliefweb.answer

    def changing(request: Request) -> Response:
        answer = inner(request)
        # It moves from the first page to the end.
        reliefweb.reports[0] = report(0, hours=50, title="Changed")
        return answer

    world.server.paths["/v2/reports"] = changing
    await world.run()
    assert {k.lead.key for k in world.leads()} == {"0", "1", "2", "3", "4"}


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ({"message": "appname is not approved"}, "no `data`: appname is not approved"),
        ({"data": [5]}, "a report without id or fields"),
        ({"data": [{"id": 5}]}, "a report without id or fields"),
        ({"data": [{"fields": {}}]}, "a report without id or fields"),
    ],
)
async def test_what_is_no_page_of_reliefweb_moves_nothing(
    world: World, reliefweb: ReliefWeb, page: Any, why: str
) -> None:
    world.server.paths["/v2/reports"] = always(as_json(page))
    assert why in await world.fails()
    assert world.state().cursor == {}


async def test_a_report_of_the_future_does_not_move_the_cursor_there(
    world: World, reliefweb: ReliefWeb
) -> None:
    reliefweb.reports = [report(1, hours=1), report(2, hours=10_000)]
    reliefweb.reports[1]["fields"]["date"]["created"] = None
    reliefweb.reports[1]["fields"]["source"] = 5
    assert (await world.run()).leads == 1
    assert [key for key, _, _ in world.reasons()] == ["2"]
    assert world.state().cursor["changed"] == (START + timedelta(hours=1)).isoformat()


# ----------------------------------------------------------------------------------------- GDELT


@dataclass
class Gdelt:
    """Answers as the DOC API does: articles in order of time, at most so many."""

    times: list[datetime] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        query = request.query
        assert (query["mode"], query["format"], query["sort"]) == ("artlist", "json", "dateasc")
        start, end = (
            datetime.strptime(query[name], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            for name in ("startdatetime", "enddatetime")
        )
        found = sorted((t, n) for n, t in enumerate(self.times) if start <= t <= end)
        articles = [
            {
                "url": f"https://example.org/{n}",
                "title": f"Crossing {n}",
                "domain": "example.org",
                "seendate": f"{t:%Y%m%dT%H%M%SZ}",
            }
            for t, n in found[: int(query["maxrecords"])]
        ]
        return as_json({"articles": articles} if articles else {})


@pytest.fixture
def gdelt(world: World) -> Gdelt:
    world.has("feed", "gdelt", url="/doc", query="crossing", page=3, pause=None)
    found = Gdelt()
    world.server.paths["/doc"] = found.answer
    return found


async def test_articles_of_gdelt_are_leads_each_once(world: World, gdelt: Gdelt) -> None:
    assert (await world.run()).leads == 0
    gdelt.times = [world.now - timedelta(minutes=n) for n in range(7)]
    assert (await world.run()).leads == 7
    assert (await world.run()).news == 0
    lead = world.leads()[0].lead
    assert (lead.title, lead.summary, lead.said) == ("Crossing 0", "example.org", world.now)
    gdelt.times.append(world.now + timedelta(minutes=5))
    world.now += timedelta(minutes=15)
    assert (await world.run()).leads == 1


async def test_an_article_that_is_found_later_than_others_is_not_missed(
    world: World, gdelt: Gdelt
) -> None:
    gdelt.times = [world.now]
    await world.run()
    gdelt.times.append(world.now - timedelta(hours=1))
    assert (await world.run()).leads == 1


async def test_more_articles_at_one_moment_than_fit_an_answer_are_told_and_hold_up_nothing(
    world: World, gdelt: Gdelt
) -> None:
    quarter = timedelta(minutes=15)
    gdelt.times = [world.now - quarter] * 4 + [world.now - 2 * quarter, world.now]
    outcome = await world.run()
    # Of the four at one moment three can be had, and all before and after it.
    assert (outcome.leads, outcome.rejected) == (5, 1)
    assert world.reasons() == [
        (
            "more at 20140623114500",
            "",
            "3 articles at 2014-06-23 11:45:00 UTC, as many as one answer holds: whether there are "
            "more cannot be known, and they cannot be had; narrow the query",
        )
    ]
    assert (world.state().rejects, world.state().failures) == (1, 0)
    # Later runs look there again, and go on as well.
    world.now += quarter
    gdelt.times.append(world.now)
    assert (await world.run()).leads == 1
    assert len(world.waiting()) == 1
    # Once an owner has seen it, it waits no more.
    with world.db.begin() as conn:
        rejects.dismiss(conn, None, world.now)
    await world.run()
    assert world.waiting() == []


async def test_a_service_that_goes_round_in_circles_is_an_error(world: World, gdelt: Gdelt) -> None:
    old = {"title": "Crossing", "seendate": "20140101T000000Z"}
    articles = [{**old, "url": f"https://example.org/{n}"} for n in range(3)]
    world.server.paths["/doc"] = always(as_json({"articles": articles}))
    assert await world.fails() == "the 3 articles asked for since 20140622120000 have other times"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"Your query was too short.", "the service says: 'Your query was too short.'"),
        (b'{"articles": 5}', "no list of articles"),
        (b'{"articles": [5]}', "no list of articles"),
        (b'{"articles": [', "no JSON, or was cut"),
    ],
)
async def test_an_error_of_gdelt_comes_as_text(
    world: World, gdelt: Gdelt, body: bytes, why: str
) -> None:
    world.server.paths["/doc"] = always(Response(body))
    assert why in await world.fails()


async def test_gdelt_is_asked_no_faster_than_it_allows(world: World, gdelt: Gdelt) -> None:
    world.has("feed", "gdelt", url="/doc", query="crossing", page=3, pause="1 second")
    gdelt.times = [world.now - timedelta(minutes=n) for n in range(4)]
    began = datetime.now(UTC)  # noqa: TID251 - what is measured is real time
    assert (await world.run()).leads == 4
    assert datetime.now(UTC) - began >= timedelta(seconds=1)  # noqa: TID251 - as above


async def test_an_article_without_a_time_waits(world: World, gdelt: Gdelt) -> None:
    article = {"url": "https://example.org/1", "title": "Crossing", "seendate": "today"}
    world.server.paths["/doc"] = always(as_json({"articles": [article]}))
    await world.run()
    assert world.reasons() == [
        ("https://example.org/1", "", "it does not tell when it was published")
    ]
    # Once it has one it is a lead, and waits no more; what then has none again changes nothing.
    timely = {**article, "seendate": "20140623T110000Z"}
    world.server.paths["/doc"] = always(as_json({"articles": [timely]}))
    assert (await world.run()).leads == 1
    assert world.waiting() == []
    world.server.paths["/doc"] = always(as_json({"articles": [article]}))
    await world.run()
    ((_, _, reason),) = world.reasons()
    assert reason == "it does not tell when it was published; what it said before stands"
    assert [k.withdrawn_at for k in world.leads()] == [None]
