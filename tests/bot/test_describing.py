"""An empty chat with the bot tells what it is; that is set once, whatever Telegram says to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from telegram.error import RetryAfter
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.lanes import Lane
from bot.delivery.pacing import Pacer
from bot.describing import describe
from bot.ending import end_describing
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import InProcess
from bot.sandbox.views import chat_view
from handlers.messages.start import DESCRIPTION, SHORT_DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
LOOKS = ["getMyDescription", "getMyShortDescription"]
SETS = ["getMyDescription", "setMyDescription", "getMyShortDescription", "setMyShortDescription"]


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(TOKEN, now=lambda: datetime(2014, 6, 23, 14, tzinfo=UTC))


@asynccontextmanager
async def bot_of(telegram: Telegram) -> AsyncIterator[ExtBot[Any]]:
    request = HTTPXRequest(httpx_kwargs={"transport": InProcess(bot_api(telegram))})
    async with request:
        base = "http://127.0.0.1/bot"
        yield ExtBot(TOKEN, base_url=base, request=request, rate_limiter=Pacer())


async def described(telegram: Telegram) -> list[str]:
    """A process describes the bot; the methods that it called."""
    before = len(telegram.calls)
    async with bot_of(telegram) as bot, asyncio.timeout(20):
        await describe(bot)
    return [call.method for call in telegram.calls[before:]]


def told(telegram: Telegram) -> tuple[str | None, str | None]:
    texts = telegram.menus.texts
    return texts.get(("description", "")), texts.get(("short_description", ""))


async def test_an_empty_chat_tells_what_the_bot_is_and_how_to_begin(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    assert await described(telegram) == SETS
    shown = chat_view(ann.chat)["about"]
    assert shown.startswith("Who holds a border crossing or a town now, who says so")
    assert "/start begins." in shown
    assert told(telegram) == (DESCRIPTION, SHORT_DESCRIPTION)


async def test_the_next_start_sets_nothing_that_is_there(telegram: Telegram) -> None:
    await described(telegram)
    assert await described(telegram) == LOOKS


async def test_only_what_is_otherwise_is_set(telegram: Telegram) -> None:
    await described(telegram)
    telegram.menus.texts["short_description", ""] = "What I was once"
    assert await described(telegram) == [*LOOKS, "setMyShortDescription"]
    assert told(telegram) == (DESCRIPTION, SHORT_DESCRIPTION)


@pytest.mark.parametrize(
    ("method", "trouble"),
    [
        ("setMyDescription", "asks to wait"),
        ("getMyShortDescription", "asks to wait"),
        ("setMyShortDescription", "in trouble"),
    ],
)
async def test_what_could_not_be_said_is_said_later_and_logged_without_the_token(
    telegram: Telegram, method: str, trouble: str
) -> None:
    if trouble == "asks to wait":
        telegram.faults.too_many_requests(1, method=method)
    else:
        telegram.faults.refuse(500, "Internal Server Error", method=method)
    with structlog.testing.capture_logs() as logged:
        await described(telegram)
    assert told(telegram) == (DESCRIPTION, SHORT_DESCRIPTION)
    [said] = logged
    assert said["event"] == "the bot's description cannot be set for now"
    assert TOKEN not in str(said)


@pytest.mark.parametrize("code", [400, 401])
async def test_what_telegram_will_not_have_is_left_and_logged(
    telegram: Telegram, code: int
) -> None:
    telegram.faults.refuse(code, "Bad Request: no", method="setMyDescription", times=2)
    with structlog.testing.capture_logs() as logged:
        assert await described(telegram) == SETS[:2]
    [said] = logged
    assert said["event"] == "the bot's description cannot be set"
    assert TOKEN not in str(said)


async def test_how_often_it_may_be_set_halts_nothing_else_and_not_the_end(
    telegram: Telegram,
) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    telegram.faults.too_many_requests(3600, method="setMyDescription")
    async with bot_of(telegram) as bot:
        describing = asyncio.create_task(describe(bot))
        await telegram.signal.until(lambda: bool(telegram.calls_of("setMyDescription")), 20)
        async with asyncio.timeout(10):
            await bot.send_message(ann.chat.id, "at once")
            await end_describing(describing)
    assert ann.chat.last.text == "at once"
    assert told(telegram) == (None, None)


async def test_it_waits_while_telegram_halts_everybody(telegram: Telegram) -> None:
    telegram.faults.too_many_requests(1, method="answerInlineQuery")
    clock = asyncio.get_running_loop().time
    async with bot_of(telegram) as bot:
        begun = clock()
        with pytest.raises(RetryAfter):
            await bot.answer_inline_query("1", [], rate_limit_args=Lane.URGENT.value)
        async with asyncio.timeout(20):
            await describe(bot)
    assert clock() - begun >= 1
    assert told(telegram) == (DESCRIPTION, SHORT_DESCRIPTION)
