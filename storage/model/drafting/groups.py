"""Where a sentence speaks of a party: "Sunni militants", "Russia", "its troops"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.lexicon import Tense
from storage.model.drafting.mention import Mention, Tools, What, may_modify

if TYPE_CHECKING:
    from storage.model.drafting.text import Sentence

LONGEST_NAME: Final = 8  # words
_LONGEST_OPENED: Final = 7  # words behind "backed by"


def party_at(sentence: Sentence, at: int, tools: Tools) -> Mention | None:
    """A party from its first word: "Sunni militants", "Russia", "its troops"."""
    head = _head_from(sentence, at, tools)
    if head is None:
        return None
    verb = tools.lexicon.verbs.get(sentence.low(at - 1))
    # "drove militants from Rawa", "withdrew its troops from Rawa"
    driven = verb is not None and verb.meaning in ("drove", "left", "pulled")
    last = head + 1 if driven else _behind_openers(sentence, head + 1, tools)
    return Mention(What.PARTY, at, last, owned=sentence.low(last) == "'s")


def _head_from(sentence: Sentence, at: int, tools: Tools) -> int | None:
    """The number of the last word of a party's name that begins here."""
    lexicon = tools.lexicon
    head: int | None = None
    if sentence.low(at) in ("that", "which"):
        return None
    country = False  # "Russian" alone, while "airborne troops" may follow
    for n in range(at, min(at + LONGEST_NAME, len(sentence.words))):
        word = sentence.words[n]
        if word.low == "'s" and n > at:
            # "Sudan's army" is one party; "the army's base" speaks of none.
            country = True
            continue
        named = 0 < tools.parties.ends_name(sentence.words, n) <= n + 1 - at
        if named or _is_head(sentence, n, at, tools):
            head, country = n, False
        elif head is not None and not country:
            break
        elif word.capital and tools.parties.nation(word.low) and head is None:
            head, country = n, True
        elif not _leads_to_party(sentence, n, tools) or (
            n > at and word.low in lexicon.of("determiners")
        ):
            break
    return head


def _is_head(sentence: Sentence, n: int, at: int, tools: Tools) -> bool:
    low = sentence.low(n)
    if low not in tools.lexicon.of("heads"):
        return False
    alone = n == at or (n == at + 1 and sentence.low(at) in tools.lexicon.of("single"))
    return not (
        alone
        and low in tools.lexicon.of("only_with")
        and _behind_openers(sentence, n + 1, tools) == n + 1
    )


def _leads_to_party(sentence: Sentence, at: int, tools: Tools) -> bool:
    lexicon = tools.lexicon
    low = sentence.low(at)
    if low in lexicon.of("determiners"):
        return True
    barred = lexicon.of("adverbs"), lexicon.months, lexicon.weekdays, lexicon.reporting
    verbs = low in lexicon.verbs and low not in lexicon.of("government_with")
    return may_modify(sentence, at, lexicon) and not verbs and not any(low in b for b in barred)


def _behind_openers(sentence: Sentence, at: int, tools: Tools) -> int:
    """Past "(SDF)", "loyal to Muammar Gaddafi" and the like, which belong to the party."""
    if sentence.low(at) == "(" and sentence.low(at + 2) == ")":
        at += 3
    lexicon = tools.lexicon
    for phrase in lexicon.phrases["openers"]:
        if not sentence.has(at, phrase):
            continue
        stop = begin = at + len(phrase)
        while stop < min(len(sentence.words), begin + _LONGEST_OPENED):
            word = sentence.words[stop]
            verb = lexicon.verbs.get(word.low) or lexicon.reporting.get(word.low)
            helps = word.low in lexicon.of("auxiliaries") - {"'s"}
            if helps or (verb is not None and Tense.PAST in verb.tenses):
                return stop  # "backed by air strikes seized"
            if not word.is_word and word.low != "'s":
                break
            stop += 1
        stop = begin + (sentence.low(begin) in lexicon.of("determiners"))
        while stop < len(sentence.words) and sentence.words[stop].capital:
            stop += 1
        return stop if sentence.words[stop - 1].capital else at
    return at
