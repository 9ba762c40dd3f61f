"""The import of many reports beside the same rows put in by the ORM: run by hand.

    deploy/run test tests/benchmarks/test_import.py                  # a million, on a quiet machine
    WHOHOLDS_BENCHMARK_ROWS=100000 deploy/run test tests/benchmarks/test_import.py

From CSV files on disk to reports in the event store, with all rows checked, and an inbox of places
for the check; each in a process of its own, on SQLite and PostgreSQL. The ORM is given a tenth of
the rows. Another process writes a row every 50 ms meanwhile: how long it waited is how long a bot
would have had to.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.importing.bulk import READ_AHEAD
from storage import subscribers
from storage.engine import open_database
from storage.tables import inbox, reports
from tests.benchmarks.importers import NOW
from tests.benchmarks.made_up import write_reports
from tests.benchmarks.side_by_side import ROOT, percentile, table

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

pytestmark = pytest.mark.timeout(7200)

ROWS = int(os.environ.get("WHOHOLDS_BENCHMARK_ROWS", "1000000"))
EVERY = 0.05  # seconds between two writes of the other


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, int]]:
    """Files for both, with how many reports they hold; ours also with a tenth, for its memory."""
    found = {}
    for name, rows in (("ours", ROWS), ("orm", ROWS // 10)):
        folder = tmp_path_factory.mktemp(name)
        write_reports(folder, rows)
        found[name] = (folder, rows)
    return found


def import_of(kind: str, url: str, folder: Path) -> tuple[int, float, float, float]:
    """What became of an import: new reports, seconds, processor seconds, MB at most."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.importers", kind, url, str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    recorded, seconds, processor, memory = json.loads(done.stdout)
    return recorded, seconds, processor, memory


def row_of(
    name: str, made: tuple[int, float, float, float], rows: int, size: str
) -> tuple[str, ...]:
    recorded, seconds, processor, memory = made
    return (
        name,
        f"{recorded:,}",
        f"{rows / seconds:,.0f}",
        f"{rows / processor:,.0f}",
        f"{memory:.0f} MB",
        size,
    )


def size_of(db: Database) -> str:
    """How much room the database takes."""
    with db.begin() as conn:
        if not db.is_sqlite:
            taken = conn.scalar(sa.text("SELECT pg_database_size(current_database())"))
        else:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar() or 0
            taken = pages * (conn.exec_driver_sql("PRAGMA page_size").scalar() or 0)
    return f"{(taken or 0) / 1e6:,.0f} MB"


def emptied(db: Database) -> None:
    """Another one starts from nothing: only SQLite has a file for each."""
    with db.begin() as conn:
        # With all that is in it: not tables alone, but the functions that guard them.
        conn.exec_driver_sql("DROP SCHEMA public CASCADE")
        conn.exec_driver_sql("CREATE SCHEMA public")


def test_importing_beside_the_orm_row_by_row(
    database_url: str,
    folders: dict[str, tuple[Path, int]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    is_sqlite = database_url.startswith("sqlite")
    rows = []
    made = {}
    for name, kind, files in (
        ("Who Holds", "ours", "ours"),
        ("Who Holds, again", "ours", "ours"),
        ("Who Holds, a tenth", "ours", "orm"),
        ("ORM, a tenth", "orm", "orm"),
    ):
        folder, number = folders[files]
        url = f"sqlite:///{tmp_path / f'{kind}-{files}.db'}" if is_sqlite else database_url
        db = open_database(url)
        if not is_sqlite and "again" not in name:
            emptied(db)
        made[name] = import_of(kind, url, folder)
        rows.append(row_of(name, made[name], number, size_of(db)))
        if name == "Who Holds":
            with db.connect() as conn:
                counts = [conn.scalar(sa.select(sa.func.count()).select_from(reports)) or 0]
                waiting = conn.scalar(sa.select(sa.func.count()).select_from(inbox)) or 0
            assert counts == [number]
            assert waiting >= number
        db.close()
    with capsys.disabled():
        heading = f"Import of {ROWS:,} reports, {'SQLite' if is_sqlite else 'PostgreSQL'}"
        columns = ("", "new", "rows/s", "rows/processor s", "memory at most", "database")
        print(table(heading, columns, rows))
    assert made["Who Holds, again"][0] == 0
    # Of fewer rows than are read ahead, more of them need more memory.
    if ROWS // 10 > 2 * READ_AHEAD:
        assert made["Who Holds"][3] < 1.5 * made["Who Holds, a tenth"][3]
    ours, orm = made["Who Holds, a tenth"], made["ORM, a tenth"]
    assert ours[0] == orm[0]
    assert ours[2] < orm[2]


def test_another_writer_during_an_import(
    folders: dict[str, tuple[Path, int]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    folder, _ = folders["orm"]
    import_of("ours", url, _without_reports(folder, tmp_path))
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        db = open_database(url)
        while not over.wait(EVERY):
            began = time.monotonic()
            with db.begin() as conn:
                subscribers.ensure(conn, len(waits) + 1, is_group=False, now=NOW)
            waits.append(1000 * (time.monotonic() - began))
        db.close()

    other = threading.Thread(target=write)
    other.start()
    try:
        import_of("ours", url, folder)
    finally:
        over.set()
        other.join()
    row = (*tuple(f"{percentile(waits, p):.0f} ms" for p in (50, 95, 99)), f"{max(waits):.0f} ms")
    with capsys.disabled():
        columns = ("", "writes", "p50", "p95", "p99", "longest")
        print(table("Another writer meanwhile", columns, [("SQLite", f"{len(waits)}", *row)]))
    assert waits


def _without_reports(folder: Path, beside: Path) -> Path:
    bare = beside / "bare"
    bare.mkdir()
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        first, _, _ = text.partition("\n")
        bare.joinpath(file.name).write_text(
            f"{first}\n" if file.name == "reports.csv" else text, encoding="utf-8"
        )
    return bare
