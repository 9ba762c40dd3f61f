"""The alerts that others may read, each with the one before it or the one that it takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.alerts import EDITS, AlertKind
from storage.tables import alerts

if TYPE_CHECKING:
    from datetime import datetime

_ABOUT_OTHERS = (*EDITS, AlertKind.CORRECTION)


@dataclass(frozen=True)
class Published:
    """An alert that was told by itself: its id, when it was made (UTC), and the one before it about
    the same place, or the one that it takes back.
    """

    id: int
    made_at: datetime
    about: Published | None = None


def newest(conn: sa.Connection, limit: int, behind: int | None = None) -> list[Published]:
    """The newest alerts and corrections, newest first, and in any case all `behind` the one with
    that id; not those folded into a notice, and neither amendments nor withdrawals, which edit what
    was told.
    """
    told = sa.select(alerts).where(alerts.c.kind.not_in([*EDITS]), ~alerts.c.folded)
    told = told.order_by(alerts.c.id.desc())
    rows = conn.execute(told.limit(limit)).all()
    if behind is not None and len(rows) == limit and rows[-1].id > behind:
        rows = conn.execute(told.where(alerts.c.id > behind)).all()
    return [Published(r.id, r.made_at, _before(conn, r)) for r in rows]


def _before(conn: sa.Connection, row: Any) -> Published | None:
    """What a correction takes back; of another alert the one before it, if that stood then."""
    if row.kind == AlertKind.CORRECTION:
        wrong = conn.execute(sa.select(alerts).where(alerts.c.id == row.about_id)).one()
        return Published(wrong.id, wrong.made_at)
    last = conn.execute(
        sa.select(alerts.c.id, alerts.c.made_at, alerts.c.withdrawn_at)
        .where(
            alerts.c.place_id == row.place_id,
            alerts.c.id < row.id,
            alerts.c.kind.not_in([*_ABOUT_OTHERS]),
            ~alerts.c.folded,
        )
        .order_by(alerts.c.id.desc())
        .limit(1)
    ).first()
    if last is None or (last.withdrawn_at is not None and last.withdrawn_at <= row.made_at):
        return None
    return Published(last.id, last.made_at)
