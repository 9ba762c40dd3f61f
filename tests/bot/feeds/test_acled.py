"""Events of ACLED, from a service that pages, lets tokens run out and deletes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.feeds.server import Response, always, as_json

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio
ARMY, REBELS = "Military Forces of Iraq", "Islamic State"
PUBLISHED = 1_403_510_400  # 2014-06-23 08:00 UTC


def event(key: str, sub_event: str = "Armed clash", **more: Any) -> dict[str, Any]:
    return {
        "event_id_cnty": key,
        "event_date": "2014-06-22",
        "time_precision": 1,
        "event_type": "Battles",
        "sub_event_type": sub_event,
        "actor1": REBELS,
        "inter1": "Rebel group",
        "actor2": ARMY,
        "inter2": "State forces",
        "location": "Rawa",
        "latitude": "34.48",
        "longitude": "41.92",
        "geo_precision": 1,
        "source": "A paper; another",
        "notes": "On 22 June 2014,\n fighting.",
        "timestamp": PUBLISHED,
        **more,
    }


TOOK = event("IRQ1", "Non-state actor overtakes territory")


@dataclass
class Service:
    """Answers as the service does: tokens that run out, pages, and changes since a time."""

    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: list[dict[str, Any]] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    valid: str = ""
    requests_a_token: int = 1000
    refreshes: bool = True

    def answer(self, request: Request) -> Response:
        if request.path == "/oauth/token":
            return self._token(request.form)
        if request.headers.get("authorization") != f"Bearer {self.valid}" or not self.valid:
            return as_json({"message": "expired"}, 401)
        self.left -= 1
        if self.left < 0:
            self.valid = ""
            return as_json({"message": "expired"}, 401)
        query = request.query
        since = int(query.get("timestamp", query.get("deleted_timestamp", "0")))
        column = "timestamp" if request.path == "/api/acled/read" else "deleted_timestamp"
        rows = self.events.values() if column == "timestamp" else self.deleted
        found = [r for r in rows if not isinstance(r[column], int) or r[column] >= since]
        limit, page = int(query["limit"]), int(query["page"])
        some = found[limit * (page - 1) : limit * page]
        return as_json({"status": 200, "success": True, "count": len(some), "data": some})

    def _token(self, form: dict[str, str]) -> Response:
        assert form["client_id"] == "acled"
        if form["grant_type"] == "refresh_token":
            good = self.refreshes and form["refresh_token"] == f"refresh-{len(self.granted)}"
        else:
            good = (form["username"], form["password"]) == ("me@example.org", "pass word")
        if not good:
            return as_json({"error": "invalid_grant"}, 400)
        self.granted.append(form["grant_type"])
        self.valid = f"token-{len(self.granted)}"
        self.left = self.requests_a_token
        answer = {"access_token": self.valid, "refresh_token": f"refresh-{len(self.granted)}"}
        return as_json({"token_type": "Bearer", "expires_in": 86400, **answer})

    left: int = 0

    def has(self, *events: dict[str, Any]) -> None:
        for one in events:
            self.events[one["event_id_cnty"]] = one


@pytest.fixture
def service(world: World) -> Service:
    world.env["PASSWORD"] = "pass word"
    settle(world)
    found = Service()
    for path in ("/oauth/token", "/api/acled/read", "/api/deleted/read"):
        world.server.paths[path] = found.answer
    return found


def settle(world: World, **keys: Any) -> None:
    world.has(
        "feed",
        "acled",
        **{
            "url": "",
            "username": "me@example.org",
            "password": {"env": "PASSWORD"},
            "parties": {REBELS: "militants", ARMY: "iraq"},
            "page": 2,
            **keys,
        },
    )


async def test_who_took_a_place_follows_from_the_event(world: World, service: Service) -> None:
    service.has(
        TOOK,
        event("IRQ2", "Government regains territory", location="Ana", latitude="34.37"),
        event("IRQ3", location="Rabia", latitude="36.81", longitude="42.07"),
        event("IRQ4", "Peaceful protest", event_type="Protests"),
    )
    assert (await world.run()).new == 3
    assert world.claims() == [
        ("IRQ1", "rawa", "took", "militants"),
        ("IRQ2", "ana", "took", "iraq"),
        ("IRQ3", "rabia", "fighting", None),
    ]
    said = world.reports()["IRQ1"]
    assert (str(said.occurred), str(said.reported)) == ("2014-06-22", "2014-06-23T08:00:00Z")
    assert (said.quote, said.via) == ("On 22 June 2014, fighting.", "A paper; another")


@pytest.mark.parametrize(
    ("event_", "why"),
    [
        (event("x", "Government regains territory", inter1="State forces"), "the government"),
        (event("x", "Government regains territory", inter2="Rebel group"), "the government"),
        (event("x", "Non-state actor overtakes territory", inter2="Militia"), "overtook the other"),
        (event("x", "Non-state actor overtakes territory", inter1="1"), "overtook the other"),
        (event("x", "Non-violent transfer of territory", event_type="Strategic"), "actor gained"),
        (event("x", time_precision=2), "the day is not known exactly (time_precision 2)"),
        (event("x", geo_precision=3), "it is not known exactly (geo_precision 3)"),
        (event("x", timestamp="soon"), "is missing"),
        (event("x", event_date="June"), "is not a time"),
        (event("x", latitude="50"), "km from where this was"),
        (event("x", location="Atlantis"), "no place is surely meant by 'Atlantis'"),
        ({**TOOK, "actor1": "Nobody known"}, "no party is called 'Nobody known'"),
    ],
)
async def test_what_is_not_sure_waits(
    world: World, service: Service, event_: dict[str, Any], why: str
) -> None:
    service.has(event_)
    outcome = await world.run()
    assert (outcome.new, outcome.rejected) == (0, 1)
    (waiting,) = world.waiting()
    assert why in waiting.reason
    assert waiting.item.raw["notes"] == "On 22 June 2014,\n fighting."


async def test_an_operator_may_say_who_gains_in_a_transfer(world: World, service: Service) -> None:
    settle(world, transfers_to="actor1")
    service.has(
        event("IRQ1", "Non-violent transfer of territory", event_type="Strategic", inter2=1)
    )
    await world.run()
    assert world.claims() == [("IRQ1", "rawa", "took", "militants")]


async def test_every_event_is_in_once_page_by_page_also_when_tokens_run_out(
    world: World, service: Service
) -> None:
    service.requests_a_token = 2
    service.has(*(event(f"IRQ{n}") for n in range(9)))
    assert (await world.run()).new == 9
    assert service.granted == ["password", "refresh_token", "refresh_token"]
    world.once_each()


async def test_where_a_token_cannot_be_refreshed_the_password_is_used(
    world: World, service: Service
) -> None:
    service.requests_a_token, service.refreshes = 2, False
    service.has(*(event(f"IRQ{n}") for n in range(5)))
    assert (await world.run()).new == 5
    assert set(service.granted) == {"password"}


async def test_only_what_was_published_since_is_asked_for(world: World, service: Service) -> None:
    service.has(TOOK, event("IRQ2"))
    await world.run()
    service.has(event("IRQ3", timestamp=PUBLISHED + 60))
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (1, 2)
    asked = [r.query for r in world.server.asked if r.path == "/api/acled/read"]
    before = str(PUBLISHED - 86_400)
    assert [q["timestamp"] for q in asked] == ["0", "0", before, before]
    assert world.state().cursor["since"] == PUBLISHED + 60


async def test_a_changed_event_is_a_correction_but_not_for_its_time_of_publishing(
    world: World, service: Service
) -> None:
    service.has(TOOK)
    await world.run()
    service.has({**TOOK, "timestamp": PUBLISHED + 60, "fatalities": 3})
    assert (await world.run()).news == 0
    service.has({**TOOK, "timestamp": PUBLISHED + 90, "sub_event_type": "Armed clash"})
    assert (await world.run()).corrected == 1
    assert [c[0] for c in world.claims()] == ["IRQ1", "IRQ1~2", "IRQ1~withdrawn"]


async def test_a_deleted_event_is_retracted_as_of_its_deletion(
    world: World, service: Service
) -> None:
    service.has(TOOK, event("IRQ2", location="Atlantis"))
    await world.run()
    later = int(world.now.timestamp()) + 3600
    world.now = world.now.replace(hour=16)
    service.deleted = [
        {"event_id_cnty": key, "deleted_timestamp": later} for key in ("IRQ1", "IRQ2", "SYR9")
    ]
    service.events.clear()
    assert (await world.run()).withdrawn == 1
    retraction = world.reports()["IRQ1~withdrawn"]
    assert str(retraction.reported) == "2014-06-23T13:00:00Z"
    assert world.waiting() == []
    assert (await world.run()).news == 0


async def test_what_fails_on_a_page_goes_on_from_that_page(world: World, service: Service) -> None:
    service.has(*(event(f"IRQ{n}") for n in range(5)))
    inner = service.answer
    broken = Response(b'{"success": true, "data": [{"event_id', status=200)

    def answer(request: Request) -> Response:
        return broken if request.query.get("page") == "2" else inner(request)

    world.server.paths["/api/acled/read"] = answer
    assert "is no JSON, or was cut" in await world.fails()
    assert (len(world.reports()), world.state().cursor["page"]) == (2, 2)
    world.server.paths["/api/acled/read"] = inner
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (3, 0)
    world.once_each()


async def test_an_error_of_the_service_is_told_without_the_password(
    world: World, service: Service
) -> None:
    world.env["PASSWORD"] = "wrong word"
    settle(world)
    why = await world.fails()
    assert why.endswith("/oauth/token answered 400 Whatever: check user name and password")
    for answer, told in (
        (as_json({"success": False, "error": [{"message": "wrong word"}]}), "[hidden]"),
        (as_json({"data": 5}), "no `data` in it"),
        (as_json({"data": [5]}), "rows that are no objects"),
        (as_json({"data": [{}]}), "1 of the events have no event_id_cnty"),
    ):
        world.server.paths["/oauth/token"] = lambda _: as_json({"access_token": "t"})
        world.server.paths["/api/acled/read"] = always(answer)
        assert told in await world.fails()
        assert "wrong word" not in world.state().error
    world.server.paths["/oauth/token"] = lambda _: as_json({})
    assert await world.fails() == "the answer that should hold a token holds none"
    assert world.reports() == {}


async def test_filters_that_the_feed_sets_itself_are_refused(world: World) -> None:
    world.env["PASSWORD"] = "x"
    with pytest.raises(ValueError, match="page is set by the feed itself"):
        settle(world, filters={"page": "1"})


async def test_an_event_deleted_while_pages_are_read_hides_no_other(
    world: World, service: Service
) -> None:
    service.has(*(event(f"IRQ{n}") for n in range(6)))
    inner = service.answer

    def deleting(request: Request) -> Response:
        answer = inner(request)
        if request.path == "/api/acled/read" and "IRQ0" in service.events:
            del service.events["IRQ0"]
            at = int(world.now.timestamp())
            service.deleted.append({"event_id_cnty": "IRQ0", "deleted_timestamp": at})
        return answer

    world.server.paths["/api/acled/read"] = deleting
    await world.run()
    assert "IRQ2" not in world.reports()
    await world.run()
    standing = {f"IRQ{n}" for n in range(6)}
    assert world.reports().keys() == standing | {"IRQ0~withdrawn"}
    world.once_each()


async def test_an_event_deleted_before_it_came_is_not_on_record_until_it_is_published_anew(
    world: World, service: Service
) -> None:
    await world.run()
    deleted = PUBLISHED + 60
    service.deleted = [{"event_id_cnty": "IRQ1", "deleted_timestamp": deleted}]
    await world.run()
    service.has(TOOK)
    assert (await world.run()).news == 0
    service.has({**TOOK, "timestamp": deleted + 60})
    assert (await world.run()).new == 1
    # That deletion is listed still, and is older than what was published since.
    assert (await world.run()).news == 0
    assert world.claims() == [("IRQ1", "rawa", "took", "militants")]


async def test_a_time_to_come_does_not_move_the_cursor_there(
    world: World, service: Service
) -> None:
    far = 4_000_000_000
    service.has(TOOK, event("IRQ2", timestamp=far))
    service.deleted = [{"event_id_cnty": "IRQ3", "deleted_timestamp": far}]
    await world.run()
    cursor = world.state().cursor
    assert (cursor["since"], cursor["deleted"]) == (PUBLISHED, int(world.now.timestamp()))


async def test_an_event_of_two_feeds_is_retracted_when_both_have_taken_it_back(
    world: World, service: Service
) -> None:
    world.blocks["other"] = world.blocks["feed"]
    service.has(TOOK)
    await world.run()
    assert (await world.run("other")).new == 1
    world.once_each()
    at = int(world.now.timestamp())
    service.events.clear()
    service.deleted = [{"event_id_cnty": "IRQ1", "deleted_timestamp": at}]
    assert (await world.run()).withdrawn == 0
    assert (await world.run("other")).withdrawn == 1
    assert list(world.reports()) == ["IRQ1", "IRQ1~withdrawn"]


async def test_other_filters_read_the_past_of_what_they_let_in(
    world: World, service: Service
) -> None:
    await world.run()
    service.has(TOOK)
    await world.run()
    since = world.state().cursor["since"]
    settle(world, filters={"country": "Syria"})
    await world.run()
    asked = [r.query for r in world.server.asked if r.path == "/api/acled/read"]
    assert since == PUBLISHED
    assert (asked[-1]["timestamp"], asked[-1]["country"]) == ("0", "Syria")


async def test_a_deletion_without_a_name_is_an_error(world: World, service: Service) -> None:
    service.deleted = [{"deleted_timestamp": int(world.now.timestamp())}]
    assert await world.fails() == "1 of the deleted events have no event_id_cnty"


async def test_an_event_that_turns_out_to_be_none_of_control_is_taken_back(
    world: World, service: Service
) -> None:
    service.has(TOOK, event("IRQ2"))
    assert (await world.run()).new == 2
    service.has(event("IRQ1", "Peaceful protest", event_type="Protests", timestamp=PUBLISHED + 9))
    outcome = await world.run()
    assert (outcome.withdrawn, outcome.unchanged) == (1, 1)
    assert ("IRQ1~withdrawn", "rawa", "retracts", None) in world.claims()
    # Should it be one after all, it stands again.
    service.has({**TOOK, "timestamp": PUBLISHED + 99})
    assert (await world.run()).corrected == 1
    assert ("IRQ1~2", "rawa", "took", "militants") in world.claims()


async def test_an_event_whose_place_is_not_exact_any_more_waits_and_its_report_stands(
    world: World, service: Service
) -> None:
    service.has(TOOK)
    await world.run()
    service.has({**TOOK, "geo_precision": 3, "timestamp": PUBLISHED + 9})
    outcome = await world.run()
    assert (outcome.rejected, outcome.withdrawn) == (1, 0)
    assert [c[0] for c in world.claims()] == ["IRQ1"]
    ((_, _, reason),) = world.reasons()
    assert reason.endswith("(geo_precision 3); what it said before stands")
    service.has(event("IRQ1", "Peaceful protest", event_type="Protests", timestamp=PUBLISHED + 99))
    assert (await world.run()).withdrawn == 1
    assert world.waiting() == []
