"""Distances and directions on Earth."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.model.geo import (
    EARTH_KM,
    Direction,
    direction_of,
    distance_km,
    is_point,
    nearest,
)
from storage.model.places import Place

BAGHDAD, AL_WALEED = (33.315, 44.366), (33.42, 38.93)
LONDON, PARIS = (51.5074, -0.1278), (48.8566, 2.3522)
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        # Great-circle distances on a sphere of 6371.0088 km.
        (BAGHDAD, AL_WALEED, 504.6),
        (LONDON, PARIS, 343.5),
        ((0.0, 179.9), (0.0, -179.9), 22.24),  # over the date line
        ((90.0, 0.0), (90.0, 123.0), 0.0),  # at a pole all meridians meet
        ((90.0, 0.0), (-90.0, 0.0), 20015.1),
        ((0.0, 0.0), (0.0, 180.0), 20015.1),
    ],
)
def test_the_distance_is_the_shortest_way(
    one: tuple[float, float], other: tuple[float, float], km: float
) -> None:
    assert distance_km(one, other) == pytest.approx(km, rel=0.002, abs=0.01)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_around(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    assert distance_km(one, other) == pytest.approx(distance_km(other, one), abs=1e-6)
    assert 0 <= distance_km(one, other) <= EARTH_KM * 3.1416
    assert direction_of(one, other) in Direction


@pytest.mark.parametrize(
    ("to", "direction"),
    [
        ((1, 0), Direction.NORTH),
        ((1, 1), Direction.NORTH_EAST),
        ((0, 1), Direction.EAST),
        ((-1, 1), Direction.SOUTH_EAST),
        ((-1, 0), Direction.SOUTH),
        ((-1, -1), Direction.SOUTH_WEST),
        ((0, -1), Direction.WEST),
        ((1, -1), Direction.NORTH_WEST),
    ],
)
def test_a_direction_is_one_of_eight(to: tuple[float, float], direction: Direction) -> None:
    assert direction_of((0, 0), to) is direction


def test_east_of_the_date_line_is_east() -> None:
    assert direction_of((0, 179.9), (0, -179.9)) is Direction.EAST


@pytest.mark.parametrize("point", [(91, 0), (0, 181), (nan, 0), (0, inf), (-90.1, 0), (0, -180.1)])
def test_what_is_nowhere_on_earth_is_no_point(point: tuple[float, float]) -> None:
    assert not is_point(*point)


@pytest.mark.parametrize("point", [(90, 180), (-90, -180), (0, 0)])
def test_poles_and_the_date_line_are_points(point: tuple[float, float]) -> None:
    assert is_point(*point)


def test_the_nearest_places_come_first_and_areas_and_unplaced_ones_not_at_all() -> None:
    places = [
        Place("far", "Far", "town", lat=10, lon=0),
        Place("near", "Near", "town", lat=1, lon=0),
        Place("twin", "A twin", "town", lat=1, lon=0),
        Place("nowhere", "Nowhere", "town"),
        Place("area", "Area", "area", lat=0, lon=0),
        Place("farther", "Farther", "town", lat=20, lon=0),
    ]
    found = nearest((0, 0), places, 3)
    assert [n.place.id for n in found] == ["twin", "near", "far"]
    assert found[0].km == pytest.approx(111.2, abs=0.1)
    assert found[0].direction is Direction.NORTH
