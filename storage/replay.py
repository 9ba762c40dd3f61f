"""What a backtest reads back of what the check wrote: answers, alerts, and when time is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.alerts import AlertKind
from storage.model.control import Standing
from storage.tables import alerts, records, statuses

if TYPE_CHECKING:
    from datetime import datetime, timedelta


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


def next_due(conn: sa.Connection, after: datetime, learn_every: timedelta) -> datetime | None:
    """When time alone may change something next, later than `after` (UTC): a status, or what is
    learned of the sources.
    """
    rechecked = conn.scalar(
        sa.select(sa.func.min(statuses.c.recheck_at)).where(statuses.c.recheck_at > after)
    )
    learned = conn.scalar(sa.select(sa.func.max(records.c.at)))
    due = [rechecked] if rechecked else []
    if learned and learned + learn_every > after:
        due.append(learned + learn_every)
    return min(due, default=None)


def alerts_after(conn: sa.Connection, alert_id: int) -> list[Made]:
    """The alerts made since the one with this id, in order."""
    rows = conn.execute(sa.select(alerts).where(alerts.c.id > alert_id).order_by(alerts.c.id))
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
