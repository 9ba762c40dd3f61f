"""getUpdates: queued until confirmed, one poller at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.model import RefusedError
from bot.sandbox.updates import BY_WEBHOOK, OTHER_POLLER, WEBHOOK_ACTIVE, Updates

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api


async def started(task: asyncio.Task[object]) -> None:
    """Lets a task run up to where it waits."""
    for _ in range(3):
        await asyncio.sleep(0)
    assert not task.done()


async def test_updates_stay_until_they_are_confirmed(api: Api, ann: Person) -> None:
    for text in ("one", "two", "three"):
        ann.says(text)
    first = await api.result("getUpdates", limit=2)
    again = await api.result("getUpdates", limit=2)
    assert first == again
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    rest = await api.result("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["three"]
    assert await api.result("getUpdates", offset=rest[-1]["update_id"] + 1) == []
    assert await api.result("getUpdates") == []


async def test_a_negative_offset_keeps_the_newest(api: Api, ann: Person) -> None:
    for text in ("one", "two", "three"):
        ann.says(text)
    (last,) = await api.result("getUpdates", offset=-1)
    assert last["message"]["text"] == "three"
    assert await api.result("getUpdates") == [last]


async def test_only_kinds_that_are_wanted_are_queued(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    ann.says("before")
    await api.result("getUpdates", allowed_updates=["my_chat_member"])
    ann.says("after")
    ann.blocks()
    kinds = [list(update)[1] for update in await api.result("getUpdates")]
    assert kinds == ["message", "my_chat_member"]
    assert (await api.result("getWebhookInfo"))["allowed_updates"] == ["my_chat_member"]
    await api.result("getUpdates", allowed_updates="[]")
    assert telegram.updates.allowed == ()


async def test_a_long_poll_ends_when_something_happens(api: Api, ann: Person) -> None:
    poll = asyncio.create_task(api.result("getUpdates", timeout=30))
    await started(poll)
    ann.says("Rabia")
    assert (await poll)[0]["message"]["text"] == "Rabia"


async def test_a_long_poll_ends_with_nothing() -> None:
    assert await Updates().poll(wait=0.01) == []


async def test_a_second_poller_ends_the_first(api: Api, ann: Person) -> None:
    first = asyncio.create_task(api("getUpdates", timeout=30))
    await started(first)
    second = asyncio.create_task(api("getUpdates", timeout=30))
    answer = await first
    assert (answer["error_code"], answer["description"]) == (409, OTHER_POLLER)
    ann.says("Rabia")
    assert len((await second)["result"]) == 1


async def test_polling_and_a_webhook_exclude_each_other(api: Api) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=30))
    await started(poll)
    await api.result("setWebhook", url="https://example.org/hook", drop_pending_updates=True)
    assert (await poll)["description"] == BY_WEBHOOK
    answer = await api("getUpdates")
    assert (answer["error_code"], answer["description"]) == (409, WEBHOOK_ACTIVE)
    await api.result("setWebhook", url="")
    assert await api.result("getUpdates") == []


async def test_the_conflict_is_the_pollers_own_error() -> None:
    updates = Updates()
    poll = asyncio.create_task(updates.poll(wait=30))
    await started(poll)
    await updates.poll()
    with pytest.raises(RefusedError, match="terminated by other getUpdates"):
        await poll
