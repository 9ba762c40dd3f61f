"""What each failure of a call to Telegram means for the delivery."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.warnings import PTBDeprecationWarning

from bot.delivery.outcome import FIRST_WAIT, LONGEST_WAIT, Step, backoff, decide


def because(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "step", "in_doubt"),
    [
        (RetryAfter(7), Step.WAIT, False),
        (ChatMigrated(-100), Step.MOVED, False),
        (InvalidToken(), Step.STOP, False),
        (Forbidden("Forbidden: bot was blocked by the user"), Step.LEFT, False),
        (Forbidden("Forbidden: user is deactivated"), Step.LEFT, False),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Step.LEFT, False),
        (BadRequest("Chat not found"), Step.DEAD, False),
        (BadRequest("Message is too long"), Step.DEAD, False),
        (BadRequest("Not enough rights to send text messages to the chat"), Step.DEAD, False),
        (BadRequest("Message is not modified: same"), Step.DONE, False),
        (BadRequest("Can't parse entities: unsupported start tag"), Step.PLAIN, False),
        (BadRequest("Message to edit not found"), Step.DEAD, False),
        (TimedOut(), Step.AGAIN, True),
        (because(TimedOut(), httpx.ReadTimeout("")), Step.AGAIN, True),
        (because(TimedOut(), httpx.ConnectTimeout("")), Step.AGAIN, False),
        (because(TimedOut(), httpx.PoolTimeout("")), Step.AGAIN, False),
        (because(NetworkError("x"), httpx.ConnectError("")), Step.AGAIN, False),
        (because(NetworkError("x"), httpx.ReadError("")), Step.AGAIN, True),
        (because(NetworkError("x"), httpx.RemoteProtocolError("")), Step.AGAIN, True),
        (NetworkError("Bad Gateway"), Step.AGAIN, False),
        (Conflict("terminated by other getUpdates request"), Step.DEAD, False),
    ],
)
def test_every_error_has_its_step(error: TelegramError, step: Step, *, in_doubt: bool) -> None:
    outcome = decide(error, attempts=1, is_edit=False)
    assert (outcome.step, outcome.in_doubt) == (step, in_doubt)
    assert type(error).__name__ in outcome.reason


@pytest.mark.parametrize("text", ["Message to edit not found", "Message can't be edited"])
def test_an_edit_of_a_message_that_is_gone_is_over(text: str) -> None:
    assert decide(BadRequest(text), attempts=1, is_edit=True).step is Step.CLOSED


def test_the_wait_that_telegram_asks_for_is_kept_in_either_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = RetryAfter(timedelta(seconds=9))
    assert decide(error, attempts=1, is_edit=False).wait == timedelta(seconds=9)
    monkeypatch.delenv("PTB_TIMEDELTA")
    with pytest.warns(PTBDeprecationWarning):
        assert decide(error, attempts=1, is_edit=False).wait == timedelta(seconds=9)


def test_a_chat_that_moved_says_where() -> None:
    assert decide(ChatMigrated(-1009), attempts=1, is_edit=False).new_chat_id == -1009


def test_waits_double_and_end_at_five_minutes() -> None:
    assert backoff(1) == FIRST_WAIT
    assert backoff(2) == 2 * FIRST_WAIT
    assert backoff(50) == LONGEST_WAIT


def test_the_reason_of_a_refused_token_does_not_repeat_it() -> None:
    error = InvalidToken("The token `123456:SECRET` was rejected by the server.")
    assert "SECRET" not in decide(error, attempts=1, is_edit=False).reason
