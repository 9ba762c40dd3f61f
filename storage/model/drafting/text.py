"""A text in words and sentences, with what it begins with: where, when and by whom written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from storage.model.drafting.draft import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.model.drafting.lexicon import Lexicon

LONGEST_HEADLINE: Final = 16  # words
LONGEST_SENTENCE: Final = 300  # words; what is longer is no sentence, and is read in pieces
_WORD: Final = re.compile(
    r"(?:[^\W\d_]\.){2,}(?:-[^\W\d_]+)*"  # U.S., a.m., U.S.-backed
    r"|\d+(?:[.,:]\d+)*[^\W\d_]*"
    r"|[^\W_]+(?:[-'][^\W_]+)*"
    r"|\S"
)
_APOSTROPHES: Final = str.maketrans("’\N{MODIFIER LETTER APOSTROPHE}‘", "'''")
_PARAGRAPH: Final = re.compile(r"(?:[^\n]|\n(?![^\S\n]*\n))+")
_DATELINE: Final = re.compile(
    r"\s*+(?P<where>[A-Z](?:[^\W\d_a-z]+[^\n()]{0,60}?|[a-z]{2,8}\.?\s+\d{1,2}\s+(?=\()))?"
    r"(?:\((?P<by>[^()\n]{2,40})\))?\s+[-–—]{1,2}\s+"
)
ENDS: Final = frozenset(".!?…")
CLOSING: Final = frozenset("\"”'’)]")
QUOTES: Final = frozenset('"“”«»')
LONGEST_FRAGMENT: Final = 12  # words between quotation marks that are no sentence of their own


class Word(NamedTuple):
    """A word or mark of the text, as it stands there and in small letters."""

    start: int
    end: int
    text: str
    low: str
    quoted: bool

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()

    @property
    def is_word(self) -> bool:
        """Whether it has letters or digits."""
        return self.text[0].isalnum()


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence and where it stands; a quotation is never cut in two."""

    words: tuple[Word, ...]
    headline: bool = False

    @property
    def span(self) -> Span:
        """Where it stands."""
        return Span(self.words[0].start, self.words[-1].end)

    def between(self, first: int, last: int) -> Span:
        """Where the words from one number up to another, exclusive, stand."""
        return Span(self.words[first].start, self.words[last - 1].end)

    def written(self, first: int, last: int) -> str:
        """The words from one number up to another, exclusive, with single spaces between."""
        text = self.words[first].text
        for before, word in zip(self.words[first:last], self.words[first + 1 : last], strict=False):
            text += (" " if word.start > before.end else "") + word.text
        return text

    def low(self, at: int) -> str:
        """The word at a number, in small letters; empty outside the sentence."""
        return self.words[at].low if 0 <= at < len(self.words) else ""

    def has(self, at: int, phrase: Sequence[str]) -> bool:
        """Whether a phrase begins at a number."""
        return all(self.low(at + n) == word for n, word in enumerate(phrase))


@dataclass(frozen=True)
class Dateline:
    """What stands before the first sentence: "BAGHDAD, June 23 (Agency) -"."""

    words: tuple[Word, ...]  # of place and day
    publisher: str | None
    span: Span | None  # of the publisher


def read_text(text: str, lexicon: Lexicon) -> tuple[list[Sentence], Dateline | None]:
    """The sentences of a text, headlines among them, and its dateline where it has one."""
    dateline: Dateline | None = None
    sentences: list[Sentence] = []
    paragraphs = list(_PARAGRAPH.finditer(text))
    for number, found in enumerate(paragraphs):
        begin, end = found.span()
        head = _DATELINE.match(text, begin, end) if dateline is None and number <= 1 else None
        if head and (head["by"] or head["where"]) and head.end() - begin < len(found[0]):
            dateline = _dateline(text, head)
            begin = head.end()
        words = list(_without_fragments(list(_words(text, begin, end))))
        alone = number == 0 and len(paragraphs) > 1 and bool(words)
        headline = alone and len(words) <= LONGEST_HEADLINE and words[-1].text not in ENDS
        sentences.extend(
            Sentence(piece, headline) for some in _split(words, lexicon) for piece in _pieces(some)
        )
    return sentences, dateline


def _dateline(text: str, head: re.Match[str]) -> Dateline:
    words = tuple(_words(text, *head.span("where"))) if head["where"] else ()
    return Dateline(words, head["by"], Span(*head.span("by")) if head["by"] else None)


def _words(text: str, begin: int, end: int) -> Iterator[Word]:
    quoted = False
    for found in _WORD.finditer(text.translate(_APOSTROPHES), begin, end):
        start, stop = found.span()
        if text[start] in QUOTES:
            quoted = text[start] in "“«" or (text[start] == '"' and not quoted)
        low = found[0].casefold()
        if low.endswith("'s") and stop - start > 2:
            yield Word(start, stop - 2, text[start : stop - 2], low[:-2], quoted)
            start, low = stop - 2, "'s"
        elif low == "'" and text[start - 1 : start] == "s":  # the rebels' hands
            low = "'s"
        yield Word(start, stop, text[start:stop], low, quoted)


def _without_fragments(words: Sequence[Word]) -> Iterator[Word]:
    """The words without the marks around a few that are quoted within a sentence: `is "fully in
    the hands" of`. They say no more and no less without, and are read like any others.
    """
    marks = [at for at, word in enumerate(words) if word.text in QUOTES]
    dropped: set[int] = set()
    for begin, end in pairwise(marks):
        inner = words[begin + 1 : end]
        if (
            begin not in dropped
            and begin > 0
            and words[begin - 1].is_word
            and 0 < len(inner) <= LONGEST_FRAGMENT
            and all(word.quoted and (word.is_word or word.low == "'s") for word in inner)
        ):
            dropped |= {begin, end}
    return (word for at, word in enumerate(words) if at not in dropped)


def _split(words: Sequence[Word], lexicon: Lexicon) -> Iterator[tuple[Word, ...]]:
    begin = 0
    for at, word in enumerate(words):
        if at < begin or word.text not in ENDS or _abbreviates(words, at, lexicon):
            continue
        stop = at + 1
        while stop < len(words) and words[stop].text in CLOSING | ENDS and _touches(words, stop):
            stop += 1
        following = words[stop] if stop < len(words) else None
        # Within quotation marks it goes on: `"We hold it. They fled," he said.`
        if word.quoted and words[stop - 1].quoted and following is not None:
            continue
        if following is None or not following.text[0].islower():
            yield tuple(words[begin:stop])
            begin = stop
    if begin < len(words):
        yield tuple(words[begin:])


def _pieces(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    for begin in range(0, len(words), LONGEST_SENTENCE):
        yield words[begin : begin + LONGEST_SENTENCE]


def _touches(words: Sequence[Word], at: int) -> bool:
    return words[at - 1].end == words[at].start


def _abbreviates(words: Sequence[Word], at: int, lexicon: Lexicon) -> bool:
    before = words[at - 1] if at else None
    if words[at].text != "." or before is None or not _touches(words, at):
        return False
    one_letter = len(before.text) == 1 and before.capital
    return one_letter or (before.capital and before.low in lexicon.of("abbreviations"))
