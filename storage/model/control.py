"""From claims to control: who holds a place at a time, and why.

A place is looked at (`looking.py`) in three steps. *Words*: what each source says, its later
word in place of its earlier one (`words.py`), and what they weigh together (`voices.py`), by their
grades and by their records (`record.py`). *Holder*: the words in the order of the time they speak
of (`fold.py`); a rival is believed once it is probable enough that the place will settle on it,
and never on interested claims alone (`tenure.py`). *Standing*: how the words that still count at
the given time agree about that holder.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.fold import Fold, due_after
from storage.model.tenure import Case, contradicting, is_turned, log_odds_against, next_tenure
from storage.model.words import Reason, Word, natural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.model.reading import Said
    from storage.model.record import Stance, Tally
    from storage.model.reports import Report
    from storage.model.sources import Source, Sources
    from storage.model.tenure import Tenure
    from storage.model.times import Moment
    from storage.model.voices import Voices


# The least that a report which counts is shown to weigh.
LEAST = 0.01


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
    UNDECIDED = "undecided"
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

    A weight of 0 means that the report does not count; the reasons say why not. `record` is how
    earlier claims of the source like this one turned out, where that has been learned, and
    `stance` what it does: claim the place against a holder, or answer such a claim.
    """

    report: Report
    source: Source
    backs: str | None
    against: str | None
    fighting: bool
    weight: float
    reasons: tuple[Reason, ...]
    record: Tally | None = None
    stance: Stance | None = None

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


def conclude(fold: Fold, said: Said, sources: Sources, at: datetime) -> Assessment:
    """Who holds the place at the time `at` (UTC), where following what was said has come to."""
    by_id = {w.report.id: w.report for w in said.words}
    replaced = ((by_id[i], why) for i, why in fold.replaced.items() if i in by_id)
    silent = [*said.silent, *replaced]
    fresh, tenure = fold.voices(at), fold.tenure
    since = fresh.bearing_on(tenure)
    if tenure.holder is not None and not since.backing(tenure.holder):
        # Nobody fresh speaks for the last holder: the word of whoever else is fresh counts now.
        tenure = next_tenure(tenure, fold.reference, fresh)
        since = fresh.bearing_on(tenure)
    if fold.by_source:
        found = _stand(fold, since, tenure, fresh)
    else:
        found = Assessment(None, Standing.UNKNOWN, 0.0, Rule.NO_REPORTS)
    due = [t for t in (found.recheck_at, said.next_due, due_after(fold, at)) if t is not None]
    claimant = _claimant(fold, tenure, since, found.rival)
    evidence = _evidence(fold.current, silent, since, tenure, (found.rival, claimant), sources)
    return replace(found, recheck_at=min(due, default=None), evidence=evidence)


def _stand(fold: Fold, since: Voices, tenure: Tenure, fresh: Voices) -> Assessment:
    """The answer, still without its evidence; `fresh` words still count, those of `since` bear on
    the last tenure.
    """
    policy = fold.policy
    base = Assessment(
        holder=None,
        standing=Standing.UNKNOWN,
        confidence=0.0,
        rule=Rule.STALE,
        since=tenure.since,
        as_of=max((w.report.reported for w in fresh.words or fold.current), key=lambda m: m.at),
        last_holder=tenure.holder or tenure.left,
        recheck_at=min((w.expires_at for w in fresh.words), default=None),
    )
    if tenure.holder is None or not since.backing(tenure.holder):
        if _fought_over(since, tenure.holder):
            return replace(base, standing=Standing.CONTESTED, rule=Rule.FIGHTING)
        if since.parties():
            return replace(base, rule=Rule.UNDECIDED)
        return replace(base, rule=Rule.LEFT) if tenure.left else base
    backing = since.supporting(tenure.holder, tenure.displaced)
    if since.weigh(backing) < policy.worth_naming:
        return replace(base, rule=Rule.TOO_WEAK)
    return _face_rivals(replace(base, holder=tenure.holder), fold, tenure, since, backing)


def _fought_over(since: Voices, holder: str | None) -> bool:
    """Whether fighting is reported where nobody is known to stand, and that is news, or all that
    is said.
    """
    policy = since.policy
    news = since.only(
        [
            w
            for w in since.words
            if not w.fighting or since.at < w.first_said + policy.fighting_counts_for
        ]
    )
    return (news if since.parties() else since).fighting(holder) >= policy.contested_at


def _face_rivals(
    base: Assessment, fold: Fold, tenure: Tenure, voices: Voices, backing: Sequence[Word]
) -> Assessment:
    """The standing of a holder that somebody backs, against those who say otherwise."""
    policy = fold.policy
    denying = voices.denying(tenure.holder)
    claims = {p: [*voices.disputing(p), *denying] for p in voices.parties() - {tenure.holder}}
    rivals = [(voices.weigh(claim), p) for p, claim in claims.items() if claim]
    _, rival = max(rivals, default=(0.0, None))
    claim = denying if rival is None else claims[rival]
    claimed, answered = voices.weigh(claim), voices.weigh(contradicting(backing, claim, policy))
    if claimed >= policy.dispute_at and claimed >= policy.negligible_share * (claimed + answered):
        standing, rule = Standing.DISPUTED, Rule.TWO_SIDES if rival else Rule.DENIED
    elif _is_contested(tenure, voices, backing):
        standing, rule = Standing.CONTESTED, Rule.FIGHTING
    else:
        standing, rule = _agreement(voices, backing)
    # Named is the rival for whom most is said; whoever is most probable makes the holder less sure.
    odds = min(
        (_odds(p, claims[p], fold, tenure, voices, backing) for _, p in rivals),
        default=_calm_odds(denying, fold, tenure, voices, backing),
    )
    confidence = round(1 / (1 + math.exp(-odds)), 3)
    return replace(base, standing=standing, rule=rule, confidence=confidence, rival=rival)


def _odds(
    rival: str,
    claim: Sequence[Word],
    fold: Fold,
    tenure: Tenure,
    voices: Voices,
    backing: Sequence[Word],
) -> float:
    """The log-odds that the holder, and not this rival, holds the place."""
    if all(w.own_interest for w in claim):
        return _calm_odds(claim, fold, tenure, voices, backing)
    case = _case(rival, claim, tenure, voices, backing)
    against = log_odds_against(tenure, fold.reference, case, voices)
    return _inertia(case.answer, voices, backing) - against


def _case(
    rival: str, claim: Sequence[Word], tenure: Tenure, voices: Voices, backing: Sequence[Word]
) -> Case:
    fighting = voices.fighting_with(tenure.holder)
    return Case(rival, claim, contradicting(backing, claim, voices.policy), fighting)


def _claimant(fold: Fold, tenure: Tenure, voices: Voices, rival: str | None) -> str | None:
    """Whose claim it is that the records were asked about: the rival's, or the holder's where the
    rival is what was settled; None where there is no rival.
    """
    if rival is None or rival != fold.reference or tenure.holder is None:
        return rival
    claim = [*voices.disputing(rival), *voices.denying(tenure.holder)]
    if all(w.own_interest for w in claim):
        return rival
    case = _case(rival, claim, tenure, voices, voices.supporting(tenure.holder, tenure.displaced))
    return tenure.holder if is_turned(tenure, fold.reference, case, voices) else rival


def _calm_odds(
    claim: Sequence[Word], fold: Fold, tenure: Tenure, voices: Voices, backing: Sequence[Word]
) -> float:
    """The log-odds of a holder whom nobody independent contradicts by naming another."""
    policy = fold.policy
    answer = contradicting(backing, claim, policy)
    odds = policy.calm_base + voices.weigh(answer, fading=True)
    if fold.settled:
        # Silence makes nobody surer: what is settled has to be said again.
        kept = [w.faded(voices.at) for w in backing if w.keeps_watch]
        odds += policy.calm_settled * max(kept, default=0.0)
    odds -= voices.weigh(claim, fading=True) + max(voices.fighting(tenure.holder), 0.0)
    return odds + (_inertia(answer, voices, backing) if claim else 0.0)


def _inertia(answer: Sequence[Word], voices: Voices, backing: Sequence[Word]) -> float:
    """What the words for the holder add that were said of the time before a claim against it.

    They do not contradict the claim, however many they are.
    """
    earlier = voices.weigh([w for w in backing if w not in answer], fading=True)
    return min(voices.policy.believe_odds, earlier)


def _is_contested(tenure: Tenure, voices: Voices, backing: Sequence[Word]) -> bool:
    """Whether fighting is reported, and not by one voice while weightier ones keep watch.

    A source that repeats its word keeps watch: where it goes on saying who holds the place, it
    says that the fighting of which it does not speak has not changed that.
    """
    fighting = voices.fighting(tenure.holder)
    watching = voices.weigh(
        [w for w in backing if w.keeps_watch and not (w.fighting or w.wavering)]
    )
    return fighting >= voices.policy.contested_at and fighting > watching


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
    counting: Voices,
    tenure: Tenure,
    rivalry: tuple[str | None, str | None],
    sources: Sources,
) -> tuple[Evidence, ...]:
    """Every report with the weight it has in its camp, in the order they were said.

    `rivalry` are the rival, and whose claim the records are asked about, its or the holder's.
    """
    rival, claimant = rivalry
    evidence = [
        Evidence(r, sources[r.source], None, None, fighting=False, weight=0.0, reasons=(reason,))
        for r, reason in silent
    ]
    ids = {w.report.id for w in counting.words}
    concerned = {w.report.id for w in tenure.concerned(words, counting.policy)}
    for word in words:
        if word.report.id not in ids:
            why = Reason.TOO_OLD if word.report.id in concerned else Reason.OVERTAKEN
            evidence.append(_exhibit(word, 0.0, (why,)))
    backing = counting.supporting(tenure.holder, tenure.displaced) if tenure.holder else []
    for_holder = {w.report.id for w in backing}
    camps: dict[str | None, list[Word]] = {tenure.holder: backing} if backing else {}
    for word in counting.words:
        if word.report.id not in for_holder:
            # That it is not the holder speaks for the rival, whoever that is.
            denies = word.backs is None and word.against is not None
            camp_of = rival if denies and word.against == tenure.holder else word.backs
            camps.setdefault(camp_of, []).append(word)
    for party, camp in camps.items():
        # Where there is a rival, the records say what a word for or against the claim weighs.
        claims = party == claimant
        for share in counting.shares(camp, claimant, claims=claims):
            stance = counting.stance(share.word, claims=claims) if claimant else None
            reasons = (*share.word.reasons, share.less) if share.less else share.word.reasons
            # Whatever its record, a word that counts is not taken for one that does not.
            weight = max(share.weight, LEAST) if share.less is not Reason.SAME_SOURCE else 0.0
            shown = _exhibit(share.word, weight, reasons)
            evidence.append(replace(shown, record=share.record, stance=stance))
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
