"""The import: files → places, parties, sources and reports on record, and what follows from them.

Rows are read, checked and kept in batches, each in a transaction of its own, so that a large file
needs no more memory than a small one and a running bot can write in between. An import that was
broken off can be repeated: what is on record already changes nothing.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from bot.importing import checks
from bot.importing.files import COLUMNS, InputFile, Kind, Row, find_files, read_rows
from bot.importing.keep import (
    keep_corridors,
    keep_parties,
    keep_places,
    keep_reports,
    keep_sources,
)
from bot.importing.named import Named
from bot.importing.rejects import Reject, RejectFile
from bot.watch import check
from storage import events, policies, rejects
from storage.engine import write_in_bulk
from storage.model.errors import BadInput
from storage.model.feeds import IMPORT, Item
from storage.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from bot.importing.keep import Kept
    from storage.engine import Database
    from storage.model.parties import Party
    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.model.sources import Source

BATCH = 1000
T = TypeVar("T")


@dataclass
class Counts:
    """What became of the rows of one kind: `unchanged` were on record, or stand twice in a file."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class ImportResult:
    """What an import did: counts by kind of row, the files of rejected rows, and warnings.

    `unresolved` reports refer to a report that is not on record. The check looked at `places`
    places afterwards, and made `alerts` alerts for `deliveries` chats.
    """

    counts: Mapping[Kind, Counts]
    rejected_files: tuple[Path, ...]
    warnings: tuple[str, ...]
    unresolved: int
    places: int
    alerts: int
    deliveries: int

    @property
    def rejected(self) -> int:
        """How many rows were not taken."""
        return sum(c.rejected for c in self.counts.values())


def no_progress(_path: Path, _bytes_read: int) -> None:
    """Show nothing."""


def import_paths(
    db: Database,
    paths: Iterable[Path],
    *,
    now: datetime,
    alert: bool,
    progress: Callable[[Path, int], None] = no_progress,
    policy: Policy | None = DEFAULT_POLICY,
    rehearses: bool = False,
) -> ImportResult:
    """Import files and folders in whatever order they are given, then check what changed.

    Without a policy nothing is checked. `now` is the time of recording (UTC). With `alert` False,
    changes found because of these reports are kept but told to nobody. `progress` is called with a
    file and how many bytes of it were read. Raises BadInput, before anything is written, when a
    file cannot be imported at all; rows that cannot be taken are written to files of their own
    instead, unless this `rehearses`.
    """
    files = find_files(paths)
    run = _Run(db, now, alert, progress, {f.path.resolve() for f in files}, rehearses)
    for file in files:
        for column in file.unknown_columns:
            run.warn(file, column)
    of_kind = {kind: [f for f in files if f.kind is kind] for kind in Kind}
    _import_places(run, of_kind[Kind.PLACES])
    for file in of_kind[Kind.CORRIDORS]:
        _import_each(run, file, checks.read_corridor, keep_corridors)
    for file in of_kind[Kind.PARTIES]:
        _import_parties(run, file)
    for file in of_kind[Kind.SOURCES]:
        _import_each(run, file, checks.read_source, run.keep_sources)
    for file in of_kind[Kind.REPORTS]:
        _import_reports(run, file)
    places, alerts, deliveries = check_until_done(db, now, policy) if policy else (0, 0, 0)
    return ImportResult(
        run.counts,
        tuple(run.rejected_files),
        tuple(run.warnings),
        run.count_unresolved(),
        places,
        alerts,
        deliveries,
    )


@dataclass
class _Run:
    """One import under way: what it works with, and what came of it so far."""

    db: Database
    now: datetime
    alert: bool
    progress: Callable[[Path, int], None]
    taken: set[Path]
    rehearses: bool = False
    counts: dict[Kind, Counts] = field(default_factory=dict)
    rejected_files: list[Path] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)  # a set that keeps its order
    missing: Counter[str] = field(default_factory=Counter)
    named: Named = field(default_factory=Named)

    def warn(self, file: InputFile, column: str) -> None:
        """Say once that a column is of no use."""
        self.warnings[f"{file.path}: the column {column[:60]!r} is not known and left out"] = None

    @contextmanager
    def rejects(self, file: InputFile) -> Iterator[RejectFile]:
        """Where the rejected rows of a file go."""
        with RejectFile(file, self.taken, only_count=self.rehearses) as rejected:
            yield rejected
        self.counts.setdefault(file.kind, Counts()).rejected += rejected.count
        if rejected.path is not None:
            self.rejected_files.append(rejected.path)

    def rows(self, file: InputFile) -> Iterator[Row]:
        """The rows of a file, with a warning for what is not known in a line of JSON."""
        rows = read_rows(file, lambda read: self.progress(file.path, read))
        return self._warned(file, rows) if file.is_json else rows

    def _warned(self, file: InputFile, rows: Iterator[Row]) -> Iterator[Row]:
        known = set(COLUMNS[file.kind])
        for row in rows:
            for name in row.fields.keys() - known:
                self.warn(file, name)
            yield row

    def batch(
        self,
        file: InputFile,
        rows: Iterable[Row],
        read: Callable[[Row], T],
        keep: Callable[[sa.Connection, Sequence[tuple[Row, T]]], Kept],
    ) -> list[Reject]:
        """Check rows and keep the good ones, in one transaction; returns the others."""
        good: list[tuple[Row, T]] = []
        bad: list[Reject] = []
        for row in rows:
            try:
                if row.error is not None:
                    raise BadInput(row.error)
                good.append((row, read(row)))
            except BadInput as error:
                bad.append(Reject(row, error.column or "", error.reason))
        if not good:
            return bad
        with self.db.begin() as conn:
            kept = keep(conn, good)
        counts = self.counts.setdefault(file.kind, Counts())
        counts.new += kept.new
        counts.changed += kept.changed
        counts.unchanged += len(good) - kept.new - kept.changed - len(kept.rejects)
        return [*bad, *kept.rejects]

    def keep_parties(self, conn: sa.Connection, items: Sequence[tuple[Row, Party]]) -> Kept:
        """Add or change parties."""
        return keep_parties(conn, items, now=self.now)

    def keep_sources(self, conn: sa.Connection, items: Sequence[tuple[Row, Source]]) -> Kept:
        """Add or change sources."""
        return keep_sources(conn, items, now=self.now)

    def keep_reports(
        self, conn: sa.Connection, items: Sequence[tuple[Row, Report]], file: InputFile
    ) -> Kept:
        """Record reports, and remember which of those they refer to are not on record.

        Rows that name what may come on record later wait for that, beside being in the file.
        """
        write_in_bulk(conn)
        kept = keep_reports(conn, items, now=self.now, alert=self.alert, named=self.named)
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
        rejects.keep(conn, IMPORT, waiting, self.now)
        rejected = {r.row.line for r in kept.rejects}
        refers_to = [r.refers_to for row, r in items if r.refers_to and row.line not in rejected]
        if refers_to:
            known = events.known_ids(conn, set(refers_to))
            self.missing.update(i for i in refers_to if i not in known)
        return kept

    def count_unresolved(self) -> int:
        """How many reports refer to one that did not come later in the import either."""
        left = iter(self.missing)
        with self.db.connect() as conn:
            while ids := list(islice(left, BATCH)):
                for known in events.known_ids(conn, ids):
                    self.missing[known] = 0
        return self.missing.total()


def _import_each(
    run: _Run,
    file: InputFile,
    read: Callable[[Row], T],
    keep: Callable[[sa.Connection, Sequence[tuple[Row, T]]], Kept],
    at_once: int = BATCH,
) -> None:
    """A file in batches, whose rows do not depend on each other."""
    with run.rejects(file) as rejected:
        for rows in _batches(run.rows(file), at_once):
            rejected.add(run.batch(file, rows, read, keep))


def _import_reports(run: _Run, file: InputFile) -> None:
    """As many in a transaction as fit one statement: others wait for some 50 ms at most."""
    _import_each(
        run,
        file,
        lambda row: checks.read_report(row, run.now),
        lambda conn, items: run.keep_reports(conn, items, file),
        events.BATCH,
    )


def _import_places(run: _Run, files: Sequence[InputFile]) -> None:
    """Areas first, whatever file and line they stand in: other places are part of them."""
    seen: dict[str, int] = {}

    def one_pass(file: InputFile, *, areas: bool) -> list[Reject]:
        rows = (row for row in run.rows(file) if checks.is_area(row) is areas)
        return [
            reject
            for batch in _batches(rows)
            for reject in run.batch(
                file, batch, checks.read_place, lambda conn, items: keep_places(conn, items, seen)
            )
        ]

    bad_areas = {file.path: one_pass(file, areas=True) for file in files}
    for file in files:
        with run.rejects(file) as rejected:
            rejected.add([*bad_areas[file.path], *one_pass(file, areas=False)])


def _import_parties(run: _Run, file: InputFile) -> None:
    """All at once: a party may belong to one that stands further down."""
    with run.rejects(file) as rejected:
        rejected.add(run.batch(file, run.rows(file), checks.read_party, run.keep_parties))


def _batches(rows: Iterator[Row], size: int = BATCH) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch


def check_until_done(db: Database, now: datetime, policy: Policy) -> tuple[int, int, int]:
    """Check until the inbox is empty, at the time `now` (UTC).

    Returns how many places were looked at, and how many alerts were made for how many deliveries.
    """
    places = alerts = deliveries = 0
    with db.begin() as conn:
        policies.note(conn, policy, now)
    more = True
    while more:
        with db.begin() as conn:
            checked = check(conn, now=now, policy=policy)
        places += checked.places
        alerts += checked.alerts
        deliveries += checked.deliveries
        more = checked.more
    return places, alerts, deliveries
