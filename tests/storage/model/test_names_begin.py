"""Names that are still being typed, and places by country."""

from __future__ import annotations

import pytest

from storage.model.names import Index, NotFound, resolve, take_apart
from storage.model.places import Place
from tests.storage.model.naming import INDEX


def begun(index: Index, typed: str) -> list[str]:
    return [p.id for p in index.starting(take_apart(typed).key)]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("ra", ["rawa", "rabia"]),
        ("al-ra", ["rawa", "rabia"]),
        ("RAB", ["rabia"]),
        ("tal a", ["tal-afar", "tal-afar-airport"]),
        ("الول", ["al-waleed"]),
        ("куп", ["kupiansk"]),
        ("x", []),
    ],
)
def test_places_are_found_by_how_their_names_begin(typed: str, ids: list[str]) -> None:
    assert begun(INDEX, typed) == ids


def test_a_name_may_be_typed_from_a_word_on_that_it_is_not_compared_by() -> None:
    index = Index.build([Place("m", "Medina Sidonia", "town")])
    assert begun(index, "medi") == begun(index, "sido") == ["m"]


def test_places_that_were_added_or_removed_since_are_known_by_how_their_names_begin() -> None:
    first = [Place(f"r{n}", f"Rawa {n}", "town") for n in range(9)]
    index = Index.build(first).with_places([Place("r", "Rawa", "town")], ["r3", "r4"])
    assert begun(index, "raw") == ["r", "r0", "r1", "r2", "r5", "r6", "r7", "r8"]
    assert sorted(p.id for p in index.places()) == sorted(begun(index, "raw"))


def test_places_of_one_name_come_by_their_ids_however_they_were_added() -> None:
    index = Index.build([Place("b", "Rawa", "town"), *(Place(f"x{n}", "X", "y") for n in range(5))])
    assert begun(index.with_places([Place("a", "Rawa", "town")]), "raw") == ["a", "b"]


def test_what_begins_like_a_name_that_is_not_found_is_offered() -> None:
    places = [Place("dez", "Deir ez-Zor", "city"), Place("dh", "Deir Hafir", "town")]
    found = resolve("deir", Index.build([*places, Place("dara", "Daraa", "city")]))
    assert isinstance(found, NotFound)
    assert {p.id for p in found.near} >= {"dez", "dh"}
    assert found.similar == len(found.near)


def test_only_places_of_a_country_are_asked_for_within_it() -> None:
    jordan = INDEX.within(["JO", "XX"])
    assert len(jordan) == 1
    assert begun(jordan, "t") == ["trebil"]
    assert not INDEX.within(["XX"])
