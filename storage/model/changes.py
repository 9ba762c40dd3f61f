"""What became different, and whether it is worth telling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from storage.model.control import Assessment, Rule, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.times import Moment


# A source with whom it says holds the place, and whom not.
Voice: TypeAlias = tuple[str, str | None, str | None]


def voices_of(found: Assessment) -> frozenset[Voice]:
    """Who says what in the reports that count."""
    return frozenset((e.source.id, e.backs, e.against) for e in found.counting)


@dataclass(frozen=True)
class Status:
    """What was last found about a place: an assessment without its evidence, and its version.

    `evidence` are the ids of the reports that counted, `voices` who said what in them.
    """

    place: str
    version: int
    holder: str | None = None
    standing: Standing = Standing.UNKNOWN
    confidence: float = 0.0
    rule: Rule = Rule.NO_REPORTS
    since: Moment | None = None
    as_of: Moment | None = None
    rival: str | None = None
    last_holder: str | None = None
    evidence: frozenset[str] = frozenset()
    voices: frozenset[Voice] = frozenset()

    @property
    def ever_known(self) -> bool:
        """Whether anything was ever known of who holds the place."""
        return (self.holder or self.last_holder) is not None or self.standing != Standing.UNKNOWN


class Kind(StrEnum):
    """What a change is; it decides what people hear of it."""

    FIRST = "first"  # first knowledge of a place
    HOLDER = "holder"  # another party holds it
    DISPUTED = "disputed"
    CONTESTED = "contested"
    SETTLED = "settled"  # no longer disputed or contested; the holder is the same
    LEFT = "left"  # the holder has left; who holds it now is not known
    LAPSED = "lapsed"  # nothing fresh any more
    RESUMED = "resumed"  # fresh reports of the holder known before
    EVIDENCE = "evidence"  # the same answer, on more or other evidence


TOLD = frozenset({Kind.HOLDER, Kind.DISPUTED, Kind.CONTESTED, Kind.SETTLED, Kind.LEFT})
SURE = frozenset({Standing.CONFIRMED, Standing.LIKELY})


@dataclass(frozen=True)
class Change:
    """From one status to another; `new` are the ids of the reports that brought it."""

    kind: Kind
    before: Status
    after: Assessment
    new: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        """Whether subscribers hear of it in a message of its own."""
        return self.kind in TOLD

    @property
    def by_time_alone(self) -> bool:
        """Whether no report brought it: evidence only grew old."""
        return not self.new


def status_after(change: Change) -> Status:
    """The status of a place after a change."""
    return as_status(change.before.place, change.after, change.before.version + 1)


def as_status(place: str, found: Assessment, version: int = 0) -> Status:
    """What was found about a place (its id), as the status that is kept of it in that version; 0
    where it is that of another time, or of what a chat was told.
    """
    return Status(
        place,
        version,
        found.holder,
        found.standing,
        found.confidence,
        found.rule,
        found.since,
        found.as_of,
        found.rival,
        found.last_holder,
        frozenset(e.report.id for e in found.counting),
        voices_of(found),
    )


def detect(before: Status, after: Assessment, new: tuple[str, ...]) -> Change | None:
    """The change from a status to an assessment, or None where nothing is different.

    `new` are the ids of the reports that arrived in between.
    """
    kind = _kind(before, after)
    return None if kind is None else Change(kind, before, after, new)


def _kind(before: Status, after: Assessment) -> Kind | None:
    same = (before.holder, before.standing) == (after.holder, after.standing)
    if same:
        # Who only repeats what they said brings nothing new.
        return Kind.EVIDENCE if voices_of(after) != before.voices else None
    if after.standing is Standing.UNKNOWN:
        return Kind.LEFT if after.rule is Rule.LEFT else Kind.LAPSED
    if not before.ever_known:
        return Kind.FIRST
    if after.standing is Standing.DISPUTED:
        return Kind.DISPUTED
    if after.standing is Standing.CONTESTED:
        return Kind.CONTESTED
    if before.holder is None and before.rule is not Rule.LEFT:
        return Kind.RESUMED if after.holder == before.last_holder else Kind.HOLDER
    if before.holder != after.holder:
        return Kind.HOLDER
    return Kind.EVIDENCE if before.standing in SURE else Kind.SETTLED


@dataclass(frozen=True)
class HistoryEntry:
    """One row of a place's history: what changed when (UTC), and the reports that brought it."""

    version: int
    kind: Kind
    changed_at: datetime
    after: Assessment
    new: tuple[str, ...]
