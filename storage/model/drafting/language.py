"""Whether a text is in English, by the small words that no English sentence goes without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from storage.model.drafting.draft import Span

if TYPE_CHECKING:
    from storage.model.drafting.lexicon import Lexicon

# Of the words of an English news paragraph that begin with a small letter half and more are in
# the lexicon, of other languages in Latin letters seldom a quarter: "in" and "so" are German too.
LEAST_ENGLISH: Final = 0.35
FEWEST_WORDS: Final = 10  # what is shorter may be a list of names
# Other letters tell by themselves: a name may be given in them, a sentence not.
FEWEST_OTHER: Final = 5
_PARAGRAPH: Final = re.compile(r"[^\n]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LAST_LATIN: Final = "\u024f"


def foreign_part(text: str, lexicon: Lexicon) -> Span | None:
    """Where the first paragraph stands that is in another language than English; None where there
    is none. What is too short to tell counts as English.
    """
    foreign = lexicon.of("joining")  # "el" and "de" of names
    only_english = lexicon.of("only_english")
    for found in _PARAGRAPH.finditer(text):
        words = _WORD.findall(found[0])
        other = sum(word[0] > _LAST_LATIN for word in words)
        if other >= FEWEST_OTHER and 2 * other > len(words):
            return Span(*found.span())
        small = [word for word in words if word[0].islower() and len(word) > 1]
        known = sum(word in lexicon.known and word not in foreign for word in small)
        told = not only_english.isdisjoint(small)
        if not told and len(small) >= FEWEST_WORDS and known < LEAST_ENGLISH * len(small):
            return Span(*found.span())
    return None
