"""One value of a row: the text in a column as what it means, or BadInput that names the column."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from storage.model.errors import BadInput

if TYPE_CHECKING:
    from bot.importing.files import Row

LONGEST_NAME = 200
MOST_IN_A_LIST = 500

# Control characters, halves of characters, separators of lines (the categories Cc, Cs, Zl and Zp),
# and what turns or ends the direction of all the text after it, wherever that is shown.
_GARBLING = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
E = TypeVar("E", bound=StrEnum)


def needed(row: Row, column: str) -> str:
    """The text of a column that may not be empty."""
    text = row.get(column)
    if not text:
        raise BadInput("is missing", column=column)
    return text


def plain(text: str, column: str, longest: int) -> str:
    """The text, if it is not too long and holds nothing that could garble what it is shown in."""
    if len(text) <= longest and text.isprintable():
        return text  # as nearly all: what can garble is not printable
    if len(text) > longest:
        raise BadInput(f"has {len(text)} characters; at most {longest}", column=column)
    if found := _GARBLING.search(text):
        char = found[0]
        what = "a line break" if char in "\r\n" else f"the control character U+{ord(char):04X}"
        raise BadInput(f"contains {what}", column=column)
    return text


def name(row: Row, column: str) -> str:
    """The name in a column."""
    return plain(needed(row, column), column, LONGEST_NAME)


def id_in(row: Row, column: str) -> str:
    """The id in a column: any text that can be seen as a whole."""
    text = row.get(column)
    if text and len(text) <= LONGEST_NAME and text.isprintable():
        return text
    text = name(row, column)
    if not text.isprintable():
        raise BadInput("contains a character that cannot be seen", column=column)
    return text


def optional_id(row: Row, column: str) -> str | None:
    """The id in a column that may be empty."""
    return id_in(row, column) if row.get(column) else None


def list_in(row: Row, column: str) -> list[str]:
    """The parts of a list, each once; they are separated by `|`."""
    parts = dict.fromkeys(p for part in row.get(column).split("|") if (p := part.strip()))
    if len(parts) > MOST_IN_A_LIST:
        raise BadInput(f"lists {len(parts)}; at most {MOST_IN_A_LIST}", column=column)
    return list(parts)


def member(words: type[E], text: str, column: str) -> E:
    """The word of an enumeration that the text is."""
    try:
        return words(text)
    except ValueError:
        known = ", ".join(w for w in words if w)
        raise BadInput(f"{text[:40]!r} is none of {known}", column=column) from None
