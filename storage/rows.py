"""Writing many rows at once, the same on both databases."""

from __future__ import annotations

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
