"""Chats that leave and come back: what changed while they were away is told in a catch-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import alerts as kept
from storage import ledger
from storage.deliveries import ensure
from storage.model.alerts import AREA_KINDS, EDITS, AlertKind
from storage.tables import alerts, areas, deliveries, subscribers, subscriptions

if TYPE_CHECKING:
    from datetime import datetime


def heard_up_to(conn: sa.Connection, subscriber_id: int) -> int:
    """The newest alert of which nothing waits for a chat."""
    waiting = conn.scalar(
        sa.select(sa.func.min(deliveries.c.alert_id)).where(
            deliveries.c.subscriber_id == subscriber_id, deliveries.c.state == "pending"
        )
    )
    newest = conn.scalar(sa.select(sa.func.max(alerts.c.id))) or 0
    return newest if waiting is None else waiting - 1


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
    followed = _followed(subscriber_id)
    missed = conn.execute(
        sa.select(
            alerts.c.place_id,
            sa.func.min(alerts.c.id).label("first"),
            sa.func.max(alerts.c.id).label("newest"),
        )
        .where(
            alerts.c.place_id.in_(followed),
            alerts.c.id > left_after,
            alerts.c.withdrawn_at.is_(None),
            alerts.c.kind.not_in([*AREA_KINDS, *EDITS, AlertKind.CORRECTION]),
        )
        .group_by(alerts.c.place_id)
        .order_by(sa.func.max(alerts.c.id))
    ).all()
    first = kept.subjects(conn, [row.first for row in missed])
    ledger.knows(conn, subscriber_id, [(before, up_to - 1) for _, before, up_to in first])
    for row in missed:
        ensure(conn, row.newest, subscriber_id, now, now)
    conn.execute(
        sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(left_after=None)
    )


def _followed(subscriber_id: int) -> sa.CompoundSelect[tuple[str]]:
    """The places that a chat has subscribed to, and those of its areas."""
    own = sa.select(subscriptions.c.place_id).where(subscriptions.c.subscriber_id == subscriber_id)
    inside = (
        sa.select(areas.c.place_id)
        .join(subscriptions, subscriptions.c.place_id == areas.c.area_id)
        .where(subscriptions.c.subscriber_id == subscriber_id)
    )
    return sa.union(own, inside)
