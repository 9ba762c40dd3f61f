"""Sources: who says something, and how far they can be relied on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Grade(StrEnum):
    """Reliability of a source (NATO AJP-2.1, "Admiralty" grading)."""

    A = "A"  # completely reliable
    B = "B"  # usually reliable
    C = "C"  # fairly reliable
    D = "D"  # not usually reliable
    E = "E"  # unreliable
    F = "F"  # cannot be judged


class Position(StrEnum):
    """Whether a source is where it speaks of."""

    SCENE = "scene"
    AWAY = "away"
    UNKNOWN = ""


# Kinds of source that are at the scene by what the word means.
SCENE_KINDS = frozenset({"witness", "resident"})


@dataclass(frozen=True)
class Source:
    """Who says something; `party` is the id of the party it belongs to, `kind` is a word for it
    (officer, official, spokesman, witness, media, analyst…). Where an operator has `pinned` its
    reliability, its word weighs what the grade says, whatever its record.
    """

    id: str
    name: str
    kind: str
    party: str | None = None
    reliability: Grade = Grade.F
    position: Position = Position.UNKNOWN
    pinned: bool = False

    @property
    def at_scene(self) -> bool:
        """Whether the source is where it speaks of, by its position or else by its kind."""
        if self.position is Position.UNKNOWN:
            return self.kind in SCENE_KINDS
        return self.position is Position.SCENE


Sources: TypeAlias = Mapping[str, Source]
