"""A report in one line, taken apart: place: claim, say(s) source, via publisher, when, link."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from handlers.messages.looking_back import BadTime, Trouble
from handlers.when import read_moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from storage.model.times import Moment

LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# What is meant for one, too, so that it is refused and not taken for a name.
ANY_LINK = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]*://\S*|www\.\S+|(?:javascript|mailto|tg):\S+)", re.IGNORECASE
)
# A word that says what follows; a comma may stand before it.
_WORD = re.compile(
    r"(?:^|[,;]|\s)\s*(?P<word>says|say|said(?: by)?|according to|via|credibility)\b"
    r"(?:\s+that\b)?\s*:?\s*",
    re.IGNORECASE,
)

# Where a time may begin without a comma before it.
_TIME_BEGINS = re.compile(r"(?<=\S)\s+(?:(?:on|at)\s+)?(?=\w)(?!of\b)", re.IGNORECASE)
# Behind these a time is not when it happened: "the Brigade of 22 May", "since 5 May".
_NOT_BEFORE_TIMES = ("of", "since", "until", "till", "before", "after", "from", "by")


@dataclass(frozen=True)
class Line:
    """What a line says, each part as it was typed; None or empty where it was left out.

    `bad_time` is what is wrong with the time, where one was typed that cannot be used.
    """

    place: str = ""
    claim: str = ""
    source: str = ""
    via: str = ""
    occurred: Moment | None = None
    url: str = ""
    credibility: str = ""
    bad_time: BadTime | None = None
    # What was said twice: nothing of it is dropped without a word.
    twice: tuple[str, ...] = field(default=())


def read_line(text: str, zone: ZoneInfo, now: datetime) -> Line:
    """The parts of a line; times are those of the editor's `zone`, `now` is aware."""
    links = ANY_LINK.findall(text)
    line = Line(url=links[0].rstrip(",;.") if links else "", twice=tuple(links[1:]))
    rest = " ".join(ANY_LINK.sub(" ", text).split())
    place, _, said = rest.partition(":")
    line = replace(line, place=place.strip(" ,;"))
    first, *words = _WORD.split(said)
    chunks = [("claim", first), *zip(words[::2], words[1::2], strict=True)]
    for word, chunk in chunks:
        line = _with(line, word.casefold(), chunk, zone, now)
    return line


def _with(line: Line, word: str, chunk: str, zone: ZoneInfo, now: datetime) -> Line:
    """The line with one more of its parts; the time behind that part is the report's."""
    name, times = _time_behind(chunk, zone, now)
    part = word if word in ("claim", "via", "credibility") else "source"
    if name and getattr(line, part):
        line = replace(line, twice=(*line.twice, name))
    elif name:
        line = replace(line, **{part: name})  # type: ignore[arg-type] # one of the four texts
    for found in times:
        if isinstance(found, BadTime):
            line = replace(line, bad_time=found)
        elif line.occurred is not None:
            line = replace(line, twice=(*line.twice, str(found)))
        else:
            line = replace(line, occurred=found)
    return line


def _time_behind(
    chunk: str, zone: ZoneInfo, now: datetime
) -> tuple[str, Sequence[Moment | BadTime]]:
    """A part without the time at its end, and that time, if there is one."""
    pieces = [p.strip() for p in re.split(r"[,;]", chunk) if p.strip()]
    # What comes first is always the name itself.
    for start in range(1, len(pieces)):
        if found := _read(", ".join(pieces[start:]), zone, now):
            return ", ".join(pieces[:start]), (found,)
    name = ", ".join(pieces)
    told = without_time(name, zone, now)
    return (told[0], (told[1],)) if told else (name, ())


def without_time(text: str, zone: ZoneInfo, now: datetime) -> tuple[str, Moment | BadTime] | None:
    """A text without the time that its last words are, and that time; None where they are none:
    "militants took it on Sunday".
    """
    for begins in _TIME_BEGINS.finditer(text):
        before = text[: begins.start()].rstrip(" ,;")
        found = _read(text[begins.end() :], zone, now)
        if found is not None:
            other = before.casefold().endswith(tuple(f" {w}" for w in _NOT_BEFORE_TIMES))
            return None if other else (before, found)
    return None


def _read(typed: str, zone: ZoneInfo, now: datetime) -> Moment | BadTime | None:
    """A time, or what is wrong with it; None where it is none at all."""
    try:
        return read_moment(typed, zone, now)
    except BadTime as error:
        none = error.trouble in (Trouble.UNREADABLE, Trouble.NONE_GIVEN)
        return None if none else error
