"""Which alerts there are of places, for what a chat was told and is to be told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.alerts import STANDS
from storage.assessments import status_from_json
from storage.tables import alerts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from storage.model.changes import Status


def newest(conn: sa.Connection, place_ids: Collection[str]) -> dict[str, int]:
    """The newest alert of each of these places that was not withdrawn, in a notice or not."""
    rows = conn.execute(
        sa.select(alerts.c.place_id, sa.func.max(alerts.c.id).label("id"))
        .where(alerts.c.place_id.in_(list(place_ids)), STANDS)
        .group_by(alerts.c.place_id)
    )
    return {row.place_id: row.id for row in rows}


def changed_since(conn: sa.Connection, place_ids: Collection[str], since: datetime) -> set[str]:
    """Those of the places of which an alert was made after a time (UTC)."""
    later = alerts.c.place_id.in_(list(place_ids)) & (alerts.c.made_at > since)
    return set(conn.scalars(sa.select(alerts.c.place_id).where(later)))


def places(conn: sa.Connection, alert_ids: Collection[int]) -> set[str]:
    """The places and areas that these alerts are about."""
    return set(conn.scalars(sa.select(alerts.c.place_id).where(alerts.c.id.in_(list(alert_ids)))))


def subjects(
    conn: sa.Connection, alert_ids: Sequence[int], *, withdrawn: bool = False
) -> list[tuple[str, Status, int]]:
    """The places that these alerts tell of, with what was before, in the order of the alerts.

    The last of the three is the alert's id. Of an area those places that changed. Left out are
    amendments and corrections, and unless asked for what was `withdrawn`.
    """
    found = _rows(conn, alert_ids, withdrawn=withdrawn)
    causes = _rows(
        conn, [c for row in found.values() for c in row.body.get("causes", ())], withdrawn=withdrawn
    )
    told = []
    for alert_id in alert_ids:
        row = found.get(alert_id)
        if row is None:
            continue
        of_places = [row] if "before" in row.body else map(causes.get, row.body.get("causes", ()))
        told += [
            (r.place_id, status_from_json(r.body["before"]), alert_id)
            for r in of_places
            if r is not None
        ]
    return told


def _rows(conn: sa.Connection, ids: Collection[int], *, withdrawn: bool) -> dict[int, Any]:
    these = sa.select(alerts).where(alerts.c.id.in_(list(ids)))
    rows = conn.execute(these if withdrawn else these.where(alerts.c.withdrawn_at.is_(None)))
    return {row.id: row for row in rows}


def told_between(conn: sa.Connection, place_id: str, after: int, before: int) -> int:
    """How many changes of a place were told by alerts between these two, and not withdrawn."""
    return (
        conn.scalar(
            sa.select(sa.func.count()).where(
                alerts.c.place_id == place_id,
                STANDS,
                ~alerts.c.folded,
                alerts.c.id > after,
                alerts.c.id < before,
            )
        )
        or 0
    )
