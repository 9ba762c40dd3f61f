"""Rejected rows, tried again: what was missing may be on record by now."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from bot.feeds.keeping import Outcome, keep_items
from bot.feeds.naming import Names, names_of
from bot.importing.files import Row
from bot.importing.keep import keep_reports
from bot.importing.reports import read_report
from storage import feeds, rejects
from storage.model.errors import BadInput
from storage.model.feeds import IMPORT
from storage.place_changes import current_version
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from bot.feeds.blocks import Block
    from bot.feeds.keeping import How
    from storage.model.feeds import Item, Waiting
    from storage.model.names import Index
    from storage.model.reports import Report

BATCH = 500


def what_is_known(conn: sa.Connection) -> tuple[object, ...]:
    """What changes when there is something new that a rejected row may name."""
    parties = frozenset((p.id, p.name) for p in all_parties(conn).values())
    sources = frozenset((s.id, s.name) for s in all_sources(conn).values())
    return (current_version(conn), parties, sources)


def retry(
    conn: sa.Connection,
    waiting: Sequence[Waiting],
    blocks: Mapping[str, Block],
    how: How,
    index: Index,
) -> Outcome:
    """Try rows again, each by what the block of its feed says of names now.

    `how` says when and what is late; its feed and names are those of each row. Rows that an import
    has brought go through as that import would have taken them, and raise no alerts.
    """
    outcome = Outcome()
    for origin, group in groupby(sorted(waiting, key=_origin), key=_origin):
        rows = list(group)
        if origin == IMPORT:
            outcome.add(_import(conn, [row.item for row in rows], how.now))
        else:
            # The feed may be read at the same time, in another process: what waits is what does
            # now that it is our turn.
            feeds.lock(conn, origin)
            items = [row.item for row in rejects.waiting(conn, ids=[row.id for row in rows])]
            names = names_of(blocks[origin]) if origin in blocks else Names()
            part = keep_items(conn, items, replace(how, feed=origin, names=names), index)
            feeds.went_through(conn, origin, part.news)
            outcome.add(part)
    return outcome


def _origin(row: Waiting) -> str:
    return row.origin


def _import(conn: sa.Connection, items: Sequence[Item], now: datetime) -> Outcome:
    good: list[tuple[Row, Report]] = []
    bad: list[tuple[Item, str, str]] = []
    for number, item in enumerate(items):
        row = Row.of(number, item.fields)
        try:
            good.append((row, read_report(row, now)))
        except BadInput as error:
            bad.append((item, error.column or "", error.reason))
    kept = keep_reports(conn, good, now=now, alert=False)
    bad += [(items[r.row.line], r.column, r.reason) for r in kept.rejects]
    waits = {item.key for item, _, _ in bad}
    rejects.settle(conn, IMPORT, [i.key for i in items if i.key not in waits])
    rejects.keep(conn, IMPORT, bad, now)
    unchanged = len(items) - len(bad) - kept.new
    return Outcome(new=kept.new, unchanged=unchanged, rejected=len(bad))
