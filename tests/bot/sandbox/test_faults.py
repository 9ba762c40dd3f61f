"""A bad day on order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.sandbox.api import bot_api
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.serve import running

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api


async def test_the_next_calls_fail_as_asked(api: Api, telegram: Telegram, ann: Person) -> None:
    telegram.faults.too_many_requests(3, method="sendmessage", times=2)
    telegram.faults.refuse(500, "Internal Server Error")
    assert await api("sendMessage", chat_id=ann.id, text="x") == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert await api.refusal("getMe") == "Internal Server Error"
    assert (await api("sendMessage", chat_id=ann.id, text="x"))["error_code"] == 429
    assert telegram.faults.pending == 0
    await api.result("sendMessage", chat_id=ann.id, text="x")
    assert [m.text for m in ann.chat.from_bot] == ["x"]
    assert [call.outcome and call.outcome.fault for call in telegram.calls] == [
        *("refuse", "refuse"),
        *("refuse", ""),
    ]


async def test_a_fault_may_be_for_one_chat(api: Api, telegram: Telegram, ann: Person) -> None:
    bob = telegram.person("Bob")
    bob.says("/start")
    telegram.faults.refuse(403, "Forbidden: user is deactivated", chat=bob.id)
    await api.result("sendMessage", chat_id=ann.id, text="x")
    says = await api.refusal("sendMessage", chat_id=str(bob.id), text="x")
    assert says == "Forbidden: user is deactivated"


@pytest.mark.parametrize("processed", [True, False])
async def test_a_call_hangs(api: Api, telegram: Telegram, ann: Person, processed: bool) -> None:
    telegram.faults.hang(processed=processed)
    with pytest.raises(httpx.ReadTimeout):
        await api.http.post(
            f"{api.path}/sendMessage", json={"chat_id": ann.id, "text": "x"}, timeout=0.01
        )
    assert len(ann.chat.from_bot) == processed
    (call,) = telegram.calls
    assert call.outcome is not None
    assert (call.outcome.fault, call.outcome.ok) == ("hang", processed)


@pytest.mark.parametrize("processed", [True, False])
async def test_a_connection_is_cut(
    api: Api, telegram: Telegram, ann: Person, processed: bool
) -> None:
    telegram.faults.cut(processed=processed)
    with pytest.raises(httpx.RemoteProtocolError):
        await api("sendMessage", chat_id=ann.id, text="x")
    assert len(ann.chat.from_bot) == processed


async def test_over_http_too(telegram: Telegram, ann: Person) -> None:
    async with running(bot_api(telegram)) as url, httpx.AsyncClient(base_url=url) as http:
        path = f"/bot{telegram.token}/sendMessage"
        message = {"chat_id": ann.id, "text": "x"}
        telegram.faults.cut(processed=True)
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(path, json=message)
        telegram.faults.hang(processed=True)
        with pytest.raises(httpx.ReadTimeout):
            await http.post(path, json=message, timeout=0.1)
        telegram.faults.hang(processed=False)
        hanging = asyncio.create_task(http.post(path, json=message))
        await telegram.faults.until_hung(2)
        telegram.faults.release()
        with pytest.raises(httpx.RemoteProtocolError):
            await hanging
        assert (await http.post(path, json=message)).json()["ok"]
    assert len(ann.chat.from_bot) == 3


async def test_flaky_is_the_same_for_a_seed(api: Api, telegram: Telegram) -> None:
    async def failures(seed: int) -> list[bool]:
        telegram.faults.clear()
        telegram.faults.flaky(0.3, seed=seed, method="getMe")
        await api.result("getWebhookInfo")
        return [(await api("getMe"))["ok"] for _ in range(50)]

    once, again, other = await failures(1), await failures(1), await failures(2)
    assert once == again != other
    assert 5 < once.count(False) < 25


async def test_anything_may_go_wrong_sometimes(api: Api, telegram: Telegram, ann: Person) -> None:
    telegram.faults.sometimes(Fault("refuse", 403, "Forbidden"), 0.0, seed=1, method="sendMessage")
    telegram.faults.sometimes(Fault("cut", processed=True), 1.0, seed=1, method="sendMessage")
    with pytest.raises(httpx.RemoteProtocolError):
        await api("sendMessage", chat_id=ann.id, text="x")
    assert [m.text for m in ann.chat.from_bot] == ["x"]
    await api.result("getMe")


def test_a_fault_happens_at_least_once() -> None:
    with pytest.raises(ValueError, match="at least once"):
        Faults().cut(processed=True, times=0)
