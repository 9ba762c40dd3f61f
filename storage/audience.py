"""How many chats alerts reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.alerts import EDITS, AlertKind
from storage.tables import alerts, deliveries

if TYPE_CHECKING:
    from collections.abc import Collection


def reached(conn: sa.Connection, alert_ids: Collection[int]) -> tuple[int, int, int]:
    """How many chats these alerts, just made, go to: of those that get an alert, that get a
    correction, and of which only an earlier message is changed.
    """
    rows = conn.execute(
        sa.select(alerts.c.kind, deliveries.c.subscriber_id)
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(deliveries.c.alert_id.in_(list(alert_ids)))
        .distinct()
    )
    alerted: set[int] = set()
    corrected: set[int] = set()
    edited: set[int] = set()
    for row in rows:
        kind = AlertKind(row.kind)
        if kind is AlertKind.CORRECTION:
            corrected.add(row.subscriber_id)
        elif kind in EDITS:
            edited.add(row.subscriber_id)
        else:
            alerted.add(row.subscriber_id)
    return len(alerted), len(corrected), len(edited - alerted - corrected)
