"""Current status and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import checkpoints
from storage.assessments import assessment_from, columns_of, evidence_of, status_from
from storage.events import reports_of, reports_with_news
from storage.model.changes import Change, HistoryEntry, Kind, Status
from storage.model.control import Assessment, Rule, Standing, look, look_again
from storage.records import all_records, keep_past
from storage.rows import insert
from storage.sources import all_parties, get_sources
from storage.tables import status_history, statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from storage.model.control import Looked
    from storage.model.policy import Policy
    from storage.model.record import Record
    from storage.model.reports import Report

NOTHING_KNOWN = columns_of(Assessment(None, Standing.UNKNOWN, 0.0, Rule.NO_REPORTS))


def status_of(conn: sa.Connection, place_id: str) -> Status | None:
    """What the check last found about a place; None if it never had a report."""
    return statuses_of(conn, [place_id]).get(place_id)


def statuses_of(conn: sa.Connection, ids: Collection[str]) -> dict[str, Status]:
    """What the check last found about these places; those without a report are left out."""
    rows = conn.execute(sa.select(statuses).where(statuses.c.place_id.in_(list(ids))))
    return {row.place_id: status_from(row) for row in rows}


def assess_place(
    conn: sa.Connection,
    place_id: str,
    policy: Policy,
    at: datetime,
    known_at: datetime | None = None,
) -> Assessment:
    """Who held a place at the time `at` (UTC), by every report on record now.

    With `known_at` (UTC), by what was known then: the reports, what had been learned, and what
    the sources were taken for.
    """
    reports = reports_of(conn, place_id)
    if known_at is not None:
        reports = [r for r in reports if r.known_at is not None and r.known_at <= known_at]
    return _look(conn, reports, policy, at, known_at).found


def assess_reports(
    conn: sa.Connection, reports: Collection[Report], policy: Policy, at: datetime
) -> Assessment:
    """The assessment of these reports, with their sources and the parties looked up."""
    return _look(conn, reports, policy, at).found


@dataclass(frozen=True)
class News:
    """An assessment of a place now, and the reports about it that the check had not seen."""

    found: Assessment
    reports: Sequence[tuple[Report, bool]]


def look_at(
    conn: sa.Connection, place_id: str, policy: Policy, now: datetime, records: Sequence[Record]
) -> News:
    """Look at a place, from where that was left the last time; its status must be locked.

    Keeps what is learned from it, and where to go on from. `records` are all there are.
    """
    last = checkpoints.load(conn, place_id, policy)
    parties = all_parties(conn)
    known = reports_with_news(conn, place_id, since=last.before.cut if last else None)
    looked = None
    if last is not None:
        cut = last.before.cut
        recent = [r for r, _ in known if r.about.at >= cut]
        if all(r.about.at >= cut for r, waits in known if waits is not None):
            sources = get_sources(conn, {r.source for r in recent})
            looked = look_again(last, recent, sources, parties, now, records)
        if looked is None:
            known = reports_with_news(conn, place_id)
    if looked is None:
        sources = get_sources(conn, {r.source for r, _ in known})
        looked = look([r for r, _ in known], sources, parties, policy, now, records)
    if last is None or looked.checkpoint.before.cut != last.before.cut:
        checkpoints.keep(conn, place_id, looked.checkpoint, policy)
    keep_past(conn, place_id, looked.past, is_open=looked.is_open)
    return News(looked.found, [(r, waits) for r, waits in known if waits is not None])


def _look(
    conn: sa.Connection,
    reports: Collection[Report],
    policy: Policy,
    at: datetime,
    known_at: datetime | None = None,
) -> Looked:
    sources = get_sources(conn, {r.source for r in reports}, known_at)
    records = all_records(conn, known_at)
    return look(reports, sources, all_parties(conn), policy, at, records)


def history_of(conn: sa.Connection, place_id: str, limit: int = 50) -> list[HistoryEntry]:
    """The changes of a place, newest first, at most `limit`."""
    rows = conn.execute(
        sa.select(status_history)
        .where(status_history.c.place_id == place_id)
        .order_by(status_history.c.version.desc())
        .limit(limit)
    ).all()
    evidence = evidence_of(conn, [e for row in rows for e in row.evidence])
    return [
        HistoryEntry(
            row.version,
            Kind(row.kind),
            row.changed_at,
            assessment_from(row, evidence),
            tuple(row.reports),
        )
        for row in rows
    ]


def lock_status(conn: sa.Connection, place_id: str, now: datetime) -> Status:
    """The status of a place, locked until the transaction ends; made if there was none.

    Reports must be read after this: only then are those seen that a checker before us saw.
    """
    conn.execute(
        insert(conn, statuses).on_conflict_do_nothing(),
        {"place_id": place_id, "version": 0, "assessed_at": now, **NOTHING_KNOWN},
    )
    row = conn.execute(
        sa.select(statuses).where(statuses.c.place_id == place_id).with_for_update()
    ).one()
    return status_from(row)


def due_for_recheck(conn: sa.Connection, now: datetime, limit: int) -> list[str]:
    """Places whose status time alone may have changed by `now` (UTC), sorted."""
    ids = conn.scalars(
        sa.select(statuses.c.place_id)
        .where(statuses.c.recheck_at <= now)
        .order_by(statuses.c.recheck_at)
        .limit(limit)
    )
    return sorted(ids)


def record(conn: sa.Connection, change: Change, now: datetime) -> Status:
    """Write a change: the new status, and its history unless only the evidence is other.

    Raises RuntimeError if somebody else changed the status meanwhile: it was not locked.
    """
    version = change.before.version + 1
    place_id = change.before.place
    found = columns_of(change.after, change.new)
    written = conn.execute(
        sa.update(statuses)
        .where(statuses.c.place_id == place_id, statuses.c.version == change.before.version)
        .values(version=version, assessed_at=now, recheck_at=change.after.recheck_at, **found)
    )
    if written.rowcount != 1:
        raise RuntimeError(f"the status of {place_id} was changed without its lock")
    if change.kind is not Kind.EVIDENCE or change.before.standing != change.after.standing:
        conn.execute(
            sa.insert(status_history),
            {
                "place_id": place_id,
                "version": version,
                "kind": change.kind.value,
                "changed_at": now,
                "reports": list(change.new),
                **found,
            },
        )
    return _read(conn, place_id)


def touch(conn: sa.Connection, place_id: str, found: Assessment, now: datetime) -> None:
    """Write that a status was looked at and stayed: its confidence, and when to look again."""
    conn.execute(
        sa.update(statuses)
        .where(statuses.c.place_id == place_id)
        .values(assessed_at=now, recheck_at=found.recheck_at, confidence=found.confidence)
    )


def postpone(conn: sa.Connection, place_id: str, until: datetime) -> None:
    """Leave a place alone until then (UTC), if time would have had it looked at before."""
    conn.execute(
        sa.update(statuses)
        .where(statuses.c.place_id == place_id, statuses.c.recheck_at < until)
        .values(recheck_at=until)
    )


def _read(conn: sa.Connection, place_id: str) -> Status:
    return statuses_of(conn, [place_id])[place_id]
