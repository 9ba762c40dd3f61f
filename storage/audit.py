"""The log of what owners and editors did: it is only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.audit import Act, Entry
from storage.model.roles import Actor
from storage.tables import audit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

BATCH = 1000


def note(
    conn: sa.Connection, actor: Actor, act: Act, about: Mapping[str, str], now: datetime
) -> None:
    """Write down that somebody did something at the time `now` (UTC), in one transaction with it.

    `about` says to what, in words that stay true when that has gone.
    """
    conn.execute(
        sa.insert(audit).values(
            at=now, actor=actor.id, actor_name=actor.name, act=act.value, about=dict(about)
        )
    )


def count(conn: sa.Connection) -> int:
    """How many entries there are."""
    return conn.scalar(sa.select(sa.func.count()).select_from(audit)) or 0


def some(conn: sa.Connection, skip: int, limit: int) -> list[Entry]:
    """At most `limit` entries, newest first, after the `skip` newest."""
    rows = conn.execute(sa.select(audit).order_by(audit.c.id.desc()).offset(skip).limit(limit))
    return [_entry(row) for row in rows]


def recorded_by(conn: sa.Connection, actor: int, limit: int) -> list[str]:
    """The ids of the reports that somebody put on record last, newest first."""
    rows = conn.execute(
        sa.select(audit.c.about)
        .where(audit.c.actor == actor, audit.c.act.in_([Act.RECORDED.value, Act.CORRECTED.value]))
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    return [row.about["report"] for row in rows]


def in_order(conn: sa.Connection) -> Iterator[Entry]:
    """Every entry, oldest first; read while they are asked for."""
    rows = conn.execution_options(yield_per=BATCH).execute(sa.select(audit).order_by(audit.c.id))
    return map(_entry, rows)


def _entry(row: Any) -> Entry:
    return Entry(row.id, row.at, Actor(row.actor, row.actor_name), Act(row.act), row.about)
