"""Notices: what the bot's owners are told of its sources, not of places."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.outages import Suspicion
    from storage.model.sources import Source


class NoticeKind(StrEnum):
    """What a notice is."""

    SUSPECTED = "suspected"  # a source moves many places at once, alone
    CLEARED = "cleared"  # a suspicion has ended


@dataclass(frozen=True)
class Notice:
    """What happened to a source, at the time `made_at` (UTC)."""

    kind: NoticeKind
    source: Source
    made_at: datetime
    suspicion: Suspicion
