"""Reports held back: what would alert many chats waits for a second editor, or for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.model.effects import Effect
    from storage.model.report_drafts import ReportDraft
    from storage.model.roles import Actor


@dataclass(frozen=True)
class Hold:
    """What is held back: reports that would be told to more than `chats` chats, for `lasts`."""

    chats: int
    lasts: timedelta

    def holds(self, effect: Effect) -> bool:
        """Whether one editor's word is not enough for what would follow."""
        return effect.alerted + effect.corrected > self.chats


@dataclass(frozen=True)
class Held:
    """A report held back, whose it is, and until when (UTC): then it is recorded."""

    draft: ReportDraft
    who: Actor
    until: datetime
