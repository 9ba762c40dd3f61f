"""`whoholds migrate`: the database made, or brought to the tables that this version works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.common import get_ready
from storage import migrate
from storage.engine import open_database
from storage.model.errors import DatabaseTrouble

if TYPE_CHECKING:
    from storage.engine import Database


def run_migrate() -> None:
    """Migrate and print from what to what.

    Raises DatabaseTrouble for an SQLite file that is damaged, and leaves it as it is.
    """
    settings = get_ready()
    database = open_database(settings.database_url.get_secret_value())
    try:
        _refuse_damaged(database)
        before = migrate.revision(database)
        migrate.upgrade(database)
        after = migrate.revision(database)
    finally:
        database.close()
    if before == after:
        typer.echo(f"the database is at revision {after} already")
    else:
        typer.echo(f"the database went from {before or 'nothing'} to revision {after}")


def _refuse_damaged(database: Database) -> None:
    """Look at the whole file: one page read well says nothing of the others."""
    if not database.is_sqlite:
        return
    with database.connect() as conn:
        found = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        lines = (line for text in found for line in text.splitlines())
        what = "; ".join(line for line in lines if not line.startswith("***"))
        raise DatabaseTrouble(f"the database is damaged ({what}): restore it from a backup")
