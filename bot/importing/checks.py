"""One row of a file → a place, corridor, party or source; or what is wrong with it, and where."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.importing.fields import (
    LONGEST_NAME,
    MOST_IN_A_LIST,
    id_in,
    list_in,
    member,
    name,
    needed,
    optional_id,
    plain,
)
from storage.model.errors import BadInput
from storage.model.parties import Party
from storage.model.places import AREA, CORRIDOR, Place, check_id
from storage.model.sources import Grade, Position, Source

if TYPE_CHECKING:
    from bot.importing.files import Row

FEWEST_IN_ORDER = 2

_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Corridor:
    """A corridor as it is given: itself, and the ids of its places in order."""

    place: Place
    places: tuple[str, ...]

    @property
    def id(self) -> str:
        """Its id."""
        return self.place.id


def read_place(row: Row) -> Place:
    """A place or area; raises BadInput naming the column. Whether areas exist is not looked at."""
    lat = _degrees(row, "lat", 90)
    lon = _degrees(row, "lon", 180)
    if (lat is None) != (lon is None):
        missing = "lat" if lat is None else "lon"
        raise BadInput("is missing: give both lat and lon, or neither", column=missing)
    place = Place(
        check_id(needed(row, "id")),
        name(row, "name"),
        name(row, "kind").casefold(),
        _countries(row, "countries"),
        lat,
        lon,
        tuple(check_id(a, column="part_of") for a in list_in(row, "part_of")),
        tuple(plain(a, "aliases", LONGEST_NAME) for a in list_in(row, "aliases")),
    )
    if place.is_corridor:
        raise BadInput("corridors stand in a list of their own, corridors.csv", column="kind")
    if place.is_area and place.part_of:
        raise BadInput("an area cannot be part of another area", column="part_of")
    return place


def is_area(row: Row) -> bool:
    """Whether the row of a list of places speaks of an area."""
    return row.get("kind").casefold() == AREA


def read_corridor(row: Row) -> Corridor:
    """A corridor; raises BadInput naming the column. Whether its places exist is not looked at."""
    ids = [check_id(i, column="places") for i in needed(row, "places").split()]
    if len(ids) < FEWEST_IN_ORDER or len(ids) > MOST_IN_A_LIST:
        raise BadInput(
            f"lists {len(ids)}; a corridor has {FEWEST_IN_ORDER} to {MOST_IN_A_LIST} places",
            column="places",
        )
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise BadInput(f"lists {twice[0]!r} twice", column="places")
    aliases = tuple(plain(a, "aliases", LONGEST_NAME) for a in list_in(row, "aliases"))
    place = Place(check_id(needed(row, "id")), name(row, "name"), CORRIDOR, aliases=aliases)
    return Corridor(place, tuple(ids))


def read_party(row: Row) -> Party:
    """A party; raises BadInput naming the column. Its rank is given when it is kept."""
    return Party(
        id_in(row, "id"),
        name(row, "name"),
        _countries(row, "government_of"),
        optional_id(row, "part_of"),
    )


def read_source(row: Row) -> Source:
    """A source; raises BadInput naming the column. No grade means that it cannot be judged (F)."""
    grade = row.get("reliability").upper()
    position = row.get("position").casefold()
    return Source(
        id_in(row, "id"),
        name(row, "name"),
        name(row, "kind").casefold(),
        optional_id(row, "party"),
        member(Grade, grade, "reliability") if grade else Grade.F,
        member(Position, position, "position") if position else Position.UNKNOWN,
    )


def _countries(row: Row, column: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.upper() for code in list_in(row, column)))
    for code in codes:
        if not _COUNTRY.fullmatch(code):
            raise BadInput(
                f"{code[:40]!r} is no ISO 3166 country code of two letters, such as IQ",
                column=column,
            )
    return codes


def _degrees(row: Row, column: str, most: int) -> float | None:
    text = row.get(column)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not -most <= number <= most:  # also refuses what is not a number
        raise BadInput(f"{text[:40]!r} is no number from -{most} to {most}", column=column)
    return number
