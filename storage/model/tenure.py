"""Tenures: who held the place last, and when what is said carries a change of that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from storage.model.times import LONG_AGO, NO_TIME
from storage.model.words import of_own_interest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.model.policy import Policy
    from storage.model.times import Moment
    from storage.model.voices import Voices
    from storage.model.words import Word


@dataclass(frozen=True)
class Tenure:
    """Who held the place last, since when; `left` is who is said to have left it since.

    `displaced` is who held it before, `opened` when that one was first said not to any more;
    `by_change` whether it was told how the tenure came to be.
    """

    holder: str | None = None
    since: Moment | None = None
    opened: Moment | None = None
    displaced: str | None = None
    left: str | None = None
    by_change: bool = True

    def concerned(self, words: Iterable[Word], policy: Policy) -> list[Word]:
        """The words that may speak of the time of this tenure, or of how it came to be."""
        reach = NO_TIME if self.by_change else policy.state_reaches_back
        since = self.since.at - reach if self.since else LONG_AGO
        # Who only says that another party is not there may mean the time when it was driven out.
        opened = self.opened.at - reach if self.opened else LONG_AGO
        holder = self.holder
        return [
            w
            for w in words
            if w.over
            > (
                opened
                if w.backs is None and w.against is not None and w.against != holder
                else since
            )
        ]


class Case(NamedTuple):
    """The words that a rival holds the place, and those that answer them."""

    rival: str
    claim: Sequence[Word]
    answer: Sequence[Word]
    fighting: Sequence[Word] = ()

    @property
    def interested(self) -> bool:
        """Whether only the parties themselves claim it, each in its own favour."""
        return all(map(of_own_interest, self.claim))

    def log_odds(self, voices: Voices) -> float:
        """The log-odds that the next settled state is the rival, by the records of the voices."""
        policy = voices.policy
        against = [*self.answer, *self.fighting]
        claim = voices.claim(self.claim, self.rival)
        if all(map(of_own_interest, against)):
            claim = max(claim, claim * policy.undenied)
        base = voices.record.base(self.rival, policy)
        odds = base + claim - voices.answer(against, self.rival)
        # The records tell how disputes end, and this is none any more.
        return max(odds, policy.unanimous_odds) if self._is_unanimous(against) else odds

    def _is_unanimous(self, against: Iterable[Word]) -> bool:
        """Whether several independent sources name the rival, and none speaks against it."""
        if not all(map(of_own_interest, against)):
            return False
        naming = {w.source.id for w in self.claim if w.backs == self.rival and not w.own_interest}
        return len(naming) > 1


def case_for(rival: str, tenure: Tenure, voices: Voices, since: Voices | None = None) -> Case:
    """The case that `rival`, and not the holder, holds the place now.

    `since` are the voices that speak of the time of the tenure, where that is known already.
    """
    since = since or voices.bearing_on(tenure)
    claim = [*since.disputing(rival), *since.denying(tenure.holder)]
    held = voices.backing(tenure.holder)
    if held:
        # That the rival has left, or does not hold it, answers that it does.
        held = [*held, *since.denying(rival)]
    # Fighting speaks against any change, whoever stood there last.
    fighting = since.fighting_with(tenure.holder)
    return Case(rival, claim, contradicting(held, claim, voices.policy), fighting)


def log_odds_against(tenure: Tenure, reference: str | None, case: Case, voices: Voices) -> float:
    """The log-odds that the rival of a case, and not the holder, is what settles next.

    What the records tell is how often a claim against the settled holder was borne out. So where
    the holder is itself a rival of what was settled, its claim is weighed, and the odds turned.
    """
    odds, turned = case.log_odds(voices), _turned(tenure, reference, case)
    return odds if turned is None else min(odds, -turned.log_odds(voices))


def is_turned(tenure: Tenure, reference: str | None, case: Case, voices: Voices) -> bool:
    """Whether those odds are the turned ones: by the records of the holder's claim."""
    turned = _turned(tenure, reference, case)
    return turned is not None and -turned.log_odds(voices) < case.log_odds(voices)


def _turned(tenure: Tenure, reference: str | None, case: Case) -> Case | None:
    """The case for a holder that is itself a rival of what was settled, against this one."""
    answered = [w for w in case.answer if not w.fighting]
    if case.rival != reference or not tenure.holder or all(map(of_own_interest, answered)):
        return None
    return Case(tenure.holder, answered, case.claim)


def next_tenure(tenure: Tenure, reference: str | None, voices: Voices) -> Tenure:
    """The tenure after these words, such that the same words would not move it on."""
    been = {(tenure.holder, tenure.left)}
    while True:
        after = _step(tenure, reference or tenure.holder, voices)
        if (after.holder, after.left) in been:
            return tenure
        been.add((after.holder, after.left))
        tenure = after


def _step(tenure: Tenure, reference: str | None, voices: Voices) -> Tenure:
    """A rival's tenure or nobody's, if the case for that is strong enough."""
    since = voices.bearing_on(tenure)
    held = voices.backing(tenure.holder)
    best, found = 0.0, tenure
    for rival in sorted(since.parties() - {tenure.holder}):
        case = case_for(rival, tenure, voices, since)
        lead = _lead(case, tenure, reference, voices)
        if lead > best:
            taken = _taken(tenure, case, since)
            # What the same words would at once undo is no change.
            back = case_for(tenure.holder, taken, voices) if tenure.holder else None
            if back is None or _lead(back, taken, reference, voices) <= 0:
                best, found = lead, taken
    if found is not tenure:
        return found
    against = since.denying(tenure.holder)
    if since.parties() <= {tenure.holder} and _has_left(tenure, held, against, voices):
        begun = beginning(against, tenure.since)
        return Tenure(None, begun, begun, displaced=tenure.displaced, left=tenure.holder)
    return tenure


def settled_tenure(tenure: Tenure, party: str, voices: Voices) -> Tenure:
    """The tenure of a party that all independent voices agree on."""
    if tenure.holder == party:
        return tenure
    since = voices.bearing_on(tenure)
    return _taken(tenure, case_for(party, tenure, voices, since), since)


def _lead(case: Case, tenure: Tenure, reference: str | None, voices: Voices) -> float:
    """How far a case is above what it needs for its rival to be believed (log-odds)."""
    held = voices.backing(tenure.holder)
    if not case.claim:
        return -math.inf
    if case.interested:
        # Interested claims alone never move a holder, nor do they go before what others say.
        others = any(w.backs not in (None, case.rival) and not w.own_interest for w in voices.words)
        return -math.inf if held or others else voices.weigh(case.claim)
    return log_odds_against(tenure, reference, case, voices) - _needed(held, voices.policy)


def _needed(held: Sequence[Word], policy: Policy) -> float:
    """The log-odds from which a rival is believed, given the words for the holder."""
    # What only its own side has said of a holder is no standing to be defended.
    independent = [w for w in held if not w.own_interest]
    if not independent:
        return 0.0
    # It is half of one where everybody who said so has told of fighting since.
    wavering = all(w.wavering for w in independent)
    return policy.believe_odds / 2 if wavering else policy.believe_odds


def _taken(tenure: Tenure, case: Case, since: Voices) -> Tenure:
    backing = since.backing(case.rival)
    begun = beginning(backing, tenure.since)
    displaced = tenure.holder or tenure.left
    opening = [w.first for w in since.supporting(case.rival, displaced) if w.backs is None]
    opened = min([*opening, begun], key=lambda m: m.at)
    by_change = any(w.tells_change for w in backing)
    return Tenure(case.rival, begun, opened, displaced, by_change=by_change)


def _has_left(
    tenure: Tenure, held: Sequence[Word], against: Sequence[Word], voices: Voices
) -> bool:
    """Whether the words that the holder left are believed, where nobody says who came."""
    if tenure.holder is None or not against:
        return False
    if held and all(w.own_interest for w in against):
        return False
    answer = contradicting(held, against, voices.policy)
    claim = voices.weigh(against) * (1.0 if answer else voices.policy.undenied)
    return claim - voices.weigh(answer) > voices.policy.believe_odds


def contradicting(held: Sequence[Word], claim: Sequence[Word], policy: Policy) -> list[Word]:
    """The words for the holder that may speak of the time since the claim against it began."""
    if not claim:
        return [w for w in held if not w.wavering]
    changes = [w.first.at for w in claim if w.tells_change]
    if changes:
        begins = min(changes)
    else:
        begins = min([w.first.at for w in claim]) - policy.state_reaches_back
    return [w for w in held if w.over > begins and not w.wavering]


def beginning(words: Sequence[Word], not_before: Moment | None) -> Moment:
    """When what the words say began: not before the tenure it ended, if any speaks of later."""
    begins = [w.first for w in words]
    if not_before is not None:
        began = [w.last if w.first.surely_before(not_before) else w.first for w in words]
        begins = [m for m in began if not m.surely_before(not_before)] or began
    return min(begins, key=lambda m: m.at)
