"""A frame: who says what in a sentence, and which of its words they answer for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.model.drafting.dates import When
    from storage.model.drafting.saying import Words


class Manner(StrEnum):
    """What a speaker does with what is reported."""

    SAYS = "says"
    DENIES = "denies"
    TAKES_BACK = "takes back"
    SILENT = "silent"  # "did not confirm that", "has not said whether"


@dataclass(frozen=True)
class Frame:
    """A speaker, or none, and the part of the sentence (`scope`) that they answer for.

    `speaker` is None where the one of the frame before goes on (`goes_on`), or nobody is named.
    `said` is when they said so, where that stands there.
    """

    verb: int
    manner: Manner
    speaker: Words | None
    scope: Words
    publisher: Words | None = None
    said: When | None = None
    goes_on: bool = False
    around: Words | None = None  # the speaker with what stands between commas
    by_accord: bool = False  # "according to"

    def covers(self, at: int) -> bool:
        """Whether a word is in what the speaker answers for."""
        return self.scope.first <= at < self.scope.last

    def inside(self, at: int) -> bool:
        """Whether a word names the speaker."""
        own = self.around or self.speaker
        return own is not None and own.first <= at < own.last


def frame_of(frames: Collection[Frame], at: int) -> Frame | None:
    """The frame that a word is in: the innermost."""
    around = [f for f in frames if f.covers(at) and not f.inside(at)]
    return max(around, key=lambda f: (f.scope.first, f.verb), default=None)
