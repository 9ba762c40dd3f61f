"""How far apart two points on Earth are, and in which direction one lies from the other.

Points are pairs of latitude and longitude in degrees (WGS 84). The Earth is taken for a sphere:
that is wrong by at most 0.6 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import asin, atan2, cos, degrees, isfinite, radians, sin, sqrt
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.model.places import Place

Point: TypeAlias = tuple[float, float]

EARTH_KM = 6371.0088  # mean radius, IUGG


class Direction(IntEnum):
    """One of eight points of the compass, clockwise from north."""

    NORTH = 0
    NORTH_EAST = 1
    EAST = 2
    SOUTH_EAST = 3
    SOUTH = 4
    SOUTH_WEST = 5
    WEST = 6
    NORTH_WEST = 7


@dataclass(frozen=True)
class Near:
    """A place, how far it is from a point (km), and in which direction it lies from there."""

    place: Place
    km: float
    direction: Direction


def is_point(lat: float, lon: float) -> bool:
    """Whether there is such a point: 90° to the poles, and once around (either way) to the east."""
    return isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180


def distance_km(a: Point, b: Point) -> float:
    """The shortest way over the surface (the haversine formula)."""
    lat_a, lat_b = radians(a[0]), radians(b[0])
    half_lat, half_lon = (lat_b - lat_a) / 2, radians(b[1] - a[1]) / 2
    h = sin(half_lat) ** 2 + cos(lat_a) * cos(lat_b) * sin(half_lon) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))  # rounding may lift it above 1 at the antipode


def direction_of(a: Point, b: Point) -> Direction:
    """In which direction one sets out from `a` to come to `b` the shortest way."""
    lat_a, lat_b, d_lon = radians(a[0]), radians(b[0]), radians(b[1] - a[1])
    east = sin(d_lon) * cos(lat_b)
    north = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(d_lon)
    return Direction(round(degrees(atan2(east, north)) % 360 / 45) % 8)


def nearest(point: Point, places: Iterable[Place], most: int) -> list[Near]:
    """The places with a position that are nearest to a point, nearest first; areas have none."""
    found = [
        Near(p, distance_km(point, p.position), direction_of(point, p.position))
        for p in places
        if p.position is not None and not p.is_area
    ]
    return sorted(found, key=lambda n: (n.km, n.place.name, n.place.id))[:most]
