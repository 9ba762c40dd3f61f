"""What a failed call to Telegram means for a delivery: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)


class Step(Enum):
    """What to do next with a delivery."""

    DONE = auto()  # it is as it should be
    WAIT = auto()  # everybody waits, then again
    MOVED = auto()  # again at the chat's new id
    LEFT = auto()  # the chat does not want to hear of us
    PLAIN = auto()  # again as plain text
    DEAD = auto()  # Telegram will never take it
    CLOSED = auto()  # there is nothing left to change
    AGAIN = auto()  # later
    STOP = auto()  # the token is no good: send nothing more


@dataclass(frozen=True)
class Outcome:
    """What to do next, and why; `in_doubt` if the message may have arrived all the same."""

    step: Step
    reason: str
    wait: timedelta = timedelta()
    new_chat_id: int | None = None
    in_doubt: bool = False


FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
# httpx says with these that the request never left.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def decide(error: TelegramError, *, attempts: int, is_edit: bool) -> Outcome:
    """What an error of python-telegram-bot means for a delivery tried `attempts` times.

    The types are asked, from the narrow to the wide (a BadRequest is a NetworkError there);
    Telegram's text only where it has no type (https://core.telegram.org/bots/api#making-requests).
    """
    reason = f"{type(error).__name__}: {error.message}"
    match error:
        case RetryAfter():
            return Outcome(Step.WAIT, reason, wait=retry_after(error))
        case ChatMigrated():
            return Outcome(Step.MOVED, reason, new_chat_id=error.new_chat_id)
        case InvalidToken():
            # The library's text holds the token.
            return Outcome(Step.STOP, "InvalidToken: Telegram does not accept the bot's token")
        case Forbidden():
            return Outcome(Step.LEFT, reason)
        case BadRequest():
            return _bad_request(error.message.lower(), reason, is_edit=is_edit)
        case TimedOut() | NetworkError():
            sent = not isinstance(error.__cause__, NEVER_SENT)
            in_doubt = sent and (isinstance(error, TimedOut) or _cut_off(error))
            return Outcome(Step.AGAIN, reason, wait=backoff(attempts), in_doubt=in_doubt)
    return Outcome(Step.DEAD, reason)


def _bad_request(text: str, reason: str, *, is_edit: bool) -> Outcome:
    if "message is not modified" in text:
        return Outcome(Step.DONE, reason)
    if "can't parse entities" in text:
        return Outcome(Step.PLAIN, reason)
    if is_edit and ("message to edit not found" in text or "message can't be edited" in text):
        return Outcome(Step.CLOSED, reason)
    return Outcome(Step.DEAD, reason)


def _cut_off(error: NetworkError) -> bool:
    """Whether the connection broke after the request had gone out."""
    return isinstance(error.__cause__, httpx.TransportError)


def retry_after(error: RetryAfter) -> timedelta:
    """How long Telegram asks to wait; the library gives seconds or, as a setting, a timedelta."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def backoff(attempts: int) -> timedelta:
    """The wait before the next try: doubling from 2 seconds, at most 5 minutes."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)
