"""Names across scripts and schools of spelling, as different chats mean them."""

from __future__ import annotations

import pytest

from storage.model.names import Context, Found, Index, fold, resolve
from storage.model.places import Place
from tests.storage.model.naming import INDEX, PLACES, answer, shown

# Scripts and schools of spelling


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("el Oualid", "al-waleed"),
        ("Аль-Валид", "al-waleed"),
        ("КПП Аль-Валід", "al-waleed"),
        ("وەلید", "al-waleed"),
        ("قایم", "al-qaim"),
        ("Эль-Каим", "al-qaim"),
        ("Abou Kamal", "al-qaim"),
        ("Рабия", "rabia"),
        ("yarubiyyeh", "rabia"),
        ("Ярубия", "rabia"),
        ("طريبيل", "trebil"),
        ("Treibil", "trebil"),
        ("alnajaf", "najaf"),
        ("annajaf", "najaf"),
        ("Talafar town", "tal-afar"),
        ("مدينة راوة", "rawa"),
        ("Rawa, Anbar", "rawa"),
        ("Rawa (Anbar)", "rawa"),
        ("Rava", "rawa"),
        ("Kupjansk", "kupiansk"),
        ("Купянск", "kupiansk"),
        ('Куп"янськ', "kupiansk"),
        ("Wowtschansk", "vovchansk"),
        ("Vovčansk", "vovchansk"),
        ("Волчанск", "vovchansk"),
        ("Novaleksandriwka", "novooleks"),
        ("Vodjanoe", "vodiane"),
        ("Водяное", "vodiane"),
        ("Khirbet Zarqa", "zarqa"),
    ],
)
def test_a_name_is_found_across_scripts_and_schools_of_spelling(query: str, place: str) -> None:
    places = [
        *PLACES,
        Place("najaf", "An Najaf", "town"),
        Place("vovchansk", "Vovchansk", "town"),
        Place("novooleks", "Novooleksandrivka", "town"),
        Place("vodiane", "Vodiane", "town"),
        Place("zarqa", "Az Zarqa", "town"),
    ]
    assert answer(query, places).startswith(place)


@pytest.mark.parametrize(
    ("language", "query"), [("tr", "Cerablus"), ("fr", "Djerablous"), ("", "Jarablus")]
)
def test_latin_letters_are_read_as_the_language_of_the_chat_reads_them(
    language: str, query: str
) -> None:
    index = Index.build([Place("j", "Jerablus", "town")])
    assert resolve(query, index, Context(language=language)) == Found(
        Place("j", "Jerablus", "town")
    )


# What the chat asked before


TWINS = [Place("a", "Nahr", "town"), Place("b", "Nahr", "town"), Place("c", "Nahrawan", "town")]
ASKED = Index.build(TWINS)


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (Context(), "? a b"),
        (Context(subscribed=frozenset({"b", "c"})), "b"),
        (Context(subscribed=frozenset({"a", "b"})), "? a b"),
        (Context(recent=("c", "b", "a")), "b"),
        (Context(chosen={"nahr": "b"}, subscribed=frozenset({"a"})), "b"),
        (Context(chosen={"nahr": "c"}), "? a b"),
        (Context(subscribed=frozenset({"a"}), recent=("b",)), "a"),
    ],
)
def test_what_the_chat_asked_before_tells_places_of_one_name_apart(
    context: Context, said: str
) -> None:
    assert shown(resolve("Nahr", ASKED, context)) == said


def test_what_the_chat_asked_before_never_overrides_a_name_that_is_clear() -> None:
    context = Context(frozenset({"a"}), ("a",), {fold("Nahrawan"): "a", fold("nahrawann"): "a"})
    assert shown(resolve("Nahrawan", ASKED, context)) == "c"
    assert shown(resolve("nahrawann", ASKED, context)) == "c"


def test_a_spelling_that_the_chat_explained_once_is_understood_from_then_on() -> None:
    assert shown(resolve("wahid", INDEX)) == "- al-waleed"
    assert shown(resolve("Wahid", INDEX, Context(chosen={"wahid": "al-waleed"}))) == "al-waleed"
    assert shown(resolve("wahid", INDEX, Context(chosen={"wahid": "tal-afar"}))) == "- al-waleed"


def test_a_typo_in_a_name_of_several_places_asks_which_of_them() -> None:
    twins = [Place(i, "Slobozhanske", "town") for i in "xyz"]
    assert answer("Sloboshanske", twins) == "? x y z"
