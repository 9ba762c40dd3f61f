"""`migrate`, and databases that a command finds in another state than its own."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from storage import migrate
from storage.engine import open_database, sqlite_url
from tests.builders import STORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.cli.conftest import Command


def test_migrate_says_from_what_to_what(whoholds: Command, data: Path) -> None:
    head = migrate.head()
    assert whoholds("migrate").out == f"the database went from nothing to revision {head}\n"
    assert (data / "whoholds.db").exists()
    assert whoholds("migrate").out == f"the database is at revision {head} already\n"


@pytest.mark.parametrize(
    "command", [["migrate"], ["import", str(STORY)], ["status", "rawa"]], ids=" ".join
)
def test_a_database_of_a_later_version_is_refused(
    command: list[str], whoholds: Command, data: Path
) -> None:
    whoholds("migrate")
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    ran = whoholds(*command)
    assert ran.code == 2
    assert "written by a later version" in ran.err
    assert ran.err.count("\n") == 1


def test_a_database_without_tables_has_to_be_migrated_before_a_question(
    whoholds: Command, data: Path
) -> None:
    open_database(sqlite_url(data / "whoholds.db")).close()
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert ran.err == "whoholds: the database has no tables yet: run `whoholds migrate`\n"


def test_a_damaged_database_is_refused_in_a_sentence(whoholds: Command, data: Path) -> None:
    data.mkdir()
    (data / "whoholds.db").write_bytes(b"no database at all" * 1000)
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert "restore it from a backup" in ran.err
    assert "Traceback" not in ran.err


def test_a_database_damaged_somewhere_is_not_said_to_be_well(whoholds: Command, data: Path) -> None:
    whoholds("import", STORY)
    path = data / "whoholds.db"
    with sqlite3.connect(path) as conn:
        (page,) = conn.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'reports'"
        ).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    ran = whoholds("migrate")
    assert ran.code == 2
    assert "damaged" in ran.err
    assert ran.out == ""
