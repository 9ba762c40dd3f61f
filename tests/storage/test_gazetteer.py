"""Lists of places, put on record beside an operator's own."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from storage import places
from storage.gazetteer import add_place, adopt, on_record, without_doubles
from storage.model.places import CROSSINGS, GEONAMES, Place
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story()
BORDER = Place("ls-border", "Syria–Iraq border", "area", ("IQ", "SY"), origin=CROSSINGS)
WALEED = Place(
    "ls-waleed",
    "Al Walid",
    "crossing",
    ("IQ", "SY"),
    33.4,
    38.95,
    ("ls-border",),
    ("Al-Tanf", "Waleed gate"),
    CROSSINGS,
)
SAFWAN = Place("ls-safwan", "Safwan", "crossing", ("IQ", "KW"), 30.09, 47.71, origin=CROSSINGS)
RAWA = Place("gn-1", "Rāwah", "city", ("IQ",), 34.482, 41.919, (), ("راوا",), GEONAMES)
LISTED = (SAFWAN, WALEED, BORDER, RAWA)


def test_what_is_on_record_gets_names_and_nothing_else_of_it_changes(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
        before = places.get_place(conn, "al-waleed")
        done = adopt(conn, LISTED)
        after = places.get_place(conn, "al-waleed")
        assert done.new == ["ls-safwan"]
        assert done.merged == {
            "ls-border": "iraq-syria-border",
            "ls-waleed": "al-waleed",
            "gn-1": "rawa",
        }
        assert {*after.aliases} - {*before.aliases} == {"Waleed gate"}
        assert replace(after, aliases=()) == replace(before, aliases=())
        assert "راوا" in places.get_place(conn, "rawa").aliases
        assert places.get_place(conn, "ls-waleed").id == "al-waleed"
        assert on_record(conn, ["ls-waleed", "ls-safwan", "gn-2"]) == {"ls-waleed", "ls-safwan"}


def test_adopting_again_changes_nothing(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
        adopt(conn, LISTED)
        before = places.all_places(conn)
        done = adopt(conn, LISTED)
        assert places.all_places(conn) == before
    assert (done.new, done.merged, done.grown) == ([], {}, [])
    assert len(done.unchanged) == len(LISTED)


@pytest.mark.parametrize("order", list(permutations((0, 1, 3)))[:4])
def test_the_order_of_a_list_makes_no_difference(db: Database, order: tuple[int, ...]) -> None:
    with db.begin() as conn:
        adopt(conn, [BORDER])
        for number in order:
            adopt(conn, [LISTED[number]])
        assert {p.id for p in places.all_places(conn)} == {p.id for p in LISTED}
        assert places.get_place(conn, "ls-waleed").part_of == ("ls-border",)


def test_an_id_that_an_operator_has_given_to_another_place_is_left_to_it(db: Database) -> None:
    with db.begin() as conn:
        places.upsert_places(conn, [Place("ls-safwan", "Safwan Hill", "hill", ("IQ",))])
        done = adopt(conn, [SAFWAN])
        assert done.taken == ["ls-safwan"]
        assert places.get_place(conn, "ls-safwan").name == "Safwan Hill"


def test_a_later_list_brings_the_areas_and_names_that_were_missing(db: Database) -> None:
    with db.begin() as conn:
        adopt(conn, [BORDER, replace(WALEED, part_of=(), aliases=())])
        done = adopt(conn, [BORDER, WALEED])
        assert done.grown == ["ls-waleed"]
        kept = places.get_place(conn, "ls-waleed")
    assert kept.part_of == ("ls-border",)
    assert {*kept.aliases} == {"Al-Tanf", "Waleed gate"}


def test_a_place_that_an_editor_adds_gets_an_id_one_can_type(db: Database) -> None:
    with db.begin() as conn:
        new, is_new = add_place(conn, Place("", "Umm Qasr", "port", ("IQ",), 30.03, 47.93))
        assert (new.id, is_new) == ("umm-qasr", True)
        again, is_new = add_place(
            conn, Place("", "Umm Qaşr", "port", ("IQ",), 30.03, 47.94, aliases=("أم قصر",))
        )
        assert (again.id, is_new) == ("umm-qasr", False)
        assert again.aliases == ("أم قصر",)
        other, _ = add_place(conn, Place("", "Umm Qasr", "bridge", ("IQ",), 30.03, 47.93))
        assert other.id == "umm-qasr-2"
        arabic, _ = add_place(conn, Place("", "الفاو", "port", ("IQ",), aliases=("Al-Faw",)))
        assert arabic.id == "al-faw"
        nameless, _ = add_place(conn, Place("", "الزبير", "town", ("IQ",)))
        assert nameless.id == "place"


def test_a_name_that_folds_like_another_is_not_kept_twice() -> None:
    assert without_doubles("Al Waleed", ["al-waleed", "Tanf", "TANF", "???", "الوليد"]) == (
        "Tanf",
        "الوليد",
    )
