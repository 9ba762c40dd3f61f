"""What several commands need: settings with logs set up, and the database."""

from __future__ import annotations

import getpass
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import logs
from bot.settings import load_settings
from storage import migrate
from storage.engine import open_database
from storage.model.errors import NotMigrated
from storage.model.roles import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings
    from storage.engine import Database

NO_USER = 0  # of Telegram: there it is nobody's


def get_ready(*, quiet: bool = True) -> Settings:
    """The settings, with logs set up by them; a `quiet` command logs warnings only.

    Raises SettingsError.
    """
    settings = load_settings()
    level = "WARNING" if quiet and settings.log_level in ("DEBUG", "INFO") else settings.log_level
    logs.set_up(level=level, log_format=settings.log_format, secrets=settings.secrets)
    return settings


def at_command_line() -> Actor:
    """Who runs the command, for the log: by the name that the system has for them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        name = "somebody"
    return Actor(NO_USER, f"{name} (command line)")


def sqlite_file(settings: Settings) -> Path | None:
    """The file of the database where it is SQLite."""
    url = sa.make_url(settings.database_url.get_secret_value())
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


@contextmanager
def opened(settings: Settings, *, make: bool) -> Iterator[Database]:
    """The database of the settings, closed in the end; with `make` it is made or upgraded.

    Raises DatabaseTrouble when it cannot be used, NotMigrated when it would have to be made.
    """
    file = sqlite_file(settings)
    if not make and file is not None and not file.exists():
        raise NotMigrated(
            f"there is no database at {file} yet: `whoholds import PATH` makes it, "
            "and so does `whoholds migrate`"
        )
    database = open_database(settings.database_url.get_secret_value())
    try:
        if make:
            migrate.upgrade(database)
        else:
            migrate.check_current(database)
        yield database
    finally:
        database.close()
