"""Which place a person means by what they type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage.model.names import (
    Ambiguous,
    Found,
    Index,
    NotFound,
    fold,
    resolve,
)
from storage.model.places import AREA, Place
from tests.storage.model.naming import INDEX, PLACES, answer, shown

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("Al Waleed", "al-waleed"),
        ("al waleed", "al-waleed"),
        ("WALEED", "al-waleed"),
        ("Walid", "al-waleed"),
        ("al walid", "al-waleed"),
        ("AL-WALID CROSSING", "al-waleed"),
        ("alwalid", "al-waleed"),
        ("tanf", "al-waleed"),
        ("at-Tanf border post", "al-waleed"),
        ("الوليد", "al-waleed"),
        ("معبر الوليد", "al-waleed"),
        ("منفذ الوليد الحدودي", "al-waleed"),
        ("اَلْوَلِيد", "al-waleed"),
        ("الولــــيد", "al-waleed"),
        ("\u202bالوليد\u202c", "al-waleed"),
        ("al-waleed", "al-waleed"),
        ("al_waleed", "al-waleed"),
        ("al qaim", "al-qaim"),
        ("Al Qaʼim", "al-qaim"),
        ("القايم", "al-qaim"),
        ("abukamal", "al-qaim"),
        ("rabi‘ah", "rabia"),
        ("ربيعه", "rabia"),
        ("Tal-Afar", "tal-afar"),
        ("talafar", "tal-afar"),
        ("Tall Afar", "tal-afar"),
        ("tal afar airport", "tal-afar-airport"),
        ("tal-afar-airport", "tal-afar-airport"),
        ("rāwah", "rawa"),
        ("r\u200ba\u200cw\u200da", "rawa"),
        ("راوه", "rawa"),
        ("КУПʼЯНСЬК", "kupiansk"),
        ("купянськ", "kupiansk"),
        ("iraq syria border", "iraq-syria-border"),
        ("Iraq-Syria", "iraq-syria-border"),
        ("الانبار", "anbar"),
    ],
)
def test_every_way_to_write_a_name_finds_the_place(query: str, place: str) -> None:
    assert answer(query) == place


@pytest.mark.parametrize("query", ["yarubiyyah", "turaibill", "tal afar airprot", "Kupyanskk"])
def test_a_typo_in_a_long_name_is_forgiven(query: str) -> None:
    assert isinstance(resolve(query, INDEX), Found)


@pytest.mark.parametrize(
    "query",
    ["rafah", "rawand", "wahid", "Al Khalid", "syria", "qais", "an", "x", "trebizond"],
)
def test_a_name_that_is_only_similar_is_never_answered_for(query: str) -> None:
    assert isinstance(resolve(query, INDEX), NotFound)


def test_what_is_not_found_says_what_is_near() -> None:
    assert shown(resolve("wahid", INDEX)) == "- al-waleed"
    assert shown(resolve("afar", INDEX)).startswith("- tal-afar ")


def test_at_most_five_names_are_near() -> None:
    many = [Place(f"p{i}", f"Kafr Zita {i}0{i}", "town") for i in range(20)]
    found = resolve("kafr zitaa", Index.build(many))
    assert isinstance(found, NotFound)
    assert len(found.near) == 5
    assert found.similar > 5


@pytest.mark.parametrize("query", ["", "   ", "!!!", "—", "\u200b", "😀", "?" * 3000])
def test_what_has_no_letters_is_not_found_and_near_to_nothing(query: str) -> None:
    assert resolve(query, INDEX) == NotFound()


def test_two_places_of_one_name_are_asked_about() -> None:
    twin = Place("rabia-hama", "Rabi'a", "town", ("SY",))
    assert answer("rabia", [*PLACES, twin]) == "? rabia-hama rabia"


def test_of_two_places_of_one_name_the_word_crossing_means_the_crossing() -> None:
    twin = Place("rabia-town", "Rabia", "town", ("IQ",))
    assert answer("Rabia", [*PLACES, twin]) == "? rabia rabia-town"
    assert answer("Rabia crossing", [*PLACES, twin]) == "rabia"
    assert answer("معبر ربيعة", [*PLACES, twin]) == "rabia"


def test_a_crossing_does_not_take_the_name_of_the_border_it_lies_on() -> None:
    border = Place("border", "Iraq–Syria border", AREA)
    crossing = Place("c", "Iraq–Syria", "crossing")
    assert answer("Iraq–Syria border", [border, crossing]) == "? c border"


def test_two_towns_of_one_name_stay_ambiguous_though_a_crossing_was_asked_for() -> None:
    towns = [Place("a", "Rabia", "town"), Place("b", "Rabia", "town")]
    assert answer("rabia crossing", towns) == "? a b"


def test_those_called_so_come_before_those_also_called_so() -> None:
    places = [Place("a", "Bab", "town", aliases=("Qal'a",)), Place("z", "Qala", "town")]
    assert answer("qala", places) == "? z a"


def test_a_typo_between_two_places_is_not_decided() -> None:
    places = [Place("one", "Mansuriyah", "town"), Place("two", "Mansuriyat", "town")]
    assert answer("mansuriyar", places) == "- one two"
    assert answer("mansuriya", places) == "one"  # the h is not heard


def test_another_number_is_another_place() -> None:
    places = [Place("km160", "Checkpoint Kilometre 160", "base")]
    assert answer("checkpoint kilometre 180", places) == "- km160"
    assert answer("checkpoint kilometer 160", places) == "km160"
    assert answer("checkpoint kilometre ١٦٠", places) == "km160"


def test_an_article_written_as_part_of_the_word_does_not_hide_another_name() -> None:
    places = [Place("alma", "Alma", "town"), Place("al-ma", "Al Ma", "town")]
    assert answer("alma", places) == "alma"
    assert answer("al ma", places) == "al-ma"


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Al Waleed crossing", "waleed"),
        ("border crossing", "border crossing"),
        ("the border post", "border post"),
        ("Border Post Point", "border post point"),
        ("Point Pedro", "point pedro"),
        ("Trebil checkpoint", "trebil checkpoint"),
        ("al", "al"),
        ("El-Al", "al"),
        ("المعبر", "معبر"),
        ("الالمان", "مان"),
        ("ال", "ال"),
        ("Straße", "strasse"),
        ("İzmir IĞDIR ığdır", "izmir igdir igdir"),
        ("", ""),
    ],
)
def test_folding_drops_articles_and_generic_words_only_beside_others(text: str, own: str) -> None:
    assert fold(text) == own


ARTICLES_AND_GENERICS = [
    "al",
    "el",
    "ash",
    "ال",
    "الال",
    "border",
    "crossing",
    "post",
    "المعبر",
    "airport",
    "مطار",
    "base",
    "de",
]
WORDS = st.sampled_from([*ARTICLES_AND_GENERICS, "Rabi'ah", "Куп'янськ", "İ", "ﷺ", "ǅ", "ŉ", "ß"])


@given(st.text() | st.lists(WORDS | st.text(max_size=3), max_size=6).map(" ".join))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


CASES: list[Callable[[str], str]] = [str, str.upper, str.lower, str.title]
LATIN = "abdefghijklmnopqrstuwyzāīūḩşţ'"
ARABIC = "ابتثجحخدرزسشصضطعغفقكلمنهويةىأإآءؤئ"
CYRILLIC = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяё'"
word = st.sampled_from([LATIN, ARABIC, CYRILLIC]).flatmap(
    lambda letters: st.text(letters, min_size=2, max_size=9)
)
names = st.lists(word, min_size=1, max_size=3)
known = st.sampled_from([n.split() for p in PLACES for n in (p.name, *p.aliases)])


@given(names | known, st.data())
def test_case_articles_and_hyphens_never_change_the_answer(
    typed: list[str], data: st.DataObject
) -> None:
    assume(fold(" ".join(typed)))
    plain = resolve(" ".join(typed), INDEX)
    changed = data.draw(st.sampled_from([" ", "-", "–", " - ", "_"])).join(typed)
    changed = data.draw(st.sampled_from(["", "al-", "Al ", "EL ", "ash-", "the "])) + changed
    in_case: Callable[[str], str] = data.draw(st.sampled_from(CASES))
    assert resolve(in_case(changed), INDEX) == plain


@given(st.integers(0, len(PLACES) - 1), st.integers(0, len(PLACES) - 1), names, st.data())
def test_a_new_alias_of_another_place_never_breaks_an_exact_match(
    one: int, other: int, alias: list[str], data: st.DataObject
) -> None:
    place, renamed = PLACES[one], PLACES[other]
    query = data.draw(st.sampled_from([place.name, place.id, *place.aliases]))
    also = data.draw(st.sampled_from([" ".join(alias), query]))
    changed = Place(renamed.id, renamed.name, renamed.kind, aliases=(*renamed.aliases, also))
    places = [changed if p.id == renamed.id else p for p in PLACES]
    if place.id == renamed.id or fold(also) != fold(query):
        assert answer(query, places) == answer(query)
    else:
        found = resolve(query, Index.build(places))
        assert isinstance(found, Ambiguous)
        assert {p.id for p in found.candidates} == {place.id, renamed.id}


@given(st.permutations(PLACES), st.sampled_from(["rabia", "afar", "walled", "border", "al"]))
def test_the_order_of_the_places_makes_no_difference(places: list[Place], query: str) -> None:
    assert answer(query, places) == answer(query)


@given(st.text())
def test_no_text_raises(query: str) -> None:
    shown(resolve(query, INDEX))


@pytest.mark.parametrize(
    "query",
    ["x" * 10_000, "!" * 10_000, "Al Waleed " * 1000, "a" * 200, "الوليد " * 100, "aл\u0648" * 60],
)
def test_what_is_too_long_for_a_name_is_not_found(query: str) -> None:
    assert resolve(query, INDEX) == NotFound()


@pytest.mark.parametrize("query", ["\u200b" * 990 + "rawa", "\u202erawa\u202c", "RaWa", "r-a-w-a"])
def test_what_cannot_be_seen_does_not_count(query: str) -> None:
    assert shown(resolve(query, INDEX)) == "rawa"


def test_an_index_of_nothing_finds_nothing() -> None:
    assert resolve("Al Waleed", Index.build([])) == NotFound()


def test_a_name_without_letters_does_not_make_a_place_match_everything() -> None:
    assert resolve("!", Index.build([Place("q", "???", "town")])) == NotFound()
