"""Where each feed goes on, how it has been going, and which of its items are on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import rejects
from storage.column_types import UtcDateTime
from storage.model.feeds import FeedState, storable
from storage.model.reports import Claim
from storage.rows import chunks, insert, upsert
from storage.tables import feed_editions, feed_gone, feed_items, feeds, leads, reports
from storage.tables import rejects as rejected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from storage.model.feeds import Cursor, Gone


@dataclass(frozen=True)
class Taken:
    """An item on record: what it said (its fingerprint), the id of the report that stands for it
    (None: it was taken back), and how often it has been put on record.
    """

    item: str
    fingerprint: str
    report: str | None
    revision: int


def states(conn: sa.Connection) -> dict[str, FeedState]:
    """How every feed that has run has been going, by name."""
    waiting = rejects.counts(conn)
    return {
        row.name: _state(row, waiting.get(row.name, 0)) for row in conn.execute(sa.select(feeds))
    }


def state(conn: sa.Connection, name: str) -> FeedState:
    """How a feed has been going; one that has never run has the state of a new one."""
    return states(conn).get(name, FeedState(name))


def lock(conn: sa.Connection, name: str) -> Cursor:
    """Where a feed goes on; nobody else writes it until the transaction ends."""
    conn.execute(
        insert(conn, feeds).on_conflict_do_nothing(),
        {"name": name, "cursor": {}, "brought": 0, "failures": 0, "error": ""},
    )
    row = conn.execute(
        sa.select(feeds.c.cursor).where(feeds.c.name == name).with_for_update()
    ).one()
    cursor: Cursor = row.cursor
    return cursor


def move(
    conn: sa.Connection, name: str, cursor: Cursor, new: int, now: datetime, reads: str = ""
) -> None:
    """Go on from here after `new` items that were not known; call `lock` before. `reads` is the
    fingerprint of what it reads; empty: the same as before.
    """
    begun = sa.func.coalesce(feeds.c.begun_at, sa.bindparam("begun", now, type_=UtcDateTime))
    values: dict[str, Any] = {"cursor": storable(cursor), "begun_at": begun}
    if reads:
        values["reads"] = reads
    if new:
        values |= {"item_at": now, "brought": feeds.c.brought + new}
    conn.execute(sa.update(feeds).where(feeds.c.name == name).values(**values))


def rename(conn: sa.Connection, old: str, new: str) -> None:
    """Call a feed otherwise, with all that it has brought; under the new name nothing was read yet,
    though that may have been tried.
    """
    conn.execute(sa.delete(feeds).where(feeds.c.name == new))
    named = (
        (feeds, feeds.c.name),
        (feed_items, feed_items.c.feed),
        (feed_gone, feed_gone.c.feed),
        (feed_editions, feed_editions.c.feed),
        (leads, leads.c.feed),
        (rejected, rejected.c.origin),
    )
    for table, column in named:
        conn.execute(sa.update(table).where(column == old).values({column: new}))


def went_through(conn: sa.Connection, name: str, new: int) -> None:
    """Count rows of a feed that had waited and are on record now; that is no news of the feed."""
    conn.execute(sa.update(feeds).where(feeds.c.name == name).values(brought=feeds.c.brought + new))


def succeeded(conn: sa.Connection, name: str, now: datetime, reads: str) -> None:
    """The whole of a feed was read at this time (UTC); `reads` is as for `move`."""
    lock(conn, name)
    conn.execute(
        sa.update(feeds)
        .where(feeds.c.name == name)
        .values(tried_at=now, succeeded_at=now, failures=0, error="", not_before=None, reads=reads)
    )


def failed(
    conn: sa.Connection, name: str, why: str, now: datetime, not_before: datetime | None = None
) -> None:
    """A feed could not be read at this time, and asked to be left alone until then (UTC)."""
    lock(conn, name)
    conn.execute(
        sa.update(feeds)
        .where(feeds.c.name == name)
        .values(
            tried_at=now, failures=feeds.c.failures + 1, error=storable(why), not_before=not_before
        )
    )


def taken(conn: sa.Connection, name: str, keys: Collection[str]) -> dict[str, Taken]:
    """Those of the items that are on record, by their keys."""
    return {
        row.item: Taken(row.item, row.fingerprint, row.report_id, row.revision)
        for some in chunks(keys)
        for row in conn.execute(
            sa.select(feed_items).where(feed_items.c.feed == name, feed_items.c.item.in_(some))
        )
    }


def take(conn: sa.Connection, name: str, items: Iterable[Taken]) -> None:
    """Note which reports stand for items now."""
    upsert(
        conn,
        feed_items,
        [
            {
                "feed": name,
                "item": i.item,
                "fingerprint": i.fingerprint,
                "report_id": i.report,
                "revision": i.revision,
            }
            for i in items
        ],
    )


def held_elsewhere(conn: sa.Connection, name: str, reports: Collection[str]) -> set[str]:
    """Those of the reports that an item of another feed stands by as well."""
    return {
        row.report_id
        for some in chunks(reports)
        for row in conn.execute(
            sa.select(feed_items.c.report_id).where(
                feed_items.c.feed != name, feed_items.c.report_id.in_(some)
            )
        )
    }


def retracting(conn: sa.Connection, name: str, targets: Collection[str]) -> list[Taken]:
    """The items of a feed that take one of these reports back."""
    return [
        Taken(row.item, row.fingerprint, row.report_id, row.revision)
        for some in chunks(targets)
        for row in conn.execute(
            sa.select(feed_items)
            .join(reports, reports.c.id == feed_items.c.report_id)
            .where(
                feed_items.c.feed == name,
                reports.c.claim == Claim.RETRACTS.value,
                reports.c.refers_to.in_(some),
            )
        )
    ]


def note_gone(conn: sa.Connection, name: str, gone: Iterable[Gone]) -> None:
    """Remember which items were taken back where they came from, whether or not they ever came."""
    rows = {g.key: {"feed": name, "item": g.key, "gone_at": g.when} for g in gone}
    upsert(conn, feed_gone, list(rows.values()))


def gone(conn: sa.Connection, name: str, keys: Collection[str]) -> dict[str, datetime | None]:
    """Those of the items that were taken back, each with when that was (UTC), where it is told."""
    return {
        row.item: row.gone_at
        for some in chunks(keys)
        for row in conn.execute(
            sa.select(feed_gone).where(feed_gone.c.feed == name, feed_gone.c.item.in_(some))
        )
    }


def _state(row: Any, waiting: int) -> FeedState:
    return FeedState(
        row.name,
        row.cursor,
        row.tried_at,
        row.succeeded_at,
        row.item_at,
        row.brought,
        waiting,
        row.failures,
        row.error,
        row.not_before,
        row.begun_at,
        row.reads,
    )
