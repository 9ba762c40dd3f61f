"""Notices: what owners and editors are told without having asked, apart from alerts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.holds import HoldEnded
    from storage.model.outages import Suspicion
    from storage.model.progress import DeadLetters
    from storage.model.regradings import RegradingEnded
    from storage.model.roles import Editor
    from storage.model.silence import Silence
    from storage.model.sources import Source


class NoticeKind(StrEnum):
    """What a notice is."""

    SUSPECTED = "suspected"  # a source moves many places at once, alone
    CLEARED = "cleared"  # a suspicion has ended
    SILENT = "silent"  # the reports of a source no longer come in
    BACK = "back"  # they come in again
    DEAD_LETTERS = "dead-letters"  # messages that Telegram refuses
    HOLD_ENDED = "hold-ended"  # a report waits for a second editor no more
    REGRADING_ENDED = "regrading-ended"  # another grade of a source does not
    EDITOR_MADE = "editor-made"  # somebody has followed an invitation


@dataclass(frozen=True)
class Notice:
    """What happened to a source, at the time `made_at` (UTC): a suspicion or a silence."""

    kind: NoticeKind
    source: Source
    made_at: datetime
    about: Suspicion | Silence


# What a notice can be about, as it is put into words.
Told: TypeAlias = "Notice | DeadLetters | HoldEnded | RegradingEnded | Editor"
