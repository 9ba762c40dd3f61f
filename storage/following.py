"""Which chats follow which places: by a subscription to the place, or to an area or corridor."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.tables import areas, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection


def followed(conn: sa.Connection, subscriber_id: int) -> set[str]:
    """The places and areas that a chat has subscribed to, and the places of its areas."""
    own = sa.select(subscriptions.c.place_id).where(subscriptions.c.subscriber_id == subscriber_id)
    inside = (
        sa.select(areas.c.place_id)
        .join(subscriptions, subscriptions.c.place_id == areas.c.area_id)
        .where(subscriptions.c.subscriber_id == subscriber_id)
    )
    return {*conn.scalars(own), *conn.scalars(inside)}


def following(
    conn: sa.Connection, subscriber_ids: Collection[int], place_ids: Collection[str]
) -> set[tuple[int, str]]:
    """Which of these chats (their ids) follow which of these places or areas."""
    told_by = defaultdict(set, {place_id: {place_id} for place_id in place_ids})
    around = sa.select(areas.c.area_id, areas.c.place_id).where(
        areas.c.place_id.in_(list(place_ids))
    )
    for row in conn.execute(around):
        told_by[row.area_id].add(row.place_id)
    rows = conn.execute(
        sa.select(subscriptions.c.subscriber_id, subscriptions.c.place_id).where(
            subscriptions.c.subscriber_id.in_(list(subscriber_ids)),
            subscriptions.c.place_id.in_(list(told_by)),
        )
    )
    return {(row.subscriber_id, place) for row in rows for place in told_by[row.place_id]}
