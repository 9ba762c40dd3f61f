"""Telegram's limits, kept whatever comes when."""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.windows import (
    CHAT_SPACING,
    GROUP_MESSAGES,
    GROUP_SECONDS,
    KEPT_SECONDS,
    QUIET_SECONDS,
    SPREAD,
    Budget,
    Chats,
)

EPSILON = 1e-6
GAPS = st.lists(st.floats(0, 0.5) | st.floats(0, 0.01) | st.floats(0, 30), max_size=150)


def most_in_a_window(times: list[float], seconds: float) -> int:
    """The most of these times, in order, that any window of so many seconds holds."""
    return max(
        (bisect_left(times, at + seconds - EPSILON) - n for n, at in enumerate(times)), default=0
    )


def sent_at_the_earliest(budget: Budget, wanted: list[float]) -> list[float]:
    """When messages go out that are wanted at these times."""
    times: list[float] = []
    for at in wanted:
        now = max(at, times[-1] if times else at)
        now = budget.due(now)
        budget.take(now)
        budget.leave(now)
        times.append(now)
    return times


@given(GAPS, st.integers(1, 40))
def test_no_second_holds_more_than_the_rate(gaps: list[float], rate: int) -> None:
    at, wanted = 0.0, []
    for gap in gaps:
        at += gap
        wanted.append(at)
    times = sent_at_the_earliest(Budget(rate), wanted)
    assert most_in_a_window(times, 1.0) <= rate


@given(st.lists(st.floats(0, 0.3), min_size=60, max_size=200), st.integers(1, 40))
def test_no_second_holds_more_though_the_process_wakes_up_late(
    late: list[float], rate: int
) -> None:
    budget, now, times = Budget(rate), 0.0, []
    for by in late:
        now = budget.due(now) + by
        budget.take(now)
        budget.leave(now)
        times.append(now)
    assert most_in_a_window(times, 1.0) <= rate


@given(
    st.lists(st.floats(0, 0.02) | st.floats(0, 4), min_size=60, max_size=200), st.integers(1, 40)
)
def test_no_second_holds_more_though_messages_take_long_to_leave(
    takes: list[float], rate: int
) -> None:
    budget, now = Budget(rate), 0.0
    leaving: list[float] = []
    times: list[float] = []

    def until(at: float) -> float:
        while leaving and leaving[0] <= at:
            times.append(heappop(leaving))
            budget.leave(times[-1])
        return at

    for seconds in takes:
        while (at := budget.due(now)) > now:
            now = until(min(at, leaving[0]) if leaving else at)
        budget.take(now)
        heappush(leaving, now + seconds)
    until(now + 10)
    assert len(times) == len(takes)
    assert most_in_a_window(times, 1.0) <= rate


@given(st.lists(st.integers(0, 3), min_size=80, max_size=300))
def test_no_second_holds_more_while_the_rate_goes_down_and_up(what: list[int]) -> None:
    budget, now, times, rates = Budget(30), 0.0, [], []
    for event in what:
        if event == 0:
            budget.refused(now, now + 2)
            now += 2
        elif event == 1:
            now += QUIET_SECONDS
            budget.recover(now)
        now = budget.due(now)
        budget.take(now)
        budget.leave(now)
        times.append(now)
        rates.append(int(budget.rate))
    assert most_in_a_window(times, 1.0) <= max(rates)


def test_messages_are_spread_from_the_first_one_on() -> None:
    times = sent_at_the_earliest(Budget(30), [100.0] * 61)
    assert {round(b - a, 6) for a, b in pairwise(times)} == {round(SPREAD / 30, 6)}


def test_nearly_all_of_the_rate_is_used_though_every_wake_up_is_a_little_late() -> None:
    budget, now = Budget(30), 0.0
    for n in range(3000):
        now = budget.due(now) + (0.001, 0.004, 0.0)[n % 3]
        budget.take(now)
        budget.leave(now)
    assert 3000 / now >= 29.7


def test_a_single_refusal_does_not_lower_the_rate_and_a_second_one_soon_after_does() -> None:
    budget = Budget(30)
    assert not budget.refused(0.0, 5.0)
    assert budget.rate == 30
    assert budget.refused(10.0, 15.0)
    assert budget.rate == 22.5


def test_refusals_far_apart_lower_nothing() -> None:
    budget = Budget(30)
    budget.refused(0.0, 5.0)
    assert not budget.refused(6.0 + QUIET_SECONDS, 70.0 + QUIET_SECONDS)
    assert budget.rate == 30


def test_the_rate_never_falls_below_one_a_second() -> None:
    budget = Budget(30)
    lowered = [budget.refused(float(n), n + 0.5) for n in range(40)]
    assert budget.rate == 1
    assert not lowered[-1]


def test_quiet_raises_the_rate_step_by_step_to_the_setting_and_no_further() -> None:
    budget = Budget(30)
    budget.refused(0.0, 1.0)
    budget.refused(2.0, 3.0)
    assert not budget.recover(3.0 + QUIET_SECONDS - 1)
    now, rates = 3.0, []
    for _ in range(5):
        now += QUIET_SECONDS
        budget.recover(now)
        rates.append(budget.rate)
    assert rates == [25.5, 28.5, 30, 30, 30]


def test_a_long_quiet_time_counts_in_full_though_nobody_looked_meanwhile() -> None:
    budget = Budget(30)
    budget.refused(0.0, 1.0)
    budget.refused(2.0, 3.0)
    assert budget.recover(3.0 + 2.5 * QUIET_SECONDS)
    assert budget.rate == 28.5
    assert not budget.recover(3.0 + 2.9 * QUIET_SECONDS)
    assert budget.recover(3.0 + 20 * QUIET_SECONDS)
    assert budget.rate == 30


@given(st.lists(st.tuples(st.sampled_from([7, -7, -8, "@news"]), st.floats(0, 3)), max_size=200))
def test_no_chat_gets_more_than_one_a_second_and_no_group_more_than_twenty_a_minute(
    wanted: list[tuple[int | str, float]],
) -> None:
    chats, now = Chats(), 0.0
    times: dict[int | str, list[float]] = {}
    for chat, gap in wanted:
        now += gap
        now = chats.due(chat, now)
        chats.take(chat, now)
        times.setdefault(chat, []).append(now)
    for chat, of_chat in times.items():
        assert most_in_a_window(of_chat, CHAT_SPACING) <= 1
        if chat != 7:
            assert most_in_a_window(of_chat, GROUP_SECONDS) <= GROUP_MESSAGES


def test_a_halted_chat_waits_and_another_one_does_not() -> None:
    chats = Chats()
    chats.halt(7, 50.0)
    chats.halt(7, 40.0)  # the longer one holds
    assert chats.due(7, 10.0) == 50.0
    assert chats.due(8, 10.0) == 10.0


def test_chats_that_fell_silent_are_forgotten_and_halted_ones_are_not() -> None:
    chats = Chats()
    chats.take(7, 0.0)
    chats.halt(8, 10_000.0)
    chats.take(9, KEPT_SECONDS + 1)
    assert len(chats) == 2
    assert chats.due(8, KEPT_SECONDS + 1) == 10_000.0


@pytest.mark.parametrize(("since", "number"), [(0.0, 3), (1.5, 1), (9.0, 0)])
def test_it_is_known_how_much_a_chat_was_sent_lately(since: float, number: int) -> None:
    chats = Chats()
    for at in (0.0, 1.0, 2.0):
        chats.take(7, at)
    assert chats.sent_since(7, since) == number
    assert chats.sent_since(8, since) == 0
