"""How far everything in the outbox is, read from what is counted for each alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import addressing
from storage.delivery_tables import UNDER_WAY
from storage.model.alerts import AlertKind
from storage.model.deliveries import State
from storage.model.progress import Broadcast, Progress
from storage.tables import alerts, broadcasts, deliveries, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

# Of the alerts that are done, those made or last sent within this time are told, as the one is by
# the time in the world and the other by the real one; and so many at most.
RECENT = timedelta(days=1)
MOST_BROADCASTS = 50


def progress(conn: sa.Connection, now: datetime) -> Progress:
    """How far everything is at the time `now` (UTC).

    Reads what is counted for the alerts that are on their way or recent, and a few partial indexes:
    never what has been sent, and nothing of the many alerts that were.
    """
    dead = _dead_by_alert(conn)
    rows = conn.execute(looked_at(now)).all()
    pending = {r.alert_id: r.addressed - r.sent - r.closed - dead.get(r.alert_id, 0) for r in rows}
    silent = sum(pending[r.alert_id] for r in rows if r.silent)
    # Those with dead letters alone are told only as long as they are recent.
    lately = now - RECENT
    told = [
        r
        for r in rows
        if r.finished_at is None
        or pending[r.alert_id]
        or max(r.made_at, r.last_sent_at or r.made_at) > lately
    ]
    # Few are shown: what is under way must not be hidden by what was done since.
    told.sort(key=lambda r: r.finished_at is not None and not pending[r.alert_id])
    later, oldest = _due_later(conn, now), _oldest_due(conn, now)
    return Progress(
        pending=sum(pending.values()),
        due=sum(pending.values()) - later,
        oldest_due_at=oldest,
        urgent=sum(pending.values()) - silent,
        silent=silent,
        sent=sum(r.sent for r in told),
        dead=sum(dead.values()),
        closed=sum(r.closed for r in told),
        doubts=_doubts(conn, [r.alert_id for r in told]),
        broadcasts=tuple(
            Broadcast(
                r.alert_id,
                AlertKind(r.kind),
                r.place_id,
                r.place,
                r.made_at,
                r.addressed,
                0 if r.finished_at else addressing.still_to_address(conn, r),
                r.sent,
                pending[r.alert_id],
                dead.get(r.alert_id, 0),
                r.closed,
                r.last_sent_at,
            )
            for r in [r for r in told if r.addressed or r.finished_at is None][:MOST_BROADCASTS]
        ),
    )


def looked_at(now: datetime) -> sa.Select[Any]:
    """The statement that finds the alerts that are on their way or recent at `now` (UTC), by an
    index for each of these.
    """
    which = sa.union(
        *(
            sa.select(broadcasts.c.alert_id).where(each)
            for each in (
                UNDER_WAY,
                broadcasts.c.made_at > now - RECENT,
                broadcasts.c.last_sent_at > now - RECENT,
            )
        )
    )
    return (
        sa.select(
            broadcasts,
            alerts.c.kind,
            alerts.c.silent,
            alerts.c.place_id,
            places.c.name.label("place"),
        )
        .join(alerts, alerts.c.id == broadcasts.c.alert_id)
        .join(places, places.c.id == alerts.c.place_id)
        .where(broadcasts.c.alert_id.in_(which))
        .order_by(broadcasts.c.alert_id.desc())
    )


def _kinds() -> Iterator[tuple[sa.ColumnElement[bool], ...]]:
    """What waits, by the kinds that the index of what is due begins with: else all is read."""
    for silent, edit in product((False, True), repeat=2):
        yield (
            deliveries.c.state == State.PENDING,
            deliveries.c.silent.is_(silent),
            deliveries.c.edit.is_(edit),
        )


def _due_later(conn: sa.Connection, now: datetime) -> int:
    """How many are not due yet, as they are under way, say: few, so that they can be counted."""
    number = sa.select(sa.func.count()).where(deliveries.c.visible_at > now)
    return sum(conn.scalar(number.where(*kind)) or 0 for kind in _kinds())


def _oldest_due(conn: sa.Connection, now: datetime) -> datetime | None:
    first = sa.select(deliveries.c.visible_at).where(deliveries.c.visible_at <= now)
    first = first.order_by(deliveries.c.visible_at).limit(1)
    found = [conn.scalar(first.where(*kind)) for kind in _kinds()]
    return min((at for at in found if at is not None), default=None)


def _dead_by_alert(conn: sa.Connection) -> dict[int, int]:
    rows = conn.execute(
        sa.select(deliveries.c.alert_id, sa.func.count().label("number"))
        .where(deliveries.c.state == State.DEAD)
        .group_by(deliveries.c.alert_id)
    )
    return {row.alert_id: row.number for row in rows}


def _doubts(conn: sa.Connection, alert_ids: Sequence[int]) -> int:
    in_doubt = deliveries.c.alert_id.in_(list(alert_ids)) & (deliveries.c.doubts > 0)
    return conn.scalar(sa.select(sa.func.sum(deliveries.c.doubts)).where(in_doubt)) or 0


@dataclass(frozen=True)
class Counts:
    """How many deliveries stand where, and how many may have arrived twice."""

    pending: int
    sent: int
    dead: int
    closed: int
    doubts: int


def counts(conn: sa.Connection) -> Counts:
    """The whole outbox in numbers, counted one by one: for somebody who has the time."""
    by_state: dict[str, int] = {
        row.state: row.number
        for row in conn.execute(
            sa.select(deliveries.c.state, sa.func.count().label("number")).group_by(
                deliveries.c.state
            )
        )
    }
    doubts = conn.scalar(sa.select(sa.func.coalesce(sa.func.sum(deliveries.c.doubts), 0)))
    return Counts(
        by_state.get(State.PENDING, 0),
        by_state.get(State.SENT, 0),
        by_state.get(State.DEAD, 0),
        by_state.get(State.CLOSED, 0),
        doubts or 0,
    )
