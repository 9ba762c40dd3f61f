"""The import of a file of reports, of which there may be very many.

They are read by a thread of their own, since Python can work while the database does. As many as
fit one statement go into a transaction: whoever else wants to write waits for some 50 ms at most.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from bot import garbage
from bot.importing.keep import Kept, keep_plain, keep_reports
from bot.importing.reports import read_columns, read_report
from bot.importing.run import checked, in_batches
from storage import events, rejects
from storage.columns import ID, PLACE, REFERS_TO, stored_rows
from storage.engine import write_in_bulk
from storage.model.feeds import IMPORT, Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import sqlalchemy as sa

    from bot.importing.files import InputFile, Row
    from bot.importing.rejects import Reject
    from bot.importing.run import Run
    from storage.model.reports import Report

READ_AHEAD = 8 * events.BATCH  # rows; some 20 MB
TURN = 0.0002  # seconds; by default Python changes from thread to thread every 5 ms
T = TypeVar("T")


@dataclass(frozen=True)
class _Batch:
    """Rows of a file and what they say: as it is stored, or report by report where anything in them
    is out of the ordinary.
    """

    rows: Sequence[Row]
    stored: Sequence[tuple[Any, ...]] = ()
    good: Sequence[tuple[Row, Report]] = ()
    bad: Sequence[Reject] = ()


def import_reports(run: Run, file: InputFile) -> None:
    """Record the reports of a file; the rows that cannot be taken go to a file of their own."""
    with run.rejects(file) as rejected, garbage.in_bulk(), _in_turns():
        for batches in _ahead(_read(run, file)):
            bad: list[Reject] = []
            for batch in batches:
                bad += _keep(run, file, batch)
            rejected.add(bad)


def _read(run: Run, file: InputFile) -> Iterator[list[_Batch]]:
    for rows in in_batches(run.rows(file), READ_AHEAD):
        yield _by_place([_batch(run, some) for some in in_batches(iter(rows), events.BATCH)])


def _batch(run: Run, rows: list[Row]) -> _Batch:
    columns = read_columns(rows, run.now)
    if columns is None:
        good, bad = checked(rows, lambda row: read_report(row, run.now))
        return _Batch(rows, good=good, bad=bad)
    sqlite = run.db.is_sqlite
    return _Batch(rows, stored_rows(columns, now=run.now, alert=run.alert, sqlite=sqlite))


def _by_place(batches: list[_Batch]) -> list[_Batch]:
    """The same rows, those of a place together, if nothing in any is out of the ordinary.

    What reports are found by is kept place by place: so a transaction writes here and there in
    it, and not everywhere.
    """
    if not all(batch.stored for batch in batches):
        return batches
    stored = [stored for batch in batches for stored in batch.stored]
    if len({one[ID] for one in stored}) < len(stored):
        return batches  # of two with one id, the first is to be taken
    rows = [row for batch in batches for row in batch.rows]
    order = sorted(range(len(rows)), key=[one[PLACE] for one in stored].__getitem__)
    return [
        _Batch([rows[i] for i in some], [stored[i] for i in some])
        for some in in_batches(iter(order), events.BATCH)
    ]


@contextmanager
def _in_turns() -> Iterator[None]:
    """Let threads that want to go on wait less long for each other: who writes shall not wait for
    who reads.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, the next one made by another thread while one is used."""
    with ThreadPoolExecutor(1, "reading") as thread:
        coming = thread.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = thread.submit(next, items, None)
            yield item


def _keep(run: Run, file: InputFile, batch: _Batch) -> list[Reject]:
    """Record a batch, in one transaction; returns the rows that are not taken."""
    good, bad = batch.good, list(batch.bad)
    new: set[str] = set()
    with run.db.begin() as conn:
        write_in_bulk(conn)
        if batch.stored:
            new = _keep_plain(run, conn, batch.stored)
            left = [] if len(new) == len(batch.rows) else batch.rows
            others = (row for row in left if row.get("id") not in new)
            good, bad = checked(others, lambda row: read_report(row, run.now))
        kept = _keep_reports(run, conn, good, file)
    kept.new += len(new)
    run.count(file.kind, kept, len(new) + len(good))
    return [*bad, *kept.rejects]


def _keep_plain(run: Run, conn: sa.Connection, stored: Sequence[tuple[Any, ...]]) -> set[str]:
    """Record reports that are nothing out of the ordinary; returns the ids of those that were new,
    and none where the others have to be looked at first.
    """
    new = set(keep_plain(conn, stored, alert=run.alert, named=run.named) or ())
    rejects.settle(conn, IMPORT, new)
    refers = [row[REFERS_TO] for row in stored if row[REFERS_TO] is not None and row[ID] in new]
    _note_missing(run, conn, refers)
    return new


def _keep_reports(
    run: Run, conn: sa.Connection, items: Sequence[tuple[Row, Report]], file: InputFile
) -> Kept:
    """Record reports one by one.

    Rows that name what may come on record later wait for that, beside being in the file.
    """
    if not items:
        return Kept()
    kept = keep_reports(conn, items, now=run.now, alert=run.alert, named=run.named)
    rejects.settle(conn, IMPORT, [r.id for _, r in items])
    ids = {row.line: r.id for row, r in items} if kept.rejects else {}
    waiting = [
        (
            Item(ids[r.row.line], r.row.fields, {"file": str(file.path), "line": r.row.line}),
            r.column,
            r.reason,
        )
        for r in kept.rejects
        if r.column in rejects.MENDED_ELSEWHERE
    ]
    rejects.keep(conn, IMPORT, waiting, run.now)
    rejected = {r.row.line for r in kept.rejects}
    refers = (r.refers_to for row, r in items if row.line not in rejected)
    _note_missing(run, conn, [other for other in refers if other is not None])
    return kept


def _note_missing(run: Run, conn: sa.Connection, refers_to: Sequence[str]) -> None:
    """Remember which of the reports that others refer to are not on record."""
    if refers_to:
        known = events.known_ids(conn, set(refers_to))
        run.missing.update(i for i in refers_to if i not in known)
