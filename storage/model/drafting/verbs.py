"""The words around a verb: whether something was done, or was not, or is only wished or feared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from storage.model.drafting.lexicon import Tense

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.drafting.dates import When
    from storage.model.drafting.lexicon import Lexicon, Verb
    from storage.model.drafting.text import Sentence

_STOPS: Final = frozenset({".", ";", "!", "?", ":", "—", "–"})


@dataclass(frozen=True)
class Group:
    """A verb with what belongs to it, from the word `first` on.

    `happened` is False for what is only wished, feared, asked or going on; `negated` for what is
    said not to be so; `passive` tells that what stands before it is what it is done to.
    `hearsay` for "is said to have".
    """

    first: int
    passive: bool
    negated: bool
    happened: bool
    bare: bool  # no auxiliary
    no_longer: bool = False
    hearsay: bool = False
    progressive: bool = False
    formerly: bool = False  # "once held"
    outcome: bool = False  # "only to lose it"


def group_at(sentence: Sentence, at: int, whens: Sequence[When], lexicon: Lexicon) -> Group:
    """The words of the verb, or of what stands for one ("in the hands of"), at a number."""
    first, seen = _left(sentence, at, whens, lexicon)
    verb = lexicon.verbs.get(sentence.low(at))
    tenses = verb.tenses if verb else frozenset[Tense]()
    being = not seen.isdisjoint(lexicon.of("being"))
    infinitive = "to" in seen
    real, hearsay, first = True, False, first
    if infinitive and "only" not in seen:  # "only to lose it" tells what happened
        real, hearsay, first, more = _governor(sentence, first, whens, lexicon)
        seen |= more
    longer = "longer" in seen
    passive = Tense.PARTICIPLE in tenses and being
    progressive = Tense.GERUND in tenses and being
    return Group(
        first=first,
        passive=passive,
        negated=not seen.isdisjoint(lexicon.of("negations")) and not longer,
        happened=real
        and seen.isdisjoint(lexicon.of("modals"))
        and (seen.isdisjoint(lexicon.of("unsure")) or not seen.isdisjoint(lexicon.of("quite")))
        and not _is_unreal(sentence, first, lexicon, past=_is_past(sentence, at, lexicon)),
        bare=not seen & (lexicon.of("auxiliaries") | {"to"}),
        no_longer=longer,
        hearsay=hearsay or not seen.isdisjoint(lexicon.of("reportedly")),
        progressive=progressive,
        formerly=not seen.isdisjoint(lexicon.of("formerly")),
        outcome=infinitive and "only" in seen,
    )


def _left(
    sentence: Sentence, at: int, whens: Sequence[When], lexicon: Lexicon
) -> tuple[int, frozenset[str]]:
    skipped = (
        lexicon.of("auxiliaries")
        | lexicon.of("adverbs")
        | lexicon.of("negations")
        | lexicon.of("modals")
        | lexicon.of("formerly")
        | {"to", "longer", "no", "yet"}
    )
    seen: set[str] = set()
    while at > 0:
        before = sentence.low(at - 1)
        when = next((w for w in whens if w.last == at), None)
        if when is not None and sentence.low(when.first - 1) != ",":
            at = when.first
        elif (before in skipped or (before.endswith("ly") and len(before) > 4)) and (
            before != "'s" or sentence.low(at - 2) in ("it", "that", "he", "she", "there")
        ):
            seen.add(before)
            at -= 1
        else:
            break
    return at, frozenset(seen)


def _governor(
    sentence: Sentence, first: int, whens: Sequence[When], lexicon: Lexicon
) -> tuple[bool, bool, int, frozenset[str]]:
    """What stands before "to take": whether it makes it real, or hearsay, and where it begins."""
    at = first
    when = next((w for w in whens if w.last == at), None)
    at = when.first if when else at
    before = sentence.low(at - 1)
    if before not in lexicon.of("real_infinitives"):
        return False, False, first, frozenset()
    begin, seen = _left(sentence, at - 1, whens, lexicon)
    passive = not seen.isdisjoint(lexicon.of("being"))
    return True, before in lexicon.of("hearsay") and passive, begin, seen


def _is_past(sentence: Sentence, at: int, lexicon: Lexicon) -> bool:
    verb = lexicon.verbs.get(sentence.low(at))
    return verb is not None and Tense.PAST in verb.tenses


def _is_unreal(sentence: Sentence, first: int, lexicon: Lexicon, *, past: bool) -> bool:
    """Whether a word before makes it a condition, a fear or a question; "before" does where what
    it begins is not `past`.
    """
    if sentence.low(0) == "had" and first > 0 and sentence.low(1) != "been":
        return True  # "Had the army left"
    for at in range(first - 1, -1, -1):
        low = sentence.low(at)
        if low in _STOPS or (
            low in ("but", "that") and sentence.low(at - 1) not in lexicon.of("unreal")
        ):
            return False
        if low == "," and sentence.low(at + 1) not in ("who", "which"):
            # "If they take it, and hold it": the condition reaches over a comma only to "and".
            return False
        if low in lexicon.of("unreal") or (
            low in lexicon.of("questions") and at == first - 1 and low != "who"
        ):
            told = low == "before" and past
            return not (
                told or (low in ("before", "until") and at and _is_time(sentence, at, lexicon))
            )
        if (
            low == "who"
            and at == first - 1
            and (at == 0 or sentence.low(at - 1) in lexicon.of("unknowing"))
        ):
            return True
    return False


def _is_time(sentence: Sentence, at: int, lexicon: Lexicon) -> bool:
    return sentence.low(at - 1) in lexicon.of("spans")


def verb_at(sentence: Sentence, at: int, lexicon: Lexicon) -> Verb | None:
    """The verb of control at a number; not where the word is a noun there."""
    verb = lexicon.verbs.get(sentence.low(at))
    before = sentence.low(at - 1)
    if verb is None or (sentence.words[at].capital and at > 0 and not sentence.headline):
        return None
    noun = verb.tenses <= {Tense.BASE, Tense.THIRD} and (
        before in (lexicon.of("determiners") | lexicon.of("prepositions")) - {"to", "that"}
        or before == "'s"
        or before in lexicon.of("total")  # "in full control"
        or before in lexicon.reporting  # "claimed control"
        or _has(before, lexicon)  # "had control"
    )
    determiners = lexicon.of("determiners") - lexicon.of("adverbs")  # "have all fallen"
    adjective = before in determiners | {"'s"} or before.endswith("-")
    return None if noun or adjective else verb


def _has(low: str, lexicon: Lexicon) -> bool:
    verb = lexicon.verbs.get(low)
    return verb is not None and verb.meaning == "has"
