"""A report in one line, taken apart: place: claim, says source, via publisher, when, link."""

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

_LINK = re.compile(r"\bhttps?://\S+", re.IGNORECASE)
# A word that says what follows; a comma may stand before it.
_WORD = re.compile(
    r"(?:^|[,;]|\s)\s*(?P<word>says|say|said|according to|via)\b(?:\s+that\b)?\s*:?\s*",
    re.IGNORECASE,
)


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
    bad_time: BadTime | None = None
    # What was said twice: nothing of it is dropped without a word.
    twice: tuple[str, ...] = field(default=())


def read_line(text: str, zone: ZoneInfo, now: datetime) -> Line:
    """The parts of a line; times are those of the editor's `zone`, `now` is aware."""
    links = _LINK.findall(text)
    line = Line(url=links[0].rstrip(",;.") if links else "", twice=tuple(links[1:]))
    rest = " ".join(_LINK.sub(" ", text).split())
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
    part = {"claim": "claim", "via": "via"}.get(word, "source")
    if name and getattr(line, part):
        line = replace(line, twice=(*line.twice, name))
    elif name:
        line = replace(line, **{part: name})  # type: ignore[arg-type] # one of the three texts
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
    """A part without the time that its last commas set apart, and that time, if there is one."""
    pieces = [p.strip() for p in re.split(r"[,;]", chunk) if p.strip()]
    # What comes first is always the name itself.
    for start in range(1, len(pieces)):
        typed = ", ".join(pieces[start:])
        try:
            found: Moment | BadTime = read_moment(typed, zone, now)
        except BadTime as error:
            if error.trouble in (Trouble.UNREADABLE, Trouble.NONE_GIVEN):
                continue
            found = error
        return ", ".join(pieces[:start]), (found,)
    return ", ".join(pieces), ()
