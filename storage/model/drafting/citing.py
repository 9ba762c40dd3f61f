"""Who is cited in a sentence: "according to S", "S was quoted by P as saying", "citing S"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.model.drafting.frame import Frame, Manner
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.saying import Reading, Words, clause, left_of, left_speaker, right_end
from storage.model.drafting.tails import past_that

if TYPE_CHECKING:
    from collections.abc import Sequence


def according(reading: Reading, at: int) -> Frame | None:
    """The frame of "according to S" at a number."""
    for phrase in reading.lexicon.phrases["according"]:
        if reading.sentence.has(at, phrase):
            first = at + len(phrase)
            last = right_end(reading, first, apposition=True)
            if first == last:
                return None
            before = any(w.is_word for w in reading.sentence.words[:at])
            end = len(reading.sentence.words)
            scope = Words(clause(reading, at), at) if before else Words(last, end)
            return Frame(at, Manner.SAYS, Words(first, last), scope, by_accord=True)
    return None


def quoting(reading: Reading, at: int) -> Frame | None:
    """The frame of "S was quoted by P as saying" and "P quoted S as saying"."""
    verb = reading.lexicon.reporting.get(reading.low(at))
    if verb is None or verb.meaning != "quote" or Tense.GERUND in verb.tenses:
        return None
    saying = next(
        (
            n
            for n in range(at + 1, len(reading.sentence.words) - 1)
            if reading.sentence.has(n, ("as", "saying"))
        ),
        None,
    )
    if saying is None:
        return None
    left, flags = left_of(reading, at)
    speaker = left_speaker(reading, left)
    words = reading.sentence.words
    scope = Words(past_that(reading, saying + 2), len(words))
    if speaker and speaker.first and not any(w.is_word for w in words[saying + 2 :]):
        scope = Words(0, speaker.first)  # `"It is ours," P quoted S as saying`
    if not flags.isdisjoint(reading.lexicon.of("being")):
        by = Words(at + 2, saying) if reading.low(at + 1) == "by" else None
        return Frame(saying + 1, Manner.SAYS, speaker, scope, by)
    return Frame(saying + 1, Manner.SAYS, Words(at + 1, saying), scope, speaker)


def cited(reading: Reading, frames: list[Frame]) -> list[Frame]:
    """With "citing S" it is S who says so, and who reports that is the publisher."""
    for at, word in enumerate(reading.sentence.words):
        verb = reading.lexicon.reporting.get(word.low)
        if verb is None or verb.meaning != "quote" or Tense.GERUND not in verb.tenses:
            continue
        cited = Words(at + 1, right_end(reading, at + 1))
        says = [n for n, f in enumerate(frames) if f.manner is Manner.SAYS and f.speaker]
        if says and cited.first < cited.last:
            number = min(says, key=lambda n: abs(frames[n].verb - at))
            frame = frames[number]
            frames[number] = replace(frame, speaker=cited, publisher=frame.speaker)
    return frames


def relayed(reading: Reading, frames: Sequence[Frame]) -> list[Frame]:
    """Of "…, S told P, according to Q" it is S who says so; who reports that is the publisher.

    Where another speaks, "according to unverified data" is nobody.
    """
    found: list[Frame] = []
    others = any(not f.by_accord for f in frames)
    frames = [
        f
        for f in frames
        if not (f.by_accord and others and f.speaker and _is_nobody(reading, f.speaker))
    ]
    for frame in frames:
        before = found[-1] if found else None
        if (
            before is not None
            and before.speaker is not None
            and before.scope.first < before.speaker.first
            and before.verb < frame.verb
            and frame.by_accord
            and not reading.has_verb(Words(before.verb + 1, frame.verb))
        ):
            found[-1] = replace(before, publisher=before.publisher or frame.speaker)
            continue
        found.append(frame)
    return found


def _is_nobody(reading: Reading, words: Words) -> bool:
    named = any(w.capital for w in reading.sentence.words[words.first : words.last])
    return not named and not reading.has_kind(words)
