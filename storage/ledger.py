"""The ledger: what each chat was last told of each place.

Written when a message has certainly arrived: an alert, a correction, a catch-up, or the answer to
/subscribe. Where a chat begins to be told, what holds then is put down without a time: it was not
told, but what changes afterwards is told from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.assessments import from_json, status_from_json, status_to_json
from storage.model.alerts import AREA_KINDS, EDITS, AlertKind
from storage.model.changes import as_status
from storage.model.deliveries import LastTold, State
from storage.rows import insert, upsert
from storage.tables import alerts, deliveries, ledger

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from storage.model.changes import Status


def of_chats(
    conn: sa.Connection, subscriber_ids: Collection[int], place_ids: Collection[str]
) -> dict[tuple[int, str], LastTold]:
    """What each of these chats was last told of each of these places; those of which it was told
    nothing are left out.
    """
    rows = conn.execute(
        sa.select(ledger).where(
            ledger.c.subscriber_id.in_(list(subscriber_ids)),
            ledger.c.place_id.in_(list(place_ids)),
        )
    )
    return {
        (row.subscriber_id, row.place_id): LastTold(
            status_from_json(row.status), row.up_to, row.told_at, row.doubted
        )
        for row in rows
    }


def taken_to_know(
    conn: sa.Connection, subscriber_ids: Collection[int], place_ids: Collection[str]
) -> dict[tuple[int, str], LastTold]:
    """What each of these chats knows of those of the places of which the ledger has nothing for
    it, by what it was sent.

    What the last alert told that it was sent before there was a ledger; else what was before the
    first one that was meant for it. Places of which neither is there are left out.
    """
    meant = conn.execute(
        sa.select(
            deliveries.c.subscriber_id,
            deliveries.c.alert_id,
            deliveries.c.state,
            deliveries.c.sent_at,
        )
        .join(alerts, alerts.c.id == deliveries.c.alert_id)
        .where(
            deliveries.c.subscriber_id.in_(list(subscriber_ids)),
            alerts.c.place_id.in_(list(place_ids)) | alerts.c.kind.in_(list(AREA_KINDS)),
            alerts.c.kind.not_in([*EDITS, AlertKind.CORRECTION]),
        )
        .order_by(deliveries.c.id)
    ).all()
    causes = _causes(conn, {row.alert_id for row in meant})
    # The last delivery that told each chat of each change.
    told_by = {(row.subscriber_id, c): row for row in meant for c in causes[row.alert_id]}
    changes = _changes(conn, {c for _, c in told_by}, place_ids)
    known: dict[tuple[int, str], LastTold] = {}
    for (chat, change_id), row in sorted(told_by.items(), key=lambda item: item[0]):
        if change_id not in changes:
            continue
        before, after = changes[change_id]
        if row.state == State.SENT:
            known[chat, after.place] = LastTold(after, change_id, row.sent_at)
        else:
            known.setdefault((chat, before.place), LastTold(before, change_id - 1, None))
    return known


def known_to(
    conn: sa.Connection, subscriber_id: int, place_ids: Collection[str]
) -> dict[str, LastTold]:
    """What a chat knows of these places: by the ledger, else by what it was sent."""
    told = of_chats(conn, [subscriber_id], place_ids)
    known = taken_to_know(conn, [subscriber_id], place_ids) | told
    return {place_id: last for (_, place_id), last in known.items()}


def _causes(conn: sa.Connection, alert_ids: Collection[int]) -> dict[int, list[int]]:
    """The changes that alerts tell: of one about an area those that brought it, else itself."""
    rows = conn.execute(
        sa.select(alerts.c.id, alerts.c.body).where(alerts.c.id.in_(list(alert_ids)))
    )
    return {row.id: row.body.get("causes", [row.id]) for row in rows}


def _changes(
    conn: sa.Connection, alert_ids: Collection[int], place_ids: Collection[str]
) -> dict[int, tuple[Status, Status]]:
    """What was before the changes of these places, and after, by the alerts that tell them."""
    rows = conn.execute(
        sa.select(alerts.c.id, alerts.c.place_id, alerts.c.body).where(
            alerts.c.id.in_(list(alert_ids)), alerts.c.place_id.in_(list(place_ids))
        )
    )
    return {
        row.id: (
            status_from_json(row.body["before"]),
            as_status(row.place_id, from_json(row.body["after"] | {"evidence": []}, {})),
        )
        for row in rows
    }


def tell(
    conn: sa.Connection, told: Iterable[tuple[int, Collection[tuple[Status, int]], datetime]]
) -> None:
    """Chats (their ids) were told these statuses, with the newest alert of each place, at a time
    (UTC) each.
    """
    # Of two messages to a chat about a place the later one holds.
    rows = {
        (chat, status.place): _row(chat, status, up_to, at)
        for chat, statuses, at in told
        for status, up_to in statuses
    }
    upsert(conn, ledger, list(rows.values()))


def knows(conn: sa.Connection, subscriber_id: int, known: Collection[tuple[Status, int]]) -> None:
    """What a chat is taken to know of places of which nothing is on record for it."""
    rows = [_row(subscriber_id, status, up_to, None) for status, up_to in known]
    if rows:
        conn.execute(insert(conn, ledger).on_conflict_do_nothing(), rows)


def doubt(conn: sa.Connection, subscriber_id: int, place_ids: Collection[str]) -> None:
    """Something else may have reached a chat: what is told next is told whatever it knew."""
    known = taken_to_know(conn, [subscriber_id], place_ids).values()
    knows(conn, subscriber_id, [(last.status, last.up_to) for last in known])
    conn.execute(
        sa.update(ledger)
        .where(ledger.c.subscriber_id == subscriber_id, ledger.c.place_id.in_(list(place_ids)))
        .values(doubted=True)
    )


def _row(
    subscriber_id: int, status: Status, up_to: int, told_at: datetime | None
) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "place_id": status.place,
        "status": status_to_json(status),
        "up_to": up_to,
        "told_at": told_at,
        "doubted": False,
    }
