"""Reading: from the reports about a place to the words of each source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from storage.model.parties import Parties, side_of
from storage.model.reports import Claim, Report
from storage.model.sources import Grade
from storage.model.words import Reason, Word, spoken_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.model.policy import Policy
    from storage.model.sources import Source, Sources
    from storage.model.times import Moment


@dataclass(frozen=True)
class Before:
    """What the reports before a time `cut` (UTC) leave for reading those after it.

    `involved` are the sides spoken of, with the time since when; `now` each source's words;
    `spent` the reports about the time after the cut (and that time) that have already had their
    effect before it.
    """

    cut: datetime
    involved: Mapping[str, datetime]
    now: Mapping[str, Sequence[Word]]
    spent: Mapping[str, datetime]


@dataclass(frozen=True)
class Said:
    """All that was said of a place: every word in the order of the time it speaks of, why other
    reports say nothing, and when the next report is about that is not due yet (UTC).

    `involved` are the sides spoken of, with the time since when; `effects` are the reports with
    the earliest time (UTC) at which they have an effect.
    """

    words: Sequence[Word]
    silent: Sequence[tuple[Report, Reason]]
    next_due: datetime | None
    involved: Mapping[str, datetime] = field(default_factory=dict)
    effects: Sequence[tuple[Report, datetime]] = ()


def read_words(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
    before: Before | None = None,
) -> Said | None:
    """What the reports about a place say of the time up to `at` (UTC).

    With `before`, only the reports about the time since then are given. None if one of them
    reaches back behind it: then all reports are needed.
    """
    by_id = {r.id: r for r in reports if before is None or r.id not in before.spent}
    ordered = sorted(by_id.values(), key=spoken_order)
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
    if before is not None and _reaches_back(ordered, by_id, before, policy):
        return None
    for report_id in _corrected(live.values(), policy):
        del live[report_id]
        silent[report_id] = Reason.REPLACED
    involved = _involved(live.values(), parties, before)
    words: list[Word] = []
    for report in live.values():
        word = _read(report, sources[report.source], live, involved, parties, policy)
        if word is None:
            silent[report.id] = Reason.NOTHING_DENIED
        else:
            words.append(word)
    if before is not None and any(w.when < before.cut for w in words):
        return None
    return Said(
        sorted(_in_own_order(words, before), key=lambda w: w.when),
        [(by_id[i], reason) for i, reason in silent.items()],
        min((r.about.at for r in ordered if r.about.at > at), default=None),
        involved,
        [*((w.report, w.when) for w in words), *_touched(silent, by_id)],
    )


def _touched(
    silent: Mapping[str, Reason], by_id: Mapping[str, Report]
) -> Iterator[tuple[Report, datetime]]:
    """The reports that say nothing themselves; a retraction with the time of what it takes back."""
    for report_id, reason in silent.items():
        report = by_id[report_id]
        target = by_id.get(report.refers_to or "") if reason is Reason.RETRACTION else None
        yield report, (target or report).about.at


def _reaches_back(
    ordered: Iterable[Report], by_id: Mapping[str, Report], before: Before, policy: Policy
) -> bool:
    """Whether a report refers to, or corrects, one that is not among those given."""
    for report in ordered:
        if report.refers_to is not None and report.refers_to not in by_id:
            return True
        if report.claim is Claim.HOLDS and any(
            old.backs not in (None, report.party)
            and report.about.at - old.last.at <= policy.state_reaches_back
            for old in before.now.get(report.source, ())
        ):
            return True
    return False


def _involved(
    live: Iterable[Report], parties: Parties, before: Before | None
) -> dict[str, datetime]:
    """The sides that have been said to hold, take or leave the place, and the time since when."""
    involved = dict(before.involved) if before else {}
    for report in live:
        if report.party and report.claim is not Claim.FIGHTING:
            side, since = side_of(report.party, parties), report.about.at
            involved[side] = min(involved.get(side, since), since)
    return involved


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
        if report.claim is Claim.HOLDS and by_party.keys() - {report.party}:
            corrected |= {
                r.id
                for party in by_party.keys() - {report.party}
                for r in by_party[party]
                if not report.about.surely_before(r.about)
                and report.about.at - r.about.at <= policy.state_reaches_back
            }
        by_party.setdefault(report.party, []).append(report)
    return corrected


def _in_own_order(words: Iterable[Word], before: Before | None) -> Iterator[Word]:
    """The words, given in the order they were said, with the later of a source behind its earlier.

    A day may hide what came first; a remark about an earlier time stays in that time.
    """
    latest: dict[str, Word] = {}
    if before is not None:
        latest = {s: max(some, key=lambda w: w.when) for s, some in before.now.items() if some}
    for word in words:
        earlier = latest.get(word.source.id)
        if earlier is not None and word.last.surely_before(earlier.last):
            yield word
            continue
        if earlier is not None and earlier.when > word.when:
            word = replace(word, when=earlier.when)
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


@dataclass(frozen=True)
class _Meaning:
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
