"""Sources and parties, as they are kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.parties import Party
from storage.model.sources import Grade, Position, Source
from storage.rows import chunks, upsert
from storage.tables import parties, source_versions, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime


def upsert_parties(conn: sa.Connection, new: Iterable[Party]) -> None:
    """Add parties, or put what is given in place of what is kept under the same id.

    A party keeps the rank it got when it was first seen.
    """
    given = list(new)
    ranks: dict[str, int] = {
        row.id: row.rank for row in conn.execute(sa.select(parties.c.id, parties.c.rank))
    }
    for party in given:
        ranks.setdefault(party.id, len(ranks))
    rows = [
        {
            "id": p.id,
            "name": p.name,
            "government_of": p.government_of,
            "part_of": None,
            "rank": ranks[p.id],
        }
        for p in given
    ]
    upsert(conn, parties, rows)
    # In a second step, so that a party may be named before the one that it belongs to.
    upsert(
        conn, parties, [row | {"part_of": p.part_of} for row, p in zip(rows, given, strict=True)]
    )


def upsert_sources(conn: sa.Connection, new: Iterable[Source], now: datetime) -> bool:
    """Add sources, or put what is given in place of what is kept under the same id.

    A source whose grade is pinned keeps it. What a source was taken for until `now` (UTC) is kept,
    so that answers of before can be given again. Returns whether one that was there was changed:
    then what was made of its word is old.
    """
    given = {s.id: s for s in new}
    there = get_sources(conn, given)
    for source in there.values():
        if source.pinned and not given[source.id].pinned:
            given[source.id] = replace(
                given[source.id], reliability=source.reliability, pinned=True
            )
    return _put(conn, given, there, now)


def regrade(conn: sa.Connection, source: Source, now: datetime) -> bool:
    """As `upsert_sources`, for one source whose grade and pin are to be as given."""
    return _put(conn, {source.id: source}, get_sources(conn, [source.id]), now)


def _put(
    conn: sa.Connection, given: Mapping[str, Source], there: Mapping[str, Source], now: datetime
) -> bool:
    changed = [s for s in there.values() if given[s.id] != s]
    upsert(
        conn,
        source_versions,
        [{"source_id": s.id, "until": now, "body": _row(s)} for s in changed],
    )
    upsert(conn, sources, [{"id": s.id, **_row(s)} for s in given.values()])
    return bool(changed)


def _row(source: Source) -> dict[str, Any]:
    return {
        "name": source.name,
        "kind": source.kind,
        "party_id": source.party,
        "reliability": source.reliability.value,
        "position": source.position.value,
        "pinned": source.pinned,
    }


def _source(source_id: str, row: Mapping[str, Any]) -> Source:
    return Source(
        source_id,
        row["name"],
        row["kind"],
        row["party_id"],
        Grade(row["reliability"]),
        Position(row["position"]),
        row["pinned"],
    )


def all_parties(conn: sa.Connection) -> dict[str, Party]:
    """Every party by id, in the order of rank."""
    return {
        row.id: Party(row.id, row.name, row.government_of, row.part_of, row.rank)
        for row in conn.execute(sa.select(parties).order_by(parties.c.rank))
    }


def known_parties(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids of parties that are on record."""
    return _known(conn, parties, ids)


def known_sources(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids of sources that are on record."""
    return _known(conn, sources, ids)


def _known(conn: sa.Connection, table: sa.Table, ids: Collection[str]) -> set[str]:
    return {
        found
        for some in chunks(ids)
        for found in conn.scalars(sa.select(table.c.id).where(table.c.id.in_(some)))
    }


def all_sources(conn: sa.Connection) -> dict[str, Source]:
    """Every source by id."""
    return {
        row["id"]: _source(row["id"], dict(row))
        for row in conn.execute(sa.select(sources)).mappings()
    }


def get_sources(
    conn: sa.Connection, ids: Collection[str], known_at: datetime | None = None
) -> dict[str, Source]:
    """The sources with these ids, as they are now or were taken for at the time `known_at` (UTC);
    unknown ones are left out.
    """
    found = {
        row["id"]: _source(row["id"], dict(row))
        for row in conn.execute(sa.select(sources).where(sources.c.id.in_(list(ids)))).mappings()
    }
    if known_at is not None:
        earlier = conn.execute(
            sa.select(source_versions)
            .where(source_versions.c.source_id.in_(list(ids)), source_versions.c.until > known_at)
            .order_by(source_versions.c.until.desc())
        )
        # The one that ended first after that time comes last.
        found |= {row.source_id: _source(row.source_id, row.body) for row in earlier}
    return found
