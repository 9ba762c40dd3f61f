"""Calls keep to their lanes and their chats' limits, whoever makes them."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from bot.delivery.lanes import Lane
from bot.delivery.limits import Window
from bot.delivery.pacing import ALERT_PATIENCE, CHAT_PATIENCE, NotYet, Pacer, Receipt, window_of
from tests.bot.delivery.at_pace import LATENCY, Telegram, broadcast, call, calls, now
from tests.bot.delivery.quick_loop import QuickLoop, played


def test_a_reply_goes_before_all_alerts_that_wait() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> float:
        alerts = asyncio.create_task(broadcast(pacer, telegram, range(1, 301)))
        await asyncio.sleep(5.0)
        asked = now()
        await call(pacer, telegram, 1000)
        took = now() - asked
        await alerts
        return took

    assert played(scene()) <= 2 / 30 + LATENCY
    waits = pacer.figures.reply_waits
    assert (waits.count, sum(waits.within)) == (1, 1)
    assert waits.sum <= 2 / 30


def test_what_rings_goes_before_what_does_not() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> None:
        silent = asyncio.create_task(calls(pacer, telegram, range(1, 11), Lane.SILENT))
        await asyncio.sleep(0)
        await calls(pacer, telegram, range(11, 21), Lane.URGENT)
        await silent

    played(scene())
    assert set(telegram.chats[1:11]) == set(range(11, 21))


def test_a_chat_with_many_replies_waiting_does_not_hold_up_the_others() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> float:
        busy = [asyncio.create_task(call(pacer, telegram, 7)) for _ in range(50)]
        await asyncio.sleep(0.5)
        asked = now()
        await calls(pacer, telegram, range(8, 13))
        took = now() - asked
        for task in busy:
            task.cancel()
        return took

    assert played(scene()) <= 6 / 30 + LATENCY
    assert pacer.figures.waiting[Lane.REPLY] == 0


def test_a_chat_gets_one_message_a_second_in_the_order_they_were_asked_for() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> list[int]:
        done: list[int] = []

        async def one(number: int) -> None:
            await call(pacer, telegram, 7)
            done.append(number)

        await asyncio.gather(*(one(n) for n in range(5)))
        return done

    assert played(scene()) == [0, 1, 2, 3, 4]
    assert [round(b - a, 6) for a, b in pairwise(telegram.times)] == [1.0] * 4


def test_a_group_gets_twenty_messages_a_minute_and_an_alert_waits_in_the_outbox() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> float:
        for _ in range(20):
            await call(pacer, telegram, -7)
        with pytest.raises(NotYet) as caught:
            await call(pacer, telegram, -7, Lane.URGENT)
        assert not caught.value.everybody
        return caught.value.seconds

    assert 30 < played(scene()) <= 60
    assert len(telegram.times) == 20


def test_an_alert_to_a_chat_that_was_just_answered_waits_its_second() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> None:
        await call(pacer, telegram, 7)
        await call(pacer, telegram, 7, Lane.URGENT)

    played(scene())
    assert telegram.times[1] - telegram.times[0] == pytest.approx(1.0)


def test_an_alert_that_waits_too_long_goes_back_to_the_outbox() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()
    results = played(calls(pacer, telegram, range(1, 11), Lane.URGENT))
    refused = [r for r in results if isinstance(r, NotYet)]
    assert len(telegram.calls) == int(ALERT_PATIENCE)
    assert len(refused) == 10 - len(telegram.calls)
    assert {r.seconds for r in refused} == {CHAT_PATIENCE}
    assert pacer.figures.waiting[Lane.URGENT] == 0


def test_calls_that_send_nothing_do_not_wait_for_the_windows() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()

    async def scene() -> list[float]:
        waits = []
        sending = asyncio.create_task(calls(pacer, telegram, range(1, 6)))
        await asyncio.sleep(0)
        for endpoint in ("answerCallbackQuery", "answerInlineQuery", "getMe", "getChatMember"):
            asked = now()
            await call(pacer, telegram, 7, to=endpoint)
            waits.append(now() - asked)
        await sending
        return waits

    assert played(scene()) == pytest.approx([LATENCY] * 4)


@pytest.mark.parametrize(
    ("endpoint", "data", "window"),
    [
        ("sendMessage", {}, Window.FREE),
        ("sendPhoto", {}, Window.FREE),
        ("editMessageText", {}, Window.FREE),
        ("editMessageMedia", {}, Window.FREE),
        ("copyMessage", {}, Window.FREE),
        ("forwardMessage", {}, Window.FREE),
        ("sendMessage", {"allow_paid_broadcast": True}, Window.PAID),
        ("sendChatAction", {}, Window.NONE),
        ("answerCallbackQuery", {}, Window.NONE),
        ("answerInlineQuery", {}, Window.NONE),
        ("setMyCommands", {}, Window.NONE),
        ("deleteMessage", {}, Window.NONE),
    ],
)
def test_what_people_see_counts_and_nothing_else(
    endpoint: str, data: dict[str, Any], window: Window
) -> None:
    assert window_of(endpoint, data) is window


def test_a_call_that_is_given_up_takes_nobodys_place() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()

    async def scene() -> None:
        tasks = [asyncio.create_task(call(pacer, telegram, c)) for c in (1, 2, 3)]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        await asyncio.gather(tasks[0], tasks[2])

    played(scene())
    assert telegram.chats == [1, 3]
    assert telegram.times[1] - telegram.times[0] < 1.1
    assert pacer.figures.waiting[Lane.REPLY] == 0


def test_a_call_given_up_in_the_moment_of_its_turn_takes_nobodys_place() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuickLoop)
        await call(pacer, telegram, 1)
        task = asyncio.create_task(call(pacer, telegram, 2))
        await asyncio.sleep(0)
        loop.pass_by(2)  # its turn has come, and nobody has looked yet
        task.cancel()
        await call(pacer, telegram, 3)

    played(scene())
    assert telegram.chats == [1, 3]
    assert telegram.times[1] - telegram.times[0] == pytest.approx(2 + LATENCY)


def test_what_waits_when_the_bot_ends_is_let_go() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()

    async def scene() -> list[Any]:
        tasks = [asyncio.create_task(call(pacer, telegram, c)) for c in (1, 2, 3)]
        await asyncio.sleep(0.5)
        await pacer.shutdown()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = played(scene())
    assert [type(r) for r in results] == [bool, asyncio.CancelledError, asyncio.CancelledError]
    assert pacer.figures.waiting[Lane.REPLY] == 0


def test_a_receipt_bears_the_id_of_the_message_and_without_one_all_of_it_is_the_answer() -> None:
    message = {"message_id": 77, "text": "It has changed."}

    async def answered() -> dict[str, Any]:
        return message

    async def scene(asked: str | None) -> Any:
        data = {"chat_id": 7}
        return await Pacer().process_request(answered, (), {}, "sendMessage", data, asked)

    receipt = Receipt(Lane.URGENT)
    assert played(scene(receipt)) is True
    assert receipt.message_id == 77
    assert played(scene("urgent")) == message
    assert played(scene(None)) == message
