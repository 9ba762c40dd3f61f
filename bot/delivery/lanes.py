"""Who goes first: three lanes of calls, and turns between the chats of one lane."""

from __future__ import annotations

from enum import StrEnum


class Lane(StrEnum):
    """What a call to Telegram is made for, in the order in which they go."""

    REPLY = "reply"  # to somebody who waits for an answer
    URGENT = "urgent"  # an alert or a correction that rings
    SILENT = "silent"  # what nobody is woken for: quiet alerts, edits of what was sent
