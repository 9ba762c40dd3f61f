"""Who goes first: three lanes of calls, and turns between the chats of one lane."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """What a call to Telegram is made for; the lower goes first."""

    REPLY = 0  # to somebody who waits for an answer
    URGENT = 1  # an alert or a correction that rings
    SILENT = 2  # what nobody is woken for: quiet alerts, edits of what was sent
