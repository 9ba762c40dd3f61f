"""A name with the country behind it, in the languages of its readers."""

from __future__ import annotations

import pytest

from storage.countries import country_behind
from storage.finding import find_place, offered
from storage.model.names import Context, Found, Index, NotFound, fold
from storage.model.places import Place
from tests.storage.model.naming import shown

KARAK = Place("karak-jo", "Al Karak", "town", ("JO",), aliases=("الكرك", "Карак"))
PLACES = [
    KARAK,
    Place("karak-ir", "Karak", "town", ("IR",)),
    Place("karak-iq", "Karak", "village", ("IQ",)),
    Place("karak-gate", "Karak", "crossing", ("IQ", "IR")),
    Place("berat", "Karak (Albania)", "village", ("XK",)),
    Place("mosul", "Mosul", "city", ("IQ",)),
    *(Place(f"mosur-{n}", f"Mosura {n}", "village", ("TR",)) for n in range(7)),
]
INDEX = Index.build(PLACES)


@pytest.mark.parametrize(
    "behind",
    [
        ", Jordan",
        " (Jordan)",
        ",jordan",
        ", JORDAN ",
        " (JO)",
        " [jo]",
        ", JOR",
        ", الأردن",
        "، الاردن",
        ", Иордания",
        ", Йорданія",
        ", Karak Governorate, Jordan",
    ],
)
def test_a_country_behind_a_name_chooses_among_places(behind: str) -> None:
    assert find_place(f"Karak{behind}", INDEX) == Found(KARAK)


@pytest.mark.parametrize("name", ["الكرك", "Карак", "Karaq", "al-karak"])
def test_the_name_before_a_country_may_be_spelt_as_ever(name: str) -> None:
    assert find_place(f"{name}, Jordan", INDEX) == Found(KARAK)


def test_several_places_in_that_country_are_asked_about_without_the_others() -> None:
    assert shown(find_place("Karak, Iraq", INDEX)) == "? karak-gate karak-iq"


def test_a_choice_is_remembered_with_the_country() -> None:
    for chosen in ("karak-gate", "karak-iq"):
        context = Context(chosen={fold("Karak, Iraq"): chosen})
        assert shown(find_place("Karak, Iraq", INDEX, context)) == chosen
    of_the_name = Context(chosen={fold("Karak"): "karak-iq"})
    assert shown(find_place("Karak, Iraq", INDEX, of_the_name)).startswith("?")


def test_a_place_that_is_elsewhere_is_offered_and_not_taken_for_meant() -> None:
    found = find_place("Mosul, Turkey", INDEX)
    assert isinstance(found, NotFound)
    assert found.near[0].id == "mosul"
    assert found.similar == len(found.near)
    assert [p.id for p in offered(find_place("Al Karak, Norway", INDEX))] == [
        p.id for p in offered(find_place("Al Karak", INDEX))
    ]


def test_what_is_nowhere_is_not_found() -> None:
    assert find_place("Zzyzx, Jordan", INDEX) == NotFound()
    assert isinstance(find_place("Mosura, Turkey", INDEX), NotFound)


def test_a_place_whose_name_ends_in_a_country_is_found_by_it() -> None:
    assert shown(find_place("karak (albania)", INDEX)) == "berat"


@pytest.mark.parametrize(
    "query", ["x" * 10_000 + ", Jordan", ", Jordan", "(JO)", "Karak, ", "Karak,,,,", ")", ""]
)
def test_odd_queries_are_answered(query: str) -> None:
    assert offered(find_place(query, INDEX)) == offered(find_place(query, INDEX))


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("Kiev, Ukraine", ("Kiev", "UA")),
        ("Kiev, UK", ("Kiev", "GB")),
        ("Van, Turkey", ("Van", "TR")),
        ("Van, Türkiye", ("Van", "TR")),
        ("Gaza (Palestine)", ("Gaza", "PS")),
        ("Rawa, Anbar", ("Rawa, Anbar", None)),
        ("Oslo, EU", ("Oslo, EU", None)),
        ("Jordan", ("Jordan", None)),
    ],
)
def test_what_stands_behind_is_a_country_or_part_of_the_name(
    query: str, parts: tuple[str, str | None]
) -> None:
    assert country_behind(query) == parts
