"""The event store: append-only reports, and the inbox of those that the check has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.columns import ID, NAMES, Sheet, columns_of, sheet, stored_rows
from storage.model.reports import Claim, Report
from storage.model.times import DAY, Moment, Precision
from storage.model.words import spoken_order
from storage.rows import MOST_VALUES, chunks, insert_new
from storage.tables import inbox, reports

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    # The ids of the reports that were new, what is true of these alone, and the parameters of that.
    _New = tuple[Sequence[str], sa.ColumnElement[bool], dict[str, Any]]

BATCH = MOST_VALUES // len(NAMES)
# SQLite numbers rows as they come.
_ROWID: sa.ColumnElement[int] = sa.literal_column("rowid")
_NEWEST = sa.select(sa.func.max(_ROWID)).select_from(reports)
# Values are given as parameters: what holds them as a part of it holds them until Python searches
# for garbage, and that adds up where very many are imported.
_AFTER = sa.bindparam("before") < _ROWID
_AMONG = reports.c.id.in_(sa.bindparam("ids", expanding=True))
# What was said; the last columns are when it came on record.
_SAID = [c for c in reports.columns if c.name not in ("recorded_at", "known_at")]
# What a new report puts into the inbox.
_WAITING = ("report_id", "place_id", "alert", "late")


def append(
    conn: sa.Connection,
    new: Iterable[Report],
    *,
    now: datetime,
    alert: bool,
    late_after: timedelta | None = None,
) -> list[str]:
    """Record reports at the time `now` (UTC) and put them into the inbox, in one transaction.

    Reports whose id is on record change nothing. With `alert` False they are backfilled: what the
    check finds because of them is kept but told to nobody, and they count as known from when they
    were said. One that was said longer ago than `late_after` is late: it is told only where it
    changes what holds now. Returns the ids that were new. Raises ValueError for a report of what
    happened after it was said: those who look for what happened since a time rely on that.
    """
    return [
        i
        for some in sheets(conn, new, now=now, alert=alert, late_after=late_after)
        for i in append_sheet(conn, some)
    ]


def sheets(
    conn: sa.Connection,
    given: Iterable[Report],
    *,
    now: datetime,
    alert: bool,
    late_after: timedelta | None = None,
) -> Iterator[Sheet]:
    """The reports as `append` records them, ready to be written, at most `BATCH` on each sheet."""
    before = None if late_after is None else now - late_after
    for batch in _batches(given):
        # Of two with one id, the first is on record.
        late = {r.id: _is_late(r, before) for r in reversed(batch)} if before else {}
        sqlite = conn.dialect.name == "sqlite"
        rows = stored_rows(columns_of(batch), now=now, alert=alert, sqlite=sqlite)
        yield sheet(rows, alert=alert, late={i for i, is_late in late.items() if is_late})


def append_sheet(conn: sa.Connection, given: Sheet) -> Sequence[str]:
    """Record reports as `append` does, at most `BATCH`; returns the ids that were new."""
    if not given.ids:
        return given.ids
    sqlite = conn.dialect.name == "sqlite"
    new, are_new, which = _insert_on_sqlite(conn, given) if sqlite else _insert(conn, given)
    if new:
        waiting = {"alert": given.alert, "late": list(given.late)}
        conn.execute(_new_in_inbox(are_new), which | waiting)
    if referring := given.refers_to.keys() & new:
        conn.execute(_also_elsewhere(), {"ids": list(referring)})
    return new


def _insert(conn: sa.Connection, given: Sheet) -> _New:
    """Insert the reports whose id is not on record."""
    new = insert_new(conn, reports, NAMES, given.values, returning="id").scalars().all()
    return new, _AMONG, {"ids": new}


def _insert_on_sqlite(conn: sa.Connection, given: Sheet) -> _New:
    # To be told of each row takes longer than to find the last ones, since nobody else writes
    # meanwhile; and whatever else this process does could not go on beside it.
    before = {"before": conn.scalar(_NEWEST) or 0}
    if insert_new(conn, reports, NAMES, given.values).rowcount == len(given.ids):
        return given.ids, _AFTER, before
    return conn.scalars(sa.select(reports.c.id).where(_AFTER), before).all(), _AFTER, before


@cache
def _new_in_inbox(are_new: sa.ColumnElement[bool]) -> sa.Insert:
    """What puts new reports into the inbox, if they may raise an `alert`; those with an id in
    `late` came late.
    """
    late = reports.c.id.in_(sa.bindparam("late", expanding=True))
    rows = sa.select(
        reports.c.id, reports.c.place_id, sa.bindparam("alert", type_=sa.Boolean), late
    )
    return sa.insert(inbox).from_select(_WAITING, rows.where(are_new))


@cache
def _also_elsewhere() -> sa.Insert:
    """What puts reports which are in the inbox there for the places too of what they refer to,
    where these are others.
    """
    target = reports.alias()
    other = (
        sa.select(inbox.c.report_id, target.c.place_id, inbox.c.alert, inbox.c.late)
        .join(
            reports, (reports.c.id == inbox.c.report_id) & (reports.c.place_id == inbox.c.place_id)
        )
        .join(target, target.c.id == reports.c.refers_to)
        .where(_AMONG, target.c.place_id != reports.c.place_id)
    )
    return sa.insert(inbox).from_select(_WAITING, other)


def _is_late(report: Report, before: datetime) -> bool:
    # That something no longer stands is news whenever it was said.
    return report.claim is not Claim.RETRACTS and report.reported.latest < before


def late(conn: sa.Connection, place_ids: Collection[str]) -> set[str]:
    """The ids of the reports about these places that wait in the inbox and came late."""
    return set(
        conn.scalars(
            sa.select(inbox.c.report_id).where(inbox.c.place_id.in_(list(place_ids)), inbox.c.late)
        )
    )


def differing(conn: sa.Connection, given: Sheet) -> set[str]:
    """The ids of those reports that are on record with another content."""
    # As the driver gives them, which is as it takes them.
    raw = sa.select(*(sa.type_coerce(c, sa.types.NULLTYPE) for c in _SAID))
    kept = conn.execute(raw.where(_AMONG), {"ids": given.ids})
    there = {row[ID]: tuple(row) for row in kept}
    said = (row[: len(_SAID)] for row in given.rows())
    return {row[ID] for row in said if there.get(row[ID], row) != row}


def known_ids(conn: sa.Connection, ids: Collection[str]) -> set[str]:
    """Those of the ids that are on record."""
    return set(conn.scalars(sa.select(reports.c.id).where(_AMONG), {"ids": list(ids)}))


def get_reports(conn: sa.Connection, ids: Collection[str]) -> dict[str, Report]:
    """The reports with these ids; unknown ones are left out."""
    return {
        row.id: _report(row)
        for some in chunks(ids)
        for row in conn.execute(sa.select(reports).where(_AMONG), {"ids": some})
    }


def reports_of(conn: sa.Connection, place_id: str) -> list[Report]:
    """Every report that speaks of the place, in the order they were said.

    A retraction of a report about the place is among them, whatever place it names itself.
    """
    return [report for report, _ in with_news(conn, [place_id])[place_id]]


News = list[tuple[Report, bool | None]]


def with_news(
    conn: sa.Connection,
    place_ids: Collection[str],
    since: Mapping[str, datetime] = MappingProxyType({}),
) -> dict[str, News]:
    """Every report that speaks of each of these places, with whether it waits in the inbox.

    None: the check has seen it; True or False: it waits, and may or may not raise alerts. Read
    in one statement, so that a report and its place in the inbox belong together. If all places
    are in `since` (UTC), only what speaks of the time since then, and whatever waits.
    """
    ids = list(place_ids)
    target = reports.alias()
    no_alert = sa.null().cast(sa.Boolean).label("alert")
    own = sa.select(reports, reports.c.place_id.label("about"), no_alert)
    referring = (
        sa.select(reports, target.c.place_id.label("about"), no_alert)
        .join(target, target.c.id == reports.c.refers_to)
        .where(target.c.place_id != reports.c.place_id)
    )
    waiting_ones = (
        sa.select(reports, inbox.c.place_id.label("about"), inbox.c.alert)
        .join(inbox, inbox.c.report_id == reports.c.id)
        .where(inbox.c.place_id.in_(ids))
    )
    selects = [waiting_ones]
    if set(ids) <= since.keys():
        earliest = min(since.values())
        for some, table in ((own, reports), (referring, target)):
            lately = (table.c.reported_at >= earliest) | (table.c.occurred_at >= earliest)
            # For the index: what has happened by then was said a day before at the earliest.
            by_index = table.c.reported_at >= earliest - DAY
            selects.append(some.where(table.c.place_id.in_(ids), by_index, lately))
    else:
        selects += [
            some.where(table.c.place_id.in_(ids))
            for some, table in ((own, reports), (referring, target))
        ]
    found: dict[str, dict[str, tuple[Report, bool | None]]] = {p: {} for p in ids}
    for row in conn.execute(sa.union_all(*selects)):
        about, alert = row.about, row.alert
        if alert is None and about in since and (row.occurred_at or row.reported_at) < since[about]:
            continue
        # Whatever waits comes last.
        if alert is not None or row.id not in found[about]:
            found[about][row.id] = (_report(row), alert)
    return {
        p: sorted(some.values(), key=lambda item: spoken_order(item[0]))
        for p, some in found.items()
    }


def in_order(conn: sa.Connection) -> Iterator[Report]:
    """Every report on record, in the order they were said; read while they are asked for."""
    rows = conn.execution_options(yield_per=BATCH).execute(
        sa.select(reports).order_by(reports.c.reported_at, reports.c.id)
    )
    return map(_report, rows)


@dataclass(frozen=True)
class Waiting:
    """Places with reports that the check has not seen, and whether there may be more."""

    places: tuple[str, ...]
    more: bool


def waiting(conn: sa.Connection, limit: int) -> Waiting:
    """The places of up to `limit` rows of the inbox, sorted.

    Rows are not locked: the status of a place is, and whoever gets it second finds nothing left.
    """
    ids = list(
        conn.scalars(
            sa.select(inbox.c.place_id)
            .where(inbox.c.trouble.is_(None))
            .order_by(inbox.c.id)
            .limit(limit)
        )
    )
    return Waiting(tuple(sorted(set(ids))), len(ids) == limit)


def seen(conn: sa.Connection, news: Mapping[str, Collection[str]]) -> None:
    """Take these reports out of the inbox; `news` holds their ids by the place they are about."""
    pairs = [{"place": p, "report": r} for p, ids in news.items() for r in ids]
    if pairs:
        conn.execute(
            sa.delete(inbox).where(
                inbox.c.place_id == sa.bindparam("place"),
                inbox.c.report_id == sa.bindparam("report"),
            ),
            pairs,
        )


def set_aside(conn: sa.Connection, place_id: str, reason: str) -> None:
    """Keep a place's reports in the inbox, but out of the way, with the reason.

    They are looked at again with the next report about the place.
    """
    conn.execute(sa.update(inbox).where(inbox.c.place_id == place_id).values(trouble=reason))


def number_waiting(conn: sa.Connection) -> int:
    """How many rows of the inbox wait for a check, those of places in trouble included."""
    return conn.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0


def troubled(conn: sa.Connection) -> dict[str, str]:
    """The places whose reports were set aside, with the reason."""
    rows = conn.execute(
        sa.select(inbox.c.place_id, inbox.c.trouble).where(inbox.c.trouble.is_not(None)).distinct()
    )
    return {row.place_id: row.trouble for row in rows}


def _batches(items: Iterable[Report]) -> Iterator[list[Report]]:
    batch: list[Report] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _report(row: Any) -> Report:
    """A report of a row that begins with the columns of the table, in their order."""
    (
        report_id,
        place_id,
        claim,
        party_id,
        source_id,
        via,
        occurred_at,
        occurred_precision,
        reported_at,
        reported_precision,
        url,
        quote,
        refers_to,
        credibility,
        recorded_at,
        known_at,
    ) = row[:_WIDTH]
    reported = Moment(reported_at, _PRECISIONS[reported_precision])
    occurred = None
    if occurred_at is not None:
        same = occurred_at == reported_at and occurred_precision == reported_precision
        occurred = reported if same else Moment(occurred_at, _PRECISIONS[occurred_precision])
    return Report(
        report_id,
        place_id,
        _CLAIMS.get(claim) or Claim(claim),
        source_id,
        reported,
        party_id,
        occurred,
        via,
        url,
        quote,
        refers_to,
        credibility,
        recorded_at,
        known_at or recorded_at,
    )


_WIDTH = len(NAMES)
# By their values: asking the enumeration takes as long as all the rest.
_CLAIMS = {c.value: c for c in Claim}
_PRECISIONS = {p.value: p for p in Precision}
