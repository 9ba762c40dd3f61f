"""The codes of airports: what people type who read flight trackers and notices to airmen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from math import cos, hypot, radians
from typing import TYPE_CHECKING, Final, NamedTuple

import airportsdata

from storage.model.names import is_airport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from storage.model.places import Place

# Between what two lists give as the position of one airport; runways are up to 5 km long.
_SAME_KM: Final = 4.0
_KM_A_DEGREE: Final = 111.2


class _Airport(NamedTuple):
    lat: float
    lon: float
    codes: tuple[str, ...]


def with_codes(places: Iterable[Place]) -> list[Place]:
    """The places; airports among them have their ICAO, IATA and local codes as further aliases.

    Codes are those of the one airport known (by the package airportsdata) within 4 km and in the
    same country. Where there are several, the nearest.
    """
    return [_with_codes(p) if is_airport(p) else p for p in places]


def _with_codes(place: Place) -> Place:
    if place.lat is None or place.lon is None:
        return place
    near = [
        (_km(place.lat, place.lon, airport), airport.codes)
        for country in place.countries
        for airport in _airports().get(country, ())
    ]
    km, codes = min(near, default=(_SAME_KM, ()))
    if km >= _SAME_KM:
        return place
    new = [c for c in codes if c not in place.aliases]
    return replace(place, aliases=(*place.aliases, *new))


@cache
def _airports() -> Mapping[str, Sequence[_Airport]]:
    """All airports by country (ISO 3166)."""
    found: dict[str, list[_Airport]] = defaultdict(list)
    for known in airportsdata.load().values():
        codes = dict.fromkeys(c for c in (known["icao"], known["iata"], known["lid"]) if c)
        found[known["country"]].append(_Airport(known["lat"], known["lon"], tuple(codes)))
    return found


def _km(lat: float, lon: float, airport: _Airport) -> float:
    """Kilometres between a position and an airport, near enough for a few of them."""
    east = (airport.lon - lon) * cos(radians(lat))
    return _KM_A_DEGREE * hypot(airport.lat - lat, east)
