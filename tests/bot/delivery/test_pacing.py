"""Calls keep within the bot's limits, and use nearly all of what these allow."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from bot.connecting import CONNECTIONS, MANY_CONNECTIONS
from bot.delivery.lanes import Lane
from bot.delivery.pacing import NotYet, Pacer
from bot.delivery.windows import SOONER, SPREAD, WINDOW
from tests.bot.delivery.at_pace import (
    EPSILON,
    Telegram,
    broadcast,
    call,
    calls,
    most_in_a_second,
    now,
)
from tests.bot.delivery.quick_loop import QuickLoop, played


def test_a_broadcast_uses_nearly_all_of_the_limit_and_never_more() -> None:
    pacer, telegram = Pacer(), Telegram()
    played(broadcast(pacer, telegram, range(1, 601)))
    assert most_in_a_second(telegram.times) == 30
    assert 599 / (telegram.times[-1] - telegram.times[0]) >= 29.7
    assert pacer.figures.calls == {Lane.REPLY: 0, Lane.URGENT: 600, Lane.SILENT: 0}
    assert pacer.figures.in_flight == 0
    assert not any(pacer.figures.waiting.values())


def test_there_is_no_opening_burst_nor_one_after_an_idle_time() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> None:
        for first in (1, 21):
            await calls(pacer, telegram, range(first, first + 20))
            await asyncio.sleep(10)

    played(scene())
    assert min(b - a for a, b in pairwise(telegram.times)) >= 1 / 30 - EPSILON


def test_paid_broadcasts_go_out_at_their_own_rate() -> None:
    pacer, telegram = Pacer(paid_per_second=1000), Telegram()
    played(broadcast(pacer, telegram, range(1, 3001), paid=True))
    assert 950 <= 2999 / (telegram.times[-1] - telegram.times[0]) <= 1000
    assert most_in_a_second(telegram.times) <= 1000


def test_the_more_go_out_in_a_second_the_more_are_under_way() -> None:
    assert Pacer().at_once(paid=False) == 16
    assert Pacer(per_second=1).at_once(paid=False) == 2
    pacer = Pacer(paid_per_second=1000)
    assert pacer.at_once(paid=True) == 200
    assert pacer.at_once(paid=False) == 16
    played(calls(pacer, Telegram(), range(1, 101)))
    assert 140 < pacer.at_once(paid=True) < 160  # as the answers took less than was thought


@pytest.mark.parametrize(("paid", "connections"), [(False, CONNECTIONS), (True, MANY_CONNECTIONS)])
def test_a_slow_telegram_gets_no_more_calls_at_once_than_there_are_connections_for(
    paid: bool, connections: int
) -> None:
    pacer = Pacer(paid_per_second=1000 if paid else 0)
    played(calls(pacer, Telegram(latency=8.0), range(1, 201)))
    assert connections / 2 < pacer.at_once(paid=paid) < connections


def test_there_is_room_for_what_goes_out_in_the_next_moment_and_a_chat_that_waits_takes_none() -> (
    None
):
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> tuple[int, int, int]:
        empty = pacer.room(paid=False)
        first = [asyncio.create_task(call(pacer, telegram, 1, Lane.URGENT)) for _ in range(2)]
        await asyncio.sleep(0.5)  # the second one waits for its chat
        aside = pacer.room(paid=False)
        more = [asyncio.create_task(call(pacer, telegram, c, Lane.URGENT)) for c in range(2, 12)]
        await asyncio.sleep(0)
        full = pacer.room(paid=False)
        await asyncio.gather(*first, *more)
        return empty, aside, full

    empty, aside, full = played(scene())
    assert empty == aside == 4  # a tenth of thirty, and one
    assert full < 0


def test_no_second_holds_more_calls_than_it_may_though_the_process_was_busy() -> None:
    pacer, telegram = Pacer(per_second=10), Telegram()

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuickLoop)
        loop.call_later(0.3, loop.pass_by, 0.6)
        loop.call_later(1.5, loop.pass_by, 0.05)
        await calls(pacer, telegram, range(1, 36))

    played(scene())
    assert most_in_a_second(telegram.times) <= 10


def test_a_message_counts_from_when_it_leaves_and_not_from_its_turn() -> None:
    pacer, telegram = Pacer(), Telegram(connecting=[0.4] * 16)
    played(broadcast(pacer, telegram, range(1, 121)))
    assert len(telegram.times) == 120
    assert most_in_a_second(sorted(telegram.times)) <= 30


def test_what_a_busy_process_held_up_does_not_go_out_in_a_bunch() -> None:
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuickLoop)
        for second in (2, 5, 8):
            loop.call_later(second, loop.pass_by, 0.1)
        await broadcast(pacer, telegram, range(1, 1201))

    played(scene())
    assert min(b - a for a, b in pairwise(telegram.times)) >= SPREAD / 30 - SOONER - EPSILON
    assert 1199 / (telegram.times[-1] - telegram.times[0]) >= 29.7


def test_a_call_given_up_between_its_turn_and_its_leaving_holds_nobody_up() -> None:
    pacer, telegram = Pacer(per_second=1), Telegram()

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, QuickLoop)
        await call(pacer, telegram, 1)
        task = asyncio.create_task(call(pacer, telegram, 2))
        await asyncio.sleep(0)
        loop.call_later(1, task.cancel)
        loop.pass_by(2)  # its turn has come, and it is given up before it has looked
        await asyncio.wait({task})
        async with asyncio.timeout(3):
            await call(pacer, telegram, 3)

    played(scene())
    assert telegram.chats == [1, 3]


def test_a_bot_that_begins_lets_a_second_pass_before_its_first_alert_and_answers_at_once() -> None:
    """A killed one may have used up that second, and nobody knows."""
    pacer, telegram = Pacer(), Telegram()

    async def scene() -> tuple[float, float]:
        began = now()
        await pacer.initialize()
        await call(pacer, telegram, 7)
        answered = telegram.times[0] - began
        with pytest.raises(NotYet) as caught:
            await call(pacer, telegram, 8, Lane.URGENT)
        assert caught.value.everybody
        assert caught.value.seconds == pytest.approx(pacer.closed_for())
        await broadcast(pacer, telegram, range(8, 11))
        return answered, telegram.times[1] - began

    answered, told = played(scene())
    assert answered == 0
    assert told == pytest.approx(WINDOW)
