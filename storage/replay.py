"""What a backtest reads back of what the check wrote: answers, alerts, and when time is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.alerts import AlertKind
from storage.model.control import Standing
from storage.tables import alerts, records, statuses, suspicions

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.policy import Policy


@dataclass(frozen=True)
class Answer:
    """Who holds a place, as it is told."""

    holder: str | None
    standing: Standing
    confidence: float


@dataclass(frozen=True)
class Made:
    """An alert that was made, with what it tells; of an area, nobody's answer."""

    id: int
    about: int | None
    place: str
    at: datetime
    kind: AlertKind
    holder: str | None
    standing: Standing | None
    silent: bool


def prepare(conn: sa.Connection) -> None:
    """Let `answers_at` find its few rows among many places; the bot itself never asks so."""
    conn.execute(sa.text("CREATE INDEX replay_assessed_at ON statuses (assessed_at)"))


def answers_at(conn: sa.Connection, at: datetime) -> dict[str, Answer]:
    """What is told of the places that were last looked at at this time (UTC), by place id.

    Nothing is told of one of which nothing was ever found.
    """
    columns = (
        statuses.c.place_id,
        statuses.c.holder_id,
        statuses.c.standing,
        statuses.c.confidence,
    )
    known = (statuses.c.assessed_at == at) & (statuses.c.version > 0)
    rows = conn.execute(sa.select(*columns).where(known))
    return {
        place: Answer(holder, Standing(standing), sure) for place, holder, standing, sure in rows
    }


def next_due(conn: sa.Connection, after: datetime, policy: Policy) -> datetime | None:
    """When time alone may change something next, later than `after` (UTC): a status, what is
    learned of the sources, what is held aside, or what waits for a notice.
    """
    due = [
        conn.scalar(
            sa.select(sa.func.min(statuses.c.recheck_at)).where(statuses.c.recheck_at > after)
        ),
        conn.scalar(sa.select(sa.func.min(suspicions.c.until)).where(_IS_OPEN)),
    ]
    for latest, every in (
        (sa.select(sa.func.max(records.c.at)), policy.learn_every),
        (sa.select(sa.func.min(alerts.c.made_at)).where(_WAITS), policy.notice_every),
    ):
        at = conn.scalar(latest)
        due.append(at + every if at else None)
    return min((at for at in due if at is not None and at > after), default=None)


_IS_OPEN = suspicions.c.ended_at.is_(None)
_WAITS = alerts.c.folded & alerts.c.folded_into.is_(None)


def alerts_after(conn: sa.Connection, alert_id: int) -> list[Made]:
    """The alerts made since the one with this id, in order; without those told in a notice."""
    rows = conn.execute(
        sa.select(alerts).where(alerts.c.id > alert_id, ~alerts.c.folded).order_by(alerts.c.id)
    )
    return [_made(row) for row in rows]


def _made(row: Any) -> Made:
    kind = AlertKind(row.kind)
    told = row.body.get("after")
    if kind is AlertKind.CORRECTION:
        told = row.body["members"].get(row.place_id)
    holder = standing = None
    if told is not None:
        holder = told["holder"] if kind is AlertKind.CORRECTION else told["holder_id"]
        standing = Standing(told["standing"])
    return Made(row.id, row.about_id, row.place_id, row.made_at, kind, holder, standing, row.silent)
