"""Bringing a database to the tables that this version of the program works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.model.errors import NewerDatabase, NotMigrated

if TYPE_CHECKING:
    import sqlalchemy as sa

    from storage.engine import Database


def head() -> str:
    """The revision that this version of the program works with."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("the program has lost its migrations: install it again")
    return revision


def revision(db: Database) -> str | None:
    """The revision of a database; None if it has no tables yet."""
    with db.connect() as conn:
        return revision_of(conn)


def revision_of(conn: sa.Connection) -> str | None:
    """The revision of the database behind a connection; None if it has no tables yet."""
    return MigrationContext.configure(conn).get_current_revision()


def upgrade(db: Database, to: str = "head") -> None:
    """Bring a database to the newest revision (or to the one given), in one transaction.

    Raises NewerDatabase if a later version of the program has written it.
    """
    _refuse_newer(db)
    config = _config()
    with db.rebuilding() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, to)


def check_current(db: Database) -> None:
    """Raise NotMigrated or NewerDatabase unless the database has the newest revision."""
    _refuse_newer(db)
    found = revision(db)
    if found != head():
        state = "has no tables yet" if found is None else f"is at revision {found}, not {head()}"
        raise NotMigrated(f"the database {state}: run `whoholds migrate`")


def _refuse_newer(db: Database) -> None:
    found = revision(db)
    known = {s.revision for s in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerDatabase(
            f"the database was written by a later version of whoholds (revision {found}): "
            "use that version, or restore a backup made before it"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
