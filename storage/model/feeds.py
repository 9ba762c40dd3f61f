"""What feeds bring: items that become reports, leads that do not, and how a feed is doing."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from storage.model.times import Moment

# Where a feed goes on: whatever its kind needs to know, as JSON.
Cursor: TypeAlias = Mapping[str, Any]
# Where rows come from that a file has brought.
IMPORT = "import"
# Characters of an item's key: PostgreSQL's indexes take rows of up to 2,700 bytes.
LONGEST_KEY, BEGINNING = 500, 450
DEEPEST = 50  # of what is nested; nobody means more, and Python ends at some hundreds
# What a feed asks for is kept with its cursor, which means nothing for anything else.
ASKS = "asks"


def storable(value: Any, depth: int = 0) -> Any:
    """A value of JSON with what no database takes as text: half a character and a null byte as
    escapes, a number that is none, and what is nested too deeply.
    """
    match value:
        case str():
            whole = value.encode("utf-8", "backslashreplace").decode()
            return whole.replace("\0", "\\x00")
        case float() if not math.isfinite(value):
            return str(value)
        case Mapping() | list() | tuple() if depth == DEEPEST:
            return "(nested too deeply to be kept)"
        case Mapping():
            return {storable(str(k)): storable(v, depth + 1) for k, v in value.items()}
        case list() | tuple():
            return [storable(v, depth + 1) for v in value]
        case _:
            return value


def stored_key(key: str) -> str:
    """The key of an item as a database takes it: of a long one, which no index could hold, only the
    beginning, and what tells it from others.
    """
    whole: str = storable(key)
    if len(whole) <= LONGEST_KEY:
        return whole
    return f"{whole[:BEGINNING]}…{fingerprint({'key': whole})}"


def fingerprint(fields: Mapping[str, Any]) -> str:
    """What tells two contents of an item apart, whatever the order of their fields."""
    text = json.dumps(dict(fields), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True)
class Item:
    """Something a feed says, as a row to import: `fields` by the columns of reports.

    `key` is its identity in the feed. Places and parties may be named; then `lat`, `lon` (degrees)
    and `country` (ISO 3166) among the fields help to tell places of one name apart. `raw` is the
    item as it came, and `error` says why it cannot be read, if it cannot. That one of the fields in
    `apart` is another one is no correction.
    """

    key: str
    fields: Mapping[str, str]
    raw: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    apart: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What tells two contents of the item apart."""
        return fingerprint({k: v for k, v in self.fields.items() if k not in self.apart})

    def storable(self) -> Item:
        """The item as a database takes it."""
        return replace(
            self,
            key=stored_key(self.key),
            fields=storable(self.fields),
            raw=storable(self.raw),
            error=storable(self.error),
        )


@dataclass(frozen=True)
class Lead:
    """Something for editors to look into: no claim. Times are UTC."""

    key: str
    title: str
    summary: str
    url: str
    said: datetime
    changed: datetime | None = None

    def stands_after(self, gone_at: datetime | None) -> bool:
        """Whether it was said anew after it was taken back (UTC; None: for good)."""
        return gone_at is not None and (self.changed or self.said) > gone_at


@dataclass(frozen=True)
class Gone:
    """An item that was taken back where it came from; `at` is when, where that is told.

    What it says later than that stands; without a time it is gone for good.
    """

    key: str
    at: Moment | None = None

    @property
    def when(self) -> datetime | None:
        """When that was (UTC), where it is told."""
        return None if self.at is None else self.at.at


@dataclass(frozen=True)
class Edition:
    """Which items part of an edition has: of a collection that is published as a whole, and later
    as a whole anew.

    `collection` tells it from others, and what is chosen of it; `name` is that of the edition, made
    of numbers with points between them, the later the greater. `reading` tells this reading of it
    from others, and `number` how many items it has given so far. `days` are those that its items
    are about, by their keys.
    """

    collection: str
    name: str
    reading: str
    number: int
    days: Mapping[str, date | None]

    def is_older(self, name: str) -> bool:
        """Whether it is older than the edition of that name; never so where that cannot be told."""
        numbers = [_numbers(n) for n in (self.name, name)]
        return all(numbers) and numbers[0] < numbers[1]


def _numbers(name: str) -> list[int]:
    parts = name.split(".")
    return [int(p) for p in parts] if all(p.isascii() and p.isdecimal() for p in parts) else []


@dataclass(frozen=True)
class Batch:
    """Part of what a feed brings: it is written in one transaction with the cursor behind it.

    `settled` are keys of items that need not wait among the rejects any more; `over` are those of
    items that are still there and say nothing (any more).

    `edition` says which items this part has, where that matters, and `covers` from when to when the
    whole of it tells of, with the last part: what an earlier edition had in that time, and it has
    not, was taken out. Should it come again, it stands again.
    """

    cursor: Cursor
    items: tuple[Item, ...] = ()
    leads: tuple[Lead, ...] = ()
    gone: tuple[Gone, ...] = ()
    settled: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    edition: Edition | None = None
    covers: tuple[date, date] | None = None


@dataclass(frozen=True)
class FeedPlan:
    """A feed that is to be read: how often, and after how long without anything new somebody should
    look (None: never).
    """

    name: str
    every: timedelta
    silent_after: timedelta | None = None


@dataclass(frozen=True)
class FeedState:
    """How a feed has been going; all times UTC, empty where there was none yet.

    `reads` tells what it reads from what others do (empty: not known), and `begun_at` is when it
    brought something first, be it nothing new. `item_at` is when it last brought something new,
    `brought` how much in all, `rejects` how
    much of that waits because it cannot be used; `failures` counts those in a row, `error` says why
    the last one was; it is left alone until `not_before`.
    """

    name: str
    cursor: Cursor = field(default_factory=dict)
    tried_at: datetime | None = None
    succeeded_at: datetime | None = None
    item_at: datetime | None = None
    brought: int = 0
    rejects: int = 0
    failures: int = 0
    error: str = ""
    not_before: datetime | None = None
    begun_at: datetime | None = None
    reads: str = ""

    @property
    def was_read(self) -> bool:
        """Whether anything was ever read of it."""
        return bool(self.cursor) or self.begun_at is not None or self.succeeded_at is not None

    def next_run(self, plan: FeedPlan, now: datetime) -> datetime:
        """When it is due again (UTC), now where that has passed."""
        due = now if self.tried_at is None else self.tried_at + plan.every
        return max(t for t in (due, self.not_before, now) if t is not None)

    def is_silent(self, plan: FeedPlan, now: datetime) -> bool:
        """Whether it has brought nothing new for longer than it usually takes."""
        if plan.silent_after is None or self.item_at is None:
            return False
        return now - self.item_at > plan.silent_after


def former_name(
    states: Mapping[str, FeedState], name: str, reads: str, asks: str, names: Collection[str]
) -> str | None:
    """Under which name, that is none of `names` any more, a feed was read that is new by its name;
    None where it is new indeed, or known.

    `reads` is what it reads; by what it `asks` those are known that were read before that was
    noted.
    """
    if name in states and states[name].was_read:
        return None
    for other in sorted(states.values(), key=lambda s: s.name):
        same = other.reads == reads or (not other.reads and other.cursor.get(ASKS) == asks)
        if same and other.was_read and other.name not in names:
            return other.name
    return None


@dataclass(frozen=True)
class Waiting:
    """A row that cannot be used as it is: where it came from, what was wrong, and the whole of it.

    `field` is the column at fault, empty for the whole row; `made_at` and `tried_at` are when it
    came and when it was last tried (UTC).
    """

    id: int
    origin: str
    item: Item
    field: str
    reason: str
    made_at: datetime
    tried_at: datetime


@dataclass(frozen=True)
class KeptLead:
    """A lead on record: its number, the feed it came from, and when it was withdrawn there or
    dismissed here (UTC).
    """

    id: int
    feed: str
    lead: Lead
    withdrawn_at: datetime | None = None
    dismissed_at: datetime | None = None
