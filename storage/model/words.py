"""Words: what each source says now about a place, and what that weighs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from storage.model.reports import Claim, Report
from storage.model.times import NO_TIME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model.policy import Policy
    from storage.model.sources import Source
    from storage.model.times import Moment

NaturalKey: TypeAlias = tuple[tuple[int, str], ...]


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


@dataclass(eq=False, slots=True)
class Word:
    """What a source says now: whom it says holds the place, or does not.

    `when` (UTC) is its place among the words, by the time that they speak of; `first` the earliest
    moment that the source has spoken of so without saying otherwise since, and `first_said` (UTC)
    the time by when it had first said so; `tells_change` whether it told how this came to be
    (took, left) or only that it is so; `wavering` whether the source has told of fighting since;
    `weight` is what the voice weighs alone.

    What follows from these is worked out once, for a word is weighed again at every step of a
    place (and is not frozen, which would take twice as long to make; nothing changes one): `last`
    is the latest moment that the source spoke of, and from `over` (UTC) on it is past. The word
    stops counting at `expires_at` (UTC): its age runs from when it was said. At `disputes_until`
    it stops disputing what others say: a party's own claim ages from when it was first made. From
    `kept_at` it has stood for long. `turns` are these times; `rank` sorts the heaviest first.
    """

    report: Report
    source: Source
    policy: Policy
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
    last: Moment = field(init=False)
    over: datetime = field(init=False)
    expires_at: datetime = field(init=False)
    disputes_until: datetime = field(init=False)
    kept_at: datetime = field(init=False)
    turns: tuple[datetime, ...] = field(init=False)
    rank: tuple[float, bool, NaturalKey] = field(init=False)

    def __post_init__(self) -> None:
        report, policy = self.report, self.policy
        own, lifetime = self.own_interest, policy.counts_for
        if own:
            lifetime = policy.own_interest_counts_for
        if self.fighting or self.denies_fighting or self.wavering:
            lifetime = min(lifetime, policy.fighting_counts_for)
        self.last = last = report.occurred or report.reported
        self.over = last.over
        self.expires_at = expires = report.reported.latest + lifetime
        self.disputes_until = self.first_said + policy.own_interest_counts_for if own else expires
        self.kept_at = kept = self.first.at + policy.kept_after
        self.turns = (expires, self.disputes_until, kept) if own else (expires, kept)
        self.rank = (-self.weight, self.backs is None, natural(report.id))

    @property
    def keeps_watch(self) -> bool:
        """Whether the source has come back to the place to say that this is still so."""
        return self.last.at > self.first.at

    def faded(self, at: datetime | None) -> float:
        """The share of the weight that confidence still gives the word at `at` (1 if None)."""
        if at is None:
            return 1.0
        age = max(at - self.report.reported.latest, NO_TIME)
        return float(0.5 ** (age / self.policy.half_life))


of_own_interest = attrgetter("own_interest")


@lru_cache(maxsize=100_000)
def natural(text: str) -> NaturalKey:
    """A sorting key that puts 9 before 10: breaks ties between reports said at one moment."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts)


def spoken_order(report: Report) -> tuple[datetime, datetime, NaturalKey]:
    """A sorting key: reports in the order they were said."""
    reported = report.reported
    return (reported.at, (report.occurred or reported).at, natural(report.id))


def take(word: Word, earlier: Sequence[Word], silent: dict[str, Reason]) -> list[Word]:
    """A source's words after one more: the later replaces the earlier.

    What it replaces is put into `silent`. That somebody left, that there is fighting, or a denial
    adds to an earlier word that it fits instead of replacing it.
    """
    if not earlier:
        return [word]
    kept = []
    for old in earlier:
        if _adds_to(word, old):
            wavers = word.fighting and not old.wavering
            kept.append(replace(old, wavering=True) if wavers else old)
            continue
        remark = spoken_order(word.report) < spoken_order(old.report)
        silent[old.report.id] = Reason.EARLIER_TIME if remark else Reason.REPLACED
        if _repeats(word, old):
            word = _said_since(word, old)
    return [*kept, word]


def _said_since(word: Word, old: Word) -> Word:
    """A word that only repeats an old one: `dataclasses.replace` takes three times as long."""
    return Word(
        word.report,
        word.source,
        word.policy,
        word.side,
        word.when,
        old.first if old.first.at <= word.first.at else word.first,
        min(old.first_said, word.first_said),
        word.backs,
        word.against,
        word.fighting,
        word.denies_fighting,
        old.tells_change,
        word.wavering,
        word.own_interest,
        word.against_interest,
        word.weight,
        word.reasons,
    )


def _adds_to(word: Word, old: Word) -> bool:
    if word.backs is not None or old.fighting or old.backs is None:
        return False
    return word.fighting or word.denies_fighting or old.backs != word.against


def _repeats(word: Word, old: Word) -> bool:
    """Whether a word only says that what the old one said is still so; to take is a new event."""
    if word.report.claim is Claim.TOOK:
        return False
    return old.backs == word.backs and old.against == word.against and old.fighting == word.fighting
