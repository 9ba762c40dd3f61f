"""How a name sounds, roughly: one letter a sound, the same for every script and spelling school.

anyascii romanises letter by letter; the tables here make one spelling of what several schools of
romanisation write differently. Vowels stay as they are written: Arabic leaves most of them out.
"""

# Letters of several scripts that look alike are what this package is about.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from anyascii import anyascii

from storage.model.names.folding import MOST_REMEMBERED

if TYPE_CHECKING:
    from collections.abc import Iterable

# Where anyascii's letters are not those that names are romanised with.
_LETTERS: Final = {
    "ا": "a",
    "و": "w",
    "ع": "",
    "г": "h",  # Ukrainian; the distance takes the Russian g for nearly the same sound
    "щ": "S",
    "х": "X",
    "є": "ye",
}
# In this order: the longer first. A capital is a sound without a letter of its own: S as in
# "ship", C as in "chip", Z as in "measure", X as in "loch", G its voiced brother (gh).
_SPELLINGS: Final = (
    ("shch", "S"),
    ("schtsch", "S"),
    ("dsch", "j"),
    ("tsch", "C"),
    ("sch", "S"),
    ("tsh", "C"),
    ("tch", "C"),
    ("sh", "S"),
    ("ch", "C"),
    ("ck", "k"),
    ("ca", "ka"),
    ("co", "ko"),
    ("cu", "ku"),
    ("dzh", "j"),
    ("dj", "j"),
    ("zh", "Z"),
    ("kh", "X"),
    ("gh", "G"),
    ("th", "t"),
    ("dh", "d"),
    ("ph", "f"),
    ("ts", "c"),
    ("tz", "c"),
    ("q", "k"),
    ("x", "X"),
)
# Of Slavic adjectives: in Russian, then as here taken for the same, in Ukrainian.
_ENDINGS: Final = (
    ("oye", "e"),
    ("oje", "e"),
    ("oe", "e"),
    ("skaya", "ska"),
    ("skaja", "ska"),
    ("naya", "na"),
    ("vaya", "va"),
)
_DOUBLED: Final = re.compile(r"(.)\1+")
_VOWELS: Final = (("ou", "u"), ("y", "i"), ("ai", "e"), ("ei", "e"), ("au", "o"))
_AW: Final = re.compile(r"aw(?![aeiou])")
_J: Final = re.compile(r"(?<![dz])j")
_CH: Final = re.compile(r"(?<![st])ch")
_SILENT_H: Final = re.compile(r"(?<=.[aeiou])h$")
_ARABIC: Final = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_NO_LETTER: Final = re.compile(r"[^a-z0-9]")
_TA_MARBUTA: Final = "ه"  # as folded; at the end it is hardly ever a spoken h
# How a language reads Latin letters where the rest of the world reads them otherwise.
_SCHOOLS: Final = {
    "de": (("sch", "sh"), ("j", "y"), ("z", "ts"), ("w", "v")),
    "fr": (("tch", "tsh"), ("dj", "dzh"), ("ch", "sh"), ("j", "zh")),
    "tr": (("ç", "ch"), ("c", "dzh"), ("ş", "sh"), ("j", "zh")),
    "ku": (("ç", "ch"), ("c", "dzh"), ("ş", "sh"), ("j", "zh")),
    "pl": (("cz", "ch"), ("sz", "sh"), ("rz", "zh"), ("w", "v"), ("j", "y")),
}


class _Roman(dict[int, str]):
    """The romanisation of each folded letter, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        roman = _LETTERS.get(chr(code))
        if roman is None:
            roman = _NO_LETTER.sub("", anyascii(chr(code)).lower())
        if len(self) < MOST_REMEMBERED:
            self[code] = roman
        return roman


_roman = _Roman()


def sound(words: Iterable[str]) -> str:
    """How folded words sound, as one; in letters and digits of ASCII."""
    return _DOUBLED.sub(r"\1", "".join(map(_sound_of_word, words)))


def romanised(text: str) -> str:
    """A folded name in Latin letters, as it is spelt: what is compared across scripts."""
    return text.translate(_roman).lower()


def is_arabic(text: str) -> bool:
    """Whether a folded name is in Arabic script, which leaves vowels out."""
    return _ARABIC.search(text) is not None


def as_read_in(language: str, text: str) -> str:
    """A name as typed, spelt anew as English spells what the language's readers hear in it.

    `language` is ISO 639-1; of others than the few that differ, the text is given back.
    """
    text = text.lower()
    for spelling, english in _SCHOOLS.get(language, ()):
        text = text.replace(spelling, english)
    return text


def as_read_elsewhere(text: str) -> str:
    """A name as typed, with the letters that two schools read otherwise as the other reads them.

    The j of Slavs and Germans is the y of the English, their ch is kh; x is ks or Kurdish kh.
    """
    return _CH.sub("kh", _J.sub("y", text.lower())).replace("x", "ks")


@lru_cache(maxsize=1 << 15)
def _sound_of_word(word: str) -> str:
    arabic = is_arabic(word)
    if arabic and len(word) > 2 and word.endswith(_TA_MARBUTA):
        word = word[:-1] + "ا"
    text = word.translate(_roman)
    for spelling, one in _SPELLINGS:
        if spelling in text:
            text = text.replace(spelling, one)
    text = _DOUBLED.sub(r"\1", text)
    if arabic:
        return text.replace("y", "i")
    for spelling, one in _ENDINGS:
        if text.endswith(spelling):
            text = text.removesuffix(spelling) + one
            break
    text = _AW.sub("o", text)
    for spelling, one in _VOWELS:
        if spelling in text:
            text = text.replace(spelling, one)
    return _SILENT_H.sub("", text)
