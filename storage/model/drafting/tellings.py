"""Nouns for what is said: "X's claim that…", "reports that… were denied by Y", "rumours that…"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.frame import Frame, Manner
from storage.model.drafting.saying import Reading, Words, left_bound, left_of, right_end

if TYPE_CHECKING:
    from collections.abc import Sequence

_FARTHEST_THAT: Final = 6  # words between "rumours" and "that"


def telling(reading: Reading, at: int, frames: Sequence[Frame]) -> Frame | None:
    """The frame of a noun such as "claim" at a number, with "that" or "to have" behind it.

    Nothing where another frame answers for it already: "denied reports that".
    """
    begin = _content(reading, at)
    taken = any(f.covers(at) or f.verb < at < f.scope.first for f in frames)
    if begin is None or taken or not _is_noun(reading, at):
        return None
    if denial := _denied(reading, begin):
        return denial
    owner = reading.low(at - 1) == "'s"
    last = at - 1 if owner else at + 1
    speaker = Words(left_bound(reading, last), last)
    return Frame(at, Manner.SAYS, speaker, Words(begin, len(reading.sentence.words)))


def _content(reading: Reading, at: int) -> int | None:
    """Where what is claimed begins, behind "that" or with "to have"."""
    if reading.low(at) not in reading.lexicon.of("claims"):
        return None
    if reading.sentence.has(at + 1, ("to", "have")):
        return at + 1
    for n in range(at + 1, at + _FARTHEST_THAT):
        low = reading.low(n)
        if low == "that":
            return n + 1
        if low in reading.lexicon.reporting or not low[:1].isalnum():
            break
    return None


def _is_noun(reading: Reading, at: int) -> bool:
    """Whether it is no verb: "the claim", "Moscow's claim", "unconfirmed reports"."""
    before = reading.low(at - 1)
    lexicon = reading.lexicon
    verb = lexicon.reporting.get(reading.low(at))
    return (
        verb is None
        or at == 0
        or before in lexicon.of("determiners") | (lexicon.of("prepositions") - {"to"}) | {"'s"}
        or before.endswith(("ed", "ier"))
    )


def _denied(reading: Reading, begin: int) -> Frame | None:
    """The frame where what is claimed is denied by somebody, or said not to be so."""
    lexicon = reading.lexicon
    for n in range(begin, len(reading.sentence.words)):
        left, flags = left_of(reading, n)
        if flags.isdisjoint(lexicon.of("being")):
            continue
        verb = lexicon.reporting.get(reading.low(n))
        if verb is not None and verb.meaning == "deny" and reading.low(n + 1) == "by":
            speaker = Words(n + 2, right_end(reading, n + 2, apposition=True))
            named = speaker.first < speaker.last
            return Frame(n, Manner.DENIES, speaker if named else None, Words(begin, left))
        if any(reading.sentence.has(n, phrase) for phrase in lexicon.phrases["untrue"]):
            return Frame(n, Manner.DENIES, None, Words(begin, left))
    return None
