"""Through time: who held the place, as each word came, and what was settled on the way.

The words are followed in the order of the time they speak of. Where somebody contradicts the
settled holder, the case for each rival is weighed again whenever something bears on it: a new
word, one that lapses or has stood long enough to be another kind of evidence, or a new record.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from storage.model.record import (
    ANYBODY,
    Lesson,
    Past,
    Settlement,
    Stance,
    record_after,
    record_at,
)
from storage.model.tenure import Tenure, contradicting, next_tenure, settled_tenure
from storage.model.voices import Voices
from storage.model.words import Word, of_own_interest, take

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from storage.model.policy import Policy
    from storage.model.record import Key, Record
    from storage.model.words import Reason


@dataclass
class Fold:
    """Where following the words of a place has come to, at the time `at` (UTC).

    `reference` is the holder that was last settled: what a rival is measured against. `agreed` is
    what nobody independent contradicts, and since when; `opened` since when somebody does, and
    `doing` what each voice does there now, with since when (UTC).
    """

    policy: Policy
    records: Sequence[Record]
    at: datetime | None = None
    tenure: Tenure = field(default_factory=Tenure)
    reference: str | None = None
    by_source: dict[str, list[Word]] = field(default_factory=dict)
    replaced: dict[str, Reason] = field(default_factory=dict)
    agreed: tuple[str, datetime] | None = None
    settled: bool = False
    opened: datetime | None = None
    doing: dict[Key, datetime] = field(default_factory=dict)
    lessons: list[Lesson] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)

    @property
    def current(self) -> list[Word]:
        """What each source says now."""
        return [w for some in self.by_source.values() for w in some]

    @property
    def closed(self) -> Past:
        """What can be learned from the place, without what its voices are still doing."""
        return Past(tuple(self.lessons), tuple(self.settlements))

    @property
    def past(self) -> Past:
        """What can be learned from the place."""
        return Past((*self.lessons, *self.going_on()), tuple(self.settlements))

    def going_on(self) -> list[Lesson]:
        """What the voices are still doing, as the lessons that these would be if they ended now."""
        if self.opened is None or self.at is None:
            return []
        return [Lesson(*key, self.opened, begins, self.at) for key, begins in self.doing.items()]

    def voices(self, at: datetime) -> Voices:
        """The words that count at a time."""
        words = [w for w in self.current if at < w.expires_at]
        return Voices(words, self.policy, at, record_at(self.records, at))

    def copy(self) -> Fold:
        """The fold as it is now, whatever is followed after."""
        return replace(
            self,
            by_source=dict(self.by_source),
            replaced={},
            doing=dict(self.doing),
            lessons=list(self.lessons),
            settlements=list(self.settlements),
        )


def follow(fold: Fold, words: Iterable[Word]) -> None:
    """Take `fold` on through these words, each source's later in place of its earlier."""
    for instant, batch in groupby(words, key=attrgetter("when")):
        _advance(fold, instant)
        for word in batch:
            earlier = fold.by_source.get(word.source.id, [])
            fold.by_source[word.source.id] = take(word, earlier, fold.replaced)
        _weigh_up(fold, instant)


def wait(fold: Fold, until: datetime) -> None:
    """Take `fold` on to the time `until` (UTC), with nothing said in between."""
    if fold.at is not None and fold.at < until:
        _advance(fold, until)
        _weigh_up(fold, until)


def due_after(fold: Fold, at: datetime) -> datetime | None:
    """When time alone may next change what holds, after `at` (UTC); None if it cannot."""
    due: list[datetime] = []
    if fold.agreed is not None and not fold.settled:
        due.append(fold.agreed[1] + fold.policy.settles_after)
    if fold.opened is not None:
        due += [t for some in fold.by_source.values() for w in some for t in w.turns]
        learned = record_after(fold.records, at)
        if learned is not None:
            due.append(learned)
    return min([t for t in due if t > at], default=None)


def _advance(fold: Fold, to: datetime) -> None:
    """Weigh up whatever becomes due before the time `to`."""
    while fold.at is not None:
        due = due_after(fold, fold.at)
        if due is None or due >= to:
            return
        _weigh_up(fold, due)


def _weigh_up(fold: Fold, at: datetime) -> None:
    if fold.settled and all(_repeats(w, fold.tenure) for w in fold.current):
        fold.at = at
        return
    voices = fold.voices(at)
    fold.tenure = next_tenure(fold.tenure, fold.reference, voices)
    fold.at = at
    if fold.reference is None:
        fold.reference = fold.tenure.holder
    _settle(fold, voices)
    _teach(fold, voices)


def _repeats(word: Word, tenure: Tenure) -> bool:
    """Whether a word says nothing but who holds the place anyway."""
    return word.backs is not None and word.backs == tenure.holder and not word.fighting


def _settle(fold: Fold, voices: Voices) -> None:
    """Note what all independent voices have said long enough to be settled.

    That moves the tenure as well, whatever the records say: they only tell how disputes end.
    """
    tenure, at = fold.tenure, voices.at
    independent = [
        w for w in voices.bearing_on(tenure).words if not w.own_interest and not w.denies_fighting
    ]
    party = _agreed_on(independent, tenure, voices)
    if party is None:
        fold.agreed, fold.settled = None, False
        return
    if fold.agreed is None or fold.agreed[0] != party:
        fold.agreed, fold.settled = (party, at), False
    if not fold.settled and at - fold.agreed[1] >= fold.policy.settles_after:
        fold.tenure = settled_tenure(tenure, party, voices)
        fold.settled, fold.reference = True, party
        alone = len({w.source.id for w in independent}) == 1
        fold.settlements.append(Settlement(at, party, alone))


def _agreed_on(words: Sequence[Word], tenure: Tenure, voices: Voices) -> str | None:
    """The party that all of these words are for, if there is one and nobody tells of fighting."""
    if not words or any(w.fighting for w in words):
        return None
    named = {w.backs for w in words if w.backs}
    party = tenure.holder if tenure.holder and named <= {tenure.holder} else next(iter(named), None)
    if party is None or len(named) > 1:
        return None
    displaced = tenure.displaced if party == tenure.holder else tenure.holder or tenure.left
    return party if all(voices.supports(w, party, displaced) for w in words) else None


def _teach(fold: Fold, voices: Voices) -> None:
    """Keep what each voice does while somebody contradicts what was settled."""
    doing: set[Key] = set()
    if fold.reference is not None and not fold.settled:
        doing = _stances(fold, voices)
    at, opened, before = voices.at, fold.opened or voices.at, fold.doing
    fold.opened = opened if doing else None
    if before.keys() == doing:
        return
    fold.lessons += [
        Lesson(*k, opened, begins, at) for k, begins in before.items() if k not in doing
    ]
    fold.doing = {k: begins for k, begins in before.items() if k in doing}
    fold.doing |= dict.fromkeys(sorted(doing - before.keys()), at)


def _stances(fold: Fold, voices: Voices) -> set[Key]:
    """What each voice does for or against each rival of what was settled."""
    doing: set[Key] = set()
    since, reference = voices.bearing_on(fold.tenure), fold.reference
    for rival in since.parties() - {reference}:
        claim = [*since.disputing(rival), *since.denying(reference)]
        if not claim:
            continue
        if not all(map(of_own_interest, claim)):
            doing.add((ANYBODY, Stance.NEW, rival))
        held = [*since.backing(reference), *since.denying(rival)]
        answer = contradicting(held, claim, fold.policy)
        answer += since.fighting_with(reference)
        for words, claims in ((claim, True), (answer, False)):
            doing.update([(w.source.id, voices.stance(w, claims), rival) for w in words])
    return doing
