"""Which items the editions of a collection had: what a later one lacks was taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.feeds import storable, stored_key
from storage.rows import chunks, upsert
from storage.tables import feed_editions

if TYPE_CHECKING:
    from datetime import date

    from storage.model.feeds import Edition


def note(conn: sa.Connection, feed: str, part: Edition) -> None:
    """Note which items a part of an edition has."""
    same = {
        "collection": part.collection,
        "edition": storable(part.name),
        "reading": part.reading,
    }
    rows = {
        stored_key(key): {"feed": feed, "item": stored_key(key), **same, "day": day}
        for key, day in part.days.items()
    }
    upsert(conn, feed_editions, list(rows.values()))


def is_whole(conn: sa.Connection, feed: str, part: Edition) -> bool:
    """Whether every item that the reading has given is another: where one came twice, pages have
    moved meanwhile, and another may have been left out.
    """
    there = sa.and_(
        feed_editions.c.feed == feed,
        feed_editions.c.collection == part.collection,
        feed_editions.c.reading == part.reading,
    )
    given = sa.select(sa.func.count()).select_from(feed_editions).where(there)
    return conn.scalar(given) == part.number


def lacks(conn: sa.Connection, feed: str, edition: Edition, first: date, last: date) -> set[str]:
    """The items about the days from `first` to `last` that another reading of the collection had,
    and this one, which came to its end, has not; they are forgotten.

    What a later edition has need not be in this one.
    """
    there = sa.and_(feed_editions.c.feed == feed, feed_editions.c.collection == edition.collection)
    names = conn.scalars(sa.select(feed_editions.c.edition).where(there).distinct())
    rows = sa.and_(
        there,
        feed_editions.c.edition.in_([n for n in names if not edition.is_older(n)]),
        feed_editions.c.reading != edition.reading,
        feed_editions.c.day.between(first, last),
    )
    found = set(conn.scalars(sa.select(feed_editions.c.item).where(rows)))
    for some in chunks(found):
        conn.execute(
            sa.delete(feed_editions).where(
                feed_editions.c.feed == feed, feed_editions.c.item.in_(some)
            )
        )
    return found
