"""What SQLite is told, and asked, beside SQL.

synchronous=FULL, because NORMAL loses acknowledged commits when the power fails; who writes in bulk
is told that it is on the disk in the end. What the settings mean: https://www.sqlite.org/pragma.html
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError, OperationalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy as sa

BUSY_SECONDS = 30
_LOOK_EVERY = 2  # milliseconds
# So many seconds who writes in bulk leaves between two transactions, for all others.
PAUSE = 0.004
NORMAL = 1
# For who writes very much; 32,000 pages are 128 MB.
IN_BULK = {"synchronous": NORMAL, "wal_autocheckpoint": 32_000, "cache_size": -32_000}
_VERSION = "whoholds_version"


def set_up(connection: Any, _record: Any) -> None:
    """Make the driver's connection, which is new, as careful as it has to be."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def trust_the_system(connection: Any, _record: Any) -> None:
    """Let the driver's connection wait for no disk: what it writes may be lost with the power."""
    connection.execute("PRAGMA synchronous=OFF").close()


def begin(conn: sa.Connection) -> None:
    """Begin a transaction, for which the driver does nothing itself; writers wait for each other
    here, for `BUSY_SECONDS`, and not in the middle.

    Left to itself, SQLite would look less and less often whether it is its turn, in the end every
    100 ms, and miss the moments between the transactions of one who writes all the time.
    """
    if not conn.get_execution_options().get("whoholds_writes", False):
        conn.exec_driver_sql("BEGIN")
        return
    conn.exec_driver_sql(f"PRAGMA busy_timeout={_LOOK_EVERY}")
    try:
        for left in reversed(range(round(1000 * BUSY_SECONDS / _LOOK_EVERY))):
            try:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if not left or not _is_busy(error):
                    raise
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout={round(1000 * BUSY_SECONDS)}")


def _is_busy(error: OperationalError) -> bool:
    """Whether somebody else is at work: writes, or puts the log of a killed process in order."""
    # The last byte tells the kind: https://www.sqlite.org/rescode.html#primary_result_codes
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def in_bulk(connection: Any) -> dict[str, int]:
    """Make the driver's connection ready to write very much; returns what was set before."""
    before = {}
    for name in IN_BULK:
        with closing(connection.execute(f"PRAGMA {name}")) as result:
            before[name] = int(result.fetchone()[0])
    # What may be lost anyway waits no longer than it did.
    put(connection, IN_BULK | {"synchronous": min(before["synchronous"], NORMAL)})
    return before


def put(connection: Any, settings: Mapping[str, int]) -> None:
    """Set what `in_bulk` has returned."""
    for name, value in settings.items():
        connection.execute(f"PRAGMA {name}={value}").close()


def write_anything(conn: sa.Connection) -> None:
    """Write, but change nothing: a commit that waits for the disk has on it, too, whatever stands
    before it in the log.
    """
    number = conn.exec_driver_sql("PRAGMA user_version").scalar()
    conn.exec_driver_sql(f"PRAGMA user_version={number}")


def others_wrote(conn: sa.Connection) -> bool:
    """Whether somebody else may have written since this connection was asked the same: one who
    might have to wait for it. Of PostgreSQL, where nobody has to, False.
    """
    if conn.dialect.name != "sqlite":
        return False
    # What this connection writes itself does not change it.
    version = conn.exec_driver_sql("PRAGMA data_version").scalar()
    known, conn.info[_VERSION] = conn.info.get(_VERSION), version
    return bool(version != known)


def check_foreign_keys(conn: sa.Connection) -> None:
    """Raise IntegrityError where rows refer to what is not there, naming their tables."""
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        error = sqlite3.IntegrityError(f"rows refer to what is not there, in: {tables}")
        raise IntegrityError("PRAGMA foreign_key_check", None, error)
