"""What recording something would change and whom it would tell, by the check itself.

It is recorded, the check looks at the places concerned, the chats are counted, and all of it is
undone: nothing is guessed at by another rule than the one that decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.watch import look_and_tell
from storage import addressing, audience, suspicions
from storage.model.effects import Effect, PlaceEffect

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.policy import Policy


def rehearse(
    conn: sa.Connection,
    write: Callable[[sa.Connection], Collection[str]],
    *,
    now: datetime,
    policy: Policy,
) -> Effect:
    """What would follow, at the time `now` (UTC), if what `write` records stayed on record.

    `write` returns the ids of the places concerned. The connection must be in a writing
    transaction; it is left as it was. What else waits for the check at these places counts too.
    """
    undo = conn.begin_nested()
    try:
        place_ids = sorted(set(write(conn)))
        suspicions.review(conn, now, policy)
        looked, made = look_and_tell(conn, place_ids, now, policy)
        addressing.finish(conn, made, now)
        places = tuple(
            PlaceEffect(item.before, item.after, item.change.kind if item.change else None)
            for item in looked
        )
        alerted, corrected, amended = audience.reached(conn, made)
        return Effect(places, alerted, corrected, amended)
    finally:
        undo.rollback()
