"""What "too many requests" means: everybody waits, unless it is the chat's own limit."""

from __future__ import annotations

import pytest

from bot.delivery.figures import Scope
from bot.delivery.limits import PROBE_AFTER, Limits, Window

FREE, PAID, NONE = Window.FREE, Window.PAID, Window.NONE


def send(limits: Limits, chat: int, now: float, window: Window = FREE) -> None:
    """A call that goes out now, though there may be no room."""
    limits.take(chat, window, now)


@pytest.fixture
def limits() -> Limits:
    return Limits(30)


def test_a_refusal_without_a_reason_of_the_chats_halts_everybody(limits: Limits) -> None:
    send(limits, 7, 0.0)
    assert limits.refused(7, FREE, 5, 0.1) == (Scope.TOKEN, False)
    for window in (FREE, NONE):
        assert limits.window_due(window, 0.2) == 5.1
    assert limits.window_due(FREE, 5.2) == 5.2


def test_the_longest_of_several_refusals_counts(limits: Limits) -> None:
    limits.refused(7, FREE, 5, 0.0)
    limits.refused(8, FREE, 3, 0.1)
    assert limits.window_due(FREE, 0.2) == 5.0
    limits.refused(9, FREE, 8, 0.2)
    assert limits.window_due(FREE, 0.3) == 8.2


def test_of_refusals_that_come_together_one_alone_is_counted_against_the_rate(
    limits: Limits,
) -> None:
    assert [limits.refused(chat, FREE, 5, 0.1 * chat)[1] for chat in range(1, 9)] == [False] * 8
    assert limits.free.rate == 30
    assert limits.refused(9, FREE, 5, 6.0) == (Scope.TOKEN, True)
    assert limits.free.rate == 22.5


def test_a_group_that_had_nearly_its_share_of_the_minute_waits_alone(limits: Limits) -> None:
    for n in range(15):
        send(limits, -7, 3.0 * n)
    assert limits.refused(-7, FREE, 40, 43.0) == (Scope.CHAT, False)
    assert limits.window_due(FREE, 43.0) == 43.0
    assert limits.chat_due(8, 43.0) == 43.0
    assert limits.chat_due(-7, 43.0) == 83.0
    assert limits.free.rate == 30


def test_a_person_sent_one_message_after_the_other_waits_alone(limits: Limits) -> None:
    for n in range(7):
        send(limits, 7, 1.0 * n)
    assert limits.refused(7, FREE, 9, 6.1)[0] is Scope.CHAT


def test_a_second_chat_that_is_refused_without_a_reason_of_its_own_halts_everybody(
    limits: Limits,
) -> None:
    for n in range(15):
        send(limits, -7, 3.0 * n)
    assert limits.refused(-7, FREE, 40, 43.0)[0] is Scope.CHAT
    assert limits.refused(8, FREE, 20, 43.5)[0] is Scope.TOKEN
    assert limits.window_due(FREE, 43.6) == 43.5 + PROBE_AFTER


def test_a_long_halt_is_tried_once_with_another_chat_and_ends_when_that_is_answered(
    limits: Limits,
) -> None:
    limits.refused(7, FREE, 300, 0.0)
    assert limits.window_due(FREE, 1.0) == PROBE_AFTER
    assert limits.chat_due(7, PROBE_AFTER) == 300
    assert limits.chat_due(8, PROBE_AFTER) == PROBE_AFTER
    send(limits, 8, PROBE_AFTER)
    assert limits.window_due(FREE, PROBE_AFTER + 1) == 300  # it alone
    assert limits.answered(8, PROBE_AFTER + 1)
    assert limits.chat_due(9, PROBE_AFTER + 1) == PROBE_AFTER + 1
    assert limits.chat_due(7, PROBE_AFTER + 1) == 300


def test_answers_to_calls_that_were_under_way_before_end_no_halt(limits: Limits) -> None:
    send(limits, 8, 0.0)
    limits.refused(7, FREE, 300, 0.1)
    assert not limits.answered(8, 0.2)
    assert limits.window_due(FREE, 0.3) == 0.1 + PROBE_AFTER


def test_when_the_other_chat_is_refused_too_nothing_more_is_tried(limits: Limits) -> None:
    limits.refused(7, FREE, 300, 0.0)
    send(limits, 8, PROBE_AFTER)
    assert limits.refused(8, FREE, 400, PROBE_AFTER + 1)[0] is Scope.TOKEN
    assert not limits.answered(8, PROBE_AFTER + 1)
    limits.unanswered(8, PROBE_AFTER + 1)
    assert limits.window_due(FREE, 200.0) == 411


def test_a_try_that_nobody_answers_is_followed_by_another_one_later(limits: Limits) -> None:
    limits.refused(7, FREE, 300, 0.0)
    send(limits, 8, PROBE_AFTER)
    limits.unanswered(8, 20.0)
    assert limits.window_due(FREE, 21.0) == 20.0 + PROBE_AFTER


def test_what_is_no_message_is_not_used_to_try(limits: Limits) -> None:
    limits.refused(7, FREE, 300, 0.0)
    assert limits.chat_due(None, PROBE_AFTER + 1) == 300


def test_a_refused_call_to_no_chat_halts_everybody(limits: Limits) -> None:
    assert limits.refused(None, NONE, 5, 0.0) == (Scope.TOKEN, False)
    assert limits.window_due(FREE, 1.0) == 5.0


def test_paid_broadcasts_have_a_budget_of_their_own() -> None:
    limits = Limits(30, 1000)
    now = 0.0
    for chat in range(1, 31):
        now = limits.window_due(FREE, now)
        send(limits, chat, now)
    assert limits.window_due(FREE, now) > now
    assert limits.window_due(PAID, now) == now
    send(limits, 99, now, PAID)
    assert limits.window_due(PAID, now) - now < 0.002


def test_without_paid_broadcasts_all_count_for_the_same_budget() -> None:
    limits = Limits(30)
    assert limits.budget(PAID) is limits.budget(FREE)
    assert limits.budget(NONE) is None
    assert len(list(limits.budgets())) == 1
    assert len(list(Limits(30, 1000).budgets())) == 2
