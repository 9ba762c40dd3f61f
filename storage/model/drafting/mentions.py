"""Where a sentence speaks of places and parties, by name or by "the town" and "its troops"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.groups import party_at
from storage.model.drafting.mention import Mention, Tools, What, may_modify
from storage.model.drafting.text import QUOTES
from storage.model.names import Ambiguous, Found

if TYPE_CHECKING:
    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Sentence

LONGEST_NAME: Final = 6  # words
_LONGEST_AFTER: Final = 3  # words such as "border crossing" behind a name
_MOST_BEFORE: Final = 5  # words between an article and its noun


def mentions_in(sentence: Sentence, tools: Tools) -> list[Mention]:
    """All mentions, in order; none reaches into another."""
    found: list[Mention] = []
    at = 0
    while at < len(sentence.words):
        named = _named_place(sentence, at, tools)
        if named and sentence.low(named.last) == "'s":
            party = party_at(sentence, at, tools)
            named = party if party and party.last > named.last else named
        mention = (
            named
            if named and (named.what is What.PARTY or named.what is What.PLACE or named.kind)
            else (
                _again(sentence, at, tools)
                or party_at(sentence, at, tools)
                or _pronoun(sentence, at, tools)
                or named
            )
        )
        if mention is None:
            at += 1
            continue
        found.append(mention)
        at = mention.last
    return found


def _named_place(sentence: Sentence, at: int, tools: Tools) -> Mention | None:
    """A place by its name, with "the town of" before it and "border crossing" behind it."""
    first = _behind_kind(sentence, at, tools)
    begin = at if first is None else first
    stop = _end_of_name(sentence, begin, tools)
    if stop == begin:
        return None
    for last in range(stop, begin, -1):
        if last < stop and not all(_is_known(sentence, n, tools) for n in range(last, stop)):
            continue
        known = _is_known(sentence, begin, tools) and not tools.parties.nation(sentence.low(begin))
        if begin + 1 == last and known:
            break
        if mention := _find(sentence, begin, last, tools):
            mention = _of_place(sentence, mention, tools) or mention
            if begin > at and sentence.low(begin - 1) == "at":
                mention = _at_town(sentence, mention, begin, tools)
            owned = _is_owned(sentence, mention.last, tools)
            name = begin if mention.what is What.PLACE else at
            return mention._replace(first=at, owned=owned, name=name)
    if first is not None and begin == at + 1:  # "Port Lauren" is no port called Lauren
        stop = _end_of_name(sentence, at, tools)
        if stop > begin and (mention := _find(sentence, at, stop, tools)):
            return mention._replace(owned=_is_owned(sentence, mention.last, tools), name=at)
    if first is not None or not _is_known(sentence, begin, tools):
        kind = _kind_at(sentence, at, tools) if first is not None else ""
        return Mention(What.NAME, at, stop, kind=kind, owned=first is None, name=begin)
    return None


def _find(sentence: Sentence, begin: int, last: int, tools: Tools) -> Mention | None:
    """The place that words name, best with words for its kind behind it."""
    for stop in range(min(last + _LONGEST_AFTER, len(sentence.words)), last, -1):
        behind = [sentence.words[n] for n in range(last, stop)]
        if behind[-1].low not in tools.lexicon.of("areas") | tools.lexicon.kinds.keys():
            continue
        if not all(may_modify(sentence, n, tools.lexicon) for n in range(last, stop)):
            continue
        name = sentence.written(begin, stop)
        if isinstance(found := tools.find(name), Found | Ambiguous):
            return Mention(What.PLACE, begin, stop, found)
        kind = tools.lexicon.kinds.get(behind[-1].low, "")
        if kind not in ("town", ""):  # "Mosul dam" is not Mosul
            same = tools.find(sentence.written(begin, last))
            if isinstance(same, Found) and tools.lexicon.kinds.get(same.place.kind) == kind:
                return Mention(What.PLACE, begin, stop, same)
            return Mention(What.NAME, begin, stop, found, kind)
    found = tools.find(sentence.written(begin, last))
    if isinstance(found, Found | Ambiguous):
        stop = last + (sentence.low(last) in tools.lexicon.kinds)
        return Mention(What.PLACE, begin, stop, found)
    return None


def _at_town(sentence: Sentence, town: Mention, begin: int, tools: Tools) -> Mention:
    """What lies at a town: "the bridge at Haditha" is not Haditha."""
    noun = sentence.low(begin - 2)
    kind = tools.lexicon.kinds[noun]
    place = town.found.place if isinstance(town.found, Found) else None
    if place is None or tools.lexicon.kinds.get(place.kind.casefold()) == kind:
        return town
    found = tools.find(f"{sentence.written(begin, town.last)} {noun}")
    if isinstance(found, Found) and found.place != place:
        return town._replace(found=found)
    return Mention(What.NAME, town.first, town.last, kind=kind)


def _of_place(sentence: Sentence, town: Mention, tools: Tools) -> Mention | None:
    """A place that is named by its town: "Tripoli's main airport"."""
    if sentence.low(town.last) != "'s":
        return None
    for n in range(town.last + 1, min(town.last + _MOST_BEFORE, len(sentence.words))):
        low = sentence.low(n)
        if tools.lexicon.kinds.get(low, "town") != "town":
            found = tools.find(f"{sentence.written(town.first, town.last)} {low}")
            return (
                Mention(What.PLACE, town.first, n + 1, found) if isinstance(found, Found) else None
            )
        if not may_modify(sentence, n, tools.lexicon) or sentence.words[n].capital:
            break
    return None


def _end_of_name(sentence: Sentence, begin: int, tools: Tools) -> int:
    """The number behind the last word of a name that begins here."""
    if begin and _is_title(sentence, begin - 1, tools):
        return begin
    last = begin
    at = begin
    while at < min(len(sentence.words), begin + LONGEST_NAME):
        word = sentence.words[at]
        if (
            word.capital
            or word.low.startswith(tools.lexicon.articles)
            or (at > begin and word.text.isdigit())
        ):
            last = at + 1
        elif (
            word.low not in tools.lexicon.of("joining")
            or at == begin
            or word.low == "of"
            or (word.low == "." and word.end - sentence.words[at - 1].start > 4)
        ):
            break
        at += 1
    return last


def _is_title(sentence: Sentence, at: int, tools: Tools) -> bool:
    """Whether a word before a name says that it is a person's: "Colonel", "Minister", "Gen."."""
    low = sentence.low(at - 1) if sentence.low(at) == "." else sentence.low(at)
    word = sentence.words[at]
    kind = tools.lexicon.speakers.get((low,))
    return kind in ("officer", "official", "spokesman", "resident") and (
        word.capital or word.text == "." or low in tools.lexicon.of("titled")
    )


def _is_known(sentence: Sentence, at: int, tools: Tools) -> bool:
    """Whether a word is an ordinary one, written with a capital letter for where it stands."""
    word = sentence.words[at]
    return (
        word.low in tools.lexicon.known
        or not word.is_word
        or tools.parties.ends_name(sentence.words, at) == 1
        or word.text.isdigit()
    )


def _behind_kind(sentence: Sentence, at: int, tools: Tools) -> int | None:
    """Where the name begins in "the border town of Rabia", "the northern city Mosul"."""
    lexicon = tools.lexicon
    low = sentence.low(at)
    if low not in lexicon.of("determiners") and low not in lexicon.kinds:
        return None
    for n in range(at, min(at + _MOST_BEFORE, len(sentence.words) - 2)):
        low = sentence.low(n)
        if low in lexicon.kinds and (not sentence.words[n].capital or n == 0):
            step = 2 if sentence.low(n + 1) in lexicon.of("called") else 1
            name = sentence.words[n + step]
            capital = name.capital and name.text not in QUOTES
            return n + step if capital or name.low.startswith(lexicon.articles) else None
        if n > at and not may_modify(sentence, n, lexicon):
            return None
    return None


def _kind_at(sentence: Sentence, at: int, tools: Tools) -> str:
    kinds = (tools.lexicon.kinds.get(sentence.low(n), "") for n in range(at, at + _MOST_BEFORE))
    return next((k for k in kinds if k), "")


def _is_owned(sentence: Sentence, at: int, tools: Tools) -> bool:
    return sentence.low(at) == "'s" or sentence.low(at) in tools.lexicon.of("parts")


def _again(sentence: Sentence, at: int, tools: Tools) -> Mention | None:
    """A place that was named before: "the town", "both airports", "its airport"."""
    lexicon = tools.lexicon
    if sentence.low(at) not in lexicon.of("determiners"):
        return None
    for n in range(at + 1, min(at + _MOST_BEFORE, len(sentence.words))):
        low = sentence.low(n)
        kind = lexicon.kinds.get(low) or lexicon.kinds.get(low.removesuffix("s"))
        kind = kind or (lexicon.kinds.get(low.removesuffix("ies") + "y"))
        following = sentence.low(n + 1)
        if kind and low not in lexicon.kinds and sentence.low(at) in lexicon.of("owners"):
            return None  # "left their posts"
        capital = sentence.words[n].capital
        if (
            kind
            and not capital
            and following not in lexicon.kinds
            and not _is_party_word(sentence, n + 1, tools)
        ):
            owned = _is_owned(sentence, n + 1, tools)
            return _of_town(sentence, at, n, tools) or Mention(
                What.AGAIN, at, n + 1, kind=kind, owned=owned
            )
        if not may_modify(sentence, n, lexicon) or _is_named(sentence, n, lexicon):
            return None
    return None


def _is_named(sentence: Sentence, at: int, lexicon: Lexicon) -> bool:
    word = sentence.words[at]
    named = word.capital and word.low not in lexicon.nations
    return named or word.low.startswith(lexicon.articles) or word.low in lexicon.of("determiners")


def _of_town(sentence: Sentence, at: int, noun: int, tools: Tools) -> Mention | None:
    """A place such as "the airport in the city of Merowe", where one is called so."""
    if sentence.low(noun + 1) not in tools.lexicon.of("located"):
        return None
    town = _named_place(sentence, noun + 2, tools) if noun + 2 < len(sentence.words) else None
    if town is None:
        return None
    name = sentence.written(town.name, town.last)
    found = tools.find(f"{name} {sentence.low(noun)}")
    if isinstance(found, Found) and found != town.found:
        return Mention(What.PLACE, at, town.last, found, name=at)
    return None


def _is_party_word(sentence: Sentence, at: int, tools: Tools) -> bool:
    low = sentence.low(at)
    return low in tools.lexicon.of("heads") or (low,) in tools.lexicon.speakers


def _pronoun(sentence: Sentence, at: int, tools: Tools) -> Mention | None:
    if sentence.low(at) in tools.lexicon.of("pronouns"):
        return Mention(What.IT, at, at + 1)
    return None
