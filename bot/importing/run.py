"""An import under way: what it works with, and what has come of it so far."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from bot.importing.files import COLUMNS, InputFile, Kind, Row, read_rows
from bot.importing.keep import keep_parties, keep_sources
from bot.importing.named import Named
from bot.importing.rejects import Reject, RejectFile
from storage import events
from storage.model.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from bot.importing.keep import Kept
    from storage.engine import Database
    from storage.model.parties import Party
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


@dataclass
class Run:
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
    missing: dict[str, str] = field(default_factory=dict)  # by the id of what refers to it
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
            for name in set(row.columns) - known:
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
        good, bad = checked(rows, read)
        if not good:
            return bad
        with self.db.begin() as conn:
            kept = keep(conn, good)
        self.count(file.kind, kept, len(good))
        return [*bad, *kept.rejects]

    def count(self, kind: Kind, kept: Kept, number: int) -> None:
        """Add what became of so many rows that were well formed."""
        counts = self.counts.setdefault(kind, Counts())
        counts.new += kept.new
        counts.changed += kept.changed
        counts.unchanged += number - kept.new - kept.changed - len(kept.rejects)

    def keep_parties(self, conn: sa.Connection, items: Sequence[tuple[Row, Party]]) -> Kept:
        """Add or change parties."""
        return keep_parties(conn, items, now=self.now)

    def keep_sources(self, conn: sa.Connection, items: Sequence[tuple[Row, Source]]) -> Kept:
        """Add or change sources."""
        return keep_sources(conn, items, now=self.now)

    def count_unresolved(self) -> int:
        """How many reports refer to one that did not come later in the import either."""
        number = 0
        with self.db.connect() as conn:
            for ids in in_batches(iter(self.missing.values())):
                known = events.known_ids(conn, set(ids))
                number += sum(i not in known for i in ids)
        return number


def checked(
    rows: Iterable[Row], read: Callable[[Row], T]
) -> tuple[list[tuple[Row, T]], list[Reject]]:
    """What the rows say, and those that cannot be used."""
    good: list[tuple[Row, T]] = []
    bad: list[Reject] = []
    for row in rows:
        try:
            if row.error is not None:
                raise BadInput(row.error)
            good.append((row, read(row)))
        except BadInput as error:
            bad.append(Reject(row, error.column or "", error.reason))
    return good, bad


def in_batches(items: Iterator[T], size: int = BATCH) -> Iterator[list[T]]:
    """The items, so many at a time."""
    while batch := list(islice(items, size)):
        yield batch
