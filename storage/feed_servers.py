"""When the servers that feeds are read from may be asked next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import insert
from storage.tables import feed_servers

if TYPE_CHECKING:
    from datetime import datetime, timedelta

# Turns that lie further ahead than so many pauses were taken by a clock that went wrong.
MOST_TURNS = 1000


def held_until(conn: sa.Connection, server: str) -> datetime | None:
    """Until when a server has asked to be left alone (UTC); None where it has not."""
    chosen = sa.select(feed_servers.c.held_until).where(feed_servers.c.server == server)
    held: datetime | None = conn.scalar(chosen)
    return held


def hold(conn: sa.Connection, server: str, until: datetime) -> None:
    """A server has asked to be left alone until then (UTC)."""
    statement = insert(conn, feed_servers).values(server=server, held_until=until)
    conn.execute(
        statement.on_conflict_do_update(index_elements=["server"], set_={"held_until": until})
    )


def take_turn(conn: sa.Connection, server: str, pause: timedelta, now: datetime) -> datetime:
    """When to ask a server (UTC), not before `now`; whoever comes next comes at least `pause`
    later.
    """
    conn.execute(insert(conn, feed_servers).values(server=server).on_conflict_do_nothing())
    chosen = sa.select(feed_servers.c.next_at).where(feed_servers.c.server == server)
    free: datetime | None = conn.scalar(chosen.with_for_update())
    if free is None or not now < free < now + MOST_TURNS * pause:
        free = now
    conn.execute(
        sa.update(feed_servers).where(feed_servers.c.server == server).values(next_at=free + pause)
    )
    return free
