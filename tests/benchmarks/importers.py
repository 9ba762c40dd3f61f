"""Who brings a folder of files onto record, for the benchmark: a process of its own.

    python -m tests.benchmarks.importers ours|orm URL FOLDER

`ours` is `whoholds import` without the check that follows it; `orm` reads the same rows with
csv.DictReader and puts them into the same tables one by one, as a program with SQLAlchemy's ORM
does: look whether it is there, add it, and commit every thousand. Prints, as JSON, how many reports
it has recorded, the seconds and the processor seconds that took, and the most memory (MB).
"""

from __future__ import annotations

import csv
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import DeclarativeBase, Session

from bot.importing import import_paths
from bot.importing.files import Kind
from storage import migrate
from storage.engine import Database, open_database
from storage.model.times import parse_moment
from storage.tables import inbox, reports

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COMMIT_EVERY = 1000


class _Base(DeclarativeBase):
    pass


class _Report(_Base):
    __table__ = reports


class _Waiting(_Base):
    __table__ = inbox


def ours(db: Database, file: Path) -> int:
    """How many reports of a file were new."""
    return import_paths(db, [file], now=NOW, alert=False, policy=None).counts[Kind.REPORTS].new


def row_by_row(db: Database, file: Path) -> int:
    """The same, with far fewer checks."""
    recorded = 0
    with Session(db.engine) as session, file.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=1):
            if session.get(_Report, row["id"]) is None:
                session.add(_report(row))
                # The report first: nothing else tells the order to the ORM.
                session.flush()
                session.add(_Waiting(report_id=row["id"], place_id=row["place"], alert=False))
                recorded += 1
            if number % COMMIT_EVERY == 0:
                session.commit()
        session.commit()
    return recorded


def _report(row: dict[str, str]) -> _Report:
    reported = parse_moment(row["reported_at"])
    occurred = parse_moment(row["occurred_at"]) if row["occurred_at"] else None
    return _Report(
        id=row["id"],
        place_id=row["place"],
        claim=row["claim"],
        party_id=row["party"] or None,
        source_id=row["source"],
        via=row["via"],
        occurred_at=occurred.at if occurred else None,
        occurred_precision=occurred.precision.value if occurred else None,
        reported_at=reported.at,
        reported_precision=reported.precision.value,
        url=row["url"],
        quote=row["quote"],
        refers_to=row["refers_to"] or None,
        credibility=int(row["credibility"]) if row["credibility"] else None,
        recorded_at=NOW,
        known_at=min(reported.latest, NOW),
    )


def main(kind: str, url: str, folder: Path) -> None:
    """Import, measured from when the places, parties and sources are on record."""
    db = open_database(url)
    migrate.upgrade(db)
    others = [folder / f"{kind}.csv" for kind in (Kind.PLACES, Kind.PARTIES, Kind.SOURCES)]
    import_paths(db, others, now=NOW, alert=False, policy=None)
    way = {"ours": ours, "orm": row_by_row}[kind]
    began, used = time.monotonic(), time.process_time()
    recorded = way(db, folder / "reports.csv")
    seconds, processor = time.monotonic() - began, time.process_time() - used
    db.close()
    # Not what getrusage says: that begins with the most of the process that started this one.
    (line,) = (t for t in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in t)
    memory = int(line.split()[1]) / 1024
    sys.stdout.write(json.dumps([recorded, seconds, processor, memory]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
