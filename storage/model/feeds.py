"""What feeds bring: items that become reports, leads that do not, and how a feed is doing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.model.times import Moment

# Where a feed goes on: whatever its kind needs to know, as JSON.
Cursor: TypeAlias = Mapping[str, Any]
# Where rows come from that a file has brought.
IMPORT = "import"


def storable(value: Any) -> Any:
    """A value of JSON with what no database takes (half a character, a null byte) as escapes."""
    match value:
        case str():
            whole = value.encode("utf-8", "backslashreplace").decode()
            return whole.replace("\0", "\\x00")
        case Mapping():
            return {storable(str(k)): storable(v) for k, v in value.items()}
        case list() | tuple():
            return [storable(v) for v in value]
        case _:
            return value


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
            key=storable(self.key),
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
class Batch:
    """Part of what a feed brings: it is written in one transaction with the cursor behind it.

    `settled` are keys of items that need not wait among the rejects any more.
    """

    cursor: Cursor
    items: tuple[Item, ...] = ()
    leads: tuple[Lead, ...] = ()
    gone: tuple[Gone, ...] = ()
    settled: tuple[str, ...] = ()


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

    `item_at` is when it last brought something new, `brought` how much in all, `rejects` how
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

    def next_run(self, plan: FeedPlan, now: datetime) -> datetime:
        """When it is due again (UTC), now where that has passed."""
        due = now if self.tried_at is None else self.tried_at + plan.every
        return max(t for t in (due, self.not_before, now) if t is not None)

    def is_silent(self, plan: FeedPlan, now: datetime) -> bool:
        """Whether it has brought nothing new for longer than it usually takes."""
        if plan.silent_after is None or self.item_at is None:
            return False
        return now - self.item_at > plan.silent_after


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
