"""What recording something would change and whom it would tell, by the check itself.

It is recorded, the check looks at the places concerned, and all of it is undone: nothing is guessed
at by another rule than the one that decides. Whom its alerts are for is counted when nobody waits
for that: there may be a million chats.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.watch import look_and_tell
from storage import audience, suspicions
from storage.model.effects import Effect, PlaceEffect
from storage.reading_first import read_first

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

    `write` returns the ids of the places concerned. The connection must be one that
    `Database.writing` gives, for `read_first`; it is left as it was. What else waits for the check
    at these places counts too.
    """
    undo = conn.begin_nested()
    try:
        place_ids = sorted(set(write(conn)))
        suspicions.review(conn, now, policy)
        looked, made = look_and_tell(conn, place_ids, now, policy)
        places = tuple(
            PlaceEffect(item.before, item.after, item.change.kind if item.change else None)
            for item in looked
        )
        calls = audience.calls_of(conn, made)
    finally:
        undo.rollback()
    if not calls:
        return Effect(places)
    return Effect(places, *read_first(conn, calls, partial(audience.count, calls=calls)))
