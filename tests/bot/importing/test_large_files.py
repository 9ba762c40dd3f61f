"""Importing large files: progress, and memory."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.importing import import_paths
from bot.importing.files import Kind
from storage import events
from tests.bot.importing.conftest import GOOD, NOW, REPORT, load, write

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database


def test_progress_tells_how_far_each_file_is_read(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD)
    told: list[tuple[Path, int]] = []
    import_paths(
        filled,
        [file],
        now=NOW,
        alert=False,
        progress=lambda path, read: told.append((path, read)),
    )
    assert told[-1] == (file, file.stat().st_size)


@pytest.mark.slow
def test_a_large_file_needs_no_more_memory_than_a_small_one(
    migrated_world: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However much is read ahead, it is the same of both; with less, fewer rows are many.
    monkeypatch.setattr("bot.importing.bulk.READ_AHEAD", events.BATCH)

    def peak(rows: int) -> int:
        begin = NOW - timedelta(days=400)
        file = write(
            folder / "reports.csv",
            REPORT,
            *(
                # All rejected: what is measured is the reading, not the database.
                f"big-{n},nowhere,holds,kurdish,agency,{begin:%Y-%m-%d}"
                for n in range(rows)
            ),
        )
        tracemalloc.start()
        try:
            assert load(migrated_world, file).counts[Kind.REPORTS].rejected == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1000)
    assert peak(6 * events.BATCH) < 1.5 * peak(3 * events.BATCH)
