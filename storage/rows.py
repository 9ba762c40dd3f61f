"""Writing many rows at once, the same on both databases."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import sqlalchemy as sa

T = TypeVar("T")

# SQLite takes at most 32,766 values in a statement (SQLITE_MAX_VARIABLE_NUMBER since 3.32);
# PostgreSQL's protocol 65,535.
MOST_VALUES = 30_000


def insert(conn: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into the table that can say ON CONFLICT."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def chunks(items: Collection[T]) -> Iterator[list[T]]:
    """The items in lists that fit one statement as its values."""
    listed = list(items)
    for start in range(0, len(listed), MOST_VALUES):
        yield listed[start : start + MOST_VALUES]


def upsert(conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is taken, put the new values in place of the old."""
    if not rows:
        return
    keys = [c.name for c in table.primary_key]
    statement = insert(conn, table)
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if others:
        conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), rows)
    else:
        conn.execute(statement.on_conflict_do_nothing(index_elements=keys), rows)


def insert_new(
    conn: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    values: tuple[Any, ...],
    *,
    returning: str = "",
) -> sa.CursorResult[Any]:
    """Insert rows that break no rule of uniqueness; the result has their number, and a column of
    them, if asked.

    The values, of one row at least, are those of one row after the other, as the driver takes them
    (of times: `as_stored`), for SQLAlchemy would take longer over each than the database does. So
    many must fit one statement.
    """
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    rows = len(values) // len(columns)
    statement = _insert_new(table.name, tuple(columns), rows, returning, mark)
    return conn.exec_driver_sql(statement, values)


# Few lengths occur: full batches, and the rest of each.
@lru_cache(maxsize=32)
def _insert_new(table: str, columns: tuple[str, ...], rows: int, returning: str, mark: str) -> str:
    row = f"({','.join([mark] * len(columns))})"
    return (
        f"INSERT INTO {table} ({','.join(columns)}) "  # noqa: S608 - no word of it is from outside
        f"VALUES {','.join([row] * rows)} ON CONFLICT DO NOTHING"
        + (f" RETURNING {returning}" if returning else "")
    )
