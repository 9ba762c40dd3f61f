"""The words for who speaks: where they begin and end before a verb, behind it, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from storage.model.drafting.lexicon import Tense
from storage.model.drafting.text import QUOTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Sentence

BOUNDS: Final = frozenset({",", ";", ":", "(", ")", "-", "–", "—", "…", ".", "!", "?"}) | QUOTES


class Words(NamedTuple):
    """Words of a sentence, by the number of the first and of the one behind the last."""

    first: int
    last: int


@dataclass(frozen=True)
class Reading:
    """A sentence with its times, as the words for speakers are looked for."""

    sentence: Sentence
    whens: Sequence[When]
    lexicon: Lexicon

    def low(self, at: int) -> str:
        """The word at a number, in small letters."""
        return self.sentence.low(at)

    def breaks(self, low: str) -> bool:
        """Whether a word ends the words for a speaker."""
        return low in self.lexicon.of("breaks")

    def when_ending(self, at: int) -> When | None:
        """The time that ends before a number."""
        return next((w for w in self.whens if w.last == at), None)

    def when_at(self, at: int) -> When | None:
        """The time that begins at a number."""
        return next((w for w in self.whens if w.first == at), None)

    def has_kind(self, words: Words) -> bool:
        """Whether one of the words is one for a speaker."""
        return any(
            (self.low(n),) in self.lexicon.speakers
            or self.low(n) in self.lexicon.of("leading") | self.lexicon.of("bodies")
            or (self.low(n), self.low(n + 1)) in self.lexicon.speakers
            for n in range(*words)
        )

    def has_verb(self, words: Words) -> bool:
        """Whether a sentence of its own is in these words, and not only "who fled"."""
        relative = next(
            (n for n in range(*words) if self.low(n) in self.lexicon.of("relative")), words.last
        )
        return any(
            self.low(n) in self.lexicon.of("auxiliaries") - {"'s"}
            or _is_past(self.lexicon, self.low(n))
            or (
                self.low(n).endswith("ed")
                and self.low(n + 1)
                in self.lexicon.of("prepositions") | self.lexicon.of("determiners")
            )
            for n in range(words.first, relative)
        )


def _is_past(lexicon: Lexicon, low: str) -> bool:
    verb = lexicon.verbs.get(low) or lexicon.reporting.get(low)
    return verb is not None and Tense.PAST in verb.tenses


def left_of(reading: Reading, at: int) -> tuple[int, frozenset[str]]:
    """Where the words of a verb begin, with its auxiliaries, adverbs and times; and those words."""
    skipped = (
        reading.lexicon.of("auxiliaries")
        | reading.lexicon.of("adverbs")
        | reading.lexicon.of("negations")
        | reading.lexicon.of("modals")
    )
    seen: set[str] = set()
    while at > 0:
        before = reading.low(at - 1)
        if when := reading.when_ending(at):
            at = when.first
        elif before in skipped or (before.endswith("ly") and len(before) > 4):
            seen.add(before)
            at -= 1
        elif before == "," and reading.low(at - 2) in skipped and reading.low(at - 3) == ",":
            at -= 3
        else:
            break
    return at, frozenset(seen)


def left_speaker(reading: Reading, last: int) -> Words | None:
    """The words for who speaks that end before a number."""
    if reading.low(last - 1) in reading.lexicon.of("joins"):
        return None
    if reading.low(last - 1) in ("which", "what") or reading.low(last - 2) == "what":
        if reading.low(last - 1) != "which":
            return None  # "in what it described as"
        last -= 1 + (reading.low(last - 2) == ",")  # "the ministry, which said that"
    if reading.low(last - 1) == ",":
        comma = next((n for n in range(last - 2, 0, -1) if reading.low(n) == ","), 0)
        if comma and reading.low(comma + 1) in reading.lexicon.of("relative"):
            outer = Words(left_bound(reading, comma), comma)  # "the man, who asked that"
            return _stripped(reading, outer) if outer.first < outer.last else None
        inner = Words(left_bound(reading, last - 1), last - 1)
        outer = Words(left_bound(reading, inner.first - 1), inner.first - 1)
        if (
            inner.first < inner.last
            and reading.low(inner.first - 1) == ","
            and (outer.first < outer.last and not reading.has_verb(outer))
        ):
            starts = reading.sentence.words[inner.first]
            named = starts.capital or starts.low in reading.lexicon.of("determiners")
            named = named or reading.has_kind(inner)
            gerund = not starts.capital and (
                starts.low.endswith(("ing", "ed"))
                or starts.low in reading.lexicon.of("relative") | reading.lexicon.of("prepositions")
            )
            end = inner.last if named and not gerund else outer.last
            return _stripped(reading, Words(outer.first, end))
        return None
    first = _past_teller(reading, left_bound(reading, last), last)
    return _stripped(reading, Words(first, last)) if first < last else None


def _past_teller(reading: Reading, first: int, last: int) -> int:
    """Where the inner speaker begins of "a fighter said his commander had told him"."""
    for at in range(last - 2, first, -1):
        verb = reading.lexicon.reporting.get(reading.low(at))
        if verb is not None and Tense.PAST in verb.tenses and verb.meaning == "say":
            return at + 1
    return first


def clause_subject(reading: Reading, last: int) -> Words | None:
    """Who speaks in "S showed flags and said": the words before the first verb."""
    first = left_bound(reading, last)
    for at in range(first + 1, last):
        low = reading.low(at)
        past = low.endswith("ed") and reading.low(at - 1) not in reading.lexicon.of("determiners")
        if (
            past
            or _is_past(reading.lexicon, low)
            or low in reading.lexicon.of("auxiliaries") - {"'s"}
        ):
            words = _stripped(reading, Words(first, at))
            return words if words and reading.has_kind(words) else None
    return None


def _stripped(reading: Reading, words: Words) -> Words | None:
    """The words without a time, "But" or "In a statement" before the speaker."""
    first, last = words
    heard = reading.lexicon.of("heard")
    last = next((n for n in range(first + 1, last) if reading.low(n) in heard), last)
    if reading.low(first).endswith("ing") and reading.low(first + 1) in (
        reading.lexicon.of("determiners")
    ):
        first += 1  # "Contradicting the ministry"
    if reading.low(first) in reading.lexicon.of("prepositions"):  # "In a video message the group"
        told = [
            n for n in range(first, last - 1) if reading.low(n) in reading.lexicon.of("statements")
        ]
        first = told[-1] + 1 if told else first
    while first < last:
        low = reading.low(first)
        if when := reading.when_at(first):
            first = when.last
        elif low in reading.lexicon.of("conjunctions") | {","} or (
            low in reading.lexicon.of("adverbs") and low not in ("both", "all")
        ):
            first += 1
        else:
            break
    return Words(first, last) if first < last else None


def left_bound(reading: Reading, last: int) -> int:
    """Where the words begin that end before a number, by marks and conjunctions."""
    at = last
    while at > 0:
        low = reading.low(at - 1)
        abbreviated = low == "." and reading.low(at - 2) in (
            reading.lexicon.of("abbreviations") | {reading.sentence.words[at - 2].low[:1]}
        )
        if low == ")" and reading.low(at - 3) == "(":
            at -= 3
            continue
        if (low in BOUNDS and not abbreviated) or (reading.breaks(low) and at < last):
            break
        if low in ("and", "or", "nor") and reading.has_verb(
            Words(left_bound(reading, at - 1), at - 1)
        ):
            break
        at -= 1
    return at


def right_end(reading: Reading, first: int, *, apposition: bool = False) -> int:
    """Where the words for a speaker end that begin at a number."""
    words = reading.sentence.words
    at = first
    while at < len(words):
        low = words[at].low
        if low == "." and at + 1 < len(words) and words[at + 1].is_word:
            at += 1
            continue
        if low == "," and apposition:
            behind = reading.low(at + 1)
            stop = right_end(reading, at + 1)
            named = behind in reading.lexicon.of("determiners") and reading.has_kind(
                Words(at + 1, stop)
            )
            named = named or (
                reading.low(first) in reading.lexicon.of("determiners")
                and at + 1 < len(words)
                and words[at + 1].capital
                and reading.low(stop) in {".", ""}
            )  # "the commander, Mohammed al-Fortiya."
            return stop if named and not reading.has_verb(Words(at + 1, stop)) else at
        if low in BOUNDS or reading.breaks(low) or (at > first and reading.when_at(at)):
            return at
        at += 1
    return at


def clause(reading: Reading, at: int) -> int:
    """Where the clause begins that ends before a number: behind "while"."""
    while at > 0 and reading.low(at - 1) not in ("while", "whereas"):
        at -= 1
    return at
