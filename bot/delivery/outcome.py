"""What a failed call to Telegram means for a delivery: a pure decision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
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
    WAIT = auto()  # Telegram says how long, then again
    MOVED = auto()  # again at the chat's new id
    LEFT = auto()  # the chat is gone, or does not want to hear of us
    PLAIN = auto()  # again as plain text
    ALONE = auto()  # again without the message that it replies to
    UNPAID = auto()  # again without paying for it
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


class NeverSent(Exception):
    """Why a NetworkError was raised: the request did not leave, so nothing came of it."""


FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=5)
# httpx says with these that the request never left.
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    NeverSent,
)

# What Telegram says where the library has no type for it, in lower case. The texts are those of
# the Bot API server (check_chat_access, fail_query_with_error and others in
# https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp) and, in
# capitals there, of the servers behind it (https://core.telegram.org/method/messages.sendMessage).

# The chat is not there any more, or not for us, until somebody writes to the bot again.
GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_id_invalid",
    "channel_invalid",
    "channel_private",
    "user_deactivated",
    "user_is_blocked",
    "group chat was deactivated",
    "group chat is deactivated",
    # Without saying where to; an update of the chat itself does.
    "group chat was upgraded to a supergroup",
    "group chat was migrated to a supergroup",
)
# The chat is there and the bot is in it, but may not write: rights come back without a word to the
# bot, so the chat goes on being told, and the operator hears of what it missed.
NO_RIGHTS = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "chat_restricted",
    "chat_guest_send_forbidden",
    "chat_send_",
    "user_restricted",
    "topic_closed",
    "topic_deleted",
)
# Our markup: tags and entities.
MARKUP = ("can't parse entities", "entity_", "entities_too_long")
# The message to reply to; where sending without it is allowed the server does so itself.
REPLY_GONE = (
    "replied message not found",
    "reply message not found",
    "message to be replied not found",
    "message to reply not found",
    "reply_message_id_invalid",
    "message thread not found",
)
UNCHANGED = ("message is not modified", "message_not_modified")
EDIT_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "message_edit_time_expired",
    "message_author_required",
    "there is no text in the message to edit",
)
# Paid broadcasts are not switched on for this bot, or there is nothing left to pay with.
UNPAID = ("floodskip_not_allowed", "balance_too_low")
# The account of the bot is moved to another server, or that server begins or ends.
ELSEWHERE = ("logged out", "restart")
# It was in the chat, and somebody there removes what comes at once.
DELETED_AT_ONCE = "sent message was immediately deleted"
# A proxy in between gave up waiting for an answer.
GAVE_UP_WAITING = ("gateway timeout", "gateway time-out", "(504)")

TOO_MANY = re.compile(r"too many requests(?:.*retry after (\d{1,6}))?|slowmode_wait_(\d{1,6})")


def decide(error: TelegramError, *, attempts: int, is_edit: bool) -> Outcome:
    """What an error of python-telegram-bot means for a delivery tried `attempts` times.

    The types are asked, from the narrow to the wide (a BadRequest is a NetworkError there);
    Telegram's text only where it has no type (https://core.telegram.org/bots/api#making-requests).
    """
    reason = f"{type(error).__name__}: {error.message}"
    text = error.message.lower()
    if isinstance(error, InvalidToken):
        # The library's text holds the token.
        return Outcome(Step.STOP, "InvalidToken: Telegram does not accept the bot's token")
    if (wait := too_many(error)) is not None:
        return Outcome(Step.WAIT, reason, wait=wait or backoff(attempts))
    match error:
        case ChatMigrated():
            return Outcome(Step.MOVED, reason, new_chat_id=error.new_chat_id)
        case Forbidden():
            step = Step.DEAD if _says(text, NO_RIGHTS) else Step.LEFT
            return Outcome(step, reason)
        case BadRequest():
            step = _bad_request(text, is_edit=is_edit)
            wait = backoff(attempts) if step is Step.AGAIN else timedelta()
            return Outcome(step, reason, wait=wait)
        case EndPointNotFound():
            return Outcome(Step.DEAD, reason)
        case NetworkError() if DELETED_AT_ONCE in text:
            return Outcome(Step.DONE, reason)
    # A Conflict, a server in trouble, a network: nothing that Telegram says about the message.
    return Outcome(Step.AGAIN, reason, wait=backoff(attempts), in_doubt=_in_doubt(error, text))


def _bad_request(text: str, *, is_edit: bool) -> Step:
    for step, texts in (
        (Step.DONE, UNCHANGED),
        (Step.PLAIN, MARKUP),
        (Step.CLOSED, EDIT_GONE if is_edit else ()),
        (Step.ALONE, () if is_edit else REPLY_GONE),
        (Step.UNPAID, UNPAID),
        (Step.DEAD, NO_RIGHTS),
        (Step.LEFT, GONE),
        (Step.AGAIN, ELSEWHERE),
    ):
        if _says(text, texts):
            return step
    return Step.DEAD


def _says(text: str, texts: tuple[str, ...]) -> bool:
    return any(t in text for t in texts)


def too_many(error: TelegramError) -> timedelta | None:
    """How long Telegram asks to wait, if that is what the error says; zero if it does not say."""
    if isinstance(error, RetryAfter):
        return retry_after(error)
    if isinstance(error, Forbidden | InvalidToken):
        return None
    # Without the parameter, the library has no type for it.
    found = TOO_MANY.search(error.message.lower())
    return timedelta(seconds=int(found[1] or found[2] or 0)) if found else None


def is_answer(error: TelegramError) -> bool:
    """Whether Telegram itself has judged a call, rather than something on the way to it."""
    return isinstance(error, BadRequest | Forbidden | ChatMigrated)


def _in_doubt(error: TelegramError, text: str) -> bool:
    cause = error.__cause__
    if isinstance(cause, NEVER_SENT):
        return False
    if isinstance(error, TimedOut) or _says(text, GAVE_UP_WAITING):
        return True
    if not isinstance(error, NetworkError):
        # Accepted, with an answer that nobody can read.
        return not isinstance(error, Conflict)
    # With a TelegramError as its cause an answer came, with a page in it instead of JSON.
    return cause is not None and not isinstance(cause, TelegramError)


def retry_after(error: RetryAfter) -> timedelta:
    """How long Telegram asks to wait; the library gives seconds or, as a setting, a timedelta."""
    wait = error.retry_after
    return wait if isinstance(wait, timedelta) else timedelta(seconds=wait)


def backoff(attempts: int) -> timedelta:
    """The wait before the next try: doubling from 2 seconds, at most 5 minutes."""
    doubled: timedelta = FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_WAIT)
