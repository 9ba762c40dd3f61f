"""What Telegram refuses halts whom it should, for as long as it should."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.delivery.figures import Scope
from bot.delivery.lanes import Lane
from bot.delivery.limits import PROBE_AFTER
from bot.delivery.pacing import REPLY_TRIES, UNNAMED_WAIT, NotYet, Pacer
from bot.delivery.windows import QUIET_SECONDS
from tests.bot.delivery.at_pace import (
    EPSILON,
    LATENCY,
    Telegram,
    broadcast,
    call,
    calls,
    most_in_a_second,
    now,
)
from tests.bot.delivery.quick_loop import played


def test_too_many_requests_halts_everybody_and_the_reply_goes_out_again_first() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=5)))

    async def scene() -> None:
        first = asyncio.create_task(call(pacer, telegram, 7))
        await asyncio.sleep(LATENCY + 0.01)
        others = asyncio.create_task(calls(pacer, telegram, range(8, 38)))
        assert await first is True
        await others

    played(scene())
    refused, *later = telegram.times
    assert telegram.chats[:2] == [7, 7]
    assert later[0] >= refused + LATENCY + 5 - EPSILON
    assert min(b - a for a, b in pairwise(later)) >= 1 / 30 - EPSILON  # no burst
    assert pacer.figures.too_many == {Scope.TOKEN: 1, Scope.CHAT: 0}


def test_a_halt_in_a_broadcast_loses_nothing_and_is_followed_by_no_burst() -> None:
    pacer, telegram = Pacer(), Telegram()
    telegram.errors = [*([cast("TelegramError", None)] * 100), RetryAfter(timedelta(seconds=5))]
    played(broadcast(pacer, telegram, range(1, 301)))
    refused = telegram.times[100]
    assert len(telegram.calls) == 301
    assert set(telegram.chats) == set(range(1, 301))
    during = [at for at in telegram.times if refused < at < refused + LATENCY + 5 - EPSILON]
    assert len(during) <= 3  # those that went out before the answer had come
    assert most_in_a_second(telegram.times) <= 30


def test_a_reply_that_is_refused_again_and_again_is_an_error() -> None:
    pacer = Pacer()
    telegram = Telegram(*(RetryAfter(timedelta(seconds=1)) for _ in range(9)))
    with pytest.raises(RetryAfter):
        played(call(pacer, telegram, 7))
    assert len(telegram.calls) == REPLY_TRIES


def test_a_refused_alert_goes_back_to_whoever_has_it_on_record_and_so_do_those_behind_it() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=5)))

    async def scene() -> list[Any]:
        results = await calls(pacer, telegram, range(1, 11), Lane.URGENT)
        with pytest.raises(NotYet) as caught:
            await call(pacer, telegram, 99, Lane.SILENT)
        assert caught.value.everybody
        assert pacer.closed_for() == pytest.approx(caught.value.seconds)
        return results

    results = played(scene())
    assert isinstance(results[0], RetryAfter)
    back = [r for r in results if isinstance(r, NotYet)]
    assert len(back) == 10 - len(telegram.calls)
    assert all(r.everybody for r in back)


def test_a_refusal_that_does_not_say_how_long_is_waited_out_all_the_same() -> None:
    pacer, telegram = Pacer(), Telegram(NetworkError("Too Many Requests"))
    assert played(call(pacer, telegram, 7)) is True
    assert telegram.times[1] - telegram.times[0] >= UNNAMED_WAIT


def test_a_refused_group_that_was_sent_a_lot_holds_nobody_else_up() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> float:
        for _ in range(16):
            await call(pacer, telegram, -7)
        telegram.errors = [RetryAfter(timedelta(seconds=30))]
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, -7, Lane.URGENT)
        asked = now()
        await call(pacer, telegram, 8)
        with pytest.raises(NotYet):
            await call(pacer, telegram, -7, Lane.URGENT)
        return now() - asked

    assert played(scene()) < 0.2
    assert pacer.figures.too_many == {Scope.TOKEN: 0, Scope.CHAT: 1}


def test_a_halt_of_minutes_for_one_chat_holds_the_others_up_for_seconds() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=600)))

    async def scene() -> list[float]:
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, 7, Lane.URGENT)
        halted = now()
        await calls(pacer, telegram, range(8, 18))
        return [at - halted for at in telegram.times[1:]]

    with capture_logs() as logged:
        after = played(scene())
    assert after[0] == pytest.approx(PROBE_AFTER)  # it alone, until it is answered
    assert after[1] == pytest.approx(PROBE_AFTER + LATENCY)
    assert after[-1] < PROBE_AFTER + 1
    assert any("only one chat has to wait" in line["event"] for line in logged)


def test_a_try_without_an_answer_is_followed_by_another_one() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=600)), TimedOut())

    async def scene() -> list[Any]:
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, 7, Lane.URGENT)
        return await calls(pacer, telegram, range(8, 12))

    results = played(scene())
    assert [type(r) for r in results] == [TimedOut, bool, bool, bool]
    assert telegram.times[2] - telegram.times[1] == pytest.approx(PROBE_AFTER + LATENCY)


def test_a_try_that_telegram_refuses_for_another_reason_ends_the_halt_too() -> None:
    pacer = Pacer()
    telegram = Telegram(RetryAfter(timedelta(seconds=600)), BadRequest("Chat not found"))

    async def scene() -> list[Any]:
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, 7, Lane.URGENT)
        return await calls(pacer, telegram, range(8, 11))

    assert [type(r) for r in played(scene())] == [BadRequest, bool, bool]


def test_repeated_refusals_slow_it_down_and_quiet_speeds_it_up_again() -> None:
    pacer, telegram = Pacer(), Telegram(*(RetryAfter(timedelta(seconds=1)) for _ in range(2)))

    async def scene() -> None:
        await call(pacer, telegram, 7)
        assert pacer.figures.rate == pacer.rate(paid=False) == 22.5
        for chat in range(8, 12):
            await asyncio.sleep(QUIET_SECONDS)
            await call(pacer, telegram, chat)

    with capture_logs() as logged:
        played(scene())
    assert pacer.figures.rate == 30
    assert (pacer.figures.slowed, pacer.figures.quickened) == (1, 3)
    told = [line["per_second"] for line in logged if "per_second" in line]
    assert told == [22.5, 25.5, 28.5, 30]


def test_calls_that_send_nothing_wait_while_everybody_is_halted() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=5)))

    async def scene() -> float:
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, 7, Lane.URGENT)
        asked = now()
        await call(pacer, telegram, None, to="answerCallbackQuery")
        return now() - asked

    assert played(scene()) == pytest.approx(5 + LATENCY)
