from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import InProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.people import Person

TOKEN = "123456:the-token-of-the-stand-in-in-tests"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Clock:
    """A clock that moves when told to."""

    at: datetime = datetime(2014, 6, 23, 9, 0, tzinfo=UTC)
    seconds: float = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def telegram(clock: Clock) -> Telegram:
    return Telegram(TOKEN, now=clock.now, clock=clock.monotonic)


@pytest.fixture
def ann(telegram: Telegram) -> Person:
    """Somebody who has written to the bot."""
    person = telegram.person("Ann", username="ann_w")
    person.says("/start")
    telegram.updates.pending.clear()
    return person


@dataclass
class Api:
    """The Bot API as a bot calls it; answers come as they are."""

    http: httpx.AsyncClient
    path: str = f"/bot{TOKEN}"

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.http.post(f"{self.path}/{method}", json=params)).json()
        return answer

    async def result(self, method: str, **params: Any) -> Any:
        answer = await self(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        answer = await self(method, **params)
        assert not answer["ok"], answer
        description: str = answer["description"]
        return description


@pytest.fixture
async def api(telegram: Telegram) -> AsyncIterator[Api]:
    transport = InProcess(bot_api(telegram))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield Api(http)
