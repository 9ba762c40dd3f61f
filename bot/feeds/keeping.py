"""What a feed has brought → on record, in one transaction with where the feed goes on.

An item is known by its key. What says the same as before changes nothing; what says something else
is a correction: the report that stood for it is retracted, and another one takes its place. What
cannot be used waits among the rejects, and takes nothing back: what the item said before stands
until it is corrected in a way that can be used, or is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from bot.feeds.naming import known_to, with_ids
from bot.feeds.taking_back import let_go, retract, stands_after, take_back
from bot.importing.files import Row
from bot.importing.keep import keep_reports
from bot.importing.reports import read_report
from storage import editions, events, feeds, leads, rejects
from storage.feeds import Taken
from storage.model.errors import BadInput, WhoHoldsError
from storage.model.feeds import storable, stored_key
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    import sqlalchemy as sa

    from bot.feeds.naming import Known, Names
    from storage.model.feeds import Batch, Cursor, Item, Lead
    from storage.model.names import Index
    from storage.model.reports import Report
    from storage.place_index import PlaceIndex

log = structlog.get_logger(__name__)
LONGEST_ID = 150  # so that there is room for what tells revisions apart
STANDS = "; what it said before stands"


class Overtaken(WhoHoldsError):
    """Another process has read the feed meanwhile: what this one brings may be older."""


@dataclass(frozen=True)
class How:
    """How a feed's items are kept: its name, what its names mean, the time now (UTC), and after
    how long what was said is no news any more.

    A feed that was never read to its end `is_first`: what it brings that is no news, and was said
    before it brought something first (at `begun`, UTC; None: now), is its history, which is told to
    nobody. `reads` is the fingerprint of what it reads; empty: the same as before.
    """

    feed: str
    names: Names
    now: datetime
    late_after: timedelta
    is_first: bool = False
    begun: datetime | None = None
    reads: str = ""

    def is_history(self, said: datetime) -> bool:
        """Whether what was said then (UTC) is from before the feed was there."""
        before = min(self.begun or self.now, self.now - self.late_after)
        return self.is_first and said < before


@dataclass
class Outcome:
    """What became of items: new, corrected, taken back, unchanged; and how many were rejected."""

    new: int = 0
    corrected: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    rejected: int = 0
    leads: int = 0

    def add(self, other: Outcome) -> None:
        """Count what became of more items."""
        self.new += other.new
        self.corrected += other.corrected
        self.withdrawn += other.withdrawn
        self.unchanged += other.unchanged
        self.rejected += other.rejected
        self.leads += other.leads

    @property
    def news(self) -> int:
        """How much was not known before."""
        return self.new + self.corrected + self.withdrawn + self.leads


def keep_batch(
    conn: sa.Connection, batch: Batch, how: How, index: PlaceIndex, behind: Cursor | None = None
) -> Outcome:
    """Put a batch on record and the feed's cursor behind it.

    Raises Overtaken where the feed does not stand at the cursor `behind` any more.
    """
    there = feeds.lock(conn, how.feed)
    if behind is not None and there != storable(behind):
        raise Overtaken(f"{how.feed} is being read by another process")
    gone = [replace(g, key=stored_key(g.key)) for g in batch.gone]
    feeds.note_gone(conn, how.feed, gone)
    items, given_leads = _standing(conn, batch, how.feed)
    outcome = keep_items(conn, items, how, index.current(conn))
    outcome.unchanged += len(batch.items) - len(items)
    outcome.withdrawn += take_back(conn, gone, how.feed, how.now)
    outcome.withdrawn += _no_claims(conn, [lead.key for lead in given_leads], how)
    outcome.leads += leads.keep(conn, how.feed, given_leads, how.now)
    outcome.withdrawn += leads.withdraw(conn, how.feed, {g.key: g.when for g in gone}, how.now)
    batch = _noted(conn, batch, how)
    outcome.withdrawn += _let_go(conn, batch, how)
    rejects.settle(conn, how.feed, [stored_key(key) for key in batch.settled])
    feeds.move(conn, how.feed, batch.cursor, outcome.news, how.now, how.reads)
    return outcome


def _no_claims(conn: sa.Connection, keys: Collection[str], how: How) -> int:
    """Take back what was a claim before, or waited to be one, and is a lead now."""
    rejects.settle(conn, how.feed, keys)
    return let_go(conn, feeds.taken(conn, how.feed, keys).values(), how.feed, how.now)


def _noted(conn: sa.Connection, batch: Batch, how: How) -> Batch:
    """The batch, with its part of an edition noted; one that ends a reading which was not whole
    takes nothing back, and all is read again.
    """
    if batch.edition is None:
        return batch
    editions.note(conn, how.feed, batch.edition)
    if batch.covers is None or editions.is_whole(conn, how.feed, batch.edition):
        return batch
    log.warning(
        "an item came twice, and another may be left out: all are read again", feed=how.feed
    )
    return replace(batch, cursor={}, covers=None)


def _let_go(conn: sa.Connection, batch: Batch, how: How) -> int:
    """Take back what says nothing any more, and what an edition of a collection lacks."""
    over = {stored_key(key) for key in batch.over}
    if batch.edition is not None and batch.covers is not None:
        over |= editions.lacks(conn, how.feed, batch.edition, *batch.covers)
    if not over:
        return 0
    rejects.settle(conn, how.feed, over)
    number = let_go(conn, feeds.taken(conn, how.feed, over).values(), how.feed, how.now)
    return number + leads.withdraw(conn, how.feed, dict.fromkeys(over), how.now)


def _standing(conn: sa.Connection, batch: Batch, feed: str) -> tuple[list[Item], list[Lead]]:
    """What of a batch was not taken back before or with it, whatever came first."""
    items = [i.storable() for i in batch.items]
    given = [replace(lead, key=stored_key(lead.key)) for lead in batch.leads]
    gone = feeds.gone(conn, feed, {i.key for i in items} | {lead.key for lead in given})
    return (
        [i for i in items if i.key not in gone or stands_after(_said(i), gone[i.key])],
        [lead for lead in given if lead.key not in gone or lead.stands_after(gone[lead.key])],
    )


def _said(item: Item) -> datetime | None:
    try:
        return parse_moment(item.fields.get("reported_at", "")).at
    except BadInput:
        return None


def keep_items(conn: sa.Connection, items: Sequence[Item], how: How, index: Index) -> Outcome:
    """Put items on record as reports; what cannot be used is put among the rejects."""
    outcome = Outcome()
    by_key = {item.key: item for item in (i.storable() for i in items)}
    before = feeds.taken(conn, how.feed, by_key)
    fresh = [i for i in by_key.values() if not _says_the_same(i, before.get(i.key))]
    outcome.unchanged = len(by_key) - len(fresh)
    # What says again what it said before need not wait with what it said in between.
    rejects.settle(conn, how.feed, by_key.keys() - {i.key for i in fresh})
    if not fresh:
        return outcome
    kept = _Keeping(conn, how, before)
    kept.read(fresh, known_to(conn, fresh, how.names, index))
    kept.record()
    outcome.new = sum(1 for key in kept.taken if key not in before)
    outcome.corrected = sum(1 for key in kept.taken if key in before)
    outcome.rejected = kept.waits
    return outcome


def _says_the_same(item: Item, before: Taken | None) -> bool:
    same = before is not None and before.fingerprint == item.mark
    return same and item.error is None and before is not None and before.report is not None


@dataclass
class _Keeping:
    """Items on their way: read, recorded, and what they said before retracted."""

    conn: sa.Connection
    how: How
    before: Mapping[str, Taken]
    good: list[tuple[Item, Report]] = field(default_factory=list)
    bad: list[tuple[Item, str, str]] = field(default_factory=list)
    taken: dict[str, Taken] = field(default_factory=dict)
    waits: int = 0

    def read(self, items: Iterable[Item], known: Known) -> None:
        """Read items as reports."""
        for item in items:
            try:
                self.good.append((item, self._report(item, known)))
            except BadInput as error:
                self.bad.append((item, error.column or "", error.reason))

    def _report(self, item: Item, known: Known) -> Report:
        if item.error is not None:
            raise BadInput(item.error)
        report = read_report(Row.of(0, with_ids(item.fields, self.how.names, known)), self.how.now)
        if len(report.id) > LONGEST_ID:
            raise BadInput(f"has more than {LONGEST_ID} characters", column="id")
        there = self.before.get(item.key)
        return report if there is None else replace(report, id=f"{report.id}~{there.revision + 1}")

    def record(self) -> None:
        """Record the reports, and keep what cannot be recorded among the rejects."""
        standing = self._standing()
        rows = [
            (Row.of(number, {}), replace(r, refers_to=standing.get(r.refers_to or "", r.refers_to)))
            for number, (_, r) in enumerate(self.good)
        ]
        old = [row for row in rows if self.how.is_history(row[1].reported.latest)]
        news = [row for row in rows if not self.how.is_history(row[1].reported.latest)]
        now, late_after = self.how.now, self.how.late_after
        wrong = {
            reject.row.line: reject
            for kept in (
                keep_reports(self.conn, old, now=now, alert=False),
                keep_reports(self.conn, news, now=now, alert=True, late_after=late_after),
            )
            for reject in kept.rejects
        }
        for number, (item, report) in enumerate(self.good):
            if number in wrong:
                self.bad.append((item, wrong[number].column, wrong[number].reason))
                continue
            there = self.before.get(item.key)
            revision = 1 if there is None else there.revision + 1
            self.taken[item.key] = Taken(item.key, item.mark, report.id, revision)
        # Only now: what cannot be used takes nothing back.
        corrected = [t for key, t in self.before.items() if key in self.taken and t.report]
        retract(self.conn, [(t, None) for t in corrected], self.how.feed, now)
        feeds.take(self.conn, self.how.feed, self.taken.values())
        self._follow()
        # What was a lead before is a claim now.
        leads.withdraw(self.conn, self.how.feed, dict.fromkeys(self.taken), now)
        rejects.settle(self.conn, self.how.feed, self.taken.keys())
        self.waits = rejects.keep(self.conn, self.how.feed, self._rejected(), now)

    def _rejected(self) -> Iterator[tuple[Item, str, str]]:
        """What cannot be used, each with whether something stands that it said before."""
        stands = {key for key, there in self.before.items() if there.report is not None}
        stands |= leads.standing(self.conn, self.how.feed, {item.key for item, _, _ in self.bad})
        for item, column, reason in self.bad:
            yield item, column, reason + STANDS if item.key in stands else reason

    def _follow(self) -> None:
        """Let what takes an item back take it back also as it was corrected now."""
        moved = {
            there.report: now.report
            for key, now in self.taken.items()
            if (there := self.before.get(key)) is not None and there.report is not None
        }
        following = [
            t
            for t in feeds.retracting(self.conn, self.how.feed, [r for r in moved if r])
            if t.item not in self.taken
        ]
        said = events.get_reports(self.conn, [t.report for t in following if t.report])
        for taken in following:
            old, revision = said[taken.report or ""], taken.revision + 1
            again = replace(
                old,
                id=f"{old.id.removesuffix(f'~{taken.revision}')}~{revision}",
                refers_to=moved[old.refers_to or ""],
            )
            events.append(self.conn, [again], now=self.how.now, alert=True)
            feeds.take(
                self.conn, self.how.feed, [replace(taken, report=again.id, revision=revision)]
            )

    def _standing(self) -> dict[str, str]:
        """The reports that stand for the items that others refer to, where those were corrected."""
        referred = {r.refers_to for _, r in self.good if r.refers_to}
        there = feeds.taken(self.conn, self.how.feed, referred).values()
        now = {item.key: r.id for item, r in self.good if item.key in referred}
        return {t.item: t.report for t in there if t.report} | now
