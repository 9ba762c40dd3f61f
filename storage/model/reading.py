"""Reading: from the reports about a place to the words of each source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, overload

from storage.model.before import sides_spoken_of
from storage.model.parties import side_of
from storage.model.reports import Claim
from storage.model.sources import Grade
from storage.model.withdrawals import corrections, withdrawals
from storage.model.words import Reason, Word, spoken_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.model.before import Before
    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.model.sources import Source, Sources
    from storage.model.times import Moment


@dataclass(frozen=True)
class Said:
    """All that was said of a place: every word in the order of the time it speaks of, why other
    reports say nothing, and when the next report is about that is not due yet (UTC).

    `spoken` are the words in the order they were said.
    """

    words: Sequence[Word]
    silent: Sequence[tuple[Report, Reason]]
    next_due: datetime | None
    spoken: Sequence[Word] = ()


@overload
def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
    before: None = None,
    held: Collection[str] = (),
) -> Said: ...


@overload
def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
    before: Before,
    held: Collection[str] = (),
) -> Said | None: ...


def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
    before: Before | None = None,
    held: Collection[str] = (),
) -> Said | None:
    """What the reports about a place say of the time up to `at` (UTC).

    Reports whose ids are `held` are taken as not said. With `before`, only the reports about the
    time since then are needed. None if one of them touches what lies before it: then all are.
    """
    by_id = {r.id: r for r in reports if before is None or r.id not in before.spent}
    if before is not None and not before.bears(by_id):
        return None
    ordered = sorted(by_id.values(), key=spoken_order)
    heard = {i: r for i, r in by_id.items() if i not in held}
    withdrawn = withdrawals(heard, sources, parties)
    silent: dict[str, Reason] = {}
    live: dict[str, Report] = {}
    for report in ordered:
        if report.about.at > at:
            continue
        if report.id in held:
            silent[report.id] = Reason.HELD
        elif report.id in withdrawn.gone:
            silent[report.id] = Reason.WITHDRAWN
        elif report.id in withdrawn.by:
            silent[report.id] = Reason.RETRACTION
        else:
            live[report.id] = report
    said = live.values()
    corrected = before.corrected_with(said, policy) if before else corrections(said, policy)
    if corrected is None:
        return None
    for report_id in corrected:
        del live[report_id]
        silent[report_id] = Reason.REPLACED
    involved = sides_spoken_of(live.values(), parties, before.involved if before else {})
    words: list[Word] = []
    for report in live.values():
        word = _read(report, sources[report.source], live, involved, parties, policy)
        if word is None:
            silent[report.id] = Reason.NOTHING_DENIED
        else:
            words.append(word)
    spoken = list(_in_own_order(words, before))
    return Said(
        sorted(spoken, key=lambda w: w.when),
        [(by_id[i], reason) for i, reason in silent.items()],
        min((r.about.at for r in ordered if r.about.at > at), default=None),
        spoken,
    )


def _in_own_order(words: Iterable[Word], before: Before | None) -> Iterator[Word]:
    """The words, given in the order they were said, with the later of a source behind its earlier.

    A day may hide what came first; a remark about an earlier time stays in that time.
    """
    latest = dict(before.latest) if before else {}
    for word in words:
        earlier = latest.get(word.source.id)
        if earlier is not None and word.last.surely_before(earlier.last):
            yield word
            continue
        if earlier is not None and earlier.when > word.when:
            word = replace(word, when=earlier.when)
        latest[word.source.id] = word
        yield word


class _Meaning(NamedTuple):
    """What a report says, before it is asked whose interest that serves and what it weighs."""

    backs: str | None = None
    against: str | None = None
    fighting: bool = False
    denies_fighting: bool = False
    tells_change: bool = False
    first: Moment | None = None


def _read(
    report: Report,
    source: Source,
    live: Mapping[str, Report],
    involved: Mapping[str, datetime],
    parties: Parties,
    policy: Policy,
) -> Word | None:
    """One report as a word; None for a denial of nothing on record.

    `involved` are the sides that have been said to hold, take or leave the place.
    """
    side = side_of(source.party, parties) if source.party else None
    # A side that was not spoken of by then has nothing to lose at this place.
    has_stake = side is not None and side in involved and involved[side] <= report.about.at
    meaning = _meaning(report, source, side, live, has_stake=has_stake)
    if meaning is None:
        return None
    own = against = False
    if side is not None:
        own, against = _interest(meaning, side, parties, has_stake=has_stake)
    weight, reasons = _weight(
        source, policy, own=own, against=against, only_fighting=meaning.fighting
    )
    first = meaning.first or report.about
    return Word(
        report,
        source,
        policy,
        side,
        when=first.at,
        first=first,
        first_said=report.reported.latest,
        backs=meaning.backs,
        against=meaning.against,
        fighting=meaning.fighting,
        denies_fighting=meaning.denies_fighting,
        tells_change=meaning.tells_change,
        own_interest=own,
        against_interest=against,
        weight=weight,
        reasons=reasons,
    )


def _meaning(
    report: Report,
    source: Source,
    side: str | None,
    live: Mapping[str, Report],
    *,
    has_stake: bool,
) -> _Meaning | None:
    match report.claim:
        case Claim.HOLDS:
            return _Meaning(report.party)
        case Claim.TOOK:
            return _Meaning(report.party, tells_change=True)
        case Claim.LEFT:
            return _Meaning(against=report.party, tells_change=True)
        case Claim.FIGHTING:
            # A side that says its people are still fighting there denies that it has lost.
            return _Meaning(source.party if has_stake else None, fighting=True)
        case _:
            return _denial(report, source, side, live, has_stake=has_stake)


def _denial(
    report: Report,
    source: Source,
    side: str | None,
    live: Mapping[str, Report],
    *,
    has_stake: bool,
) -> _Meaning | None:
    """A denial, which speaks of the moment that the report it denies spoke of, too.

    A retraction by the other side of what it did not say itself is one as well.
    """
    target = live.get(report.refers_to or "")
    backs = report.party
    if target is None:
        return _Meaning(backs) if backs else None
    first = min(report.about, target.about, key=lambda m: m.at)
    match target.claim:
        case Claim.FIGHTING:
            return _Meaning(backs, denies_fighting=True, first=first)
        case Claim.LEFT:
            return _Meaning(backs or target.party, first=first)
        case Claim.DENIES | Claim.RETRACTS:
            # That a denial is not so: then what it denied is.
            denied = live.get(target.refers_to or "")
            if backs is None and denied and denied.claim in (Claim.HOLDS, Claim.TOOK):
                backs = denied.party
            return _Meaning(backs, first=first) if backs else None
        case _:
            if backs is None and has_stake and side != target.party:
                # A side that denies another's gain speaks for itself.
                backs = source.party
            against = target.party if target.party != backs else None
            return _Meaning(backs, against, first=first)


def _interest(
    meaning: _Meaning, side: str, parties: Parties, *, has_stake: bool
) -> tuple[bool, bool]:
    """Whether a meaning serves its speaker's side, and whether it goes against it."""
    backed = side_of(meaning.backs, parties) if meaning.backs else None
    opposed = side_of(meaning.against, parties) if meaning.against else None
    if backed == side:
        return True, False
    if opposed == side or (backed and has_stake):
        return False, True
    return opposed is not None, False


def _weight(
    source: Source, policy: Policy, *, own: bool, against: bool, only_fighting: bool
) -> tuple[float, tuple[Reason, ...]]:
    weight = policy.grade_weight[source.reliability]
    reasons = []
    for applies, factor, reason in (
        (source.at_scene, policy.at_scene, Reason.AT_SCENE),
        (against, policy.against_interest, Reason.AGAINST_INTEREST),
        (own, policy.own_interest, Reason.OWN_INTEREST),
    ):
        if applies:
            weight *= factor
            reasons.append(reason)
    if only_fighting:
        reasons.append(Reason.STILL_FIGHTING)
    return weight, (*reasons, _GRADES[source.reliability])


_GRADES = {grade: Reason[f"GRADE_{grade}"] for grade in Grade}
