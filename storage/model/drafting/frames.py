"""Who says what in a sentence: "S said that…", "…, S said", "according to S", "S was quoted"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from storage.model.drafting.citing import according, cited, quoting, relayed
from storage.model.drafting.frame import Frame, Manner
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.saying import (
    Reading,
    Words,
    clause,
    clause_subject,
    left_bound,
    left_of,
    left_speaker,
    right_end,
)
from storage.model.drafting.tails import past_that, tail
from storage.model.drafting.tellings import telling
from storage.model.drafting.text import CLOSING, ENDS, QUOTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.lexicon import Lexicon, Verb
    from storage.model.drafting.text import Sentence

_NEAR: Final = 6  # words between a verb and a colon behind it


def frames_in(sentence: Sentence, whens: Sequence[When], lexicon: Lexicon) -> list[Frame]:
    """The frames of a sentence in the order of their verbs."""
    reading = Reading(sentence, whens, lexicon)
    frames: list[Frame] = []
    at = 0
    while at < len(sentence.words):
        frame = (
            according(reading, at)
            or _titled(reading, at)
            or quoting(reading, at)
            or telling(reading, at, frames)
            or _reporting(reading, at, frames)
        )
        if frame is not None:
            frames.append(frame)
            at = max(at, frame.verb)
        at += 1
    return _after_colon(reading, relayed(reading, cited(reading, frames)))


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


def _reporting(reading: Reading, at: int, frames: Sequence[Frame]) -> Frame | None:
    verb = reading.lexicon.reporting.get(reading.low(at))
    if verb is None or verb.meaning == "quote":
        return None
    if verb.meaning == "call" and not _calls_untrue(reading, at):
        return None
    manner = {"deny": Manner.DENIES, "call": Manner.DENIES, "retract": Manner.TAKES_BACK}.get(
        verb.meaning, Manner.SAYS
    )
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
    if passive:
        return None
    if reading.low(at - 1) == "to":
        return _sets_out(reading, at, manner)
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


def _calls_untrue(reading: Reading, at: int) -> bool:
    """Whether it is "called the reports baseless"."""
    claims = reading.lexicon.of("claims")
    return any(reading.low(n) in claims for n in range(at + 1, at + _NEAR // 2)) and any(
        reading.sentence.has(n, phrase)
        for n in range(at + 2, at + 2 * _NEAR)
        for phrase in reading.lexicon.phrases["untrue"]
    )


def _sets_out(reading: Reading, at: int, manner: Manner) -> Frame | None:
    """The frame of "State television cut its programmes to report that": who does so says it."""
    if reading.low(at + 1) != "that":
        return None
    begin = left_bound(reading, at - 1)
    kinds = (n for n in range(begin, at) if reading.has_kind(Words(n, n + 1)))
    last = next(kinds, None)
    if last is None:
        return None
    while reading.has_kind(Words(last + 1, last + 2)):
        last += 1
    scope = Words(past_that(reading, at + 1), len(reading.sentence.words))
    return Frame(at, manner, Words(begin, last + 1), scope)


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
    told_before = reading.low(first - 1) == "," and reading.has_verb(Words(0, first))
    if told_before and speaker and reading.low(stop) == ":":
        scope = Words(clause(reading, first), len(words))
    elif _ends_quotation(reading, first) and not goes_on:
        scope = Words(clause(reading, first), first)
    elif empty and begins and not goes_on:
        end = first if stop >= len(words) or words[stop].low != "," else len(words)
        scope = Words(clause(reading, first), end)
    else:
        scope = Words(past_that(reading, stop), len(words))
    around = Words(speaker.first, at) if speaker and speaker.first < at else None
    return Frame(at, manner, speaker, scope, publisher, said, goes_on, around)


def _ends_quotation(reading: Reading, first: int) -> bool:
    """Whether a quotation ends before a number: `"It is ours," S told reporters at the bridge`."""
    return reading.low(first - 1) in CLOSING & QUOTES and reading.low(first - 2) in ENDS | {","}


def _leading(reading: Reading, first: int) -> When | None:
    """The time before a speaker: "On Tuesday a commander said"."""
    comma = reading.low(first - 1) == ","
    when = reading.when_ending(first - 1 if comma else first)
    starts = {"", ",", ";", "but", "and"} if not comma else {"", ";", "but"}
    if when is None or reading.low(when.last - 1) == "after":  # "a week after S said"
        return None
    return when if reading.low(when.first - 1) in starts else None


def _inverted(reading: Reading, at: int, verb: Verb, manner: Manner) -> Frame | None:
    """The frame with the speaker behind the verb: "…, said Ibrahim, a fighter"."""
    first = at + 1
    # Behind "told" stands who heard it.
    if first >= len(reading.sentence.words) or verb.base == "tell":
        return None
    word = reading.sentence.words[first]
    last = right_end(reading, first, apposition=True)
    named = word.capital or word.low in reading.lexicon.of("determiners")
    if word.low in reading.lexicon.of("prepositions"):
        return None
    if first == last or not (named or reading.has_kind(Words(first, last))):
        return None
    if reading.when_at(first) or reading.has_verb(Words(first, last)):
        return None
    said = reading.when_at(last)
    scope = Words(clause(reading, at), at)
    return Frame(at, manner, Words(first, last), scope, said=said)
