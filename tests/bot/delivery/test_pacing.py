"""Calls keep within Telegram's limits, whoever makes them."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.delivery.pacing import ALERT_PATIENCE, CHAT_SPACING, GROUP_MESSAGES, NotYet, Pacer

RESOLUTION = 0.002  # a sleep may end this much early


class Recorder:
    """Stands where the request goes out: keeps when each call was made, and may refuse some."""

    def __init__(self, *errors: RetryAfter) -> None:
        self.times: list[float] = []
        self.errors = list(errors)

    async def __call__(self) -> bool:
        self.times.append(asyncio.get_running_loop().time())
        if self.errors:
            raise self.errors.pop(0)
        return True


async def call(
    pacer: Pacer, recorder: Recorder, chat: int | None, *, alert: bool = False, to: str = ""
) -> Any:
    return await pacer.process_request(
        recorder,
        (),
        {},
        to or "sendMessage",
        {} if chat is None else {"chat_id": chat},
        Pacer.ALERT if alert else None,
    )


def gaps(times: list[float]) -> list[float]:
    return [b - a for a, b in pairwise(times)]


async def test_calls_to_many_chats_are_spaced_from_the_first_on() -> None:
    pacer, recorder = Pacer(per_second=100), Recorder()
    await asyncio.gather(*(call(pacer, recorder, chat) for chat in range(1, 31)))
    assert len(recorder.times) == 30
    assert recorder.times[-1] - recorder.times[0] >= 29 / 100 - RESOLUTION


async def test_a_chat_gets_one_message_a_second() -> None:
    pacer, recorder = Pacer(), Recorder()
    await asyncio.gather(*(call(pacer, recorder, 7) for _ in range(3)))
    assert all(gap >= CHAT_SPACING - RESOLUTION for gap in gaps(recorder.times))


async def test_another_chat_does_not_wait_for_a_busy_one() -> None:
    pacer, busy, other = Pacer(), Recorder(), Recorder()
    tasks = [asyncio.create_task(call(pacer, busy, 7)) for _ in range(4)]
    await call(pacer, other, 8)
    assert len(busy.times) < 4
    for task in tasks:
        task.cancel()


async def test_a_group_that_had_its_share_lets_an_alert_wait_in_the_outbox() -> None:
    pacer, recorder = Pacer(), Recorder()
    await call(pacer, recorder, -7)
    chat = pacer._chats[-7]  # noqa: SLF001 - a minute is too long for a test
    chat.times.extend(chat.times[0] - 30 + n for n in range(GROUP_MESSAGES))
    with pytest.raises(NotYet) as caught:
        await call(pacer, recorder, -7, alert=True)
    assert caught.value.seconds > ALERT_PATIENCE
    assert len(recorder.times) == 1


async def test_an_alert_to_a_chat_with_replies_under_way_waits_in_the_outbox() -> None:
    pacer, recorder = Pacer(), Recorder()
    tasks = [asyncio.create_task(call(pacer, recorder, 7)) for _ in range(3)]
    await asyncio.sleep(0.1)
    with pytest.raises(NotYet):
        await call(pacer, recorder, 7, alert=True)
    for task in tasks:
        task.cancel()


async def test_too_many_requests_halts_everybody_and_the_reply_is_tried_again() -> None:
    pacer, recorder = Pacer(), Recorder(RetryAfter(timedelta(seconds=1)))
    first = asyncio.create_task(call(pacer, recorder, 7))
    while not recorder.times:  # noqa: ASYNC110 - a turn of the loop, until the call has gone out
        await asyncio.sleep(0)
    await call(pacer, recorder, 8)
    assert await first is True
    refused, *later = recorder.times
    assert len(later) == 2
    assert all(at >= refused + 1 - RESOLUTION for at in later)


async def test_a_reply_that_is_refused_again_and_again_is_an_error() -> None:
    pacer = Pacer()
    recorder = Recorder(*(RetryAfter(timedelta(milliseconds=1)) for _ in range(9)))
    with pytest.raises(RetryAfter):
        await call(pacer, recorder, 7)
    assert len(recorder.times) == 3


async def test_a_refused_alert_goes_back_to_whoever_has_it_on_record() -> None:
    pacer, recorder = Pacer(), Recorder(RetryAfter(timedelta(seconds=5)))
    with pytest.raises(RetryAfter):
        await call(pacer, recorder, 7, alert=True)
    with pytest.raises(NotYet):
        await call(pacer, recorder, 8, alert=True)
    assert len(recorder.times) == 1


async def test_an_alert_on_its_way_goes_back_when_everybody_is_told_to_wait() -> None:
    pacer, recorder = Pacer(per_second=2), Recorder()
    await call(pacer, recorder, 7)
    alert = asyncio.create_task(call(pacer, recorder, 8, alert=True))
    await asyncio.sleep(0)  # it waits for its slot
    pacer.halt(5)
    with pytest.raises(NotYet):
        await alert
    assert len(recorder.times) == 1


async def test_calls_that_send_nothing_do_not_wait() -> None:
    pacer, recorder = Pacer(), Recorder()
    pacer.halt(60)
    await call(pacer, recorder, None, to="getMe")
    await call(pacer, recorder, 7, to="getChatMember")
    assert len(recorder.times) == 2


async def test_chats_that_fell_silent_are_forgotten() -> None:
    pacer, recorder = Pacer(), Recorder()
    await call(pacer, recorder, 7)
    pacer._chats[7].times[0] -= 61  # noqa: SLF001 - a minute is too long for a test
    pacer._forget_at -= 61  # noqa: SLF001 - as above
    await call(pacer, recorder, 8)
    assert set(pacer._chats) == {8}  # noqa: SLF001 - nothing else shows it


async def test_a_chat_whose_only_call_was_refused_is_forgotten_too() -> None:
    pacer, recorder = Pacer(), Recorder()
    pacer.halt(5)
    with pytest.raises(NotYet):
        await call(pacer, recorder, 7, alert=True)
    pacer._forget_at -= 61  # noqa: SLF001 - a minute is too long for a test
    with pytest.raises(NotYet):
        await call(pacer, recorder, 8, alert=True)
    assert 7 not in pacer._chats  # noqa: SLF001 - nothing else shows it


async def test_silent_chats_are_looked_for_once_a_minute_and_not_at_every_call() -> None:
    pacer, recorder = Pacer(), Recorder()
    await call(pacer, recorder, 7)
    pacer._chats[7].times[0] -= 61  # noqa: SLF001 - a minute is too long for a test
    await call(pacer, recorder, 8)
    assert set(pacer._chats) == {7, 8}  # noqa: SLF001 - nothing else shows it


async def test_no_second_holds_more_calls_than_it_may_though_the_loop_was_stuck() -> None:
    pacer, recorder = Pacer(per_second=10), Recorder()
    asyncio.get_running_loop().call_later(0.3, time.sleep, 0.6)
    await asyncio.gather(*(call(pacer, recorder, chat) for chat in range(1, 26)))
    assert len(recorder.times) == 25
    eleventh = zip(recorder.times, recorder.times[10:], strict=False)
    assert all(after - first >= 1 - RESOLUTION for first, after in eleventh)
