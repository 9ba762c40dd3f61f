"""The import: files → places, parties, sources and reports on record, and what follows from them.

Rows are read, checked and kept in batches, each in a transaction of its own, so that a large file
needs no more memory than a small one and a running bot can write in between. An import that was
broken off can be repeated: what is on record already changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.importing import checks
from bot.importing.bulk import import_reports
from bot.importing.files import InputFile, Kind, Row, find_files
from bot.importing.keep import keep_corridors, keep_places
from bot.importing.run import Counts, Run, in_batches
from bot.watch import check
from storage import policies
from storage.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import sqlalchemy as sa

    from bot.importing.keep import Kept
    from bot.importing.rejects import Reject
    from storage.engine import Database
    from storage.model.policy import Policy

T = TypeVar("T")


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
    run = Run(db, now, alert, progress, {f.path.resolve() for f in files}, rehearses)
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
        import_reports(run, file)
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


def _import_each(
    run: Run,
    file: InputFile,
    read: Callable[[Row], T],
    keep: Callable[[sa.Connection, Sequence[tuple[Row, T]]], Kept],
) -> None:
    """A file in batches, whose rows do not depend on each other."""
    with run.rejects(file) as rejected:
        for rows in in_batches(run.rows(file)):
            rejected.add(run.batch(file, rows, read, keep))


def _import_places(run: Run, files: Sequence[InputFile]) -> None:
    """Areas first, whatever file and line they stand in: other places are part of them."""
    seen: dict[str, int] = {}

    def one_pass(file: InputFile, *, areas: bool) -> list[Reject]:
        rows = (row for row in run.rows(file) if checks.is_area(row) is areas)
        return [
            reject
            for batch in in_batches(rows)
            for reject in run.batch(
                file, batch, checks.read_place, lambda conn, items: keep_places(conn, items, seen)
            )
        ]

    bad_areas = {file.path: one_pass(file, areas=True) for file in files}
    for file in files:
        with run.rejects(file) as rejected:
            rejected.add([*bad_areas[file.path], *one_pass(file, areas=False)])


def _import_parties(run: Run, file: InputFile) -> None:
    """All at once: a party may belong to one that stands further down."""
    with run.rejects(file) as rejected:
        rejected.add(run.batch(file, run.rows(file), checks.read_party, run.keep_parties))


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
