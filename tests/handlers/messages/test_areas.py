"""What a road says first, and what an area says in one line."""

from __future__ import annotations

import pytest

from handlers.messages.areas import AreaView, area_list, members_page, route
from handlers.messages.near import Around, around
from handlers.messages.where import direction_word, way_words
from storage.model.alerts import Member
from storage.model.changes import Status
from storage.model.control import Standing
from storage.model.geo import Direction, Near
from storage.model.places import Place
from tests.handlers.messages.scenes import BORDER, NOW, PARTIES, READER, lines

ROAD = Place("road", "Desert road", "corridor")
NAMES = ("Ana", "Rawa", "Hit")

UP = ("iraq", Standing.LIKELY)
DOWN = ("militants", Standing.CONFIRMED)
DISPUTED = ("militants", Standing.DISPUTED)
FOUGHT = (None, Standing.CONTESTED)


def members(*stops: tuple[str | None, Standing] | None) -> tuple[Member, ...]:
    return tuple(
        Member(
            Place(name.lower(), name, "town", ("IQ",)), stop and Status(name, 1, stop[0], stop[1])
        )
        for name, stop in zip(NAMES, stops, strict=False)
    )


def road(*stops: tuple[str | None, Standing] | None) -> list[str]:
    [message] = route(AreaView(ROAD, members(*stops), NOW), PARTIES, READER)
    return lines(message.text)


@pytest.mark.parametrize(
    ("stops", "verdict"),
    [
        ((UP, FOUGHT, DISPUTED), "CONTESTED at Rawa"),
        ((DISPUTED, UP, DISPUTED), "DISPUTED at Ana and 1 more place"),
        ((UP, None, UP), "NOT KNOWN who holds Rawa"),
        ((UP, DOWN, UP), "the holder changes 2 times on the way"),
        ((UP, UP), "reported held by the GOVERNMENT OF IRAQ all the way"),
        ((), "I know no places of it yet"),
    ],
)
def test_the_worst_of_a_road_comes_first(
    stops: tuple[tuple[str | None, Standing] | None, ...], verdict: str
) -> None:
    assert road(*stops)[0] == f"🛣 Desert road: {verdict}"


def test_a_road_tells_its_places_in_order_and_where_the_holder_changes() -> None:
    assert road(UP, None, DOWN)[1:5] == [
        "1. 🔵 Ana – the government of Iraq (likely)",
        "2. ⚪ Rawa – no report on record",
        "3. ⚫ Hit – militants (confirmed)",
        "↔️ Between Ana and Hit: the government of Iraq → militants",
    ]


@pytest.mark.parametrize(
    ("stops", "text"),
    [
        ((UP, DOWN, DISPUTED), "3 places: 1 in government hands, 1 in other hands, 1 disputed"),
        ((FOUGHT, None), "2 places: 1 contested, 1 not known"),
        (((None, Standing.UNKNOWN),), "1 place: 1 not known"),
        ((), "0 places"),
    ],
)
def test_an_area_is_summed_up_in_a_line(
    stops: tuple[tuple[str | None, Standing] | None, ...], text: str
) -> None:
    view = AreaView(BORDER, members(*stops), NOW)
    shown = lines(area_list((BORDER,), (view,), 0, NOW, PARTIES, READER).text)
    assert shown == ["1 area", f"🚧 Iraq–Syria border – {text}"]


@pytest.mark.parametrize(
    ("km", "words"),
    [
        (0.3, "less than 1 km"),
        (1.4, "1 km east"),
        (99.4, "99 km east"),
        (104, "100 km east"),
        (1234, "1230 km east"),
    ],
)
def test_a_distance_is_told_as_exactly_as_it_is_known(km: float, words: str) -> None:
    assert str(way_words(READER, km, Direction.EAST)) == words


def test_an_area_without_places_says_so() -> None:
    message = members_page(AreaView(BORDER, (), NOW), 0, PARTIES, READER)
    assert lines(message.text) == ["Iraq–Syria border", "I know no places of it yet."]
    assert not message.buttons


def test_every_direction_has_a_word() -> None:
    assert len({str(direction_word(READER, d)) for d in Direction}) == len(Direction)


def test_places_that_are_far_away_are_said_to_be() -> None:
    near = Near(Place("x", "X", "town"), 501, Direction.NORTH)
    shown = lines(around(Around(None, ((near, None),), NOW), PARTIES, READER).text)
    assert shown[1] == "I know no place within 500 km; these are far away."
