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
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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

    `when` (UTC) is its place among the words, by the time that they speak of; `first` the earliest
    moment that the source has spoken of so without saying otherwise since; `tells_change` whether
    it told how this came to be (took, left) or only that it is so; `weight` is what the voice
    weighs alone.
    """

    report: Report
    source: Source
    side: str | None
    when: datetime
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


@dataclass(frozen=True)
class Said:
    """All that was said of a place: every word in the order of the time it speaks of, why other
    reports say nothing, and when the next report is about that is not due yet (UTC).
    """

    words: Sequence[Word]
    silent: Sequence[tuple[Report, Reason]]
    next_due: datetime | None


def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
) -> Said:
    """What the reports about a place say of the time up to `at` (UTC)."""
    by_id = {r.id: r for r in reports}
    ordered = sorted(by_id.values(), key=_order)
    withdrawn = _withdrawn(by_id, sources, parties)
    silent: dict[str, Reason] = {}
    live: dict[str, Report] = {}
    for report in ordered:
        if report.about.at > at:
            continue
        if report.id in withdrawn.gone:
            silent[report.id] = Reason.WITHDRAWN
        elif report.id in withdrawn.by:
            silent[report.id] = Reason.RETRACTION
        else:
            live[report.id] = report
    for report_id in _corrected(live.values(), policy):
        del live[report_id]
        silent[report_id] = Reason.REPLACED
    claims = [r for r in live.values() if r.claim is not Claim.FIGHTING]
    involved = {side_of(r.party, parties) for r in claims if r.party}
    words: list[Word] = []
    for report in live.values():
        word = _read(report, sources[report.source], live, involved, parties)
        if word is None:
            silent[report.id] = Reason.NOTHING_DENIED
        else:
            words.append(_weighed(_with_interest(word, involved, parties), policy))
    return Said(
        sorted(_in_own_order(words), key=lambda w: w.when),
        [(by_id[i], reason) for i, reason in silent.items()],
        min((r.about.at for r in ordered if r.about.at > at), default=None),
    )


def _order(report: Report) -> tuple[datetime, datetime, tuple[tuple[int, str], ...]]:
    return (report.reported.at, report.about.at, natural(report.id))


def _corrected(ordered: Iterable[Report], policy: Policy) -> set[str]:
    """The reports that their source has corrected, given in the order they were said.

    Who says that one party took or holds the place, and shortly afterwards that another holds it,
    without telling of a change, was wrong before: that counts as never said.
    """
    corrected: set[str] = set()
    said: dict[str, dict[str | None, list[Report]]] = {}
    for report in ordered:
        if report.claim not in (Claim.HOLDS, Claim.TOOK):
            continue
        by_party = said.setdefault(report.source, {})
        if report.claim is Claim.HOLDS:
            corrected |= {
                r.id
                for party in by_party.keys() - {report.party}
                for r in by_party[party]
                if not report.about.surely_before(r.about)
                and report.about.at - r.about.at <= policy.state_reaches_back
            }
        by_party.setdefault(report.party, []).append(report)
    return corrected


def _in_own_order(words: Iterable[Word]) -> Iterator[Word]:
    """The words, given in the order they were said, with the later of a source behind its earlier.

    A day may hide what came first; a remark about an earlier time stays in that time.
    """
    latest: dict[str, Word] = {}
    for word in words:
        before = latest.get(word.source.id)
        if before is not None and word.last.surely_before(before.last):
            yield word
            continue
        if before is not None:
            word = replace(word, when=max(word.when, before.when))
        latest[word.source.id] = word
        yield word


@dataclass(frozen=True)
class _Withdrawn:
    """The reports taken back, and the retractions (in force or not), by id."""

    gone: set[str]
    by: set[str]


def _withdrawn(by_id: Mapping[str, Report], sources: Sources, parties: Parties) -> _Withdrawn:
    """What was taken back by a retraction that was not itself taken back."""
    retractions: dict[str, list[str]] = {}
    for report in by_id.values():
        if report.claim is Claim.RETRACTS and report.refers_to:
            target = by_id.get(report.refers_to)
            if target is None or _may_retract(report, target, sources, parties):
                retractions.setdefault(report.refers_to, []).append(report.id)

    def taken_back(report_id: str, asked: frozenset[str]) -> bool:
        # A ring of retractions takes nothing back: each waits for another.
        return any(
            r not in asked and not taken_back(r, asked | {r})
            for r in retractions.get(report_id, ())
        )

    return _Withdrawn(
        {r for r in retractions if taken_back(r, frozenset({r}))},
        {r for some in retractions.values() for r in some},
    )


def _may_retract(retraction: Report, target: Report, sources: Sources, parties: Parties) -> bool:
    """Whether the retraction is not one by the other side, which can only deny."""
    sides = {
        side_of(party, parties)
        for r in (retraction, target)
        if (party := sources[r.source].party) is not None
    }
    return len(sides) < 2 or retraction.source == target.source


def take(word: Word, earlier: Sequence[Word], silent: dict[str, Reason]) -> list[Word]:
    """A source's words after one more: the later replaces the earlier.

    What it replaces is put into `silent`. That somebody left, that there is fighting, or a denial
    adds to an earlier word that it fits instead of replacing it.
    """
    kept = []
    for old in earlier:
        if _adds_to(word, old):
            kept.append(old)
            continue
        remark = _order(word.report) < _order(old.report)
        silent[old.report.id] = Reason.EARLIER_TIME if remark else Reason.REPLACED
        if _repeats(word, old):
            word = replace(
                word,
                first=min(old.first, word.first, key=lambda m: m.at),
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


def _read(
    report: Report,
    source: Source,
    live: Mapping[str, Report],
    involved: set[str],
    parties: Parties,
) -> Word | None:
    """One report as a word, not weighed yet; None for a denial of nothing on record.

    `involved` are the sides that have been said to hold, take or leave the place.
    """
    side = side_of(source.party, parties) if source.party else None
    word = Word(report, source, side, when=report.about.at, first=report.about)
    match report.claim:
        case Claim.HOLDS:
            return replace(word, backs=report.party)
        case Claim.TOOK:
            return replace(word, backs=report.party, tells_change=True)
        case Claim.LEFT:
            return replace(word, against=report.party, tells_change=True)
        case Claim.FIGHTING:
            # A side that says its people are still fighting there denies that it has lost.
            return replace(word, fighting=True, backs=source.party if side in involved else None)
        case _:
            return _deny(word, live, involved)


def _deny(word: Word, live: Mapping[str, Report], involved: set[str]) -> Word | None:
    """A denial, which speaks of the moment that the report it denies spoke of, too.

    A retraction by the other side of what it did not say itself is one as well.
    """
    target = live.get(word.report.refers_to or "")
    word = replace(word, backs=word.report.party)
    if target is None:
        return word if word.backs else None
    first = min(word.first, target.about, key=lambda m: m.at)
    word = replace(word, first=first, when=first.at)
    match target.claim:
        case Claim.FIGHTING:
            return replace(word, denies_fighting=True)
        case Claim.LEFT:
            return replace(word, backs=word.backs or target.party)
        case Claim.DENIES | Claim.RETRACTS:
            # That a denial is not so: then what it denied is.
            denied = live.get(target.refers_to or "")
            backed = denied.party if denied and denied.claim in (Claim.HOLDS, Claim.TOOK) else None
            word = replace(word, backs=word.backs or backed)
            return word if word.backs else None
        case _:
            if word.backs is None and word.side in involved and word.side != target.party:
                # A side that denies another's gain speaks for itself.
                word = replace(word, backs=word.source.party)
            return replace(word, against=target.party if target.party != word.backs else None)


def _with_interest(word: Word, involved: set[str], parties: Parties) -> Word:
    """Whether the word serves its speaker's side or goes against it.

    A side that was never spoken of at this place has nothing to lose there.
    """
    if word.side is None:
        return word
    backed = side_of(word.backs, parties) if word.backs else None
    opposed = side_of(word.against, parties) if word.against else None
    if backed == word.side:
        return replace(word, own_interest=True)
    if opposed == word.side or (backed and word.side in involved):
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
