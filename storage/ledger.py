"""The ledger: what each chat was last told of each place.

Written when a message has certainly arrived: an alert, a correction, a catch-up, or the answer to
/subscribe. Where a chat begins to be told, what holds then is put down without a time: it was not
told, but what changes afterwards is told from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.assessments import status_from_json, status_to_json
from storage.model.deliveries import LastTold
from storage.rows import insert, upsert
from storage.tables import ledger

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from storage.model.changes import Status


def last_told(
    conn: sa.Connection, subscriber_id: int, place_ids: Collection[str]
) -> dict[str, LastTold]:
    """What a chat was last told of these places; those of which it was told nothing are left
    out.
    """
    rows = conn.execute(
        sa.select(ledger).where(
            ledger.c.subscriber_id == subscriber_id, ledger.c.place_id.in_(list(place_ids))
        )
    )
    return {
        row.place_id: LastTold(status_from_json(row.status), row.up_to, row.told_at, row.doubted)
        for row in rows
    }


def tell(
    conn: sa.Connection,
    subscriber_id: int,
    told: Collection[tuple[Status, int]],
    now: datetime,
) -> None:
    """A chat has been told these statuses, with the newest alert of each place, at a time (UTC)."""
    upsert(
        conn,
        ledger,
        [
            {
                "subscriber_id": subscriber_id,
                "place_id": status.place,
                "status": status_to_json(status),
                "up_to": up_to,
                "told_at": now,
                "doubted": False,
            }
            for status, up_to in told
        ],
    )


def knows(conn: sa.Connection, subscriber_id: int, known: Collection[tuple[Status, int]]) -> None:
    """What a chat is taken to know of places of which nothing is on record for it."""
    rows = [
        {
            "subscriber_id": subscriber_id,
            "place_id": status.place,
            "status": status_to_json(status),
            "up_to": up_to,
            "told_at": None,
            "doubted": False,
        }
        for status, up_to in known
    ]
    if rows:
        conn.execute(insert(conn, ledger).on_conflict_do_nothing(), rows)


def doubt(conn: sa.Connection, subscriber_id: int, place_ids: Collection[str]) -> None:
    """Something else may have reached a chat: what is told next is told whatever it knew."""
    conn.execute(
        sa.update(ledger)
        .where(ledger.c.subscriber_id == subscriber_id, ledger.c.place_id.in_(list(place_ids)))
        .values(doubted=True)
    )
