"""Rows of deliveries one by one: made, opened again and counted, and how each was told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.assessments import status_from_json, status_to_json
from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import AS_IT_IS, Content, SeenFrom, State
from storage.rows import insert
from storage.tables import alerts, broadcasts, deliveries

# What every outcome says beside its own: nobody holds the delivery any more.
LET_GO: dict[str, Any] = {"leased": False, "begun_by": None}
# Why a delivery was closed that may be looked at again.
NOTHING_TO_TELL = "nothing to tell any more"


def is_silent(alert_id: int) -> sa.ScalarSelect[bool]:
    """Whether an alert does not ring, for a statement that makes deliveries of it."""
    return sa.select(alerts.c.silent).where(alerts.c.id == alert_id).scalar_subquery()


def is_edit(alert_id: int) -> sa.ScalarSelect[bool]:
    """Whether an alert changes messages that were sent before, for such a statement."""
    return sa.select(alerts.c.kind.in_([*EDITS])).where(alerts.c.id == alert_id).scalar_subquery()


def ensure(
    conn: sa.Connection,
    alert_id: int,
    subscriber_id: int,
    now: datetime,
    deadline: datetime | None,
) -> None:
    """Have an alert wait for a chat, unless it has reached it, waits already or is dead."""
    state = conn.scalar(
        sa.select(deliveries.c.state).where(
            deliveries.c.alert_id == alert_id, deliveries.c.subscriber_id == subscriber_id
        )
    )
    if state is None:
        # What is only told by a notice has not been addressed to anybody yet.
        conn.execute(
            insert(conn, broadcasts)
            .values(
                alert_id=alert_id,
                audience={},
                cursor=0,
                up_to=0,
                made_at=now,
                finished_at=now,
                addressed=0,
                sent=0,
                closed=0,
            )
            .on_conflict_do_nothing()
        )
        conn.execute(
            insert(conn, deliveries)
            .values(
                alert_id=alert_id,
                subscriber_id=subscriber_id,
                state=State.PENDING,
                visible_at=now,
                silent=is_silent(alert_id),
                edit=is_edit(alert_id),
                leased=False,
                attempts=0,
                doubts=0,
                reason="",
                deadline_at=deadline,
            )
            .on_conflict_do_nothing()
        )
        count(conn, alert_id, addressed=1)
    elif state == State.CLOSED:
        reopen(conn, alert_id, now, deadline, deliveries.c.subscriber_id == subscriber_id)


def reopen_untold(conn: sa.Connection, alert_id: int, now: datetime) -> int:
    """Look again at who was not sent an alert because there was nothing to tell; how many."""
    return reopen(conn, alert_id, now, None, deliveries.c.reason == NOTHING_TO_TELL)


def reopen(
    conn: sa.Connection,
    alert_id: int,
    now: datetime,
    deadline: datetime | None,
    which: sa.ColumnElement[bool],
) -> int:
    """Have the closed deliveries of an alert wait again of which `which` is so; how many."""
    reopened = conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.alert_id == alert_id, deliveries.c.state == State.CLOSED, which)
        .values(state=State.PENDING, visible_at=now, reason="", deadline_at=deadline)
    ).rowcount
    count(conn, alert_id, closed=-reopened)
    return reopened


def count(
    conn: sa.Connection,
    alert_id: int,
    *,
    addressed: int = 0,
    sent: int = 0,
    closed: int = 0,
    at: datetime | None = None,
) -> None:
    """Keep count of what became of an alert; `at` is when it was last sent (UTC)."""
    if not (addressed or sent or closed):
        return
    conn.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.alert_id == alert_id)
        .values(
            addressed=broadcasts.c.addressed + addressed,
            sent=broadcasts.c.sent + sent,
            closed=broadcasts.c.closed + closed,
            **({"last_sent_at": at} if at else {}),
        )
    )


def content_to_json(content: Content) -> dict[str, Any] | None:
    """How an alert was told, if not as it tells itself."""
    seen = content.seen_from
    if seen is not None:
        return {
            "kind": seen.kind.value,
            "before": status_to_json(seen.before),
            "told_at": seen.told_at.isoformat() if seen.told_at else None,
            "missed": seen.missed,
        }
    return {"catch_up": True} if content.catch_up else None


def content_from(kept: Any) -> Content:
    """How a delivery was told, from what is kept of it; its places are in the ledger."""
    if kept is None:
        return AS_IT_IS
    if "catch_up" in kept:
        return Content(catch_up=True)
    told_at = datetime.fromisoformat(kept["told_at"]) if kept["told_at"] else None
    before = status_from_json(kept["before"])
    return Content(seen_from=SeenFrom(AlertKind(kept["kind"]), before, told_at, kept["missed"]))
