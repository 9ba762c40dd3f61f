"""Dead letters: deliveries that Telegram refused, with its reason, and their second chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.alerts import AlertKind
from storage.model.deliveries import State
from storage.tables import alerts, deliveries, places

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


@dataclass(frozen=True)
class DeadLetter:
    """A delivery that Telegram refused after so many attempts: of which alert and place, why.

    Which chat it was for is nobody's business. `made_at` is when the alert was made (UTC).
    """

    id: int
    kind: AlertKind
    place: str
    made_at: datetime
    attempts: int
    reason: str


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


def reasons(conn: sa.Connection) -> dict[str, int]:
    """How many dead letters there are for each reason, the most frequent first."""
    number = sa.func.count().label("number")
    rows = conn.execute(
        sa.select(deliveries.c.reason, number)
        .where(deliveries.c.state == State.DEAD)
        .group_by(deliveries.c.reason)
        .order_by(number.desc(), deliveries.c.reason)
    )
    return {row.reason: row.number for row in rows}


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
        .values(state=State.PENDING, visible_at=now, leased=False, reason="")
    ).rowcount
