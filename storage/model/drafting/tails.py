"""What follows "said": to whom, when and how it was said, before what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.saying import BOUNDS, Reading, Words
from storage.model.drafting.text import QUOTES

if TYPE_CHECKING:
    from storage.model.drafting.dates import When


_FARTHEST_THAT: Final = 14  # words between "said" and "that"


def tail(reading: Reading, at: int) -> tuple[int, Words | None, When | None]:
    """Past what may follow the verb before its content: to whom, when and how it was said."""
    begun = at
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
        person = reading.lexicon.speakers.get((reading.low(begin),)) in ("official", "officer")
        if not person and reading.low(end - 1) not in reading.lexicon.of("not_publishers"):
            publisher = Words(begin, end)
        at = end
    told = any(reading.low(n) in ("told", "tells", "tell") for n in range(begun - 1, at + 1))
    stop = _where_said(reading, at, told=told)
    said = said or next((w for w in reading.whens if at <= w.first < stop), None)
    return stop, publisher, said


def _where_said(reading: Reading, at: int, *, told: bool) -> int:
    """Past "in a post on Telegram late on Sunday" before "that", and past "via a messenger" where
    nothing is said behind it.
    """
    if not (told or reading.low(at) in reading.lexicon.of("prepositions")):
        return at
    end = len(reading.sentence.words)
    for n in range(at, min(at + _FARTHEST_THAT, end + 1)):
        low = reading.low(n)
        if low == "that" or n == end or low in BOUNDS:
            if reading.has_verb(Words(at, n)) or _tells(reading, Words(at, n)):
                return at
            return n
    return at


def _tells(reading: Reading, words: Words) -> bool:
    return any(reading.low(n) in reading.lexicon.nouns for n in range(*words))


def _publisher_end(reading: Reading, begin: int, *, told: bool) -> int:
    """Where the words for a publisher or for listeners end that begin at a number."""
    names = reading.lexicon.of("publishers") | reading.lexicon.of("not_publishers")
    words = reading.sentence.words
    for at in range(begin, min(begin + 6, len(words))):
        low = words[at].low
        if low in BOUNDS | reading.lexicon.of("auxiliaries") or reading.breaks(low):
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
    quoted = False
    while (low := reading.low(at)) in QUOTES | {"that", ":", ","} and not (
        quoted and low == "that"  # `said: "That is a lie"`
    ):
        quoted = quoted or low in QUOTES
        at += 1
    return at
