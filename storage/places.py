"""Places, areas and their names, as they are kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.errors import UnknownPlace
from storage.model.places import Place
from storage.place_changes import mark_changed
from storage.rows import upsert
from storage.tables import aliases, areas, places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


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
            }
            for p in given
        ],
    )
    upsert(conn, areas, [{"area_id": a, "place_id": p.id} for p in given for a in p.part_of])
    upsert(conn, aliases, [{"place_id": p.id, "alias": a} for p in given for a in p.aliases])
    mark_changed(conn, [p.id for p in given])


def get_place(conn: sa.Connection, place_id: str) -> Place:
    """The place or area with this id; raises UnknownPlace."""
    try:
        return get_places(conn, [place_id])[place_id]
    except KeyError:
        raise UnknownPlace(place_id) from None


def get_places(conn: sa.Connection, ids: Collection[str]) -> dict[str, Place]:
    """The places and areas with these ids; unknown ones are left out."""
    return {p.id: p for p in _load(conn, places.c.id.in_(list(ids)))}


def all_places(conn: sa.Connection) -> list[Place]:
    """Every place and area, by name."""
    return _load(conn, sa.true())


def members(conn: sa.Connection, area_id: str) -> list[Place]:
    """The places of an area, by name."""
    inside = sa.select(areas.c.place_id).where(areas.c.area_id == area_id)
    return _load(conn, places.c.id.in_(inside))


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


def _border_first(area: Place) -> tuple[int, str]:
    # An area between two countries says more about a place than the province it lies in.
    return (-len(area.countries), area.name)


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
        )
        for row in conn.execute(sa.select(places).where(condition))
    ]
    # Sorted here: databases disagree about the order of spaces and hyphens.
    return sorted(found, key=lambda p: (p.name, p.id))


def lock_area(conn: sa.Connection, area_id: str) -> None:
    """Keep other checkers from judging the area until the transaction ends."""
    conn.execute(sa.select(places.c.id).where(places.c.id == area_id).with_for_update())
