"""From claims to control: who holds a place at a time, and why.

`assess` reads the reports of one place in three steps. *Words*: what each source says, its later
word in place of its earlier one (`words.py`), and what they weigh together (`voices.py`).
*Holder*: the words in the order of the time they speak of; a rival takes over when what speaks for
it outweighs those who contradict it and the inertia of the standing holder, and never on
interested claims alone. *Standing*: how the words that still count at the given time agree about
that holder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

from storage.model.voices import Voices
from storage.model.words import Reason, Word, natural, read_words, take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.model.sources import Source, Sources
    from storage.model.times import Moment


class Standing(StrEnum):
    """How the sources stand to each other."""

    CONFIRMED = "confirmed"  # independent sources agree
    LIKELY = "likely"  # one good source, undenied
    DISPUTED = "disputed"  # good sources disagree on who holds it
    CONTESTED = "contested"  # fighting reported
    UNKNOWN = "unknown"  # nothing fresh


class Rule(StrEnum):
    """The rule that decided an assessment."""

    NO_REPORTS = "no-reports"
    STALE = "stale"
    TOO_WEAK = "too-weak"
    LEFT = "left"
    ONE_VOICE = "one-voice"
    OWN_WORD = "own-word"
    NOT_INDEPENDENT = "not-independent"
    INDEPENDENT = "independent"
    TWO_SIDES = "two-sides"
    DENIED = "denied"
    FIGHTING = "fighting"


@dataclass(frozen=True)
class Evidence:
    """One report in an assessment: whom it speaks for or against, what it weighs, and why.

    A weight of 0 means that the report does not count; the reasons say why not.
    """

    report: Report
    source: Source
    backs: str | None
    against: str | None
    fighting: bool
    weight: float
    reasons: tuple[Reason, ...]

    def speaks_for(self, holder: str | None) -> str | None:
        """The party that the report speaks for: that others do not hold it speaks for `holder`."""
        if self.backs is None and self.against not in (None, holder):
            return holder
        return self.backs


@dataclass(frozen=True)
class Assessment:
    """Who holds a place at a time, how sure that is, and why.

    `rival` is the strongest other party, where there is one; `last_holder` who held it before
    nothing was known any more; `as_of` when the last word that counts was said; `recheck_at` when
    time alone may change the answer (UTC), `None` if it cannot.
    """

    holder: str | None
    standing: Standing
    confidence: float
    rule: Rule
    since: Moment | None = None
    as_of: Moment | None = None
    rival: str | None = None
    last_holder: str | None = None
    recheck_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def counting(self) -> tuple[Evidence, ...]:
        """The evidence that has a weight, heaviest first."""
        return tuple(
            sorted(
                (e for e in self.evidence if e.weight > 0),
                key=lambda e: (-e.weight, e.report.id),
            )
        )


def assess(
    reports: Iterable[Report],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
) -> Assessment:
    """Who holds the place that all `reports` are about at the time `at` (UTC), and why.

    The order of the reports and repeated ones make no difference. Reports about a time after `at`
    are left out; a retraction counts whenever it was made. Raises KeyError for a source or a party
    that is not in `sources` or `parties`.
    """
    said = read_words(reports, sources, parties, policy, at)
    past = _follow(said.words, policy)
    silent = [*said.silent, *past.replaced]
    hold = past.hold
    fresh = Voices([w for w in past.current if w.counts_at(at, policy)], policy)
    if hold.holder is not None and not fresh.only(hold.concerns).backing(hold.holder):
        # Nobody fresh speaks for the last holder: the word of whoever else is fresh counts now.
        hold = _next_hold(hold, fresh)
    if past.current:
        found = _stand(past.current, fresh, hold, at)
    else:
        found = Assessment(None, Standing.UNKNOWN, 0.0, Rule.NO_REPORTS)
    due = [t for t in (found.recheck_at, said.next_due) if t is not None]
    evidence = _evidence(past.current, silent, fresh, hold, sources)
    return replace(found, recheck_at=min(due, default=None), evidence=evidence)


@dataclass(frozen=True)
class _Hold:
    """Who held the place last, since when; `left` is who is said to have left it since.

    `displaced` is who held it before, `opened` when that one was first said not to any more.
    """

    holder: str | None = None
    since: Moment | None = None
    opened: Moment | None = None
    displaced: str | None = None
    left: str | None = None

    def concerns(self, word: Word) -> bool:
        """Whether a word may speak of the time of this hold, or of how it came to be."""
        only_against = word.backs is None and word.against not in (None, self.holder)
        begins = self.opened if only_against else self.since
        return begins is None or not word.last.surely_before(begins)


@dataclass(frozen=True)
class _Past:
    """What came of all words: the last settled hold, what each source says now, and what not."""

    hold: _Hold
    current: Sequence[Word]
    replaced: Sequence[tuple[Report, Reason]]


def _follow(words: Sequence[Word], policy: Policy) -> _Past:
    """Follow the words through the time they speak of, each source's later for its earlier."""
    hold = _Hold()
    by_source: dict[str, list[Word]] = {}
    replaced: dict[str, Reason] = {}
    for instant, batch in groupby(words, key=lambda w: w.when):
        news = list(batch)
        for word in news:
            earlier = by_source.get(word.source.id, [])
            by_source[word.source.id] = take(word, earlier, replaced)
        if all(w.backs is not None and w.backs == hold.holder for w in news):
            continue  # nobody says otherwise
        current = [w for some in by_source.values() for w in some]
        hold = _next_hold(
            hold, Voices([w for w in current if w.counts_at(instant, policy)], policy)
        )
    reports = {w.report.id: w.report for w in words}
    return _Past(
        hold,
        [w for some in by_source.values() for w in some],
        [(reports[i], reason) for i, reason in replaced.items()],
    )


def _next_hold(hold: _Hold, voices: Voices) -> _Hold:
    """The hold after these words: a rival's or nobody's, if the case for that is strong enough."""
    since = voices.only(hold.concerns)
    held = voices.backing(hold.holder)
    # What only its own side has said of a holder is no standing to be defended.
    inertia = 0.0 if all(w.own_interest for w in held) else voices.policy.inertia
    against = since.denying(hold.holder)

    def lead(case: Sequence[Word]) -> float:
        if held and all(w.own_interest for w in case):
            return 0.0  # interested claims alone never move a holder
        counter = voices.weigh(_contradicting(held, case, voices.policy))
        return voices.weigh(case) - counter - inertia

    rivals = [(lead([*since.backing(p), *against]), p) for p in since.parties() - {hold.holder}]
    best, rival = max(rivals, key=lambda r: (r[0], r[1]), default=(0.0, None))
    if rival is not None:
        if best <= 0:
            return hold
        begun = _beginning(since.backing(rival), hold.since)
        displaced = hold.holder or hold.left
        opening = [w.first for w in since.supporting(rival, displaced) if w.backs is None]
        opened = min([*opening, begun], key=lambda m: m.at)
        return _Hold(rival, begun, opened, displaced)
    if against and lead(against) > 0:
        begun = _beginning(against, hold.since)
        return _Hold(None, begun, begun, displaced=hold.displaced, left=hold.holder)
    return hold


def _contradicting(held: Sequence[Word], claim: Sequence[Word], policy: Policy) -> list[Word]:
    """The words for the holder that may speak of the time since the claim against it began."""
    changes = [w.first for w in claim if w.tells_change]
    begins = min(changes or [w.first for w in claim], key=lambda m: m.at)
    if not changes:
        begins = replace(begins, at=begins.at - policy.state_reaches_back)
    return [w for w in held if not w.last.surely_before(begins)]


def _beginning(words: Sequence[Word], not_before: Moment | None) -> Moment:
    """When what the words say began: never before the hold that it ended."""
    begins = [
        w.last if not_before is not None and w.first.surely_before(not_before) else w.first
        for w in words
    ]
    return min(begins, key=lambda m: m.at)


def _stand(words: Sequence[Word], fresh: Voices, hold: _Hold, at: datetime) -> Assessment:
    """The answer at the time `at`, still without its evidence; `fresh` words still count."""
    policy = fresh.policy
    since = fresh.only(hold.concerns)
    fighting = since.fighting(hold.holder)
    base = Assessment(
        holder=None,
        standing=Standing.UNKNOWN,
        confidence=0.0,
        rule=Rule.STALE,
        since=hold.since,
        as_of=max((w.report.reported for w in fresh.words or words), key=lambda m: m.at),
        last_holder=hold.holder or hold.left,
        recheck_at=min((w.expires_at(policy) for w in fresh.words), default=None),
    )
    if hold.holder is None or not since.backing(hold.holder):
        if fighting >= policy.contested_at:
            return replace(base, standing=Standing.CONTESTED, rule=Rule.FIGHTING)
        return replace(base, rule=Rule.LEFT) if hold.left else base
    backing = since.supporting(hold.holder, hold.displaced)
    if since.weigh(backing) < policy.worth_naming:
        return replace(base, rule=Rule.TOO_WEAK)
    return _face_rivals(replace(base, holder=hold.holder), since, backing, fighting, at)


def _face_rivals(
    base: Assessment, voices: Voices, backing: Sequence[Word], fighting: float, at: datetime
) -> Assessment:
    """The standing of a holder that somebody backs, against those who say otherwise."""
    policy = voices.policy
    denying = voices.denying(base.holder)
    rivals = [
        (voices.weigh([*voices.backing(p), *denying]), p) for p in voices.parties() - {base.holder}
    ]
    _, rival = max(rivals, default=(0.0, None))
    case = [*voices.backing(rival), *denying]
    answer = _contradicting(backing, case, policy) if case else list(backing)
    claimed, answered = voices.weigh(case), voices.weigh(answer)
    disputed = (
        claimed >= policy.dispute_at and claimed / (claimed + answered) >= policy.negligible_share
    )
    if disputed:
        standing, rule = Standing.DISPUTED, Rule.TWO_SIDES if rival else Rule.DENIED
    elif fighting >= policy.contested_at:
        standing, rule = Standing.CONTESTED, Rule.FIGHTING
    else:
        standing, rule = _agreement(voices, backing)
    # What was said of the time before the rival's claim does not contradict it: it is inertia.
    earlier = voices.weigh((w for w in backing if w not in answer), at=at)
    held = voices.weigh(answer, at=at) + min(policy.inertia, earlier)
    doubt = policy.doubt + voices.weigh(case, at=at) + max(fighting, 0.0)
    return replace(
        base,
        standing=standing,
        rule=rule,
        confidence=round(held / (held + doubt), 3),
        rival=rival,
    )


def _agreement(voices: Voices, backing: Sequence[Word]) -> tuple[Standing, Rule]:
    if len(voices.confirming_sides(backing)) > 1:
        return Standing.CONFIRMED, Rule.INDEPENDENT
    if all(w.own_interest for w in backing):
        return Standing.LIKELY, Rule.OWN_WORD
    if len({w.source.id for w in backing}) == 1:
        return Standing.LIKELY, Rule.ONE_VOICE
    return Standing.LIKELY, Rule.NOT_INDEPENDENT


def _evidence(
    words: Sequence[Word],
    silent: Sequence[tuple[Report, Reason]],
    fresh: Voices,
    hold: _Hold,
    sources: Sources,
) -> tuple[Evidence, ...]:
    """Every report with the weight it has in its camp, in the order they were said."""
    evidence = [
        Evidence(r, sources[r.source], None, None, fighting=False, weight=0.0, reasons=(reason,))
        for r, reason in silent
    ]
    counting = fresh.only(hold.concerns)
    ids = {w.report.id for w in counting.words}
    for word in words:
        if word.report.id not in ids:
            why = Reason.OVERTAKEN if not hold.concerns(word) else Reason.TOO_OLD
            evidence.append(_exhibit(word, 0.0, (why,)))
    backing = counting.supporting(hold.holder, hold.displaced) if hold.holder else []
    for_holder = {w.report.id for w in backing}
    camps: dict[str | None, list[Word]] = {hold.holder: backing} if backing else {}
    for word in counting.words:
        if word.report.id not in for_holder:
            camps.setdefault(word.backs, []).append(word)
    for camp in camps.values():
        for word, weight, why_less in counting.shares(camp):
            reasons = (*word.reasons, why_less) if why_less else word.reasons
            evidence.append(_exhibit(word, weight, reasons))
    return tuple(sorted(evidence, key=lambda e: (e.report.reported.at, natural(e.report.id))))


def _exhibit(word: Word, weight: float, reasons: tuple[Reason, ...]) -> Evidence:
    return Evidence(
        word.report,
        word.source,
        word.backs,
        word.against,
        word.fighting,
        round(weight, 3),
        reasons,
    )
