"""What each failure of a call to Telegram means for the delivery."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx
import pytest
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
from telegram.request import BaseRequest, RequestData
from telegram.warnings import PTBDeprecationWarning

from bot.delivery.outcome import (
    FIRST_WAIT,
    LONGEST_WAIT,
    NeverSent,
    Step,
    backoff,
    decide,
    is_answer,
    too_many,
)

# What the Bot API server answers: status, description, and what it means. A text in capitals comes
# from the servers behind it.
ANSWERS = [
    # The chat is gone, or does not want to hear of us.
    (403, "Forbidden: bot was blocked by the user", Step.LEFT),
    (403, "Forbidden: user is deactivated", Step.LEFT),
    (403, "Forbidden: bot was kicked from the group chat", Step.LEFT),
    (403, "Forbidden: bot was kicked from the supergroup chat", Step.LEFT),
    (403, "Forbidden: bot was kicked from the channel chat", Step.LEFT),
    (403, "Forbidden: bot is not a member of the supergroup chat", Step.LEFT),
    (403, "Forbidden: bot is not a member of the channel chat", Step.LEFT),
    (403, "Forbidden: the group chat was deleted", Step.LEFT),
    (403, "Forbidden: bot can't initiate conversation with a user", Step.LEFT),
    (403, "Forbidden: bot can't send messages to bots", Step.LEFT),
    (403, "Forbidden: bot can't send messages to the user", Step.LEFT),
    (400, "Bad Request: chat not found", Step.LEFT),
    (400, "Bad Request: user not found", Step.LEFT),
    (400, "Bad Request: PEER_ID_INVALID", Step.LEFT),
    (400, "Bad Request: CHAT_ID_INVALID", Step.LEFT),
    (400, "Bad Request: CHANNEL_INVALID", Step.LEFT),
    (400, "Bad Request: CHANNEL_PRIVATE", Step.LEFT),
    (400, "Bad Request: INPUT_USER_DEACTIVATED", Step.LEFT),
    (400, "Bad Request: USER_IS_BLOCKED", Step.LEFT),
    (400, "Bad Request: group chat was deactivated", Step.LEFT),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Step.LEFT),
    # The bot is there and may not write: it may again without anybody telling it.
    (400, "Bad Request: not enough rights to send text messages to the chat", Step.DEAD),
    (400, "Bad Request: not enough rights to send photos to the chat", Step.DEAD),
    (400, "Bad Request: have no rights to send a message", Step.DEAD),
    (400, "Bad Request: need administrator rights in the channel chat", Step.DEAD),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Step.DEAD),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", Step.DEAD),
    (400, "Bad Request: CHAT_RESTRICTED", Step.DEAD),
    (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", Step.DEAD),
    (400, "Bad Request: TOPIC_CLOSED", Step.DEAD),
    (400, "Bad Request: TOPIC_DELETED", Step.DEAD),
    (403, "Forbidden: CHAT_SEND_PHOTOS_FORBIDDEN", Step.DEAD),
    (403, "Forbidden: CHAT_WRITE_FORBIDDEN", Step.DEAD),
    (403, "Forbidden: CHAT_ADMIN_REQUIRED", Step.DEAD),
    (403, "Forbidden: not enough rights to send text messages to the chat", Step.DEAD),
    # The message is one that Telegram will never take.
    (400, "Bad Request: message is too long", Step.DEAD),
    (400, "Bad Request: MESSAGE_TOO_LONG", Step.DEAD),
    (400, "Bad Request: message caption is too long", Step.DEAD),
    (400, "Bad Request: message text is empty", Step.DEAD),
    (400, "Bad Request: message must be non-empty", Step.DEAD),
    (400, "Bad Request: text must be non-empty", Step.DEAD),
    (400, "Bad Request: BUTTON_DATA_INVALID", Step.DEAD),
    (400, "Bad Request: BUTTON_URL_INVALID", Step.DEAD),
    (400, "Bad Request: reply markup is too long", Step.DEAD),
    (400, "Bad Request: object expected as reply markup", Step.DEAD),
    (400, "Bad Request: inline keyboard expected", Step.DEAD),
    (400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed", Step.DEAD),
    (400, "Bad Request: can't parse reply keyboard markup JSON object", Step.DEAD),
    (400, "Bad Request: unsupported parse_mode", Step.DEAD),
    (400, "Bad Request: wrong file identifier/HTTP URL specified", Step.DEAD),
    (400, "Bad Request: wrong remote file identifier specified: can't unserialize it", Step.DEAD),
    (400, "Bad Request: wrong type of the web page content", Step.DEAD),
    (400, "Bad Request: failed to get HTTP URL content", Step.DEAD),
    (400, "Bad Request: file is too big", Step.DEAD),
    (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Step.DEAD),
    (400, "Bad Request: IMAGE_PROCESS_FAILED", Step.DEAD),
    (400, "Bad Request: type of file mismatch", Step.DEAD),
    (400, "Bad Request: chat_id is empty", Step.DEAD),
    (400, "Bad Request: message to edit not found", Step.DEAD),  # nothing was edited
    (400, "Bad Request: something that nobody has ever heard of", Step.DEAD),
    (413, "Request Entity Too Large", Step.AGAIN),
    # Our markup; as plain text it may pass.
    (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"', Step.PLAIN),
    (400, "Bad Request: can't parse message text: can't parse entities", Step.PLAIN),
    (400, "Bad Request: ENTITY_TEXT_INVALID", Step.PLAIN),
    (400, "Bad Request: ENTITY_BOUNDS_INVALID", Step.PLAIN),
    (400, "Bad Request: ENTITIES_TOO_LONG", Step.PLAIN),
    # What it replies to is gone; without that it may pass.
    (400, "Bad Request: message to be replied not found", Step.ALONE),
    (400, "Bad Request: replied message not found", Step.ALONE),
    (400, "Bad Request: reply message not found", Step.ALONE),
    (400, "Bad Request: REPLY_MESSAGE_ID_INVALID", Step.ALONE),
    (400, "Bad Request: message thread not found", Step.ALONE),
    # It is as it should be.
    (400, "Bad Request: message is not modified: specified new message content …", Step.DONE),
    (400, "Bad Request: MESSAGE_NOT_MODIFIED", Step.DONE),
    (
        500,
        "Internal Server Error: sent message was immediately deleted and can't be returned",
        Step.DONE,
    ),
    # Nobody pays for it.
    (400, "Bad Request: FLOODSKIP_NOT_ALLOWED", Step.UNPAID),
    (400, "Bad Request: BALANCE_TOO_LOW", Step.UNPAID),
    # Later.
    (429, "Too Many Requests", Step.WAIT),
    (429, "Too Many Requests: retry after 35", Step.WAIT),
    (400, "Bad Request: SLOWMODE_WAIT_20", Step.WAIT),
    (400, "Logged out", Step.AGAIN),
    (409, "Conflict: terminated by other getUpdates request", Step.AGAIN),
    (500, "Internal Server Error", Step.AGAIN),
    (500, "Internal Server Error: restart", Step.AGAIN),
    (502, "Bad Gateway", Step.AGAIN),
    (503, "Service Unavailable", Step.AGAIN),
    (504, "Gateway Timeout", Step.AGAIN),
    # The token is no good.
    (401, "Unauthorized", Step.STOP),
    (404, "Not Found", Step.STOP),
]


class Answering(BaseRequest):
    """The library's own reading of an answer, without a network."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = status, body

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *args: object, **kwargs: object) -> tuple[int, bytes]:
        return self.answer


async def error_of(status: int, body: bytes) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await Answering(status, body).post("https://127.0.0.1/", RequestData())
    return caught.value


def because(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("status", "description", "step"), ANSWERS)
async def test_every_answer_that_telegram_is_known_to_give_has_its_meaning(
    status: int, description: str, step: Step
) -> None:
    body = {"ok": False, "error_code": status, "description": description}
    error = await error_of(status, json.dumps(body).encode())
    outcome = decide(error, attempts=1, is_edit=False)
    assert outcome.step is step
    assert type(error).__name__ in outcome.reason
    assert outcome.in_doubt is (status == 504)
    assert (outcome.wait > timedelta()) is (step in (Step.WAIT, Step.AGAIN))


@pytest.mark.parametrize(
    ("description", "step"),
    [
        ("Bad Request: message to edit not found", Step.CLOSED),
        ("Bad Request: message can't be edited", Step.CLOSED),
        ("Bad Request: MESSAGE_ID_INVALID", Step.CLOSED),
        ("Bad Request: message identifier is not specified", Step.CLOSED),
        ("Bad Request: MESSAGE_EDIT_TIME_EXPIRED", Step.CLOSED),
        ("Bad Request: MESSAGE_AUTHOR_REQUIRED", Step.CLOSED),
        ("Bad Request: there is no text in the message to edit", Step.CLOSED),
        ("Bad Request: message is not modified", Step.DONE),
        ("Bad Request: can't parse entities", Step.PLAIN),
        ("Bad Request: chat not found", Step.LEFT),
        ("Bad Request: message is too long", Step.DEAD),
        ("Bad Request: replied message not found", Step.DEAD),
    ],
)
def test_an_edit_whose_message_is_gone_is_over_and_else_like_a_message(
    description: str, step: Step
) -> None:
    assert decide(BadRequest(description), attempts=1, is_edit=True).step is step


@pytest.mark.parametrize(
    ("error", "in_doubt"),
    [
        (TimedOut(), True),
        (because(TimedOut(), httpx.ReadTimeout("")), True),
        (because(TimedOut(), httpx.WriteTimeout("")), True),
        (because(TimedOut(), httpx.ConnectTimeout("")), False),
        (because(TimedOut(), httpx.PoolTimeout("")), False),
        (because(TimedOut(), NeverSent("")), False),
        (because(NetworkError("x"), httpx.ConnectError("")), False),
        (because(NetworkError("x"), httpx.ProxyError("")), False),
        (because(NetworkError("x"), httpx.UnsupportedProtocol("")), False),
        (because(NetworkError("x"), NeverSent("")), False),
        (because(NetworkError("x"), httpx.ReadError("")), True),
        (because(NetworkError("x"), httpx.WriteError("")), True),
        (because(NetworkError("x"), httpx.RemoteProtocolError("")), True),
        (because(NetworkError("Unknown error in HTTP implementation"), ValueError()), True),
        (NetworkError("Bad Gateway"), False),
        (NetworkError("Gateway Timeout"), True),
        (Conflict("terminated by other getUpdates request"), False),
    ],
)
def test_what_broke_on_the_way_is_tried_again_and_in_doubt_if_it_may_have_arrived(
    error: TelegramError, *, in_doubt: bool
) -> None:
    outcome = decide(error, attempts=2, is_edit=False)
    assert (outcome.step, outcome.in_doubt) == (Step.AGAIN, in_doubt)
    assert outcome.wait == backoff(2)


@pytest.mark.parametrize(
    ("status", "in_doubt"), [(200, True), (502, False), (500, False), (504, True)]
)
async def test_a_page_instead_of_an_answer_is_in_doubt_only_where_the_call_may_have_succeeded(
    status: int, *, in_doubt: bool
) -> None:
    outcome = decide(await error_of(status, b"<html>"), attempts=1, is_edit=False)
    assert (outcome.step, outcome.in_doubt) == (Step.AGAIN, in_doubt)


def test_a_method_that_telegram_does_not_have_is_never_tried_again() -> None:
    assert decide(EndPointNotFound("sendX"), attempts=1, is_edit=False).step is Step.DEAD


async def test_the_wait_that_telegram_asks_for_is_kept_in_any_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = RetryAfter(timedelta(seconds=9))
    assert decide(error, attempts=1, is_edit=False).wait == timedelta(seconds=9)
    in_words = NetworkError("Too Many Requests: retry after 35")
    assert decide(in_words, attempts=1, is_edit=False).wait == timedelta(seconds=35)
    unsaid = NetworkError("Too Many Requests")
    assert decide(unsaid, attempts=3, is_edit=False).wait == backoff(3)
    body = b'{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":7}}'
    assert too_many(await error_of(429, body)) == timedelta(seconds=7)
    monkeypatch.delenv("PTB_TIMEDELTA")
    with pytest.warns(PTBDeprecationWarning):
        assert decide(error, attempts=1, is_edit=False).wait == timedelta(seconds=9)


def test_only_too_many_requests_is_taken_for_that() -> None:
    assert too_many(Forbidden("too many requests")) is None
    assert too_many(BadRequest("chat not found")) is None


async def test_a_chat_that_moved_says_where() -> None:
    body = b'{"ok":false,"description":"x","parameters":{"migrate_to_chat_id":-1009}}'
    outcome = decide(await error_of(400, body), attempts=1, is_edit=False)
    assert (outcome.step, outcome.new_chat_id) == (Step.MOVED, -1009)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadRequest("chat not found"), True),
        (Forbidden("bot was blocked"), True),
        (ChatMigrated(-1009), True),
        (NetworkError("Bad Gateway"), False),
        (TimedOut(), False),
        (InvalidToken(), False),
    ],
)
def test_it_is_known_what_telegram_itself_has_judged(
    error: TelegramError, *, expected: bool
) -> None:
    assert is_answer(error) is expected


def test_waits_double_and_end_at_five_minutes() -> None:
    assert backoff(1) == FIRST_WAIT
    assert backoff(2) == 2 * FIRST_WAIT
    assert backoff(50) == LONGEST_WAIT


def test_the_reason_of_a_refused_token_does_not_repeat_it() -> None:
    error = InvalidToken("The token `123456:SECRET` was rejected by the server.")
    assert "SECRET" not in decide(error, attempts=1, is_edit=False).reason
