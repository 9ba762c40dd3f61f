"""Files to import, a database to import them into, and a look at what became of the rows."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.importing import ImportResult, import_paths
from storage.engine import open_database, sqlite_url
from tests.builders import STORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.importing.files import Kind
    from storage.engine import Database


NOW = datetime(2014, 6, 25, tzinfo=UTC)
REPORT = "id,place,claim,party,source,reported_at"
GOOD = "good,rabia,holds,kurdish,agency,2014-06-23"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def filled(db: Database) -> Database:
    """A database with the places, parties and sources of the story, and no report."""
    load(db, *(STORY / f"{kind}.csv" for kind in ("places", "parties", "sources")))
    return db


def load(db: Database, *paths: Path, alert: bool = False, now: datetime = NOW) -> ImportResult:
    return import_paths(db, paths, now=now, alert=alert)


def write(path: Path, *lines: str) -> Path:
    """A file of lines; a surrogate stands for a byte that is not UTF-8."""
    text = "".join(f"{line}\n" for line in lines)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return path


def write_json(path: Path, *objects: Any) -> Path:
    return write(path, *(json.dumps(o, ensure_ascii=False) for o in objects))


def rejected(result: ImportResult) -> list[dict[str, str]]:
    """The rows of every file of rejected rows."""
    rows: list[dict[str, str]] = []
    for path in result.rejected_files:
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def reasons(result: ImportResult) -> list[tuple[str, str, str]]:
    return [(row["line"], row["column"], row["reason"]) for row in rejected(result)]


def counts(result: ImportResult, kind: Kind) -> tuple[int, int, int, int]:
    found = result.counts[kind]
    return (found.new, found.changed, found.unchanged, found.rejected)


@pytest.fixture(scope="session")
def migrated_world(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[Database]:
    """One database for many bad rows: none of them changes it."""
    path = tmp_path_factory.mktemp("world") / "whoholds.db"
    database = open_database(sqlite_url(Path(shutil.copy(migrated_file, path))))
    load(database, *(STORY / f"{kind}.csv" for kind in ("places", "parties", "sources")))
    yield database
    database.close()
