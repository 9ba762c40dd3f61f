"""What editors put on record by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import events
from storage.gazetteer import slug
from storage.model.reports import Claim
from storage.sources import upsert_sources
from storage.tables import reports, sources

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.model.report_drafts import ReportDraft
    from storage.model.reports import Report
    from storage.model.sources import Source


def write(conn: sa.Connection, draft: ReportDraft, now: datetime) -> Report:
    """Put the report of a draft on record at the time `now` (UTC), and its source if that is new.

    A report that is on record already stays as it is. RuntimeError where the draft still asks.
    """
    if draft.new_source is not None:
        source = add_source(conn, draft.new_source, now)
        draft = replace(draft, new_source=None, source=source.id)
    report = draft.report(now)
    events.append(conn, [report], now=now, alert=True)
    return report


def places_of(conn: sa.Connection, some: Collection[Report]) -> set[str]:
    """The places that these reports speak of: their own, and of those that they refer to."""
    named = events.get_reports(conn, [r.refers_to for r in some if r.refers_to])
    return {r.place for r in some} | {r.place for r in named.values()}


def add_source(conn: sa.Connection, source: Source, now: datetime) -> Source:
    """Put a new source on record, under an id that is made of its name; returns it with that."""
    base = slug(source.name) or "source"
    known = sa.select(sources.c.id)
    taken = set(conn.scalars(known.where(sources.c.id.like(f"{base}%"))))
    ids = chain([base], (f"{base}-{n}" for n in count(2)))
    new = replace(source, id=next(i for i in ids if i not in taken))
    upsert_sources(conn, [new], now)
    return new


def latest_at(conn: sa.Connection, place_id: str, limit: int) -> list[Report]:
    """The claims about a place that were said last, newest first, at most `limit`."""
    ids = conn.scalars(
        sa.select(reports.c.id)
        .where(reports.c.place_id == place_id, reports.c.claim != Claim.RETRACTS.value)
        .order_by(reports.c.reported_at.desc(), reports.c.recorded_at.desc(), reports.c.id)
        .limit(limit)
    ).all()
    found = events.get_reports(conn, ids)
    return [found[i] for i in ids]
