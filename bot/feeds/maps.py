"""Maps of control: polygons, each of a party, and which places lie in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from bot.feeds.fetching import FeedTrouble
from bot.feeds.parsing import text_of
from storage.model.feeds import Item
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapely import Geometry

    from bot.feeds.kinds.geojson import MapBlock
    from storage.model.places import Place

POLYGONS = ("Polygon", "MultiPolygon")
# Older files may name a reference system (GeoJSON 2008); only degrees of WGS 84 are ours.
DEGREES = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326")


@dataclass(frozen=True)
class Area:
    """A polygon and the party that holds it, as the map calls that."""

    party: str
    outline: Geometry


def areas_of(collection: Mapping[str, Any], block: MapBlock) -> list[Area]:
    """The areas of a GeoJSON FeatureCollection (RFC 7946); features without a shape are left out.

    Raises FeedTrouble, naming the feature, where one cannot be understood.
    """
    features = collection.get("features")
    if collection.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise FeedTrouble("the map is no GeoJSON FeatureCollection")
    crs = collection.get("crs")
    if crs is not None and (not isinstance(crs, dict) or _crs_name(crs) not in DEGREES):
        raise FeedTrouble("the map is not in degrees of WGS 84 (its `crs` says so)")
    found = []
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            raise FeedTrouble(f"feature {number} of the map is no object")
        if feature.get("geometry") is not None:
            properties = feature.get("properties")
            party = _party(properties if isinstance(properties, dict) else {}, block, number)
            found.append(Area(party, _outline(feature["geometry"], number)))
    return found


def _crs_name(crs: Mapping[str, Any]) -> str:
    properties = crs.get("properties")
    return text_of(properties.get("name")) if isinstance(properties, dict) else ""


def _party(properties: Mapping[str, Any], block: MapBlock, number: int) -> str:
    if block.party is not None:
        return block.party
    party = text_of(properties.get(block.party_property or ""))
    if not party:
        raise FeedTrouble(f"feature {number} of the map has no {block.party_property!r}")
    return party


def _outline(geometry: Any, number: int) -> Geometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in POLYGONS:
        raise FeedTrouble(f"feature {number} of the map is a {kind!r:.40}; expected polygons")
    try:
        outline = shapely.make_valid(shape(geometry))
        west, south, east, north = outline.bounds
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise FeedTrouble(f"feature {number} of the map has no usable shape: {error}") from None
    # An empty shape has bounds that are no numbers, and contains nothing.
    if not outline.is_empty and not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise FeedTrouble(f"feature {number} of the map is not in degrees of WGS 84")
    return outline


def parties_at(areas: Sequence[Area], places: Sequence[Place]) -> dict[str, tuple[str, ...]]:
    """The parties in whose areas each place lies (on the edge counts), by the place's id; places
    without a position are left out.
    """
    placed = [(p, p.position) for p in places if p.position is not None and not p.is_area]
    if not placed or not areas:
        return {p.id: () for p, _ in placed}
    points = shapely.points([(lon, lat) for _, (lat, lon) in placed])
    tree = shapely.STRtree([a.outline for a in areas])
    found: dict[str, set[str]] = {p.id: set() for p, _ in placed}
    for point, area in tree.query(points, predicate="intersects").T:
        found[placed[point][0].id].add(areas[area].party)
    return {place_id: tuple(sorted(parties)) for place_id, parties in found.items()}


@dataclass(frozen=True)
class Word:
    """What a map says anew of a place: a report if it says who holds it or that somebody left.

    `kept` is the parties (as the map calls them) in whose areas it lies, when the map was drawn,
    and who held it last, when that was sure. `is_clear`: several parties had been named before.
    """

    place: str
    item: Item | None
    kept: list[Any]
    is_clear: bool


def words(
    feed: str,
    block: MapBlock,
    at: str,
    parties: Mapping[str, tuple[str, ...]],
    said: Mapping[str, Sequence[Any]],
) -> Iterator[Word]:
    """What the map `feed` drawn at the time `at` (ISO 8601) says that it has not said on that day.

    `said` holds what is to be kept of the last word on each place.
    """
    for place_id, here in sorted(parties.items()):
        before, last_at, held = said.get(place_id, ([], "", ""))
        names = here or ((block.outside,) if block.outside else ())
        if list(names) == before and (not names or last_at[:10] >= at[:10]):
            continue
        key = f"{place_id}@{at}"
        fields = {"id": f"{feed}:{key}", "place": place_id, "reported_at": at}
        item: Item | None = None
        if len(names) > 1:
            error = f"lies in the areas of several parties: {', '.join(names)}"
            item = Item(place_id, fields, {"parties": list(names)}, error)
        elif names:
            held = names[0]
            item = Item(key, {**fields, "claim": Claim.HOLDS.value, "party": held})
        elif held:
            item = Item(key, {**fields, "claim": Claim.LEFT.value, "party": held})
            held = ""
        yield Word(place_id, item, [list(names), at, held], len(before) > 1 >= len(names))


def in_scope(places: Iterable[Place], countries: Sequence[str]) -> list[Place]:
    """The places that a map is asked about: all, or those in these countries (ISO 3166)."""
    wanted = set(countries)
    return [p for p in places if not wanted or wanted & set(p.countries)]
