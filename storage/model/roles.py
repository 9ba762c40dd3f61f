"""Roles: who may bring reports in, and who may let others do so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# How long an invitation that nobody has followed is good for.
INVITED_FOR = timedelta(hours=48)


class Role(StrEnum):
    """What somebody may do."""

    OWNER = "owner"  # by the operator's settings: everything
    EDITOR = "editor"  # by an owner's invitation: brings reports in
    SUBSCRIBER = "subscriber"  # everybody else: asks, and is told


@dataclass(frozen=True)
class Actor:
    """Somebody who does something: their user id in Telegram, and their name as it shows it."""

    id: int
    name: str


@dataclass(frozen=True)
class Editor:
    """Somebody who brings reports in, who let them, and since when (UTC)."""

    who: Actor
    invited_by: Actor
    since: datetime
