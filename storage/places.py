"""Places, areas and their names, as they are kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.errors import UnknownPlace
from storage.model.places import AREA, CORRIDOR, Place
from storage.place_changes import mark_changed
from storage.rows import chunks, insert, upsert
from storage.tables import aliases, areas, other_ids, places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


def upsert_places(conn: sa.Connection, new: Iterable[Place]) -> None:
    """Add places and areas, or put what is given in place of what is kept under the same id.

    Aliases and areas given before are kept: a name that people use stays a name.
    """
    given = list(new)
    upsert(
        conn,
        places,
        [
            {
                "id": p.id,
                "name": p.name,
                "kind": p.kind,
                "countries": p.countries,
                "lat": p.lat,
                "lon": p.lon,
                "origin": p.origin,
            }
            for p in given
        ],
    )
    _put_into_areas(conn, [(a, p.id) for p in given for a in p.part_of])
    _add_aliases(conn, {p.id: p.aliases for p in given})
    mark_changed(conn, [p.id for p in given])


def put_into_areas(conn: sa.Connection, pairs: Iterable[tuple[str, str]]) -> None:
    """Make places part of areas: pairs of the ids of area and place."""
    given = list(pairs)
    _put_into_areas(conn, given)
    mark_changed(conn, [place for _, place in given])


def _put_into_areas(conn: sa.Connection, pairs: Iterable[tuple[str, str]]) -> None:
    rows = [{"area_id": area, "place_id": place} for area, place in pairs]
    if rows:
        conn.execute(insert(conn, areas).on_conflict_do_nothing(), rows)


def add_aliases(conn: sa.Connection, names: Mapping[str, Iterable[str]]) -> None:
    """More names for places, by their ids."""
    _add_aliases(conn, names)
    mark_changed(conn, names)


def _add_aliases(conn: sa.Connection, names: Mapping[str, Iterable[str]]) -> None:
    upsert(conn, aliases, [{"place_id": p, "alias": a} for p, some in names.items() for a in some])


def put_in_order(conn: sa.Connection, corridor_id: str, place_ids: Sequence[str]) -> None:
    """Make a corridor consist of these places, in this order, and of no others."""
    whole = areas.c.area_id == corridor_id
    before = conn.scalars(sa.select(areas.c.place_id).where(whole).order_by(areas.c.number)).all()
    conn.execute(sa.delete(areas).where(whole))
    upsert(
        conn,
        areas,
        [
            {"area_id": corridor_id, "place_id": place_id, "number": number}
            for number, place_id in enumerate(place_ids, start=1)
        ],
    )
    mark_changed(conn, [corridor_id, *before, *place_ids])


def add_other_ids(conn: sa.Connection, meant: Mapping[str, str]) -> None:
    """Let ids mean places that are on record under another one: the value by the key."""
    upsert(conn, other_ids, [{"id": other, "place_id": p} for other, p in meant.items()])
    mark_changed(conn, list(meant.values()))


def real_ids(conn: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """The ids of the places that these ids mean; those that are on record as they are left out."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        rows = conn.execute(sa.select(other_ids).where(other_ids.c.id.in_(some)))
        found |= {row.id: row.place_id for row in rows}
    return found


def get_place(conn: sa.Connection, place_id: str) -> Place:
    """The place or area with this id, or that this id was found to mean; raises UnknownPlace."""
    real = real_ids(conn, [place_id]).get(place_id, place_id)
    try:
        return get_places(conn, [real])[real]
    except KeyError:
        raise UnknownPlace(place_id) from None


def get_places(conn: sa.Connection, ids: Collection[str]) -> dict[str, Place]:
    """The places and areas with these ids; unknown ones are left out."""
    return {p.id: p for p in _load(conn, places.c.id.in_(list(ids)))}


def kinds_of(conn: sa.Connection, ids: Collection[str]) -> dict[str, str]:
    """The kinds of the places and areas with these ids; unknown ones are left out."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        rows = conn.execute(sa.select(places.c.id, places.c.kind).where(places.c.id.in_(some)))
        found |= {row.id: row.kind for row in rows}
    return found


def all_places(conn: sa.Connection) -> list[Place]:
    """Every place and area, by name."""
    return _load(conn, sa.true())


def all_areas(conn: sa.Connection) -> list[Place]:
    """Every area and corridor, by name."""
    return _load(conn, places.c.kind.in_([AREA, CORRIDOR]))


def members(conn: sa.Connection, area_id: str) -> list[Place]:
    """The places of an area by name, those of a corridor in its order."""
    inside = sa.select(areas.c.place_id, areas.c.number).where(areas.c.area_id == area_id)
    number = {row.place_id: row.number or 0 for row in conn.execute(inside)}
    found = _load(conn, places.c.id.in_(inside.with_only_columns(areas.c.place_id)))
    return sorted(found, key=lambda p: number[p.id])


def areas_of(conn: sa.Connection, place_ids: Collection[str]) -> dict[str, list[Place]]:
    """The areas that each of these places belongs to, by place id (empty where none)."""
    pairs = conn.execute(
        sa.select(areas.c.place_id, areas.c.area_id).where(areas.c.place_id.in_(list(place_ids)))
    ).all()
    by_id = get_places(conn, {area_id for _, area_id in pairs})
    found: dict[str, list[Place]] = {p: [] for p in place_ids}
    for place_id, area_id in pairs:
        found[place_id].append(by_id[area_id])
    return {p: sorted(found[p], key=_border_first) for p in found}


def _border_first(area: Place) -> tuple[bool, int, str]:
    # An area between two countries says more about a place than the province it lies in, and
    # either more than the roads that lead through it.
    return (area.is_corridor, -len(area.countries), area.name)


def _load(conn: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Place]:
    chosen = sa.select(places.c.id).where(condition)
    part_of: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(
        sa.select(areas).where(areas.c.place_id.in_(chosen)).order_by(areas.c.area_id)
    ):
        part_of[row.place_id].append(row.area_id)
    also: dict[str, list[str]] = defaultdict(list)
    for row in conn.execute(
        sa.select(aliases).where(aliases.c.place_id.in_(chosen)).order_by(aliases.c.alias)
    ):
        also[row.place_id].append(row.alias)
    found = [
        Place(
            row.id,
            row.name,
            row.kind,
            row.countries,
            row.lat,
            row.lon,
            tuple(part_of[row.id]),
            tuple(also[row.id]),
            row.origin,
        )
        for row in conn.execute(sa.select(places).where(condition))
    ]
    # Sorted here: databases disagree about the order of spaces and hyphens.
    return sorted(found, key=lambda p: (p.name, p.id))


def lock_area(conn: sa.Connection, area_id: str) -> None:
    """Keep other checkers from judging the area until the transaction ends."""
    conn.execute(sa.select(places.c.id).where(places.c.id == area_id).with_for_update())
