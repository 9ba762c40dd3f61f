"""Words: what each source says now about a place, and what that weighs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.model.reports import Claim, Report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.policy import Policy
    from storage.model.sources import Source
    from storage.model.times import Moment


class Reason(StrEnum):
    """Why a report weighs what it does, in plain words."""

    GRADE_A = "completely reliable (A)"
    GRADE_B = "usually reliable (B)"
    GRADE_C = "fairly reliable (C)"
    GRADE_D = "not usually reliable (D)"
    GRADE_E = "unreliable (E)"
    GRADE_F = "reliability not known (F)"
    AT_SCENE = "at the scene"
    OWN_INTEREST = "in its own side's favour"
    AGAINST_INTEREST = "against its own side's interest"
    STILL_FIGHTING = "says only that there is still fighting"
    SAME_SOURCE = "adds to the same source's other word"
    SAME_INSTITUTION = "same institution as another voice, so counted as little more than one"
    SAME_SIDE = "same side as another voice, so counted as less than two"
    REPLACED = "replaced by the same source's later word"
    EARLIER_TIME = "about an earlier time than the same source's other word"
    OVERTAKEN = "about a time before the last change"
    TOO_OLD = "too long ago to count"
    WITHDRAWN = "withdrawn"
    RETRACTION = "takes an earlier report back"
    HELD = "held aside: this source moved many places at once, alone"
    NOTHING_DENIED = "denies a report that is not on record or was withdrawn"


@dataclass(frozen=True)
class Word:
    """What a source says now: whom it says holds the place, or does not.

    `when` (UTC) is its place among the words, by the time that they speak of; `first` the earliest
    moment that the source has spoken of so without saying otherwise since, and `first_said` (UTC)
    the time by when it had first said so; `tells_change` whether
    it told how this came to be (took, left) or only that it is so; `wavering` whether the source
    has told of fighting since; `weight` is what the voice weighs alone.
    """

    report: Report
    source: Source
    side: str | None
    when: datetime
    first: Moment
    first_said: datetime
    backs: str | None = None
    against: str | None = None
    fighting: bool = False
    denies_fighting: bool = False
    tells_change: bool = False
    wavering: bool = False
    own_interest: bool = False
    against_interest: bool = False
    weight: float = 0.0
    reasons: tuple[Reason, ...] = ()

    @property
    def last(self) -> Moment:
        """The latest moment that the source spoke of."""
        return self.report.about

    @property
    def keeps_watch(self) -> bool:
        """Whether the source has come back to the place to say that this is still so."""
        return self.last.at > self.first.at

    def expires_at(self, policy: Policy) -> datetime:
        """When the word stops counting (UTC): its age runs from when it was said."""
        lifetime = policy.counts_for
        if self.own_interest:
            lifetime = policy.own_interest_counts_for
        if self.fighting or self.denies_fighting or self.wavering:
            lifetime = min(lifetime, policy.fighting_counts_for)
        return self.report.reported.latest + lifetime

    def disputes_until(self, policy: Policy) -> datetime:
        """When the word stops disputing what others say (UTC): a party's own claim ages from when
        it was first made.
        """
        if not self.own_interest:
            return self.expires_at(policy)
        return self.first_said + policy.own_interest_counts_for

    def counts_at(self, at: datetime, policy: Policy) -> bool:
        """Whether the word is fresh enough at the time `at`."""
        return at < self.expires_at(policy)

    def faded(self, at: datetime | None, policy: Policy) -> float:
        """The share of the weight that confidence still gives the word at `at` (1 if None)."""
        if at is None:
            return 1.0
        age = max(at - self.report.reported.latest, timedelta())
        return float(0.5 ** (age / policy.half_life))


@lru_cache(maxsize=100_000)
def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A sorting key that puts 9 before 10: breaks ties between reports said at one moment."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts)


def spoken_order(report: Report) -> tuple[datetime, datetime, tuple[tuple[int, str], ...]]:
    """A sorting key: reports in the order they were said."""
    return (report.reported.at, report.about.at, natural(report.id))


def take(word: Word, earlier: Sequence[Word], silent: dict[str, Reason]) -> list[Word]:
    """A source's words after one more: the later replaces the earlier.

    What it replaces is put into `silent`. That somebody left, that there is fighting, or a denial
    adds to an earlier word that it fits instead of replacing it.
    """
    kept = []
    for old in earlier:
        if _adds_to(word, old):
            kept.append(replace(old, wavering=True) if word.fighting else old)
            continue
        remark = spoken_order(word.report) < spoken_order(old.report)
        silent[old.report.id] = Reason.EARLIER_TIME if remark else Reason.REPLACED
        if _repeats(word, old):
            word = replace(
                word,
                first=min(old.first, word.first, key=lambda m: m.at),
                first_said=min(old.first_said, word.first_said),
                tells_change=old.tells_change,
            )
    return [*kept, word]


def _adds_to(word: Word, old: Word) -> bool:
    if word.backs is not None or old.fighting or old.backs is None:
        return False
    return word.fighting or word.denies_fighting or old.backs != word.against


def _repeats(word: Word, old: Word) -> bool:
    """Whether a word only says that what the old one said is still so; to take is a new event."""
    if word.report.claim is Claim.TOOK:
        return False
    return (old.backs, old.against, old.fighting) == (word.backs, word.against, word.fighting)
