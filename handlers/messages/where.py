"""Distances and directions in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.geo import Direction

if TYPE_CHECKING:
    from markupsafe import Markup

    from handlers.messages.message import Reader

_EXACT_KM = 100  # from here on tens are exact enough


def distance_words(reader: Reader, km: float) -> Markup:
    """A distance as one says it: "12 km", "350 km"."""
    if km < 1:
        return reader.say("less than 1 km")
    rounded = round(km) if km < _EXACT_KM else round(km / 10) * 10
    return reader.say("{n} km", n=rounded)


def way_words(reader: Reader, km: float, direction: Direction) -> Markup:
    """A distance and a direction: "12 km north-east"."""
    distance = distance_words(reader, km)
    if km < 1:
        return distance  # positions are not known that well
    word = direction_word(reader, direction)
    return reader.say("{distance} {direction}", distance=distance, direction=word)


def direction_word(reader: Reader, direction: Direction) -> Markup:
    """The word for a point of the compass."""
    say = reader.say
    return {
        Direction.NORTH: say("north"),
        Direction.NORTH_EAST: say("north-east"),
        Direction.EAST: say("east"),
        Direction.SOUTH_EAST: say("south-east"),
        Direction.SOUTH: say("south"),
        Direction.SOUTH_WEST: say("south-west"),
        Direction.WEST: say("west"),
        Direction.NORTH_WEST: say("north-west"),
    }[direction]
