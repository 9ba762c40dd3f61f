"""Reports held back: what would alert many chats waits for a second editor, or for a while."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
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


class HoldEnd(StrEnum):
    """How it ends that a report is held back."""

    LET_GO = "let-go"  # by a second editor: it is on record
    TIME_UP = "time-up"  # nobody stopped it: the same
    STOPPED = "stopped"  # it is not wanted
    LAPSED = "lapsed"  # it was the word of somebody who is no editor any more
    OVERTAKEN = "overtaken"  # what it takes back was taken back meanwhile


@dataclass(frozen=True)
class HoldEnded:
    """What became of a report that was held back: how, and by whom (a name; empty for nobody).

    `report` is its id, `place` the name of its place and `writer` that of whoever wrote it, who is
    told in other words (`to_writer`) than everybody else.
    """

    how: HoldEnd
    by: str
    report: str
    place: str
    writer: str
    to_writer: bool = True
