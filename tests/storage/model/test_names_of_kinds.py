"""Airports, crossings and borders beside the towns that they are called after."""

from __future__ import annotations

import pytest

from storage.model.places import AREA, Place
from tests.storage.model.naming import answer

AIRPORTS = [
    Place("town", "Harran", "town"),
    Place("field", "Harran International Airport", "airport", aliases=("OXHN", "HRN")),
    Place("base", "Old Harran Air Base", "base"),
    Place("alone", "Zelten Airport", "airport"),
    Place("named", "Bab Nur", "airport"),
]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("harran", "town"),
        ("harran airport", "field"),
        ("Flughafen Harran", "field"),
        ("haran airport", "field"),
        ("old harran airbase", "base"),
        ("OXHN", "field"),
        ("hrn", "field"),
        ("OXHM", "- "),
        ("zelten", "- alone"),
        ("zelten airport", "alone"),
        ("bab nur", "named"),
        ("bab nur airport", "named"),
        ("airport", "- "),
        ("مطار", "- "),
    ],
)
def test_an_airport_is_another_place_than_its_town(query: str, said: str) -> None:
    assert answer(query, AIRPORTS).startswith(said)


def test_an_airport_that_is_not_known_is_not_its_town() -> None:
    assert answer("Rawa airport").startswith("- rawa")


def test_an_airport_whose_name_is_only_articles_is_not_called_airport() -> None:
    assert answer("airport", [Place("al-al", "Al Al Airport", "airport")]).startswith("- ")
    assert answer("al al airport", [Place("al-al", "Al Al Airport", "airport")]) == "al-al"


TWO_SIDED = [
    Place("bridge", "Qasr–Nuhas border crossing", "crossing"),
    Place("qasr", "Qasr", "town", aliases=("قصر",)),
    Place("other", "Rutha (Deir) crossing", "crossing"),
    Place("one", "Al-Muntasaf crossing", "crossing"),
]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("qasr nuhas", "bridge"),
        ("nuhas crossing", "bridge"),
        ("qasr crossing", "bridge"),
        ("معبر قصر", "- qasr"),
        ("nuhas", "- bridge"),
        ("qasr", "qasr"),
        ("deir crossing", "other"),
        ("muntasaf crossing", "one"),
        ("mutasaf crossing", "one"),
    ],
)
def test_a_crossing_is_found_by_either_of_its_sides(query: str, said: str) -> None:
    assert answer(query, TWO_SIDED) == said


def test_a_crossing_with_a_similar_name_is_meant_rather_than_the_town() -> None:
    places = [
        Place("town", "Jarablus", "town", aliases=("جرابلس",)),
        Place("c", "Jarabulus crossing", "crossing"),
    ]
    assert answer("جرابلس", places) == "town"
    assert answer("معبر جرابلس", places) == "c"


def test_who_asks_about_a_country_does_not_mean_its_border() -> None:
    places = [Place("b", "Syrian border", AREA)]
    assert answer("Syria", places) == "- b"
    assert answer("Syrian borders", places) == "b"
    assert answer("Syriann border", places) == "b"
