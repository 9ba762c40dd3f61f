"""Maps of control: GeoJSON at an address, and layers of ArcGIS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot.feeds.server import Response, as_json

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

pytestmark = pytest.mark.anyio
EUPHRATES = (40.5, 34.0, 42.5, 35.0)  # Al-Qaim, Rawa and Ana lie in it
RABIA = (41.9, 36.7, 42.2, 36.9)


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def drawn(*features: Any, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features), **more}


def said(world: World) -> list[tuple[str, str, str | None, str]]:
    return sorted(
        (r.place, r.claim.value, r.party, str(r.reported)) for r in world.reports().values()
    )


def shows(world: World, *features: Any, **more: Any) -> None:
    body = drawn(*features, **more)
    world.server.paths["/map"] = lambda _: as_json(body)


@pytest.fixture
def geojson(world: World) -> World:
    world.has(
        "feed",
        "geojson",
        url="/map",
        party_property="side",
        date_property="date",
        parties={"black": "militants", "yellow": "kurdish"},
    )
    return world


DAY1, DAY2 = "2014-06-22T06:00:00Z", "2014-06-23T06:00:00Z"


async def test_places_in_a_polygon_are_held_by_its_party(geojson: World) -> None:
    shows(
        geojson,
        feature(box(*EUPHRATES), side="black", date=DAY1),
        feature(box(*RABIA), side="yellow", date="2014-06-20"),
        feature(None, side="black"),
    )
    assert (await geojson.run()).new == 4
    assert said(geojson) == [
        ("al-qaim", "holds", "militants", DAY1),
        ("ana", "holds", "militants", DAY1),
        ("rabia", "holds", "kurdish", DAY1),
        ("rawa", "holds", "militants", DAY1),
    ]


async def test_a_map_repeats_its_word_once_for_each_day_it_is_drawn_on(geojson: World) -> None:
    shows(geojson, feature(box(*RABIA), side="yellow", date=DAY1))
    await geojson.run()
    shows(geojson, feature(box(*RABIA), side="yellow", date="2014-06-22T18:00:00Z"))
    assert (await geojson.run()).new == 0
    shows(geojson, feature(box(*RABIA), side="yellow", date=DAY2))
    assert (await geojson.run()).new == 1
    geojson.now += timedelta(days=3)
    assert (await geojson.run()).new == 0


async def test_a_place_in_another_polygon_is_news_on_the_same_day(geojson: World) -> None:
    shows(geojson, feature(box(*RABIA), side="yellow", date=DAY1))
    await geojson.run()
    shows(geojson, feature(box(*RABIA), side="black", date="2014-06-22T18:00:00Z"))
    assert (await geojson.run()).new == 1
    assert said(geojson)[1] == ("rabia", "holds", "militants", "2014-06-22T18:00:00Z")


async def test_a_place_that_lies_in_no_polygon_any_more_was_left(geojson: World) -> None:
    shows(
        geojson,
        feature(box(*RABIA), side="yellow", date=DAY1),
        feature(box(*EUPHRATES), side="black", date=DAY1),
    )
    await geojson.run()
    shows(geojson, feature(box(*EUPHRATES), side="black", date=DAY2))
    await geojson.run()
    assert ("rabia", "left", "kurdish", DAY2) in said(geojson)


async def test_what_lies_outside_is_held_by_whoever_the_block_names(world: World) -> None:
    world.has(
        "feed",
        "geojson",
        url="/map",
        party="militants",
        date_property="date",
        outside="iraq",
        countries=["SY"],
    )
    shows(world, feature(box(*RABIA), date=DAY1))
    await world.run()
    assert said(world) == [
        ("al-qaim", "holds", "iraq", DAY1),
        ("al-waleed", "holds", "iraq", DAY1),
        ("rabia", "holds", "militants", DAY1),
    ]


async def test_a_place_in_areas_of_several_parties_waits_until_the_map_is_clear(
    geojson: World,
) -> None:
    black, yellow = (feature(box(*RABIA), side=side, date=DAY1) for side in ("black", "yellow"))
    shows(geojson, black, yellow)
    await geojson.run()
    assert geojson.reasons() == [
        ("rabia", "", "lies in the areas of several parties: black, yellow")
    ]
    shows(geojson, feature(box(*RABIA), side="black", date=DAY2))
    await geojson.run()
    assert geojson.waiting() == []
    assert said(geojson) == [("rabia", "holds", "militants", DAY2)]


async def test_a_party_that_is_not_known_waits_with_its_places(geojson: World) -> None:
    shows(geojson, feature(box(*RABIA), side="green", date=DAY1))
    await geojson.run()
    assert geojson.reasons() == [(f"rabia@{DAY1}", "party", "no party is called 'green'")]
    geojson.has("feed", "geojson", url="/map", party_property="side", parties={"green": "kurdish"})
    await geojson.feeds().retry_mended()
    assert said(geojson) == [("rabia", "holds", "kurdish", DAY1)]


async def test_a_map_may_say_by_its_header_when_it_was_drawn(world: World) -> None:
    world.has("feed", "geojson", url="/map", party="kurdish")
    body = drawn(feature(box(*RABIA)))
    modified = {"Last-Modified": "Mon, 23 Jun 2014 06:00:00 GMT"}
    answer = as_json(body)
    world.server.paths["/map"] = lambda _: Response(answer.body, headers=modified)
    await world.run()
    assert said(world) == [("rabia", "holds", "kurdish", DAY2)]


@pytest.mark.parametrize(
    ("map_", "why"),
    [
        ({}, "no GeoJSON FeatureCollection"),
        ([], "the map is no JSON object"),
        (drawn(5), "feature 1 of the map is no object"),
        (drawn(feature(box(*RABIA), date=DAY1)), "feature 1 of the map has no 'side'"),
        (drawn(feature(box(*RABIA), side="x")), "no 'date' in the map tells when it was drawn"),
        (drawn(feature(box(*RABIA), side="x", date=5)), "no 'date' in the map tells"),
        (drawn(feature({"type": "Point", "coordinates": [1, 2]}, side="x")), "is a 'Point'"),
        (drawn(feature("x", side="x")), "is a None; expected polygons"),
        (drawn(feature({"type": "Polygon"}, side="x")), "has no usable shape"),
        (drawn(feature({"type": "Polygon", "coordinates": [[[1]]]}, side="x")), "no usable shape"),
        (drawn(feature(box(4e6, 3e6, 5e6, 4e6), side="x")), "is not in degrees of WGS 84"),
        (drawn(crs={"properties": {"name": "EPSG:3857"}}), "is not in degrees of WGS 84"),
        (drawn(crs="x"), "is not in degrees of WGS 84"),
        (drawn(), "no areas any more"),
    ],
)
async def test_a_map_that_cannot_be_used_moves_nothing(geojson: World, map_: Any, why: str) -> None:
    shows(geojson, feature(box(*RABIA), side="yellow", date=DAY1))
    await geojson.run()
    before = geojson.state()
    geojson.server.paths["/map"] = lambda _: as_json(
        map_ if map_ != drawn() else drawn(feature(None, date=DAY2))
    )
    assert why in await geojson.fails()
    assert (geojson.state().cursor, len(geojson.reports())) == (before.cursor, 1)


async def test_half_a_map_moves_nothing(geojson: World) -> None:
    body = as_json(drawn(feature(box(*RABIA), side="yellow", date=DAY1))).body
    geojson.server.paths["/map"] = lambda _: Response(body[:-9], framed=False)
    assert "no JSON, or was cut" in await geojson.fails()
    geojson.server.paths["/map"] = lambda _: Response(body.replace(b"42.2", b"NaN"))
    assert "NaN is no value of JSON" in await geojson.fails()
    geojson.server.paths["/map"] = lambda _: Response(b"[" * 100_000)
    assert "no JSON" in await geojson.fails()
    assert geojson.reports() == {}


async def test_two_maps_drawn_at_one_time_say_each_their_own(world: World) -> None:
    for name, party in (("claimed", "militants"), ("assessed", "kurdish")):
        world.has(name, "geojson", url="/map", party=party, date_property="date")
    shows(world, feature(box(*RABIA), date=DAY1))
    for name in ("claimed", "assessed"):
        assert (await world.run(name)).new == 1
    assert {r.party for r in world.reports().values()} == {"militants", "kurdish"}


async def test_a_map_of_the_future_moves_nothing(geojson: World) -> None:
    shows(geojson, feature(box(*RABIA), side="yellow", date="2034-06-22"))
    assert "drawn at 2034-06-22, which is still to come" in await geojson.fails()
    shows(geojson, feature(box(*RABIA), side="yellow", date=DAY1))
    assert (await geojson.run()).new == 1


async def test_who_left_a_place_is_who_surely_held_it(geojson: World) -> None:
    black, yellow = (feature(box(*RABIA), side=side, date=DAY1) for side in ("black", "yellow"))
    far = feature(box(*EUPHRATES), side="black", date=DAY2)
    geojson.has("never", "geojson", url="/map", party_property="side", date_property="date")
    shows(geojson, black, yellow)
    await geojson.run("never")
    shows(geojson, yellow)
    await geojson.run()
    shows(geojson, black, yellow)
    await geojson.run()
    shows(geojson, far)
    await geojson.run()
    assert ("rabia", "left", "kurdish", DAY2) in said(geojson)
    assert geojson.waiting()[0].origin == "never"
    await geojson.run("never")
    assert [s for s in said(geojson) if s[1] == "left"] == [("rabia", "left", "kurdish", DAY2)]
    assert all(w.item.key.endswith(DAY2) for w in geojson.waiting())


async def test_a_layer_is_read_again_where_other_features_are_chosen(
    world: World, layer: Layer
) -> None:
    await world.run()
    world.has("feed", "arcgis", url="/layer/0", party="kurdish", where="side = 2")
    assert (await world.run()).corrected == 4
    assert layer.queries[-1]["where"] == "side = 2"


# ---------------------------------------------------------------------------------------- ArcGIS


@dataclass
class Layer:
    """A layer that pages its features as a FeatureServer does."""

    features: list[Any]
    edited: datetime
    page: int = 1
    # What the edit date is from the how-manieth look on.
    edited_from: tuple[int, datetime] | None = None
    looks: int = 0
    queries: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        if request.path == "/layer/0":
            self.looks += 1
            if self.edited_from and self.looks >= self.edited_from[0]:
                self.edited = self.edited_from[1]
            at = int(self.edited.timestamp() * 1000)
            return as_json({"objectIdField": "FID", "editingInfo": {"lastEditDate": at}})
        self.queries.append(request.query)
        start = int(request.query["resultOffset"])
        some = self.features[start : start + self.page]
        more = start + self.page < len(self.features)
        extra = {"properties": {"exceededTransferLimit": True}} if more else {}
        return as_json(drawn(*some, **extra))


@pytest.fixture
def layer(world: World) -> Layer:
    world.has("feed", "arcgis", url="/layer/0", party="militants", where="side = 1")
    found = Layer(
        [feature(box(*EUPHRATES)), feature(box(*RABIA))], datetime(2014, 6, 23, 6, tzinfo=UTC)
    )
    world.server.paths["/layer/0"] = world.server.paths["/layer/0/query"] = found.answer
    return found


async def test_a_layer_is_read_page_by_page(world: World, layer: Layer) -> None:
    assert (await world.run()).new == 4
    assert {r.reported.at for r in world.reports().values()} == {layer.edited}
    assert [q["resultOffset"] for q in layer.queries] == ["0", "1"]
    assert layer.queries[0]["orderByFields"] == "FID"
    assert layer.queries[0]["where"] == "side = 1"


async def test_a_layer_that_was_not_edited_is_only_asked_for_its_date(
    world: World, layer: Layer
) -> None:
    await world.run()
    asked = len(layer.queries)
    assert (await world.run()).news == 0
    assert len(layer.queries) == asked
    layer.edited += timedelta(hours=1)
    layer.features = layer.features[:1]
    assert (await world.run()).new == 1
    assert said(world)[2][:3] == ("rabia", "holds", "militants")
    assert ("rabia", "left", "militants", "2014-06-23T07:00:00Z") in said(world)


async def test_a_layer_that_is_edited_meanwhile_is_read_again_later(
    world: World, layer: Layer
) -> None:
    layer.edited_from = (2, layer.edited + timedelta(hours=1))
    assert await world.fails() == "the layer was edited while it was read"
    assert world.reports() == {}
    assert (await world.run()).new == 4


async def test_an_error_that_comes_as_a_success_is_an_error(world: World, layer: Layer) -> None:
    error = {"error": {"code": 498, "message": "Invalid token."}}
    world.server.paths["/layer/0/query"] = lambda _: as_json(error)
    assert await world.fails() == "the layer answered with the error 498: 'Invalid token.'"
    world.server.paths["/layer/0/query"] = lambda _: as_json(
        {**drawn(), "exceededTransferLimit": True}
    )
    assert await world.fails() == "the layer says that there is more, and gives nothing"
    world.server.paths["/layer/0/query"] = lambda _: as_json(
        {**drawn(*layer.features), "exceededTransferLimit": True}
    )
    assert await world.fails() == "the layer gives the same features on every page"
    world.server.paths["/layer/0"] = lambda _: as_json({"editingInfo": None})
    assert "does not tell when it was edited" in await world.fails()


async def test_a_layer_is_whole_after_any_faults(world: World, layer: Layer) -> None:
    cut = as_json(drawn(*layer.features), cut=40)
    world.server.faults = [Response(status=503), Response(status=429, headers={"Retry-After": "0"})]
    inner = world.server.paths["/layer/0/query"]
    faults = [cut, cut]
    world.server.paths["/layer/0/query"] = lambda r: faults.pop() if faults else inner(r)
    assert (await world.run()).new == 4
    world.once_each()
