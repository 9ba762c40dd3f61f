"""A corridor as somebody about to travel it has to see it."""

from __future__ import annotations

import pytest

from storage.model.alerts import Member
from storage.model.changes import Status
from storage.model.control import Standing
from storage.model.corridors import holder_changes, worst_of
from storage.model.places import Place


def road(*stops: tuple[Standing, str | None] | None) -> tuple[Member, ...]:
    return tuple(
        Member(
            Place(f"p{n}", f"P{n}", "town"),
            stop and Status(f"p{n}", 1, stop[1], stop[0]),
        )
        for n, stop in enumerate(stops)
    )


def ids(members: tuple[Member, ...]) -> list[str]:
    return [m.place.id for m in members]


HELD = (Standing.CONFIRMED, "iraq")
LIKELY = (Standing.LIKELY, "iraq")
OTHERS = (Standing.LIKELY, "militants")
DISPUTED = (Standing.DISPUTED, "iraq")
CONTESTED = (Standing.CONTESTED, None)
UNKNOWN = (Standing.UNKNOWN, None)


@pytest.mark.parametrize(
    ("stops", "worst"),
    [
        ((HELD, DISPUTED, CONTESTED, UNKNOWN), ["p2"]),
        ((HELD, DISPUTED, UNKNOWN, DISPUTED), ["p1", "p3"]),
        ((HELD, UNKNOWN, LIKELY, None), ["p1", "p3"]),
        ((HELD, LIKELY, OTHERS), []),
        ((), []),
    ],
)
def test_fighting_is_worse_than_dispute_and_that_is_worse_than_knowing_nothing(
    stops: tuple[tuple[Standing, str | None] | None, ...], worst: list[str]
) -> None:
    assert ids(worst_of(road(*stops))) == worst


def test_every_change_of_holder_along_the_way_is_named() -> None:
    changes = holder_changes(road(HELD, LIKELY, OTHERS, UNKNOWN, None, HELD, DISPUTED))
    assert [(a.place.id, b.place.id) for a, b in changes] == [("p1", "p2"), ("p2", "p5")]


def test_a_road_in_one_hand_has_no_change() -> None:
    assert holder_changes(road(HELD, UNKNOWN, LIKELY)) == ()
