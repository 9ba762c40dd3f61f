"""Places of ready-made lists, added to what is on record without doubling or changing any of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING

from storage.model.names import fold
from storage.model.sameness import Known, is_same, name_keys
from storage.places import (
    add_aliases,
    add_other_ids,
    all_places,
    get_place,
    put_into_areas,
    real_ids,
    upsert_places,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import sqlalchemy as sa

    from storage.model.places import Place

LONGEST_SLUG = 40  # an id has up to 48 characters, and a number may follow


@dataclass
class Adopted:
    """What became of the places of a list: their ids.

    `merged` were on record as another place, whose id is the value;
    `grown` were on record and have got names or areas that they lacked; `unchanged` had
    everything that the list says; of `taken` the id is that of some other place on record.
    """

    new: list[str] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    grown: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def adopt(conn: sa.Connection, listed: Iterable[Place]) -> Adopted:
    """Add the places of a list, areas before their places, to those on record.

    What is on record under the same id, or is the same place by name, kind and position, gets the
    names and areas that it lacks; nothing else about it changes. The id in the list then means
    the place on record, for good.
    """
    given = sorted(listed, key=lambda p: not p.is_area)
    on_record = {p.id: p for p in all_places(conn)}
    known = Known(on_record.values())
    meant = real_ids(conn, [p.id for p in given])
    done = Adopted()
    new: list[Place] = []
    names: dict[str, list[str]] = {}
    inside: list[tuple[str, str]] = []
    for listed_place in given:
        areas = tuple(meant.get(a, a) for a in listed_place.part_of)
        place = replace(listed_place, part_of=areas)
        there = on_record.get(meant.get(place.id, place.id)) or known.same_as(place)
        if there is not None and _is_another(place, there):
            done.taken.append(place.id)
            continue
        if there is None:
            new.append(place)
            done.new.append(place.id)
            continue
        if there.id != place.id and place.id not in meant:
            meant[place.id] = done.merged[place.id] = there.id
        more, missing = _unknown_names(place, there), sorted({*areas} - {*there.part_of})
        if more or missing:
            done.grown.append(there.id)
            names[there.id] = more
            inside += [(area, there.id) for area in missing]
        elif place.id not in done.merged:
            done.unchanged.append(place.id)
    upsert_places(conn, new)
    add_aliases(conn, names)
    put_into_areas(conn, inside)
    add_other_ids(conn, done.merged)
    return done


def add_place(conn: sa.Connection, place: Place) -> tuple[Place, bool]:
    """Add one place, or its names to the one on record that it is; its id is given here.

    Returns the place as it is on record now, and whether it is new.
    """
    known = all_places(conn)
    there = Known(known).same_as(place, of_any_list=True)
    if there is not None:
        add_aliases(conn, {there.id: _unknown_names(place, there)})
        return get_place(conn, there.id), False
    new = replace(place, id=_free_id(conn, place, {p.id for p in known}))
    upsert_places(conn, [new])
    return new, True


def _free_id(conn: sa.Connection, place: Place, taken: set[str]) -> str:
    """An id that a person can type: the first name that has Latin letters, and a number at need."""
    names = (place.name, *place.aliases)
    base = next((found for name in names if (found := slug(name))), "place")
    numbered = (f"{base}-{n}" for n in count(2))
    free = (i for i in chain([base], numbered) if i not in taken and not real_ids(conn, [i]))
    return next(free)


def slug(name: str) -> str:
    """The Latin letters and digits of a name as the beginning of an id; empty without any."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", re.sub(r"['`]", "", plain))
    return "-".join(words)[:LONGEST_SLUG].strip("-")


def on_record(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Which of these ids of a list are on record, as they are or as another place."""
    there = {p.id for p in all_places(conn)}
    return {i for i in ids if i in there} | {*real_ids(conn, ids)}


def without_doubles(name: str, aliases: Iterable[str]) -> tuple[str, ...]:
    """The aliases that are found under no name before them: spelt differently when folded."""
    seen = {fold(name).replace(" ", "")}
    kept = []
    for alias in aliases:
        key = fold(alias).replace(" ", "")
        if key and key not in seen:
            seen.add(key)
            kept.append(alias)
    return tuple(kept)


def _is_another(place: Place, there: Place) -> bool:
    """Whether an operator has given the id of a listed place to some other place."""
    same_list = there.origin == place.origin
    return there.id == place.id and not same_list and not is_same(place, there)


def _unknown_names(place: Place, there: Place) -> list[str]:
    """The names of a place that one on record is not found by yet."""
    known = name_keys(there)
    kept = without_doubles(there.name, (place.name, *place.aliases))
    return [name for name in kept if fold(name).replace(" ", "") not in known]
