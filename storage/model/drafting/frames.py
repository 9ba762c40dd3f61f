"""Who says what in a sentence: "S said that…", "…, S said", "according to S", "S was quoted"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from storage.model.drafting.lexicon import Tense
from storage.model.drafting.saying import (
    Reading,
    Words,
    clause,
    clause_subject,
    left_bound,
    left_of,
    left_speaker,
    past_that,
    right_end,
    tail,
)
from storage.model.drafting.text import QUOTES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.lexicon import Lexicon, Verb
    from storage.model.drafting.text import Sentence

_NEAR: Final = 6  # words between a verb and a colon behind it


class Manner(StrEnum):
    """What a speaker does with what is reported."""

    SAYS = "says"
    DENIES = "denies"
    TAKES_BACK = "takes back"
    SILENT = "silent"  # "did not confirm that", "has not said whether"


@dataclass(frozen=True)
class Frame:
    """A speaker, or none, and the part of the sentence (`scope`) that they answer for.

    `speaker` is None where the one of the frame before goes on (`goes_on`), or nobody is named.
    `said` is when they said so, where that stands there.
    """

    verb: int
    manner: Manner
    speaker: Words | None
    scope: Words
    publisher: Words | None = None
    said: When | None = None
    goes_on: bool = False
    around: Words | None = None  # the speaker with what stands between commas

    def covers(self, at: int) -> bool:
        """Whether a word is in what the speaker answers for."""
        return self.scope.first <= at < self.scope.last

    def inside(self, at: int) -> bool:
        """Whether a word names the speaker."""
        own = self.around or self.speaker
        return own is not None and own.first <= at < own.last


def frames_in(sentence: Sentence, whens: Sequence[When], lexicon: Lexicon) -> list[Frame]:
    """The frames of a sentence in the order of their verbs."""
    reading = Reading(sentence, whens, lexicon)
    frames: list[Frame] = []
    at = 0
    while at < len(sentence.words):
        frame = (
            _according(reading, at)
            or _titled(reading, at)
            or _quoting(reading, at)
            or _reporting(reading, at, frames)
        )
        if frame is not None:
            frames.append(frame)
            at = max(at, frame.verb)
        at += 1
    return _after_colon(reading, _cited(reading, frames))


def _after_colon(reading: Reading, frames: Sequence[Frame]) -> list[Frame]:
    """Of `rejected that: "We hold it."` what follows the colon is said, and not denied."""
    found: list[Frame] = []
    for frame in frames:
        found.append(frame)
        behind = range(frame.verb + 1, frame.scope.last)
        colon = next((n for n in behind if reading.low(n) == ":"), None)
        if frame.manner is Manner.DENIES and colon is not None:
            found[-1] = replace(frame, scope=Words(min(frame.scope.first, colon), colon))
            scope = Words(past_that(reading, colon), frame.scope.last)
            found.append(Frame(colon, Manner.SAYS, None, scope, frame.publisher, goes_on=True))
    return sorted(found, key=lambda f: f.verb)


def _according(reading: Reading, at: int) -> Frame | None:
    for phrase in reading.lexicon.phrases["according"]:
        if reading.sentence.has(at, phrase):
            first = at + len(phrase)
            last = right_end(reading, first, apposition=True)
            if first == last:
                return None
            before = any(w.is_word for w in reading.sentence.words[:at])
            end = len(reading.sentence.words)
            scope = Words(clause(reading, at), at) if before else Words(last, end)
            return Frame(at, Manner.SAYS, Words(first, last), scope)
    return None


def _titled(reading: Reading, at: int) -> Frame | None:
    """`Army spokesman: "It is ours."`, and a headline's "- state media"."""
    words = reading.sentence.words
    end = len(words)
    mark = reading.low(at)
    behind = reading.low(at + 1)
    if mark == ":" and (behind in QUOTES or behind[:1].isalpha()):
        speaker = Words(left_bound(reading, at), at)
        if speaker.first < at and reading.has_kind(speaker) and not reading.has_verb(speaker):
            return Frame(at, Manner.SAYS, speaker, Words(at + 1, end))
    if mark in ("-", "–", "—") and reading.sentence.headline:
        speaker = Words(at + 1, end)
        if reading.has_kind(speaker) and not reading.has_verb(speaker):
            return Frame(at, Manner.SAYS, speaker, Words(0, at))
    return None


def _quoting(reading: Reading, at: int) -> Frame | None:
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
    scope = Words(past_that(reading, saying + 2), len(reading.sentence.words))
    if not flags.isdisjoint(reading.lexicon.of("being")):
        by = Words(at + 2, saying) if reading.low(at + 1) == "by" else None
        return Frame(saying + 1, Manner.SAYS, speaker, scope, by)
    return Frame(saying + 1, Manner.SAYS, Words(at + 1, saying), scope, speaker)


def _reporting(reading: Reading, at: int, frames: Sequence[Frame]) -> Frame | None:
    verb = reading.lexicon.reporting.get(reading.low(at))
    if verb is None or verb.meaning == "quote":
        return None
    manner = {"deny": Manner.DENIES, "retract": Manner.TAKES_BACK}.get(verb.meaning, Manner.SAYS)
    left, flags = left_of(reading, at)
    lasting = not flags.isdisjoint(reading.lexicon.of("being"))  # "were still saying"
    if Tense.GERUND in verb.tenses and (stated := _stated(reading, at, left)):
        return stated
    if Tense.GERUND in verb.tenses and not lasting:
        if not frames or reading.low(left - 1) != ",":
            return None
        scope = Words(past_that(reading, at + 1), len(reading.sentence.words))
        return Frame(at, manner, None, scope, goes_on=True)
    if manner is Manner.TAKES_BACK and not _takes_back(reading, at):
        return None
    passive = lasting and Tense.GERUND not in verb.tenses
    if passive or reading.low(at - 1) == "to":
        return None
    if not flags.isdisjoint(reading.lexicon.of("negations") | reading.lexicon.of("modals")):
        manner = Manner.SILENT
    if (reading.low(at - 1) in QUOTES or reading.low(at - 1) == ",") and (
        inverted := _inverted(reading, at, verb, manner)
    ):
        return inverted
    speaker = left_speaker(reading, left)
    if (
        speaker is not None
        and reading.low(at) in reading.lexicon.of("claims")
        and (reading.has_verb(speaker) or not reading.has_kind(speaker))
    ):
        return None  # "denied reports that", "the claims"
    if speaker is None and not frames and reading.low(left - 1) == "and":
        speaker = clause_subject(reading, left - 1)
    goes_on = speaker is None and reading.low(left - 1) in ("and", "but", ",") and bool(frames)
    if speaker is None and not goes_on:
        return None
    return _placed(reading, at, manner, speaker, goes_on=goes_on)


def _stated(reading: Reading, at: int, left: int) -> Frame | None:
    """The frame of "S issued a statement on Monday saying": S says so."""
    if reading.low(left - 1) not in reading.lexicon.of("claims"):
        return None
    speaker = clause_subject(reading, left)
    if speaker is None:
        return None
    scope = Words(past_that(reading, at + 1), len(reading.sentence.words))
    around = Words(speaker.first, at)
    return Frame(at, Manner.SAYS, speaker, scope, said=reading.when_ending(at), around=around)


def _takes_back(reading: Reading, at: int) -> bool:
    """Whether it is a statement that is withdrawn, and not troops."""
    claims = reading.lexicon.of("claims")
    return any(reading.low(n) in claims for n in range(at + 1, at + 4))


def _placed(
    reading: Reading, at: int, manner: Manner, speaker: Words | None, *, goes_on: bool
) -> Frame:
    """The frame with its scope: what follows, or what stands before where nothing follows."""
    words = reading.sentence.words
    stop, publisher, said = tail(reading, at + 1)
    said = said or (reading.when_ending(at) if speaker is not None else None)
    if said is None and speaker is not None:
        said = _leading(reading, speaker.first)
    first = speaker.first if speaker else at
    colon = next((n for n in range(stop, min(stop + _NEAR, len(words))) if words[n].low == ":"), 0)
    if colon and not reading.has_verb(Words(stop, colon)):  # `confirmed this: "We hold it"`
        stop = colon
    empty = stop >= len(words) or words[stop].low in {",", ".", ";"} | QUOTES
    begins = first > 0 and any(w.is_word for w in words[:first])
    if empty and begins and not goes_on:
        end = first if stop >= len(words) or words[stop].low != "," else len(words)
        scope = Words(clause(reading, first), end)
    else:
        scope = Words(past_that(reading, stop), len(words))
    around = Words(speaker.first, at) if speaker and speaker.first < at else None
    return Frame(at, manner, speaker, scope, publisher, said, goes_on, around)


def _leading(reading: Reading, first: int) -> When | None:
    """The time before a speaker: "On Tuesday a commander said"."""
    comma = reading.low(first - 1) == ","
    when = reading.when_ending(first - 1 if comma else first)
    starts = {"", ",", ";", "but", "and"} if not comma else {"", ";", "but"}
    return when if when and reading.low(when.first - 1) in starts else None


def _inverted(reading: Reading, at: int, verb: Verb, manner: Manner) -> Frame | None:
    """The frame with the speaker behind the verb: "…, said Ibrahim, a fighter"."""
    first = at + 1
    # Behind "told" stands who heard it.
    if first >= len(reading.sentence.words) or verb.base == "tell":
        return None
    word = reading.sentence.words[first]
    last = right_end(reading, first, apposition=True)
    named = word.capital or word.low in reading.lexicon.of("determiners")
    if first == last or not (named or reading.has_kind(Words(first, last))):
        return None
    if reading.when_at(first) or reading.has_verb(Words(first, last)):
        return None
    said = reading.when_at(last)
    scope = Words(clause(reading, at), at)
    return Frame(at, manner, Words(first, last), scope, said=said)


def _cited(reading: Reading, frames: list[Frame]) -> list[Frame]:
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


def frame_of(frames: Collection[Frame], at: int) -> Frame | None:
    """The frame that a word is in: the innermost."""
    around = [f for f in frames if f.covers(at) and not f.inside(at)]
    return max(around, key=lambda f: (f.scope.first, f.verb), default=None)
