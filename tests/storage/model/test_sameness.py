"""Whether entries of two lists are one place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.model.places import CROSSINGS, GEONAMES, Place
from storage.model.sameness import Known, is_same, name_keys
from tests.builders import story

AL_WALEED = story().places["al-waleed"]
LISTED = Place("x", "Al-Walid", "crossing", ("IQ", "SY"), 33.5, 38.9, origin=CROSSINGS)
TOWN = Place("rawa", "Rawa", "town", ("IQ",), 34.48, 41.92)


def test_the_same_crossing_of_another_list_is_found_by_name_and_position() -> None:
    assert Known([AL_WALEED, TOWN]).same_as(LISTED) == AL_WALEED


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"lat": 33.7}, False),  # 31 km north
        ({"name": "Trebil"}, False),
        ({"kind": "town"}, False),
        ({"lat": None, "lon": None}, True),  # then the countries decide
        ({"lat": None, "lon": None, "countries": ("IQ", "JO")}, False),
        ({"lat": None, "lon": None, "countries": ()}, False),
        ({"origin": ""}, False),  # a list tells its own entries apart
    ],
)
def test_what_has_another_name_kind_or_position_is_another_place(
    change: dict[str, object], same: bool
) -> None:
    other = replace(LISTED, **change)  # type: ignore[arg-type] # any of its fields
    assert (Known([AL_WALEED]).same_as(other) == AL_WALEED) is same


def test_of_several_the_nearest_is_the_same() -> None:
    nearer = replace(AL_WALEED, id="b", lat=33.49)
    assert Known([AL_WALEED, nearer]).same_as(LISTED) == nearer
    unplaced = replace(AL_WALEED, id="a", lat=None, lon=None)
    assert Known([AL_WALEED, unplaced]).same_as(LISTED) == unplaced


def test_a_city_and_a_town_are_of_one_kind_and_a_bridge_is_of_another() -> None:
    city = replace(TOWN, id="gn-1", kind="city", lat=34.55, origin=GEONAMES)
    assert is_same(TOWN, city)
    assert not is_same(TOWN, replace(city, lat=34.6))
    bridge = replace(TOWN, kind="bridge")
    assert is_same(bridge, replace(bridge, lat=34.50))
    assert not is_same(bridge, replace(bridge, lat=34.55))


def test_an_editor_is_asked_about_places_of_any_list() -> None:
    mine = replace(LISTED, origin="")
    assert Known([AL_WALEED]).same_as(mine, of_any_list=True) == AL_WALEED


def test_a_name_without_a_letter_is_no_name() -> None:
    assert name_keys(Place("q", "???", "town", aliases=("الوليد",))) == {"وليد"}
