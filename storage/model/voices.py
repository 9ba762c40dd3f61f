"""Voices: what several sources say together, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from storage.model.record import NO_RECORD, Record, Stance, Tally
from storage.model.words import Reason, Word, of_own_interest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from storage.model.policy import Policy
    from storage.model.tenure import Tenure

# Bound once: looking a member of an enumeration up takes as long as comparing two times.
_NEW, _KEPT, _HOLDS, _FIGHTING = Stance.NEW, Stance.KEPT, Stance.HOLDS, Stance.FIGHTING


class Share(NamedTuple):
    """What a word adds to its camp; `less` says why it is not more, `record` how earlier ones like
    it turned out, where that is known.
    """

    word: Word
    weight: float
    less: Reason | None = None
    record: Tally | None = None


_rank = attrgetter("rank")


@dataclass(eq=False, slots=True)
class Voices:
    """The words that count at the time `at` (UTC), with the questions that are asked of them.

    Nothing changes them. What is asked again and again is kept: whose words they are, which of
    them bear on a tenure, and which dispute what others say.
    """

    words: Sequence[Word]
    policy: Policy
    at: datetime
    record: Record = NO_RECORD
    fights: list[Word] = field(init=False)
    _backing: dict[str, list[Word]] = field(init=False)
    _denials: list[Word] = field(init=False)
    _disputing: dict[str, list[Word]] = field(init=False)
    _bearing_on: list[tuple[Tenure, Voices]] = field(init=False)

    def __post_init__(self) -> None:
        backing: dict[str, list[Word]] = {}
        denials: list[Word] = []
        fights: list[Word] = []
        self._backing, self._denials, self.fights = backing, denials, fights
        self._disputing, self._bearing_on = {}, []
        for word in self.words:
            if word.backs is not None:
                backing.setdefault(word.backs, []).append(word)
            elif word.against is not None:
                denials.append(word)
            if word.fighting:
                fights.append(word)

    def only(self, words: Sequence[Word]) -> Voices:
        """These of the voices."""
        if len(words) == len(self.words):
            return self
        return Voices(words, self.policy, self.at, self.record)

    def bearing_on(self, tenure: Tenure) -> Voices:
        """The voices that may speak of the time of a tenure, or of how it came to be."""
        for known, voices in self._bearing_on:
            if known is tenure:
                return voices
        voices = self.only(tenure.concerned(self.words, self.policy))
        self._bearing_on.append((tenure, voices))
        return voices

    def parties(self) -> set[str]:
        """The parties that somebody says hold the place."""
        return set(self._backing)

    def backing(self, party: str | None) -> Sequence[Word]:
        """The words that say this party holds the place."""
        return self._backing.get(party, ()) if party is not None else ()

    def disputing(self, party: str) -> Sequence[Word]:
        """The words for this party that can still dispute what others say.

        A party's own claim lapses, however often it is repeated, unless somebody bears it out; and
        at once when enough independent sources have said otherwise since. A source that has told
        of fighting since does not contradict who says how that ended.
        """
        found = self._disputing.get(party)
        if found is None:
            found = self._disputing[party] = [
                w
                for w in self.backing(party)
                if not w.wavering
                and self.at < w.disputes_until
                and not (w.own_interest and self._answered(w))
            ]
        return found

    def _answered(self, claim: Word) -> bool:
        """Whether enough independent sources have said since that another party holds the place."""
        others = {
            w.source.id
            for w in self.words
            if not (w.own_interest or w.wavering)
            and w.backs not in (None, claim.backs)
            and w.report.reported.at > claim.first_said
        }
        return len(others) >= self.policy.answered_by

    def denying(self, party: str | None) -> Sequence[Word]:
        """The words that say this party does not hold it, without saying who does."""
        return self._denials and [w for w in self._denials if w.against == party]

    def fighting_with(self, party: str | None) -> Sequence[Word]:
        """The words that there is fighting, of those who do not say that another party is there."""
        return self.fights and [w for w in self.fights if w.backs is None or w.backs == party]

    def supporting(self, party: str, displaced: str | None) -> list[Word]:
        """The words for this party: that it holds the place, or that one it had to follow or to
        fear does not: `displaced`, who held it before (anybody, if that is not known), or a rival.
        """
        return [w for w in self.words if self.supports(w, party, displaced)]

    def supports(self, word: Word, party: str, displaced: str | None) -> bool:
        """Whether a word is one for this party: see `supporting`."""
        if word.backs is not None:
            return word.backs == party
        if word.against is None or word.against == party:
            return False
        return displaced is None or word.against == displaced or word.against in self._backing

    def fighting(self, holder: str | None) -> float:
        """What speaks for fighting at the place, less what denies it.

        A rival that says it is still fighting there disputes the holder instead.
        """
        denied = [w for w in self.words if w.denies_fighting]
        return self.weigh(self.fighting_with(holder)) - self.weigh(denied)

    def weigh(self, words: Collection[Word], *, fading: bool = False) -> float:
        """What some of these words weigh together by their grades; `fading` with their age."""
        at = self.at if fading else None
        return sum([weight * word.faded(at) for word, weight, _, _ in self._shared(words)])

    def claim(self, words: Collection[Word], rival: str) -> float:
        """What some words weigh that say `rival` holds the place, by their records."""
        return sum([weight for _, weight, _, _ in self._shared(words, rival, claims=True)])

    def answer(self, words: Collection[Word], rival: str) -> float:
        """What some words weigh that say `rival` does not hold the place, by their records."""
        return sum([weight for _, weight, _, _ in self._shared(words, rival)])

    def shares(
        self, words: Collection[Word], rival: str | None = None, *, claims: bool = False
    ) -> list[Share]:
        """What each of some words adds, heaviest first, and why that is less than its weight.

        Speakers of one side are less than independent, those of one institution (a kind of source
        on one side) hardly more than one. Two words of one source are one voice. With a `rival`
        the weights are those that the records give to words for it (`claims`) or against it.
        """
        return [Share(*share) for share in self._shared(words, rival, claims=claims)]

    def _shared(
        self, words: Collection[Word], rival: str | None = None, *, claims: bool = False
    ) -> Iterator[tuple[Word, float, Reason | None, Tally | None]]:
        """The shares, not put together yet: mostly only their sum is asked for."""
        ordered = sorted(words, key=_rank) if len(words) > 1 else words
        policy, record = self.policy, self.record
        joined = claims and not all(map(of_own_interest, ordered))
        kinds: dict[str, list[str]] = {}
        spoken: set[str] = set()
        for word in ordered:
            source, weight = word.source, word.weight
            factor, reason, tally = 1.0, None, None
            if source.id in spoken:
                factor, reason = 0.0, Reason.SAME_SOURCE
            spoken.add(source.id)
            if word.side:
                before = kinds.setdefault(word.side, [])
                if before and reason is None:
                    factor, reason = policy.same_side, Reason.SAME_SIDE
                    if source.kind in before:
                        factor = policy.same_institution ** before.count(source.kind)
                        reason = Reason.SAME_INSTITUTION
                before.append(source.kind)
            if rival is not None:
                if joined and word.own_interest:
                    weight *= policy.joined_interest / policy.own_interest
                stance = self.stance(word, claims)
                tally = record.said_before(source.id, stance, rival)
                if tally is not None and not source.pinned:
                    weight = record.weight(source.id, stance, rival, weight, policy)
            yield word, weight * factor, reason, tally

    def stance(self, word: Word, claims: bool) -> Stance:
        """What a word does at an open place: whether it is for a rival, and for how long."""
        if not claims:
            return _FIGHTING if word.fighting else _HOLDS
        return _KEPT if self.at >= word.kept_at else _NEW

    def confirming_sides(self, words: Iterable[Word]) -> set[str]:
        """The independent sides among some words that are good enough to confirm each other."""
        return {
            word.side or f"source {word.source.id}"
            for word in words
            if word.weight >= self.policy.confirming_weight
            and not word.own_interest
            and (word.against_interest or word.source.reliability in self.policy.confirming)
        }
