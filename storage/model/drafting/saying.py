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

_BOUNDS: Final = frozenset({",", ";", ":", "(", ")", "-", "–", "—", "…", ".", "!", "?"}) | QUOTES


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
    if reading.low(last - 1) in ("and", "but", "or", "then"):
        return None
    if reading.low(last - 1) == ",":
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
                starts.low.endswith(("ing", "ed")) or starts.low in reading.lexicon.of("relative")
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
        if (low in _BOUNDS and not abbreviated) or (reading.breaks(low) and at < last):
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
            return stop if named and not reading.has_verb(Words(at + 1, stop)) else at
        if low in _BOUNDS or reading.breaks(low) or (at > first and reading.when_at(at)):
            return at
        at += 1
    return at


def tail(reading: Reading, at: int) -> tuple[int, Words | None, When | None]:
    """Past what may follow the verb before its content: to whom, when and how it was said."""
    publisher: Words | None = None
    said: When | None = None
    words = reading.sentence.words
    while at < len(words):
        if when := reading.when_at(at):
            said = said or when
            at = when.last
            continue
        if phrase := next(
            (p for p in reading.lexicon.phrases["manner"] if reading.sentence.has(at, p)), None
        ):
            at += len(phrase)
            continue
        if reading.low(at).endswith("ly") and reading.low(at + 1) in {".", ","}:
            at += 1
            continue
        begin = at + (reading.low(at) in ("on", "to", "in", "via"))
        end = _publisher_end(reading, begin, told=reading.low(at - 1) in ("told", "tells", "tell"))
        if end == begin:
            break
        if reading.low(end - 1) not in reading.lexicon.of("not_publishers"):
            publisher = Words(begin, end)
        at = end
    return at, publisher, said


def _publisher_end(reading: Reading, begin: int, *, told: bool) -> int:
    """Where the words for a publisher or for listeners end that begin at a number."""
    names = reading.lexicon.of("publishers") | reading.lexicon.of("not_publishers")
    words = reading.sentence.words
    for at in range(begin, min(begin + 6, len(words))):
        low = words[at].low
        if low in _BOUNDS | reading.lexicon.of("auxiliaries") or reading.breaks(low):
            break
        if low in names:
            return at + 1
    end = begin
    if told and reading.low(end) == "the" and words[end + 1 : end + 2] and words[end + 1].capital:
        end += 1
    if told:  # "told Karven Press"
        while end < len(words) and words[end].capital and not reading.when_at(end):
            end += 1
    return end


def past_that(reading: Reading, at: int) -> int:
    """Past "that", a colon and an opening quotation mark."""
    while reading.low(at) in QUOTES | {"that", ":", ","}:
        at += 1
    return at


def clause(reading: Reading, at: int) -> int:
    """Where the clause begins that ends before a number: behind "while"."""
    while at > 0 and reading.low(at - 1) not in ("while", "whereas"):
        at -= 1
    return at
