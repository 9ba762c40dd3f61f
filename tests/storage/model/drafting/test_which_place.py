"""Which place and which party are meant, by name or by "the town" and "its troops"."""

from __future__ import annotations

import pytest

from storage.model.drafting import Gap
from tests.storage.model.drafting.scoring import claimed, read


def places(text: str, world: str = "iraq") -> list[str]:
    return [claimed(d)[0] for d in read(text, world)]


def party(text: str, world: str = "iraq") -> str:
    *_, last = read(text, world)
    return claimed(last)[2]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Al Waleed", "al-waleed"),
        ("al-Walid", "al-waleed"),
        ("the Al Waleed border crossing", "al-waleed"),
        ("the border crossing of Al Waleed", "al-waleed"),
        ("the northern town of Tal Afar", "tal-afar"),
        ("the city Mosul", "mosul"),
        ("Tal Afar airport", "tal-afar-airport"),
        ("the airport in Tal Afar", "tal-afar-airport"),
        ("the airport in Rawa", "?the airport"),
        ("the strategic Mosul Dam", "mosul-dam"),
        ("Rawa airport", "?Rawa airport"),
        ("Rawa town", "rawa"),
        ("the town of Pelivar", "?Pelivar"),
        ("Anbar province", "anbar"),
        ("the town", "?the town"),
    ],
)
def test_a_place_is_found_by_the_names_that_texts_give_it(name: str, place: str) -> None:
    assert places(f"Militants captured {name}.") == [place]


def test_what_is_written_is_kept_with_where_it_stands() -> None:
    text = "“We took the town of  Rawa,” a rebel said."
    (draft,) = read(text)
    assert (draft.place.written, text[slice(*draft.place.span)]) == ("Rawa", "Rawa")
    assert text[slice(*draft.verb)] == "took"
    assert text[slice(*draft.span)] == draft.quote


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rawa was calm. Militants seized the town.", ["rawa"]),
        ("Militants took Rawa. The army left the town.", ["rawa", "rawa"]),
        ("Militants took Rabia. Rawa was calm. The army left the crossing.", ["rabia", "rabia"]),
        ("Militants took Rawa and Ana. The army left both towns.", ["rawa", "ana", "rawa", "ana"]),
        ("Rawa was calm, Ana too. Militants took both towns.", ["rawa", "ana"]),
        ("Militants took Rawa. The army left it.", ["rawa", "rawa"]),
        ("Militants took Tal Afar and its airport.", ["tal-afar", "tal-afar-airport"]),
        ("Militants took Baiji. The army left the plant.", ["baiji", "baiji-refinery"]),
        ("Militants took Rawa. The army left the bridge.", ["rawa", "?the bridge"]),
        ("The mayor of Rawa said militants took the town.", ["rawa"]),
        ("A man in Rawa said militants took the town.", ["rawa"]),
        ("Militants took Ana. A man in Rawa said the army left the town.", ["ana", "ana"]),
        ("North of Rawa lies Ana, the town that militants took.", ["ana"]),
        ("Militants took Rawa. Clashes raged in its suburbs.", ["rawa", "rawa"]),
        ("Near Rawa, fighters said they had captured it.", ["rawa"]),
        ("Websites reported its capture after Rawa burned.", []),
        ("After Rawa burned, websites reported its capture.", ["rawa"]),
        (
            "Militants took Pelivar. The army left the town of Orlo. The army left the town.",
            ["?Orlo", "?the town"],
        ),
    ],
)
def test_a_place_that_was_named_is_known_again(text: str, found: list[str]) -> None:
    assert places(text) == found


def test_the_town_is_not_guessed_where_two_were_named() -> None:
    *_, draft = read("Militants took Rawa and Ana. The army retook the town.")
    assert draft.place.gap is Gap.SEVERAL_PLACES
    assert [p.id for p in draft.place.candidates] == ["rawa", "ana"]
    (newtown,) = read("The army retook Newtown.", "karvenia")
    assert newtown.place.gap is Gap.SEVERAL_PLACES
    assert [p.id for p in newtown.place.candidates] == ["newtown-1", "newtown-2"]
    *_, again = read("The army retook Newtown. The NLF left the town.", "karvenia")
    assert [p.id for p in again.place.candidates] == ["newtown-1", "newtown-2"]


@pytest.mark.parametrize(
    ("words", "world", "found"),
    [
        ("Militants", "iraq", "militants"),
        ("Sunni militants", "iraq", "militants"),
        ("Insurgents", "iraq", "militants"),
        ("Kurdish troops", "iraq", "kurdish"),
        ("The peshmerga", "iraq", "kurdish"),
        ("Iraqi troops", "iraq", "iraq"),
        ("The army", "iraq", "iraq"),
        ("Security forces", "iraq", "iraq"),
        ("Syrian troops", "iraq", "?Syrian troops"),
        ("Forces loyal to Karim", "iraq", "?Forces loyal to Karim"),
        ("The army of Karim", "iraq", "?The army of Karim"),
        ("Rebels from Mosul", "iraq", "?Rebels from Mosul"),
        ("Militants backed by air strikes", "iraq", "militants"),
        ("Militants backed by luck", "iraq", "militants"),
        ("Russia", "ukraine", "russia"),
        ("Moscow's troops", "ukraine", "russia"),
        ("Kyiv", "ukraine", "ukraine"),
        ("Wagner fighters", "ukraine", "wagner"),
        ("Soldiers", "ukraine", "ukraine"),
        ("The RSF", "sudan", "rsf"),
        ("Sudan's Rapid Support Forces (RSF)", "sudan", "rsf"),
        ("The Front", "karvenia", "nlf"),
        ("Karvenian soldiers", "karvenia", "karvenia"),
        ("The militia", "karvenia", "brodian"),
    ],
)
def test_a_party_is_found_by_the_words_for_it(words: str, world: str, found: str) -> None:
    towns = {"iraq": "Rawa", "ukraine": "Izium", "sudan": "Nyala", "karvenia": "Kesmet"}
    assert party(f"{words} captured {towns[world]}.", world) == found


def test_a_capital_stands_for_its_government_and_another_town_for_nobody() -> None:
    assert party("Izium was retaken by Kyiv.", "ukraine") == "ukraine"
    assert party("Izium was retaken by Kherson.", "ukraine") == "-"
    assert party("Kherson captured Izium.", "ukraine") == "-"


def test_the_army_at_a_border_is_that_of_the_government_on_record_there() -> None:
    assert party("The army retook Al Waleed.") == "iraq"
    assert party("The army retook Bab al-Hawa.", "syria") == "syria"
    (draft,) = read("Soldiers retook the town of Orlo.", "ukraine")
    assert draft.party
    assert draft.party.gap is Gap.SEVERAL_PARTIES
    assert [p.id for p in draft.party.candidates] == ["ukraine", "russia"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Kurdish officials said their troops had left Rawa.", "kurdish"),
        ("Militants said they had taken Rawa.", "militants"),
        ('"We have taken Rawa," a militant said.', "militants"),
        ('"We have taken Rawa," a resident said.', "?We"),
        ("Militants took Ana. They hold Rawa.", "militants"),
        ("They hold Rawa.", "?They"),
        ("Its troops hold Rawa.", "?Its troops"),
        ("Kurdish forces took Ana. Their fighters hold Rawa.", "kurdish"),
        ("Kurdish officials said their army had left Rawa.", "kurdish"),
        ("Militants rested. The group holds Rawa.", "militants"),
        ("The army took Ana. The group holds Rawa.", "?The group"),
        ("Militants took Ana. The army drove them out of Rawa.", "militants"),
        ("Kurdish forces took Ana. Its militants hold Rawa.", "militants"),
        ("Rebels took Ana. They hold Rawa.", "?Rebels"),
        ("Rawa is under our control, a militant said.", "militants"),
    ],
)
def test_they_and_their_troops_are_whom_the_text_spoke_of(text: str, found: str) -> None:
    assert party(text) == found
