"""Sources and parties, as they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.parties import Party
from storage.model.sources import Grade, Position, Source
from storage.rows import upsert
from storage.tables import parties, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


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


def upsert_sources(conn: sa.Connection, new: Iterable[Source]) -> None:
    """Add sources, or put what is given in place of what is kept under the same id."""
    upsert(
        conn,
        sources,
        [
            {
                "id": s.id,
                "name": s.name,
                "kind": s.kind,
                "party_id": s.party,
                "reliability": s.reliability.value,
                "position": s.position.value,
            }
            for s in new
        ],
    )


def all_parties(conn: sa.Connection) -> dict[str, Party]:
    """Every party by id, in the order of rank."""
    return {
        row.id: Party(row.id, row.name, row.government_of, row.part_of, row.rank)
        for row in conn.execute(sa.select(parties).order_by(parties.c.rank))
    }


def get_sources(conn: sa.Connection, ids: Collection[str]) -> dict[str, Source]:
    """The sources with these ids; unknown ones are left out."""
    return {
        row.id: Source(
            row.id,
            row.name,
            row.kind,
            row.party_id,
            Grade(row.reliability),
            Position(row.position),
        )
        for row in conn.execute(sa.select(sources).where(sources.c.id.in_(list(ids))))
    }
