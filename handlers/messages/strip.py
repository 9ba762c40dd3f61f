"""A strip of time: who held a place when, as a picture shows it.

It carries numbers and dates only: every word, and with it every language, is in the caption.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Fill(StrEnum):
    """How a stretch of a strip is filled."""

    HELD = "held"
    DISPUTED = "disputed"
    CONTESTED = "contested"
    UNKNOWN = "unknown"


class Pattern(StrEnum):
    """What a party looks like; each has a shade of its own as well."""

    PLAIN = "plain"
    DOTS = "dots"
    BARS = "bars"
    LINES = "lines"
    CHECKS = "checks"


@dataclass(frozen=True)
class Tick:
    """An instant (aware) and how it is written in the reader's zone; of a day, `time` is empty."""

    at: datetime
    date: str
    time: str = ""


@dataclass(frozen=True)
class Stretch:
    """A time in which nothing changed: from when, and how it is filled.

    `number` is the one that the party that holds the place, or is ahead, has in the caption, and
    `pattern` what it looks like; None where there is no such party.
    """

    begins: Tick
    fill: Fill
    number: int | None = None
    pattern: Pattern | None = None


@dataclass(frozen=True)
class Strip:
    """Stretches, oldest first, each up to the next, and the last up to `ends`.

    Raises ValueError where there is none, or where they are not in the order of time.
    """

    stretches: tuple[Stretch, ...]
    ends: Tick

    def __post_init__(self) -> None:
        times = [stretch.begins.at for stretch in self.stretches]
        if not times or sorted({*times}) != times or times[-1] > self.ends.at:
            raise ValueError("a strip needs stretches in the order of time")
