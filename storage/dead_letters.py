"""Dead letters: deliveries that Telegram refused, with its reason, and their second chance."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import notices
from storage.deliveries import LET_GO
from storage.model.alerts import AlertKind
from storage.model.deliveries import State
from storage.model.progress import DeadLetter, DeadLetters
from storage.tables import alerts, deliveries, places

# Owners are told of one reason this often, however many letters die of it.
BURST = timedelta(hours=1)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def all_dead(conn: sa.Connection, limit: int | None = None) -> list[DeadLetter]:
    """The dead letters, newest first, at most `limit`."""
    rows = conn.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.attempts,
            deliveries.c.reason,
            alerts.c.kind,
            alerts.c.made_at,
            places.c.name,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .join(places, places.c.id == alerts.c.place_id)
        .where(deliveries.c.state == State.DEAD)
        .order_by(deliveries.c.id.desc())
        .limit(limit)
    )
    return [
        DeadLetter(r.id, AlertKind(r.kind), r.name, r.made_at, r.attempts, r.reason) for r in rows
    ]


def number_dead(conn: sa.Connection) -> int:
    """How many dead letters there are."""
    number = sa.select(sa.func.count()).where(deliveries.c.state == State.DEAD)
    return conn.scalar(number) or 0


def tell_owners(conn: sa.Connection, owners: Collection[int], now: datetime) -> int:
    """Have every owner (a user id) told of letters that have died, once for each reason.

    Of a reason that they were told of within the last hour they are told when that is over.
    Returns how many notices were made; `now` is UTC.
    """
    # When a letter was last due is when it died.
    found = conn.execute(
        sa.select(
            deliveries.c.reason,
            deliveries.c.visible_at,
            sa.func.count().label("number"),
        )
        .where(deliveries.c.state == State.DEAD)
        .group_by(deliveries.c.reason, deliveries.c.visible_at)
    ).all()
    if not found or not owners:
        return 0
    told = notices.dead_letters_told(conn)
    made = 0
    for reason in sorted({row.reason for row in found}):
        last_at, up_to = told.get(reason, (None, None))
        new = [r for r in found if r.reason == reason and (up_to is None or r.visible_at > up_to)]
        if not new or (last_at is not None and now < last_at + BURST):
            continue
        letters = DeadLetters(reason, sum(row.number for row in new))
        newest = max(row.visible_at for row in new)
        made += notices.tell_of_dead_letters(conn, letters, newest, owners, now)
    return made


def state_of(conn: sa.Connection, delivery_id: int) -> State | None:
    """Where a delivery stands; None if there is none with this id."""
    state = conn.scalar(sa.select(deliveries.c.state).where(deliveries.c.id == delivery_id))
    return None if state is None else State(state)


def retry(conn: sa.Connection, ids: Collection[int], now: datetime) -> int:
    """Have these dead letters sent again, as due at `now` (UTC); returns how many were dead.

    Each tells what is true when it goes out, or nothing where that is no news any more.
    """
    return _retry(conn, deliveries.c.id.in_(list(ids)), now)


def retry_all(conn: sa.Connection, now: datetime) -> int:
    """Have all dead letters sent again, as due at `now` (UTC); returns how many there were."""
    return _retry(conn, sa.true(), now)


def _retry(conn: sa.Connection, which: sa.ColumnElement[bool], now: datetime) -> int:
    # What is counted for each alert stays: the dead are counted where they are.
    return conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.state == State.DEAD, which)
        .values(state=State.PENDING, visible_at=now, reason="", **LET_GO)
    ).rowcount
