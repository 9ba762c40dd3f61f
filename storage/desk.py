"""What editors put on record by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import audit, events, leads
from storage.gazetteer import slug
from storage.model.audit import Act
from storage.model.report_drafts import ReportDraft
from storage.model.reports import Claim
from storage.places import get_place
from storage.sources import all_parties, get_sources, upsert_sources
from storage.tables import reports, sources

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.model.reports import Report
    from storage.model.roles import Actor
    from storage.model.sources import Source

# Of a source that repeats itself: so many reports are looked through for each place.
REPORTS_A_PLACE = 20


def write(conn: sa.Connection, draft: ReportDraft, now: datetime) -> tuple[Report, ...]:
    """Put the report of a draft on record at the time `now` (UTC), and its source if that is new.

    The report comes last; before it the retraction of the one that it corrects, if it does. What
    is on record already stays as it is. RuntimeError where the draft still asks.
    """
    if draft.new_source is not None:
        source = add_source(conn, draft.new_source, now)
        draft = replace(draft, new_source=None, source=source.id)
    new = [draft.report(now)]
    if draft.corrects is not None:
        wrong = events.get_reports(conn, [draft.corrects])[draft.corrects]
        taking = ReportDraft(draft.id, draft.chat_id, draft.user_id).retracting(wrong).report(now)
        new.insert(0, replace(taking, id=f"{draft.report_id}-retracts"))
    events.append(conn, new, now=now, alert=True)
    return tuple(new)


def record(conn: sa.Connection, draft: ReportDraft, who: Actor, now: datetime) -> Report:
    """Put the report of a draft on record as `write` does, and note in the log who did it.

    Returns the report.
    """
    report = write(conn, draft, now)[-1]
    source = get_sources(conn, [report.source])[report.source]
    if draft.new_source is not None:
        added = {"source": source.name, "grade": source.reliability.value}
        audit.note(conn, who, Act.SOURCE_ADDED, added, now)
    about = {
        "report": report.id,
        "place": get_place(conn, report.place).name,
        "claim": report.claim.value,
        "party": all_parties(conn)[report.party].name if report.party else "",
        "source": source.name,
    }
    if draft.takes_back is not None:
        about["taken back"] = draft.takes_back
    if draft.lead is not None:
        leads.settle(conn, draft.lead, now)
        about["lead"] = str(draft.lead)
    audit.note(conn, who, _act(draft), about, now)
    return report


def _act(draft: ReportDraft) -> Act:
    if draft.claim is Claim.RETRACTS:
        return Act.RETRACTED
    return Act.RECORDED if draft.corrects is None else Act.CORRECTED


def taken_back(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the reports that are taken back by one that is not taken back itself."""
    by = reports.alias()
    pairs = conn.execute(
        sa.select(reports.c.refers_to, reports.c.id).where(
            reports.c.claim == Claim.RETRACTS.value,
            reports.c.refers_to.in_(list(ids)),
            ~sa.exists().where(by.c.refers_to == reports.c.id, by.c.claim == Claim.RETRACTS.value),
        )
    )
    return {row.refers_to for row in pairs}


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


def places_of_source(conn: sa.Connection, source_id: str, limit: int) -> list[str]:
    """The places that a source spoke of last, the latest first, at most `limit`."""
    newest = (
        sa.select(reports.c.place_id, reports.c.reported_at)
        .where(reports.c.source_id == source_id)
        .order_by(reports.c.reported_at.desc())
        .limit(limit * REPORTS_A_PLACE)
        .subquery()
    )
    rows = conn.execute(
        sa.select(newest.c.place_id)
        .group_by(newest.c.place_id)
        .order_by(sa.func.max(newest.c.reported_at).desc(), newest.c.place_id)
        .limit(limit)
    )
    return [row.place_id for row in rows]


def number_of_places(conn: sa.Connection, source_id: str) -> int:
    """How many places a source ever spoke of."""
    places = sa.func.count(sa.distinct(reports.c.place_id))
    return conn.scalar(sa.select(places).where(reports.c.source_id == source_id)) or 0


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
