"""Voices: what several sources say together, and what that weighs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.model.words import Reason, Word, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from storage.model.policy import Policy


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
