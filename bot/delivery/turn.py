"""What a sender writes in one turn: what has ended, what begins, and what it leases next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import outbox, outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    import sqlalchemy as sa

    from storage.leasing import Delivery
    from storage.model.deliveries import Content
    from storage.outcomes import Ending


@dataclass(frozen=True)
class Room:
    """How many deliveries to lease, and how many edits beside them where they are no part; `turn`
    is how often was leased before.
    """

    limit: int
    edits: int | None = None
    turn: int = 0


def take_turn(
    conn: sa.Connection,
    endings: Sequence[Ending],
    next_ones: Sequence[tuple[Delivery, Content]],
    now: datetime,
    room: Room | None,
    lease_for: timedelta,
) -> tuple[set[int], list[Delivery]]:
    """Record how deliveries ended and mark those that are to begin at `now` (UTC); lease more, for
    so long, where there is room.

    Returns the ids of those that may go out, and what was leased.
    """
    outcomes.record(conn, endings)
    begun = outbox.begin(conn, next_ones, now)
    if room is None:
        return begun, []
    leased = outbox.lease(
        conn, now=now, limit=room.limit, lease_for=lease_for, edits=room.edits, turn=room.turn
    )
    return begun, leased
