"""Current status and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage import checkpoints, policies, suspicions
from storage.assessments import assessment_from, columns_of, evidence_of, status_from
from storage.events import reports_of, with_news
from storage.model.changes import Change, HistoryEntry, Kind, Status
from storage.model.control import Assessment, Rule, Standing
from storage.model.looking import look, look_again
from storage.records import all_records, keep_pasts
from storage.rows import insert
from storage.sources import all_parties, get_sources
from storage.tables import lessons, records, status_history, statuses

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from storage.model.looking import Checkpoint, Looked
    from storage.model.outages import Suspicion
    from storage.model.parties import Party
    from storage.model.policy import Policy
    from storage.model.record import Past, Record
    from storage.model.reports import Report
    from storage.model.sources import Source

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

    With `known_at` (UTC), by what was known then: the reports, what had been learned, what the
    sources were taken for, and the policy that was in force.
    """
    reports = reports_of(conn, place_id)
    if known_at is not None:
        policy = policies.in_force(conn, known_at, policy)
        reports = [r for r in reports if r.known_at is not None and r.known_at <= known_at]
    return _look(conn, reports, policy, at, known_at).found


def assess_reports(
    conn: sa.Connection, reports: Collection[Report], policy: Policy, at: datetime
) -> Assessment:
    """The assessment of these reports, with their sources and the parties looked up."""
    return _look(conn, reports, policy, at).found


@dataclass(frozen=True)
class Look:
    """What was found at a place now, and the reports about it that the check had not seen, with
    whether they may raise alerts; or the `trouble` that keeps it from being assessed. `held` are
    the ids of the reports that are held aside.
    """

    news: Sequence[tuple[Report, bool]]
    found: Assessment | None = None
    trouble: Exception | None = None
    held: frozenset[str] = frozenset()


def look_at(
    conn: sa.Connection,
    place_ids: Collection[str],
    policy: Policy,
    now: datetime,
    records: Sequence[Record],
) -> dict[str, Look]:
    """Look at places, each from where that was left the last time; lock their statuses before.

    Keeps what is learned from them, and where to go on from. `records` are all there are.
    """
    try:
        return _look_at(conn, place_ids, policy, now, records)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - found out below which place it is, and kept there
        if len(place_ids) == 1:
            return {p: Look([], trouble=error) for p in place_ids}
    return {
        p: look
        for one in place_ids
        for p, look in look_at(conn, [one], policy, now, records).items()
    }


def _look_at(
    conn: sa.Connection,
    place_ids: Collection[str],
    policy: Policy,
    now: datetime,
    records: Sequence[Record],
) -> dict[str, Look]:
    last = checkpoints.load(conn, place_ids, policy)
    known = with_news(conn, last, {p: c.before.cut for p, c in last.items()}) if last else {}
    whole = [p for p in place_ids if p not in last]
    known |= with_news(conn, whole) if whole else {}
    sources = get_sources(conn, {r.source for some in known.values() for r, _ in some})
    suspected = suspicions.of_sources(conn, sources)
    looker = _Looker(conn, sources, all_parties(conn), policy, now, records, suspected)
    looks: dict[str, Look] = {}
    taught: dict[str, tuple[Past, bool]] = {}
    moved: dict[str, Checkpoint] = {}
    for place_id in place_ids:
        news = [(r, waits) for r, waits in known[place_id] if waits is not None]
        looked, held = looker.look(place_id, known[place_id], last.get(place_id))
        looks[place_id] = Look(news, looked.found, held=held)
        taught[place_id] = (looked.past, looked.is_open)
        if place_id not in last or looked.checkpoint.before.cut != last[place_id].before.cut:
            moved[place_id] = looked.checkpoint
    keep_pasts(conn, taught)
    checkpoints.keep(conn, moved, policy)
    return looks


@dataclass(frozen=True)
class _Looker:
    conn: sa.Connection
    sources: Mapping[str, Source]
    parties: Mapping[str, Party]
    policy: Policy
    now: datetime
    records: Sequence[Record]
    suspected: Sequence[Suspicion]

    def look(
        self, place_id: str, known: Sequence[tuple[Report, bool | None]], last: Checkpoint | None
    ) -> tuple[Looked, frozenset[str]]:
        parties, now, records = self.parties, self.now, self.records
        reports = [r for r, _ in known]
        held = suspicions.held(
            self.conn, reports, self.policy, now, place_id=place_id, among=self.suspected
        )
        if last is not None:
            looked = look_again(last, reports, self.sources, parties, now, records, held)
            if looked is not None:
                return looked, held
            reports = [r for r, _ in with_news(self.conn, [place_id])[place_id]]
            held = suspicions.held(self.conn, reports, self.policy, now)
        sources = get_sources(self.conn, {r.source for r in reports})
        return look(reports, sources, parties, self.policy, now, records, held), held


def _look(
    conn: sa.Connection,
    reports: Collection[Report],
    policy: Policy,
    at: datetime,
    known_at: datetime | None = None,
) -> Looked:
    sources = get_sources(conn, {r.source for r in reports}, known_at)
    records = all_records(conn, known_at)
    held = suspicions.held(conn, reports, policy, at, known_at)
    return look(reports, sources, all_parties(conn), policy, at, records, held)


def history_of(
    conn: sa.Connection, place_id: str, limit: int = 50, until: datetime | None = None
) -> list[HistoryEntry]:
    """The changes of a place, newest first, at most `limit`; those found by `until` (UTC) only."""
    by_then = sa.true() if until is None else status_history.c.changed_at <= until
    rows = conn.execute(
        sa.select(status_history)
        .where(status_history.c.place_id == place_id, by_then)
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


def lock_statuses(
    conn: sa.Connection, place_ids: Collection[str], now: datetime
) -> dict[str, Status]:
    """The statuses of places, locked until the transaction ends; made if there were none.

    Locks are taken in the order of the ids. Reports must be read after this: only then are those
    seen that a checker before us saw.
    """
    if not place_ids:
        return {}
    known = set(
        conn.scalars(sa.select(statuses.c.place_id).where(statuses.c.place_id.in_(list(place_ids))))
    )
    fresh = [
        {"place_id": p, "version": 0, "assessed_at": now, **NOTHING_KNOWN}
        for p in sorted(set(place_ids) - known)
    ]
    if fresh:
        conn.execute(insert(conn, statuses).on_conflict_do_nothing(), fresh)
    rows = conn.execute(
        sa.select(statuses)
        .where(statuses.c.place_id.in_(list(place_ids)))
        .order_by(statuses.c.place_id)
        .with_for_update()
    )
    return {row.place_id: status_from(row) for row in rows}


def due_for_recheck(conn: sa.Connection, now: datetime, limit: int) -> list[str]:
    """Places whose status time alone may have changed by `now` (UTC), sorted: evidence has aged, or
    somebody contradicts what was settled and there is a newer record of who does.
    """
    aged = (
        sa.select(statuses.c.place_id)
        .where(statuses.c.recheck_at <= now)
        .order_by(statuses.c.recheck_at)
        .limit(limit)
    )
    latest = sa.select(sa.func.max(records.c.at)).scalar_subquery()
    contradicted = (
        sa.select(statuses.c.place_id)
        .join(lessons, lessons.c.place_id == statuses.c.place_id)
        .where(lessons.c.open, statuses.c.assessed_at < latest)
        .limit(limit)
    )
    ids = {*conn.scalars(aged), *conn.scalars(contradicted)}
    return sorted(ids)[:limit]


def record(conn: sa.Connection, changes: Collection[Change], now: datetime) -> None:
    """Write changes of several places: the new statuses, and their history unless only the
    evidence is other.

    Raises RuntimeError if somebody else changed a status meanwhile: it was not locked.
    """
    found = {c.before.place: columns_of(c.after, c.new) for c in changes}
    rows = [
        {"place": c.before.place, "old": c.before.version, "new_version": c.before.version + 1}
        | _new_values(c.after, found[c.before.place])
        for c in changes
    ]
    is_old = statuses.c.version == sa.bindparam("old")
    written = _update(conn, rows, now, is_old, version=sa.bindparam("new_version"))
    if written != len(rows):
        ids = ", ".join(sorted(found))
        raise RuntimeError(f"a status was changed without its lock: one of {ids}")
    told = [
        {
            "place_id": c.before.place,
            "version": c.before.version + 1,
            "kind": c.kind.value,
            "changed_at": now,
            "reports": list(c.new),
            **found[c.before.place],
        }
        for c in changes
        if c.kind is not Kind.EVIDENCE or c.before.standing != c.after.standing
    ]
    if told:
        conn.execute(sa.insert(status_history), told)


def touch(conn: sa.Connection, stayed: Mapping[str, Assessment], now: datetime) -> None:
    """Write that statuses were looked at and stayed: how sure they are, on which reports, and when
    to look again.
    """
    rows = [{"place": p} | _new_values(a, columns_of(a)) for p, a in stayed.items()]
    _update(conn, rows, now, sa.true())


def _new_values(found: Assessment, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {"due": found.recheck_at} | {f"new_{name}": value for name, value in columns.items()}


def _update(
    conn: sa.Connection,
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
    where: sa.ColumnElement[bool],
    **more: Any,
) -> int:
    """Write what was found into the statuses of places; returns how many were there."""
    if not rows:
        return 0
    written = conn.execute(
        sa.update(statuses)
        .where(statuses.c.place_id == sa.bindparam("place"), where)
        .values(
            assessed_at=now,
            recheck_at=sa.bindparam("due"),
            **{name: sa.bindparam(f"new_{name}") for name in NOTHING_KNOWN},
            **more,
        ),
        rows,
    )
    return written.rowcount


def postpone(conn: sa.Connection, place_id: str, now: datetime, until: datetime) -> None:
    """Leave a place alone until then (UTC), if time would have had it looked at before."""
    this = statuses.c.place_id == place_id
    conn.execute(sa.update(statuses).where(this).values(assessed_at=now))
    conn.execute(
        sa.update(statuses).where(this, statuses.c.recheck_at < until).values(recheck_at=until)
    )
