"""Bringing databases to the tables that the program works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import migrate
from storage.engine import open_database, sqlite_url
from storage.model.errors import NewerDatabase, NotMigrated
from storage.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

RELEASED = ["0001"]


def test_the_migrations_make_the_tables_that_the_code_works_with(db: Database) -> None:
    with db.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_every_released_revision_upgrades_to_the_newest(tmp_path: Path) -> None:
    for revision in RELEASED:
        database = open_database(sqlite_url(tmp_path / f"{revision}.db"))
        migrate.upgrade(database, revision)
        assert migrate.revision(database) == revision
        migrate.upgrade(database)
        migrate.check_current(database)
        database.close()


def test_upgrading_twice_is_no_harm(db: Database) -> None:
    migrate.upgrade(db)
    assert migrate.revision(db) == migrate.head()


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "empty.db"))
    with pytest.raises(NotMigrated, match="whoholds migrate"):
        migrate.check_current(database)
    database.close()


def test_a_database_of_a_later_version_is_refused_and_left_alone(db: Database) -> None:
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="later version"):
        migrate.upgrade(db)
    with pytest.raises(NewerDatabase):
        migrate.check_current(db)
    assert migrate.revision(db) == "9999"
