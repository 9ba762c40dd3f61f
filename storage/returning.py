"""Chats that leave and come back: what changed while they were away is told in a catch-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import ledger, told_alerts
from storage.alerts import CHANGES
from storage.deliveries import ensure
from storage.following import followed
from storage.model.deliveries import LastTold
from storage.tables import alerts, subscribers

if TYPE_CHECKING:
    from datetime import datetime


def newest_alert(conn: sa.Connection) -> int:
    """The id of the newest alert; 0 if there is none yet."""
    return conn.scalar(sa.select(sa.func.max(alerts.c.id))) or 0


def come_back(conn: sa.Connection, subscriber_id: int, now: datetime) -> None:
    """Have a chat told what became of the places that it follows since it left.

    Of each the newest alert waits for it, past its deadline: what is news is told in one message,
    and what is none is not told. `now` is when that is due (UTC).
    """
    left_after = conn.scalar(
        sa.select(subscribers.c.left_after).where(subscribers.c.id == subscriber_id)
    )
    if left_after is None:
        return
    newest = told_alerts.newest(conn, followed(conn, subscriber_id))
    known = ledger.known_to(conn, subscriber_id, newest)
    # Of the other places it was to hear only what came after it had left.
    first = conn.scalars(
        sa.select(sa.func.min(alerts.c.id))
        .where(
            alerts.c.place_id.in_([p for p in newest if p not in known]),
            alerts.c.id > left_after,
            CHANGES,
        )
        .group_by(alerts.c.place_id)
    ).all()
    for place_id, before, alert_id in told_alerts.subjects(conn, first, withdrawn=True):
        known[place_id] = LastTold(before, alert_id - 1, None)
    ledger.knows(conn, subscriber_id, [(last.status, last.up_to) for last in known.values()])
    for place_id, alert_id in sorted(newest.items(), key=lambda pair: pair[1]):
        if place_id in known and alert_id > known[place_id].up_to:
            ensure(conn, alert_id, subscriber_id, now, now)
    conn.execute(
        sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(left_after=None)
    )
