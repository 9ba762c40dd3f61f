"""What a chat was asked back about, and the places that people miss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Question:
    """A name that was asked back about: as it was typed, folded, and what was to be done."""

    id: int
    query: str
    spelling: str
    does: str


@dataclass(frozen=True)
class Wish:
    """A place that people miss: its name, folded and as last typed; how many chats miss it, and
    when the last one said so (UTC).
    """

    spelling: str
    query: str
    chats: int
    last: datetime
