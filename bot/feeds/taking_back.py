"""Taking back what a feed has said: what was deleted, corrected, or says nothing any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage import events, feeds, rejects
from storage.model.reports import Claim, Report
from storage.model.times import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.feeds import Taken
    from storage.model.feeds import Gone


def stands_after(said: datetime | None, gone_at: datetime | None) -> bool:
    """Whether what was said at one time stands although it was taken back at another (UTC; None: it
    is not known when it was said, or it was taken back for good).
    """
    return said is not None and gone_at is not None and said > gone_at


def take_back(conn: sa.Connection, gone: Sequence[Gone], feed: str, now: datetime) -> int:
    """Retract the reports of items that were taken back where they came from, and say how many.
    `now` is UTC.
    """
    by_key = {g.key: g for g in gone}
    there = [t for t in feeds.taken(conn, feed, by_key).values() if t.report is not None]
    said = events.get_reports(conn, [t.report for t in there if t.report])
    over = [
        t for t in there if not stands_after(said[t.report or ""].reported.at, by_key[t.item].when)
    ]
    rejects.settle(conn, feed, by_key)
    return _unless_shared(conn, [(t, by_key[t.item].at) for t in over], feed, now)


def let_go(conn: sa.Connection, items: Iterable[Taken], feed: str, now: datetime) -> int:
    """Retract what stands for items that say nothing any more, and say how many do. Should they
    come again, they stand again. `now` is UTC.
    """
    return _unless_shared(conn, [(t, None) for t in items if t.report], feed, now)


def _unless_shared(
    conn: sa.Connection, over: Sequence[tuple[Taken, Moment | None]], feed: str, now: datetime
) -> int:
    # What another feed says as well stands, as long as that one says it.
    shared = feeds.held_elsewhere(conn, feed, {t.report for t, _ in over if t.report})
    feeds.take(conn, feed, [replace(t, report=None) for t, _ in over if t.report in shared])
    return retract(conn, [(t, at) for t, at in over if t.report not in shared], feed, now)


def retract(
    conn: sa.Connection, standing: Sequence[tuple[Taken, Moment | None]], feed: str, now: datetime
) -> int:
    """Retract the reports that stand for items, and say how many; without a time an item was taken
    back as of `now` (UTC).

    A retraction tells of no event, so the time it became known may be the time it was said.
    """
    reports = events.get_reports(conn, [t.report for t, _ in standing if t.report])
    taken_back = []
    for taken, at in standing:
        old = reports[taken.report or ""]
        said = at if at is not None and at.at <= now else Moment(now)
        taken_back.append(
            Report(
                id=f"{old.id}~withdrawn",
                place=old.place,
                claim=Claim.RETRACTS,
                source=old.source,
                reported=said,
                via=old.via,
                refers_to=old.id,
            )
        )
    events.append(conn, taken_back, now=now, alert=True)
    feeds.take(conn, feed, [replace(t, report=None) for t, _ in standing])
    return len(taken_back)
