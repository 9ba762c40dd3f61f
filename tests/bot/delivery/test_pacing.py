"""Calls keep within Telegram's limits and their lanes, whoever makes them."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.app import CONNECTIONS, MANY_CONNECTIONS
from bot.delivery.figures import Scope
from bot.delivery.lanes import Lane
from bot.delivery.limits import PROBE_AFTER, Window
from bot.delivery.pacing import (
    ALERT_PATIENCE,
    CHAT_PATIENCE,
    REPLY_TRIES,
    UNNAMED_WAIT,
    NotYet,
    Pacer,
    window_of,
)
from bot.delivery.windows import QUIET_SECONDS
from tests.bot.delivery.quick_loop import QuickLoop, played

EPSILON = 1e-6
LATENCY = 0.07


class Telegram:
    """Stands where the request goes out: keeps when each call was made, and may refuse some."""

    def __init__(self, *errors: TelegramError, latency: float = LATENCY) -> None:
        self.latency = latency
        self.calls: list[tuple[float, Any]] = []
        self.errors = list(errors)

    async def __call__(self, chat: Any) -> bool:
        self.calls.append((now(), chat))
        error = self.errors.pop(0) if self.errors else None
        await asyncio.sleep(self.latency)
        if error:
            raise error
        return True

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.calls]

    @property
    def chats(self) -> list[Any]:
        return [chat for _, chat in self.calls]


def now() -> float:
    return asyncio.get_running_loop().time()


async def call(
    pacer: Pacer,
    telegram: Telegram,
    chat: int | None,
    lane: Lane = Lane.REPLY,
    *,
    to: str = "sendMessage",
    paid: bool = False,
) -> Any:
    data: dict[str, Any] = {} if chat is None else {"chat_id": chat}
    if paid:
        data["allow_paid_broadcast"] = True
    return await pacer.process_request(
        telegram, (chat,), {}, to, data, None if lane is Lane.REPLY else lane.value
    )


async def calls(
    pacer: Pacer, telegram: Telegram, chats: range, lane: Lane = Lane.REPLY
) -> list[Any]:
    return await asyncio.gather(
        *(call(pacer, telegram, c, lane) for c in chats), return_exceptions=True
    )


async def broadcast(pacer: Pacer, telegram: Telegram, chats: range, *, paid: bool = False) -> None:
    """Alerts as a sender sends them: so many at once as the dispatcher says, until all are out."""
    left = iter(chats)

    async def work() -> None:
        for chat in left:
            while True:
                try:
                    await call(pacer, telegram, chat, Lane.URGENT, paid=paid)
                    break
                except NotYet as wait:
                    await asyncio.sleep(wait.seconds)
                except RetryAfter:
                    await asyncio.sleep(pacer.closed_for())

    await asyncio.gather(*(work() for _ in range(pacer.at_once(paid=paid))))


def most_in_a_second(times: list[float]) -> int:
    return max(bisect_left(times, at + 1 - EPSILON) - n for n, at in enumerate(times))


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
        assert pacer.figures.rate == pacer.rate() == 22.5
        for chat in range(8, 12):
            await asyncio.sleep(QUIET_SECONDS)
            await call(pacer, telegram, chat)

    with capture_logs() as logged:
        played(scene())
    assert pacer.figures.rate == 30
    assert (pacer.figures.slowed, pacer.figures.quickened) == (1, 3)
    told = [line["per_second"] for line in logged if "per_second" in line]
    assert told == [22.5, 25.5, 28.5, 30]


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


def test_calls_that_send_nothing_wait_while_everybody_is_halted() -> None:
    pacer, telegram = Pacer(), Telegram(RetryAfter(timedelta(seconds=5)))

    async def scene() -> float:
        with pytest.raises(RetryAfter):
            await call(pacer, telegram, 7, Lane.URGENT)
        asked = now()
        await call(pacer, telegram, None, to="answerCallbackQuery")
        return now() - asked

    assert played(scene()) == pytest.approx(5 + LATENCY)


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
