"""Rows that cannot be used as they are: kept whole with the reason, until they are mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import audit
from storage.model.audit import Act
from storage.model.feeds import Item, Waiting, storable, stored_key
from storage.rows import MOST_VALUES, chunks, insert
from storage.tables import rejects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from storage.model.roles import Actor

# What may come on record later by itself, so that a row that names it can be used then.
MENDED_ELSEWHERE = ("place", "party", "source")
_WAITS = rejects.c.dismissed_at.is_(None)
_BATCH = MOST_VALUES // len(rejects.columns)


def keep(
    conn: sa.Connection, origin: str, given: Iterable[tuple[Item, str, str]], now: datetime
) -> int:
    """Keep rows of a feed or of an import, each with the field at fault and the reason; returns how
    many of them wait.

    A row that waits already keeps its number and takes what it says now; one that was dismissed
    stays so as long as it says the same. `now` is UTC.
    """
    by_key = {item.key: (item, field, reason) for item, field, reason in given}
    useless = _dismissed(conn, origin, by_key)
    rows = [
        {
            "origin": origin,
            "item": item.key,
            "body": {
                "fields": dict(item.fields),
                "raw": dict(item.raw),
                "error": item.error,
                "apart": list(item.apart),
            },
            "field": field,
            "reason": storable(reason),
            "made_at": now,
            "tried_at": now,
            "dismissed_at": None,
        }
        for item, field, reason in ((i.storable(), f, r) for i, f, r in by_key.values())
        if useless.get(item.key) != _content(item)
    ]
    for start in range(0, len(rows), _BATCH):
        statement = insert(conn, rejects)
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["origin", "item"],
                set_={
                    name: statement.excluded[name]
                    for name in ("body", "field", "reason", "tried_at", "dismissed_at")
                },
            ),
            rows[start : start + _BATCH],
        )
    return len(rows)


def _dismissed(conn: sa.Connection, origin: str, keys: Collection[str]) -> dict[str, object]:
    """What those of the rows say that were dismissed, by their keys."""
    return {
        row.item: _content(_waiting(row).item)
        for some in chunks([stored_key(key) for key in keys])
        for row in conn.execute(
            sa.select(rejects).where(rejects.c.origin == origin, rejects.c.item.in_(some), ~_WAITS)
        )
    }


def _content(item: Item) -> object:
    return item.mark, item.error


def waiting(
    conn: sa.Connection,
    *,
    ids: Collection[int] | None = None,
    fields: Collection[str] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Waiting]:
    """The rows that wait, oldest first: all, those with these numbers, or those with one of these
    fields at fault; those with a number above `after` only, and at most `limit`.
    """
    condition = (rejects.c.id > after) & _WAITS
    if ids is not None:
        condition &= rejects.c.id.in_(list(ids))
    if fields is not None:
        condition &= rejects.c.field.in_(list(fields))
    rows = conn.execute(sa.select(rejects).where(condition).order_by(rejects.c.id).limit(limit))
    return [_waiting(row) for row in rows]


def count(conn: sa.Connection) -> int:
    """How many rows wait."""
    return conn.scalar(sa.select(sa.func.count()).select_from(rejects).where(_WAITS)) or 0


def counts(conn: sa.Connection) -> dict[str, int]:
    """How many rows wait, by where they came from."""
    rows = conn.execute(
        sa.select(rejects.c.origin, sa.func.count().label("n"))
        .where(_WAITS)
        .group_by(rejects.c.origin)
    )
    return {row.origin: row.n for row in rows}


def settle(conn: sa.Connection, origin: str, keys: Collection[str]) -> None:
    """Let go of rows that are on record now, or that were taken back where they came from."""
    of_origin = rejects.c.origin == origin
    if not conn.scalar(sa.select(sa.exists().where(of_origin))):
        return  # as nearly always: an import asks this of every row
    for some in chunks([stored_key(key) for key in keys]):
        conn.execute(sa.delete(rejects).where(of_origin, rejects.c.item.in_(some)))


def find(conn: sa.Connection, number: int) -> tuple[Waiting, datetime | None] | None:
    """The row with this number, and when it was dismissed (UTC); None where there is none."""
    row = conn.execute(sa.select(rejects).where(rejects.c.id == number)).first()
    return None if row is None else (_waiting(row), row.dismissed_at)


def dismiss(
    conn: sa.Connection, ids: Collection[int] | None, now: datetime, who: Actor | None = None
) -> int:
    """Note that rows can never be used, by their numbers or all of them, and who found that;
    returns how many waited. They come back when they say something else. `now` is UTC.
    """
    condition = _WAITS if ids is None else _WAITS & rejects.c.id.in_(list(ids))
    gone = conn.execute(
        sa.update(rejects)
        .where(condition)
        .values(dismissed_at=now)
        .returning(rejects.c.origin, rejects.c.item)
    ).all()
    if who is not None:
        for row in gone:
            audit.note(conn, who, Act.ROW_DISMISSED, {"row": row.item, "feed": row.origin}, now)
    return len(gone)


def _waiting(row: Any) -> Waiting:
    body = row.body
    item = Item(row.item, body["fields"], body["raw"], body["error"], tuple(body["apart"]))
    return Waiting(row.id, row.origin, item, row.field, row.reason, row.made_at, row.tried_at)
