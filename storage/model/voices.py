"""Voices: what several sources say together, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.model.record import NO_RECORD, Record, Stance, Tally
from storage.model.words import Reason, Word, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from storage.model.policy import Policy


def _heaviest_first(word: Word) -> tuple[object, ...]:
    return (-word.weight, word.backs is None, natural(word.report.id))


@dataclass(frozen=True)
class Share:
    """What a word adds to its camp; `less` says why it is not more, `record` how earlier ones like
    it turned out, where that is known.
    """

    word: Word
    weight: float
    less: Reason | None = None
    record: Tally | None = None


@dataclass(frozen=True)
class Voices:
    """The words that count at the time `at` (UTC), with the questions that are asked of them."""

    words: Sequence[Word]
    policy: Policy
    at: datetime
    record: Record = NO_RECORD

    def only(self, keep: Callable[[Word], bool]) -> Voices:
        """These voices without those that `keep` refuses."""
        return replace(self, words=[w for w in self.words if keep(w)])

    def parties(self) -> set[str]:
        """The parties that somebody says hold the place."""
        return {w.backs for w in self.words if w.backs}

    def backing(self, party: str | None) -> list[Word]:
        """The words that say this party holds the place."""
        return [w for w in self.words if w.backs is not None and w.backs == party]

    def disputing(self, party: str) -> list[Word]:
        """The words for this party that can still dispute what others say.

        A party's own claim lapses, however often it is repeated, unless somebody bears it out; and
        at once when enough independent sources have said otherwise since. A source that has told
        of fighting since does not contradict who says how that ended.
        """
        return [
            w
            for w in self.backing(party)
            if not w.wavering
            and self.at < w.disputes_until(self.policy)
            and not (w.own_interest and self._answered(w))
        ]

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

    def denying(self, party: str | None) -> list[Word]:
        """The words that say this party does not hold it, without saying who does."""
        return [
            w for w in self.words if w.against is not None and w.against == party and not w.backs
        ]

    def supporting(self, party: str, displaced: str | None) -> list[Word]:
        """The words for this party: that it holds the place, or that one it had to follow or to
        fear does not: `displaced`, who held it before (anybody, if that is not known), or a rival.
        """
        others = self.parties() | {displaced}
        return [
            w
            for w in self.words
            if w.backs == party
            or (
                w.backs is None
                and w.against not in (None, party)
                and (displaced is None or w.against in others)
            )
        ]

    def fighting(self, holder: str | None) -> float:
        """What speaks for fighting at the place, less what denies it.

        A rival that says it is still fighting there disputes the holder instead.
        """
        said = [w for w in self.words if w.fighting and w.backs in (None, holder)]
        denied = [w for w in self.words if w.denies_fighting]
        return self.weigh(said) - self.weigh(denied)

    def weigh(self, words: Iterable[Word], *, fading: bool = False) -> float:
        """What some of these words weigh together by their grades; `fading` with their age."""
        at = self.at if fading else None
        return sum(s.weight * s.word.faded(at, self.policy) for s in self.shares(words))

    def claim(self, words: Iterable[Word], rival: str) -> float:
        """What some words weigh that say `rival` holds the place, by their records."""
        return sum(s.weight for s in self.shares(words, rival, claims=True))

    def answer(self, words: Iterable[Word], rival: str) -> float:
        """What some words weigh that say `rival` does not hold the place, by their records."""
        return sum(s.weight for s in self.shares(words, rival))

    def shares(
        self, words: Iterable[Word], rival: str | None = None, *, claims: bool = False
    ) -> list[Share]:
        """What each of some words adds, heaviest first, and why that is less than its weight.

        Speakers of one side are less than independent, those of one institution (a kind of source
        on one side) hardly more than one. Two words of one source are one voice. With a `rival`
        the weights are those that the records give to words for it (`claims`) or against it.
        """
        result: list[Share] = []
        kinds: dict[str, list[str]] = {}
        spoken: set[str] = set()
        ordered = sorted(words, key=_heaviest_first)
        joined = claims and any(not w.own_interest for w in ordered)
        for word in ordered:
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
            weight, tally = word.weight, None
            if rival is not None:
                if joined and word.own_interest:
                    weight *= self.policy.joined_interest / self.policy.own_interest
                stance = self.stance(word, claims=claims)
                tally = self.record.said_before(word.source.id, stance, rival)
                if not word.source.pinned:
                    weight = self.record.weight(word.source.id, stance, rival, weight, self.policy)
            result.append(Share(word, weight * factor, reason, tally))
        return result

    def stance(self, word: Word, *, claims: bool) -> Stance:
        """What a word does at an open place: whether it is for a rival, and for how long."""
        if not claims:
            return Stance.FIGHTING if word.fighting else Stance.HOLDS
        kept = self.at - word.first.at >= self.policy.kept_after
        return Stance.KEPT if kept else Stance.NEW

    def confirming_sides(self, words: Iterable[Word]) -> set[str]:
        """The independent sides among some words that are good enough to confirm each other."""
        return {
            word.side or f"source {word.source.id}"
            for word in words
            if word.weight >= self.policy.confirming_weight
            and not word.own_interest
            and (word.against_interest or word.source.reliability in self.policy.confirming)
        }
