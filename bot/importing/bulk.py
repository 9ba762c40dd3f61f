"""The import of a file of reports, of which there may be very many.

They are read by a thread of their own, since Python can work while the database does. As many as
fit one statement go into a transaction, so that whoever else wants to write waits for some 50 ms at
most; and more as long as nobody does: what is written twice in a transaction is stored but once.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

from bot import garbage
from bot.importing.keep import Kept, keep_reports, keep_sheet
from bot.importing.reports import read_columns, read_report
from bot.importing.run import checked, in_batches
from storage import events, rejects
from storage.columns import ID, PLACE, REFERS_TO, sheet, stored_rows
from storage.model.feeds import IMPORT, Item
from storage.sqlite import others_wrote

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence

    import sqlalchemy as sa

    from bot.importing.files import InputFile, Row
    from bot.importing.rejects import Reject
    from bot.importing.run import Run
    from storage.columns import Sheet
    from storage.model.reports import Report

READ_AHEAD = 16 * events.BATCH  # rows; some 40 MB
TOGETHER = 4  # batches in a transaction, where nobody else wrote while so many were kept:
ALONE = 64  # some two seconds
TURN = 0.00003  # seconds; by default Python changes from thread to thread every 5 ms
LAST = "~"  # comes after all that the id of a place may hold
T = TypeVar("T")


@dataclass(frozen=True)
class _Batch:
    """Rows of a file and what they say: on a sheet, or report by report where anything in them is
    out of the ordinary.
    """

    rows: Sequence[Row]
    sheet: Sheet | None = None
    good: Sequence[tuple[Row, Report]] = ()
    bad: Sequence[Reject] = ()


def import_reports(run: Run, file: InputFile) -> None:
    """Record the reports of a file; the rows that cannot be taken go to a file of their own."""
    alone = 0
    with (
        run.rejects(file) as rejected,
        garbage.in_bulk(),
        _in_turns(),
        run.db.in_bulk() as begin,
        # Whatever goes wrong: the thread has ended then, and the file is closed.
        closing(_read(run, file)) as read,
        closing(_ahead(read)) as ahead,
    ):
        for batches in ahead:
            left, bad = iter(batches), []
            while some := list(islice(left, TOGETHER if alone >= ALONE else 1)):
                with begin() as conn:
                    alone = 0 if others_wrote(conn) else alone + len(some)
                    done = [_keep(run, conn, file, batch) for batch in some]
                for batch, kept in zip(some, done, strict=True):
                    run.count(file.kind, kept, len(batch.rows))
                    bad += kept.rejects
            # All at once, for they come place by place, and shall stand as in the file.
            rejected.add(bad)


def _read(run: Run, file: InputFile) -> Generator[list[_Batch]]:
    """The rows of a file, in batches.

    Where nothing in any of many rows is out of the ordinary, those of a place come together. What
    reports are found by is kept place by place: so a transaction writes here and there in it, and
    not everywhere. Those that refer to another come last, as they stand in the file: they are put
    into the inbox for the place of what is on record by then.
    """
    for rows in in_batches(run.rows(file), READ_AHEAD):
        parts = [(some, _stored(run, some)) for some in in_batches(iter(rows), events.BATCH)]
        stored = [one for _, part in parts for one in part or ()]
        # Of two with one id, the first is to be taken.
        if len({one[ID] for one in stored}) == len(rows):
            # To sort all at once would keep whoever writes waiting.
            by_place: dict[str, list[int]] = {}
            for number, one in enumerate(stored):
                by_place.setdefault(LAST if one[REFERS_TO] else one[PLACE], []).append(number)
            order = chain.from_iterable(numbers for _, numbers in sorted(by_place.items()))
            parts = [
                ([rows[i] for i in some], [stored[i] for i in some])
                for some in in_batches(order, events.BATCH)
            ]
        yield [_batch(run, some, part) for some, part in parts]


def _stored(run: Run, rows: list[Row]) -> list[tuple[Any, ...]] | None:
    columns = read_columns(rows, run.now)
    if columns is None:
        return None
    return stored_rows(columns, now=run.now, alert=run.alert, sqlite=run.db.is_sqlite)


def _batch(run: Run, rows: list[Row], stored: list[tuple[Any, ...]] | None) -> _Batch:
    if stored is not None:
        return _Batch(rows, sheet(stored, alert=run.alert))
    good, bad = checked(rows, lambda row: read_report(row, run.now))
    return _Batch(rows, good=good, bad=bad)


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


def _ahead(items: Iterator[list[T]]) -> Generator[list[T]]:
    """The lists, the next one made by another thread while one is used.

    It lets go of what was used too, which takes a tenth as long as to make it: one by one, since
    nobody else goes on while all of a list is let go of.
    """

    def another(used: list[T]) -> list[T] | None:
        while used:
            used.pop()
        return next(items, None)

    some: list[T] = []
    with ThreadPoolExecutor(1, "reading") as thread:
        coming = thread.submit(another, some)
        while (more := coming.result()) is not None:
            coming = thread.submit(another, some)
            some = more
            yield some


def _keep(run: Run, conn: sa.Connection, file: InputFile, batch: _Batch) -> Kept:
    """Record a batch; returns what became of it."""
    good, bad, new = batch.good, batch.bad, 0
    if batch.sheet is not None:
        new, left = _keep_sheet(run, conn, batch.sheet)
        others = (row for row in batch.rows if row.get("id") in left) if left else ()
        good, bad = checked(others, lambda row: read_report(row, run.now))
    kept = _keep_reports(run, conn, good, file)
    kept.new += new
    kept.rejects += bad
    return kept


def _keep_sheet(run: Run, conn: sa.Connection, given: Sheet) -> tuple[int, Collection[str]]:
    """Record reports that are nothing out of the ordinary; returns how many were new, and the ids
    of those that are left to be looked at one by one.
    """
    new, left = keep_sheet(conn, given, run.named)
    rejects.settle(conn, IMPORT, [i for i in given.ids if i not in left] if left else given.ids)
    _note_missing(run, conn, {i: to for i, to in given.refers_to.items() if i not in left})
    return new, left


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
    rejected = {r.row.line for r in kept.rejects}
    taken = {r.id: r.refers_to for row, r in items if row.line not in rejected}
    waiting = [
        (
            Item(ids[r.row.line], r.row.fields, {"file": str(file.path), "line": r.row.line}),
            r.column,
            r.reason,
        )
        for r in kept.rejects
        if r.column in rejects.MENDED_ELSEWHERE and ids[r.row.line] not in taken
    ]
    rejects.keep(conn, IMPORT, waiting, run.now)
    _note_missing(run, conn, {i: to for i, to in taken.items() if to is not None})
    return kept


def _note_missing(run: Run, conn: sa.Connection, refers_to: Mapping[str, str]) -> None:
    """Remember which of these reports refer to one that is not on record."""
    if refers_to:
        known = events.known_ids(conn, set(refers_to.values()))
        run.missing.update({i: to for i, to in refers_to.items() if to not in known})
