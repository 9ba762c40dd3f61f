"""Parties, the sides they belong to, and governments."""

import pytest

from storage.model.errors import BadInput, UnknownPlace
from storage.model.parties import Party, is_government_at, side_of
from storage.model.places import Place, check_id
from storage.model.sources import Position, Source

PARTIES = {
    "iraq": Party("iraq", "Iraq", ("IQ",)),
    "army": Party("army", "the army", part_of="iraq"),
    "guards": Party("guards", "border guards", part_of="army"),
    "syria": Party("syria", "Syria", ("SY",)),
    "militants": Party("militants", "militants"),
    "ring": Party("ring", "a ring", part_of="gnir"),
    "gnir": Party("gnir", "a gnir", part_of="ring"),
}
CROSSING = Place("al-waleed", "Al Waleed", "crossing", ("IQ", "SY"))
TOWN = Place("rawa", "Rawa", "town", ("IQ",))


def test_a_party_belongs_to_the_side_at_the_top() -> None:
    assert side_of("guards", PARTIES) == "iraq"
    assert side_of("militants", PARTIES) == "militants"


def test_parties_that_belong_to_each_other_do_not_hang_the_search() -> None:
    assert side_of("ring", PARTIES) in {"ring", "gnir"}


@pytest.mark.parametrize(
    ("party", "place", "expected"),
    [
        ("iraq", TOWN, True),
        ("guards", TOWN, True),
        ("syria", TOWN, False),
        ("syria", CROSSING, True),
        ("militants", CROSSING, False),
        (None, TOWN, False),
        ("nobody", TOWN, False),
    ],
)
def test_a_government_is_one_of_a_country_that_the_place_lies_in(
    party: str | None, place: Place, expected: bool
) -> None:
    assert is_government_at(party, place, PARTIES) is expected


def test_an_id_must_fit_a_button_and_a_deep_link() -> None:
    assert check_id("al-waleed_2") == "al-waleed_2"
    for bad in ("", "a b", "ü", "x" * 49):
        with pytest.raises(BadInput, match="is no id") as caught:
            check_id(bad, column="place")
        assert caught.value.column == "place"


def test_errors_say_what_they_are_about() -> None:
    assert UnknownPlace("x").place_id == "x"
    assert str(BadInput("too long")) == "too long"


def test_a_witness_is_at_the_scene_unless_said_otherwise() -> None:
    assert Source("w", "w", "witness").at_scene
    assert not Source("w", "w", "witness", position=Position.AWAY).at_scene
    assert Source("o", "o", "official", position=Position.SCENE).at_scene
    assert not Source("o", "o", "official").at_scene


def test_an_area_is_a_kind_of_place() -> None:
    assert Place("anbar", "Anbar", "area").is_area
    assert not TOWN.is_area
