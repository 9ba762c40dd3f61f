"""Names folded: what only differs in case, marks, articles or word breaks becomes the same."""

# Letters of several scripts that look alike are what this package is about.
# ruff: noqa: RUF001

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from storage.model.names.words import (
    AIR_BASE,
    AIRPORT,
    ARABIC_ARTICLE,
    ARTICLES,
    BESIDE_AIRPORT,
    BESIDE_CROSSING,
    CROSSING,
    SETTLEMENT,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# What is written for ayn, hamza or a soft sign, or not at all: no word ends there.
_APOSTROPHES = frozenset("'`´’‘‛ʹʼʻʽʾʿˈ′＇՚׳\"")
_LETTERS = {
    "ı": "i",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ə": "e",
    "ٱ": "ا",  # alef wasla; the other forms of alef lose their hamza with the marks
    "ء": "",
    "ة": "ه",
    "ى": "ي",
    "ی": "ي",  # as typed on Persian and Kurdish keyboards
    "ێ": "ي",
    "ک": "ك",
    "ە": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ۆ": "و",
    "ڕ": "ر",
    "ڵ": "ل",
    "ґ": "г",  # a letter of its own; the other Cyrillic ones with marks have lost them by now
}
# Vanish without a word break: marks (Arabic vowels, accents), zero-width and bidirectional
# controls, modifier letters (tatweel).
_VANISHING = frozenset({"Mn", "Me", "Cf", "Lm"})
MOST_REMEMBERED = 5000  # letters, though somebody may type all of Unicode
# An article written as one with its name: "alwalid"; before a sun letter "arrutbah", "ashshahil".
_GLUED_ARTICLE = re.compile(r"(?:[aeiu]l|[aeiu](sh|th|dh|[dnrstz])(?=\1))(?=.{3})")


class _Letters(dict[int, str]):
    """What each letter is folded to, for `str.translate`; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        plain, before = chr(code), ""
        while plain != before:  # until folding again changes nothing
            before = plain
            plain = "".join(map(_plain, unicodedata.normalize("NFKD", plain)))
        if len(self) < MOST_REMEMBERED:
            self[code] = plain
        return plain


def _plain(char: str) -> str:
    if char in _APOSTROPHES or unicodedata.category(char) in _VANISHING:
        return ""
    lower = str(unicodedata.decimal(char, char)).casefold()
    return _LETTERS.get(lower, lower if lower.isalnum() else " ")


_letters = _Letters()


class Name(NamedTuple):
    """A name taken apart.

    `words` are all its folded words; `own` those that are no article and speak of no crossing;
    `core` those of them that do not say what kind of place it is. `crossing` and `airport` tell
    whether the name calls itself one.
    """

    words: list[str]
    own: list[str]
    core: list[str]
    crossing: bool
    airport: bool

    @property
    def key(self) -> str:
        """The own words as one: "Tal Afar", "Tal-Afar" and "Talafar" are one name."""
        return "".join(self.own)


def take_apart(text: str) -> Name:
    """A name taken apart; no list is empty unless the text has no letters and digits."""
    words = _words(text)
    own = [w for w in words if w not in ARTICLES] or words[-1:]
    if AIRPORT.issuperset(own):  # "Al Al Airport" is not called "airport"
        own = words
    crossing = not CROSSING.isdisjoint(own)
    if crossing:
        own = [w for w in own if w not in CROSSING and w not in BESIDE_CROSSING] or own
    airport = _is_airport(own)
    core = own
    if airport:
        core = [w for w in core if w not in AIRPORT and w not in BESIDE_AIRPORT] or core
    if not SETTLEMENT.isdisjoint(core):
        core = [w for w in core if w not in SETTLEMENT] or core
    return Name(words, own, core, crossing, airport)


def fold(text: str) -> str:
    """The words of a name as they are compared, with single spaces between; idempotent.

    Articles and words of crossings go only where something else is left; so "border crossing"
    stays. What a chat has chosen for a spelling is remembered under the folded spelling.
    """
    return " ".join(take_apart(text).own)


def without_glued_article(words: Sequence[str]) -> list[str]:
    """The words with the first one's article off, where it may have one: else none at all."""
    if not words or not (article := _GLUED_ARTICLE.match(words[0])):
        return []
    return [words[0][article.end() :], *words[1:]]


def digits_of(text: str) -> str:
    """The digits of a folded name: another number is another place."""
    return "".join(c for c in text if c.isdecimal())


def _words(text: str) -> list[str]:
    return [
        _without_article(w) if w.startswith(ARABIC_ARTICLE) else w
        for w in text.translate(_letters).split()
    ]


def _without_article(word: str) -> str:
    # Until none is left: folding a folded name must not change it.
    while word.startswith(ARABIC_ARTICLE) and len(word) > len(ARABIC_ARTICLE) + 1:
        word = word.removeprefix(ARABIC_ARTICLE)
    return word


def _is_airport(words: Sequence[str]) -> bool:
    return not AIRPORT.isdisjoint(words) or any(both.issubset(words) for both in AIR_BASE)
