"""A mention: words of a sentence that speak of a place or a party."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.naming import PartyNames
    from storage.model.drafting.text import Sentence
    from storage.model.names import Resolution

FindPlaces: TypeAlias = "Callable[[str], Resolution]"


class What(StrEnum):
    """What a mention is."""

    PLACE = "place"  # by its name
    AGAIN = "again"  # "the town", "its airport"
    IT = "it"  # any pronoun
    NAME = "name"  # something with capital letters that is no place on record
    PARTY = "party"


class Mention(NamedTuple):
    """Words of a sentence that speak of something; `last` is the number behind the last one.

    `found` is what a name was found to be; `kind` the kind of place that "the town" is; `owned`
    whether "'s" follows, or a word for a part of it, so that something else is spoken of.
    """

    what: What
    first: int
    last: int
    found: Resolution | None = None
    kind: str = ""
    owned: bool = False
    name: int = -1  # where the name itself begins, behind "the town of"


@dataclass(frozen=True)
class Tools:
    """What sentences are read with."""

    lexicon: Lexicon
    parties: PartyNames
    find: FindPlaces


def may_modify(sentence: Sentence, at: int, lexicon: Lexicon) -> bool:
    """Whether a word may stand between an article and its noun."""
    word = sentence.words[at]
    barred = (
        lexicon.of("prepositions"),
        lexicon.of("conjunctions"),
        lexicon.of("auxiliaries"),
        lexicon.of("pronouns"),
        lexicon.of("modals"),
        lexicon.of("negations"),
        lexicon.of("determiners"),
    )
    return word.is_word and not any(word.low in some for some in barred)
