"""Records: how the earlier claims of each source turned out, and what its word weighs for that.

A place is *open* from the moment somebody contradicts its settled holder until it settles again:
on the rival, and the claims against the holder are borne out, or not. Everything here follows from
the reports alone, never from what was believed meanwhile. What a voice did while a place was open
is a `Lesson`; `learn` counts lessons into tallies, per source, stance and rival.

The weight of a voice is the log of a likelihood ratio in a naive Bayes model, from counts with a
Dirichlet prior (Dawid and Skene 1979 learn annotators' error rates from the same counts).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.times import LONG_AGO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from storage.model.policy import Policy


class Stance(StrEnum):
    """What a voice does while a place is open."""

    NEW = "new"  # says so since a short time
    KEPT = "kept"  # has said so for longer
    HOLDS = "holds"  # speaks for the settled holder
    FIGHTING = "fighting"  # says only that there is fighting


ANYBODY = ""  # in place of a source: that a rival was claimed at all


@dataclass(frozen=True)
class Lesson:
    """A voice at an open place, between two times (UTC), for or against the rival `side`."""

    source: str
    stance: Stance
    side: str
    opened: datetime
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Settlement:
    """A place settled: independent voices had said nothing but this for long enough.

    `alone`: it was one voice only, which shows nobody to be right or wrong.
    """

    at: datetime
    party: str
    alone: bool = False


@dataclass(frozen=True)
class Past:
    """What can be learned from one place, in the order of time."""

    lessons: Sequence[Lesson] = ()
    settlements: Sequence[Settlement] = ()


@dataclass(frozen=True)
class Tally:
    """How much was borne out, and how much not (yet); time counts less the longer it lasts.

    `cases` is of how many claims that is made, and `right` how many of them were borne out.
    """

    borne_out: float = 0.0
    refuted: float = 0.0
    cases: int = 0
    right: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.borne_out + other.borne_out,
            self.refuted + other.refuted,
            self.cases + other.cases,
            self.right + other.right,
        )

    def log_odds(self, prior: float, strength: float) -> float:
        """The log-odds after a prior (log-odds) that is worth `strength` observations."""
        share = 1 / (1 + math.exp(-prior))
        return math.log(
            (self.borne_out + strength * share) / (self.refuted + strength * (1 - share))
        )


NOTHING = Tally()
Key = tuple[str, Stance, str]


@dataclass(frozen=True)
class Record:
    """The tallies as they were known at a time (UTC); empty before anything was learned."""

    at: datetime | None = None
    tallies: Mapping[Key, Tally] = field(default_factory=dict)
    # Asked for at every step of every place.
    _bases: dict[tuple[str, float], float] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def base(self, side: str, policy: Policy) -> float:
        """Log-odds that a place where this rival is claimed settles on it."""
        known = self._bases.get((side, policy.base_claims))
        if known is None:
            tally = self.tallies.get((ANYBODY, Stance.NEW, side), NOTHING)
            known = tally.log_odds(0.0, policy.base_claims)
            self._bases[side, policy.base_claims] = known
        return known

    def said_before(self, source: str, stance: Stance, side: str) -> Tally | None:
        """How earlier claims like this one turned out; None if there were none."""
        return self.tallies.get((source, stance, side))

    def weight(self, source: str, stance: Stance, side: str, prior: float, policy: Policy) -> float:
        """What a voice weighs for what it says (log-odds), given what it weighs by its grade."""
        tally = self.tallies.get((source, stance, side))
        if tally is None:
            return prior
        sign = 1 if stance in (Stance.NEW, Stance.KEPT) else -1
        base = self.base(side, policy)
        expected = base + sign * prior / policy.record_share
        found = tally.log_odds(expected, policy.grade_claims) - base
        return sign * policy.record_share * found


NO_RECORD = Record()


def learn(places: Iterable[Past], at: datetime, policy: Policy) -> Record:
    """The record that follows from the past of all places, as known at the time `at` (UTC)."""
    tallies: dict[Key, Tally] = defaultdict(Tally)
    until = at - policy.learn_after
    for past in places:
        settled = [s for s in past.settlements if s.at <= at]
        for lesson in past.lessons:
            if lesson.begins < until:
                counted = _count(lesson, settled, until)
                if counted is not NOTHING:
                    tallies[lesson.source, lesson.stance, lesson.side] += counted
    return Record(at, dict(tallies))


def _count(lesson: Lesson, settled: Sequence[Settlement], until: datetime) -> Tally:
    """What a lesson adds: a long open place says little more than a short one."""
    begins, ends = (
        1 + (t - lesson.opened).total_seconds() / 86400
        for t in (lesson.begins, min(lesson.ends, until))
    )
    amount = math.log(ends / begins)
    after = [s for s in settled if s.at > lesson.begins]
    outcome = next((s.party for s in after if not s.alone), None)
    if after and outcome is None:
        return NOTHING
    return Tally(amount, 0.0, 1, 1) if outcome == lesson.side else Tally(0.0, amount, 1, 0)


def record_at(records: Sequence[Record], at: datetime) -> Record:
    """The newest of these records (oldest first) that was known at the time `at` (UTC)."""
    known = bisect_right(records, at, key=_made_at)
    return records[known - 1] if known else NO_RECORD


def record_after(records: Sequence[Record], at: datetime) -> datetime | None:
    """When the first of these records (oldest first) after the time `at` was made (UTC)."""
    known = bisect_right(records, at, key=_made_at)
    return records[known].at if known < len(records) else None


def _made_at(record: Record) -> datetime:
    return record.at or LONG_AGO
