"""Words: what each source says now about a place, and what that weighs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.parties import Parties, side_of
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Source, Sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from storage.model.policy import Policy
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
    NOTHING_DENIED = "denies a report that is not on record or was withdrawn"


@dataclass(frozen=True)
class Word:
    """What a source says now: whom it says holds the place, or does not.

    `first` is the earliest moment that it has spoken of so without saying otherwise since;
    `tells_change` whether it told how this came to be (took, left) or only that it is so;
    `weight` is what the voice weighs alone.
    """

    report: Report
    source: Source
    side: str | None
    first: Moment
    backs: str | None = None
    against: str | None = None
    fighting: bool = False
    denies_fighting: bool = False
    tells_change: bool = False
    own_interest: bool = False
    against_interest: bool = False
    weight: float = 0.0
    reasons: tuple[Reason, ...] = ()

    @property
    def last(self) -> Moment:
        """The latest moment that the source spoke of."""
        return self.report.about

    def expires_at(self, policy: Policy) -> datetime:
        """When the word stops counting (UTC): its age runs from when it was said."""
        lifetime = policy.counts_for
        if self.own_interest:
            lifetime = policy.own_interest_counts_for
        if self.fighting or self.denies_fighting:
            lifetime = min(lifetime, policy.fighting_counts_for)
        return self.report.reported.latest + lifetime

    def counts_at(self, at: datetime, policy: Policy) -> bool:
        """Whether the word is fresh enough at the time `at`."""
        return at < self.expires_at(policy)

    def faded(self, at: datetime | None, policy: Policy) -> float:
        """The share of the weight that confidence still gives the word at `at` (1 if None)."""
        if at is None:
            return 1.0
        age = max(at - self.report.reported.latest, timedelta())
        return float(0.5 ** (age / policy.half_life))


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A sorting key that puts 9 before 10: breaks ties between reports said at one moment."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((int(p), "") if p.isdecimal() else (-1, p) for p in parts)


def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
) -> tuple[list[Word], list[tuple[Report, Reason]]]:
    """What each source says now, and why each other report does not count.

    Reports about a time after `at` (UTC) are in neither.
    """
    by_id = {r.id: r for r in reports}
    withdrawn = _withdrawn(by_id)
    silent: dict[str, Reason] = {}
    live: dict[str, Report] = {}
    for report in sorted(by_id.values(), key=_order):
        if report.about.at > at:
            continue
        if report.id in withdrawn:
            silent[report.id] = Reason.WITHDRAWN
        elif report.claim is Claim.RETRACTS:
            silent[report.id] = Reason.RETRACTION
        else:
            live[report.id] = report
    current: dict[str, list[Word]] = {}
    for report in live.values():
        word = _read(report, sources[report.source], live, parties)
        if word is None:
            silent[report.id] = Reason.NOTHING_DENIED
        else:
            current[report.source] = _take(word, current.get(report.source, []), silent)
    words = [w for of_source in current.values() for w in of_source]
    involved = {side_of(p, parties) for w in words for p in (w.backs, w.against) if p}
    weighed = [_weighed(_with_interest(w, involved, parties), policy) for w in words]
    return weighed, [(by_id[i], reason) for i, reason in silent.items()]


def _order(report: Report) -> tuple[datetime, datetime, tuple[tuple[int, str], ...]]:
    return (report.reported.at, report.about.at, natural(report.id))


def _withdrawn(by_id: Mapping[str, Report]) -> set[str]:
    """The reports taken back by a retraction that was not itself taken back."""
    retractions: dict[str, list[str]] = {}
    for report in by_id.values():
        if report.claim is Claim.RETRACTS and report.refers_to:
            retractions.setdefault(report.refers_to, []).append(report.id)

    def taken_back(report_id: str, asked: frozenset[str]) -> bool:
        # A ring of retractions takes nothing back: each waits for another.
        return any(
            r not in asked and not taken_back(r, asked | {r})
            for r in retractions.get(report_id, ())
        )

    return {r for r in retractions if taken_back(r, frozenset({r}))}


def _take(word: Word, earlier: list[Word], silent: dict[str, Reason]) -> list[Word]:
    """A source's words after one more: the later replaces the earlier.

    That somebody left, or a denial, adds to an earlier word that it fits instead of replacing it.
    """
    if any(word.last.surely_before(w.last) for w in earlier):
        silent[word.report.id] = Reason.EARLIER_TIME
        return earlier
    only_against = word.backs is None and word.against is not None
    kept = []
    for old in earlier:
        if only_against and old.backs not in (None, word.against) and not old.fighting:
            kept.append(old)
            continue
        silent[old.report.id] = Reason.REPLACED
        if (old.backs, old.against, old.fighting) == (word.backs, word.against, word.fighting):
            word = replace(
                word,
                first=min(old.first, word.first, key=lambda m: m.at),
                tells_change=old.tells_change or word.tells_change,
            )
    return [*kept, word]


def _read(
    report: Report, source: Source, live: Mapping[str, Report], parties: Parties
) -> Word | None:
    """One report as a word, not weighed yet; None for a denial of nothing on record."""
    side = side_of(source.party, parties) if source.party else None
    word = Word(report, source, side, first=report.about)
    match report.claim:
        case Claim.HOLDS:
            return replace(word, backs=report.party)
        case Claim.TOOK:
            return replace(word, backs=report.party, tells_change=True)
        case Claim.LEFT:
            return replace(word, against=report.party, tells_change=True)
        case Claim.FIGHTING:
            # A side that says its people are still fighting there denies that it has lost.
            return replace(word, fighting=True, backs=source.party)
        case _:
            return _deny(word, live.get(report.refers_to or ""), parties)


def _deny(word: Word, target: Report | None, parties: Parties) -> Word | None:
    """A denial: it speaks of the moment that the report it denies spoke of, too."""
    word = replace(word, backs=word.report.party)
    if target is None:
        return word if word.backs else None
    word = replace(word, first=min(word.first, target.about, key=lambda m: m.at))
    if target.claim is Claim.FIGHTING:
        return replace(word, denies_fighting=True)
    if target.claim is Claim.LEFT:
        return replace(word, backs=word.backs or target.party)
    if word.backs is None and word.side and parties[word.side].government_of:
        # A government that denies another's gain says that the place is still its own.
        word = replace(word, backs=word.source.party)
    return replace(word, against=target.party if target.party != word.backs else None)


def _with_interest(word: Word, involved: set[str], parties: Parties) -> Word:
    """Whether the word serves its speaker's side or goes against it.

    `involved` are the sides spoken of at this place: a side that never was has nothing to lose
    there, unless it is a government.
    """
    if word.side is None:
        return word
    backed = side_of(word.backs, parties) if word.backs else None
    opposed = side_of(word.against, parties) if word.against else None
    if backed == word.side:
        return replace(word, own_interest=True)
    at_stake = word.side in involved or bool(parties[word.side].government_of)
    if opposed == word.side or (backed and at_stake):
        return replace(word, against_interest=True)
    return replace(word, own_interest=opposed is not None)


def _weighed(word: Word, policy: Policy) -> Word:
    grade = word.source.reliability
    weight = policy.grade_weight[grade]
    reasons = []
    for applies, factor, reason in (
        (word.source.at_scene, policy.at_scene, Reason.AT_SCENE),
        (word.against_interest, policy.against_interest, Reason.AGAINST_INTEREST),
        (word.own_interest, policy.own_interest, Reason.OWN_INTEREST),
        (word.fighting, policy.fighting_claim, Reason.STILL_FIGHTING),
    ):
        if applies:
            weight *= factor
            reasons.append(reason)
    reasons.append(_GRADES[grade])
    return replace(word, weight=weight, reasons=tuple(reasons))


_GRADES = {grade: Reason[f"GRADE_{grade}"] for grade in Grade}


def _heaviest_first(word: Word) -> tuple[object, ...]:
    return (-word.weight, word.backs is None, natural(word.report.id))


@dataclass(frozen=True)
class Voices:
    """The words that count at a time, with the questions that are asked of them."""

    words: Sequence[Word]
    policy: Policy

    def only(self, keep: Callable[[Word], bool]) -> Voices:
        """These voices without those that `keep` refuses."""
        return Voices([w for w in self.words if keep(w)], self.policy)

    def parties(self) -> set[str]:
        """The parties that somebody says hold the place."""
        return {w.backs for w in self.words if w.backs}

    def backing(self, party: str | None) -> list[Word]:
        """The words that say this party holds the place."""
        return [w for w in self.words if w.backs is not None and w.backs == party]

    def denying(self, party: str | None) -> list[Word]:
        """The words that say this party does not hold it, without saying who does."""
        return [
            w for w in self.words if w.against is not None and w.against == party and not w.backs
        ]

    def supporting(self, party: str) -> list[Word]:
        """The words for this party: that it holds the place, or that another does not."""
        return [
            w
            for w in self.words
            if w.backs == party or (not w.backs and w.against not in (None, party))
        ]

    def fighting(self, holder: str | None) -> float:
        """What speaks for fighting at the place, less what denies it.

        A rival that says it is still fighting there disputes the holder instead.
        """
        said = [w for w in self.words if w.fighting and w.backs in (None, holder)]
        denied = [w for w in self.words if w.denies_fighting]
        return self.weigh(said) - self.weigh(denied)

    def weigh(self, words: Iterable[Word], at: datetime | None = None) -> float:
        """What some of these words weigh together; faded with age if `at` is given."""
        shares = self.shares(words)
        return sum(weight * word.faded(at, self.policy) for word, weight, _ in shares)

    def shares(self, words: Iterable[Word]) -> list[tuple[Word, float, Reason | None]]:
        """What each of some words adds, heaviest first, and why that is less than its weight.

        Speakers of one side are less than independent, those of one institution (a kind of source
        on one side) hardly more than one. Two words of one source are one voice.
        """
        result: list[tuple[Word, float, Reason | None]] = []
        kinds: dict[str, list[str]] = {}
        spoken: set[str] = set()
        for word in sorted(words, key=_heaviest_first):
            factor, reason = 1.0, None
            before = kinds.setdefault(word.side, []) if word.side else []
            if word.source.id in spoken:
                factor, reason = 0.0, Reason.SAME_SOURCE
            elif word.source.kind in before:
                factor = self.policy.same_institution ** before.count(word.source.kind)
                reason = Reason.SAME_INSTITUTION
            elif before:
                factor, reason = self.policy.same_side, Reason.SAME_SIDE
            spoken.add(word.source.id)
            before.append(word.source.kind)
            result.append((word, word.weight * factor, reason))
        return result

    def confirming_sides(self, words: Iterable[Word]) -> set[str]:
        """The independent sides among some words that are good enough to confirm each other."""
        return {
            word.side or f"source {word.source.id}"
            for word in words
            if word.weight >= self.policy.confirming_weight
            and not word.own_interest
            and (word.against_interest or word.source.reliability in self.policy.confirming)
        }
