"""The record of each source: what became of its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.source_record import SourceRecord, Spoken, source_records
from storage.model.times import Moment, Precision
from storage.records import pasts
from storage.sources import all_sources, get_sources
from storage.tables import reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.model.record import Past


def source_record(conn: sa.Connection, source_id: str) -> SourceRecord:
    """The record of one source; raises KeyError for one that is not on record."""
    source = get_sources(conn, [source_id])[source_id]
    [record] = source_records([source], _taught(conn), _spoken(conn))
    return record


def list_records(conn: sa.Connection) -> list[SourceRecord]:
    """The record of every source: those with most claims first, then with most reports."""
    records = source_records(all_sources(conn).values(), _taught(conn), _spoken(conn))
    return sorted(records, key=lambda r: (-r.claims, -r.reports, r.source.name, r.source.id))


def _taught(conn: sa.Connection) -> Iterator[Past]:
    """What every place teaches."""
    return (past for _, past in pasts(conn))


def _spoken(conn: sa.Connection) -> dict[str, Spoken]:
    """How much each source has said, and when last."""
    rows = conn.execute(
        sa.select(
            reports.c.source_id,
            reports.c.reported_precision,
            sa.func.count().label("number"),
            sa.func.max(reports.c.reported_at).label("at"),
        ).group_by(reports.c.source_id, reports.c.reported_precision)
    )
    spoken: dict[str, Spoken] = {}
    for row in rows:
        last = Moment(row.at, Precision(row.reported_precision))
        before = spoken.get(row.source_id, Spoken())
        if before.last is not None:
            last = max(before.last, last, key=lambda m: m.at)
        spoken[row.source_id] = Spoken(before.reports + row.number, last)
    return spoken
