"""Who speaks: what kind of source it is, how many, for which side, and whether at the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.drafting.draft import Gap, PartySaid, Speaker
from storage.model.drafting.mention import What
from storage.model.drafting.saying import Words
from storage.model.sources import Position

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from storage.model.drafting.mention import Mention, Tools
    from storage.model.drafting.text import Sentence


def read_speaker(
    sentence: Sentence,
    words: Words,
    mentions: Sequence[Mention],
    tools: Tools,
    before: Speaker | None,
    countries: Collection[str] = (),
) -> Speaker:
    """The speaker that words name; `before` is who spoke last, for "he said", and `countries` are
    those of the places that the text speaks of there, for "a government official".
    """
    lexicon = tools.lexicon
    span = sentence.between(*words)
    written = sentence.written(*words)
    low = sentence.low(words.first)
    if low in lexicon.of("they") and words.last - words.first == 1:
        several = low == "they" and before is not None and before.number != 1
        if (
            low in lexicon.of("groups")
            and not several
            and (party := _party_before(mentions, words))
        ):
            before = read_speaker(sentence, party, mentions, tools, None, countries)
        if before is None:
            return Speaker(written, span)
        return Speaker(
            written,
            span,
            before.kind,
            before.number,
            before.side,
            before.position,
            before.stands_for or before.written,
        )
    own = [m for m in mentions if words.first <= m.first < words.last]
    kind = _kind(sentence, words, tools)
    side = _side(sentence, words, kind, tools, countries)
    if kind is None and side is None and before is not None and _is_one_of(sentence, words):
        kind, side = before.kind, before.side
    if before is not None and _is_same(sentence, words, tools):
        kind = before.kind
    if side is None and before is not None and _is_named_again(sentence, words, before, tools):
        side = before.side
    if kind is None and side is not None:
        kind = "official"
    return Speaker(
        written,
        span,
        kind,
        _number(sentence, words, tools),
        side,
        _position(sentence, own, tools),
    )


def _party_before(mentions: Sequence[Mention], words: Words) -> Words | None:
    """The party that "it" stands for in "The Front has taken Kesmet, it said"."""
    before = [m for m in mentions if m.what is What.PARTY and m.last <= words.first and not m.owned]
    return Words(before[0].first, before[0].last) if before else None


def _kind(sentence: Sentence, words: Words, tools: Tools) -> str | None:
    """The kind by the last word for one, before "at", "of" or a comma where there is one there."""
    barred = tools.lexicon.of("prepositions") | tools.lexicon.of("part_ends")
    begin = words.first
    for at in range(words.first, words.last + 1):
        if at == words.last or sentence.low(at) in barred:
            if found := _kinds(sentence, begin, at, tools):
                return next((k for k in found if k == "spokesman"), found[-1])
            begin = at + 1
    lows = {sentence.low(n) for n in range(*words)}
    if not lows.isdisjoint(tools.lexicon.of("leading")):
        return "officer"
    return None if lows.isdisjoint(tools.lexicon.of("bodies")) else "official"


def _kinds(sentence: Sentence, first: int, last: int, tools: Tools) -> list[str]:
    speakers = tools.lexicon.speakers
    found: list[str] = []
    for at in range(first, last):
        low = sentence.low(at)
        own = speakers.get((sentence.low(at - 1), low)) if at > first else None
        parts = (speakers.get((part,)) for part in reversed(low.split("-")))
        if kind := own or next((k for k in parts if k), None):
            found.append(kind)
    return found


def _is_one_of(sentence: Sentence, words: Words) -> bool:
    """Whether it is some of those who spoke before: "one of them", "one of the three"."""
    return words.last - words.first > 1 and sentence.low(words.first + 1) == "of"


def _is_same(sentence: Sentence, words: Words, tools: Tools) -> bool:
    """Whether it is who spoke before: "the man", "the sources"."""
    two = words.last - words.first == 2 and sentence.low(words.first) == "the"
    return two and sentence.low(words.last - 1) in tools.lexicon.of("once_more")


def _is_named_again(sentence: Sentence, words: Words, before: Speaker, tools: Tools) -> bool:
    """Whether "the commander" is the rebel commander who spoke before."""
    word = sentence.low(words.first + 1)
    known = (word,) in tools.lexicon.speakers
    return (
        known and sentence.low(words.first) == "the" and word in before.written.casefold().split()
    )


def _number(sentence: Sentence, words: Words, tools: Tools) -> int | None:
    lows = [sentence.low(n) for n in range(*words)]
    if "and" in lows:
        return None
    numbers = tools.lexicon.numbers
    for low in lows[:2]:
        if low in numbers:
            return numbers.index(low) + 1
        if low.isdigit():
            return int(low)
    plural = any(low.endswith("s") and (low,) in tools.lexicon.speakers for low in lows)
    people = plural or "people" in lows or "police" in lows
    return None if people and lows[0] not in tools.lexicon.of("one") else 1


def _side(
    sentence: Sentence, words: Words, kind: str | None, tools: Tools, countries: Collection[str]
) -> PartySaid | None:
    """The party that the speaker is said to belong to, where that is clear."""
    if kind in tools.lexicon.of("no_side"):
        return None
    some = [w for w in sentence.words[words.first : words.last] if w.is_word]
    party = tools.parties.side(some, countries)
    if party is None and kind == "fighter":
        return PartySaid(sentence.written(*words), sentence.between(*words), gap=Gap.NO_SUCH_PARTY)
    if party is None:
        return None
    return PartySaid(sentence.written(*words), sentence.between(*words), party)


def _position(sentence: Sentence, own: Sequence[Mention], tools: Tools) -> Position:
    """At the scene, where the words say that they are in or at a place."""
    for mention in own:
        if mention.what in (What.PLACE, What.AGAIN) and sentence.low(mention.first - 1) in (
            tools.lexicon.of("at_scene")
        ):
            return Position.SCENE
    return Position.UNKNOWN
