"""The log of what owners and editors did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.model.roles import Actor


class Act(StrEnum):
    """What was done."""

    INVITED = "invited"
    ROLE_GIVEN = "role-given"
    ROLE_TAKEN = "role-taken"
    RECORDED = "recorded"
    RETRACTED = "retracted"
    CORRECTED = "corrected"
    HELD = "held"
    LET_GO = "let-go"
    STOPPED = "stopped"
    LAPSED = "lapsed"
    OVERTAKEN = "overtaken"
    SOURCE_ADDED = "source-added"
    SOURCE_GRADED = "source-graded"
    SOURCE_PINNED = "source-pinned"
    SOURCE_UNPINNED = "source-unpinned"
    PLACE_ADDED = "place-added"
    PLACE_NAMED = "place-named"
    LEAD_DISMISSED = "lead-dismissed"
    ROW_DISMISSED = "row-dismissed"


@dataclass(frozen=True)
class Entry:
    """Who did what and when (UTC); `about` names what it was done to, by the words for it."""

    id: int
    at: datetime
    actor: Actor
    act: Act
    about: Mapping[str, str]
