"""Turns between the chats of a lane."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.lanes import Queue

ITEMS = st.lists(st.tuples(st.integers(1, 5), st.integers()), max_size=60)


def now(chat: int) -> float:
    """A chat that always has room."""
    return 0.0


def filled(items: list[tuple[int, int]]) -> Queue[int, int]:
    queue: Queue[int, int] = Queue()
    for chat, item in items:
        queue.add(chat, item)
    return queue


def taken(queue: Queue[int, int]) -> list[tuple[int, int]]:
    found = []
    while queue and (one := queue.take(0.0, now)):
        found.append(one)
    return found


@given(ITEMS)
def test_everything_has_its_turn_and_a_chats_order_is_kept(items: list[tuple[int, int]]) -> None:
    queue = filled(items)
    assert len(queue) == len(items)
    found = taken(queue)
    assert len(queue) == 0
    for chat in range(1, 6):
        assert [i for c, i in found if c == chat] == [i for c, i in items if c == chat]


@given(ITEMS)
def test_no_chat_has_two_turns_while_another_one_waits_for_its_first(
    items: list[tuple[int, int]],
) -> None:
    had: Counter[int] = Counter()
    left = Counter(chat for chat, _ in items)
    for chat, _ in taken(filled(items)):
        assert all(had[chat] <= had[other] for other in left if left[other])
        had[chat] += 1
        left[chat] -= 1


@given(ITEMS, st.lists(st.tuples(st.integers(1, 5), st.floats(0, 9)), max_size=60))
def test_a_chat_without_room_holds_nobody_up_and_is_not_forgotten(
    items: list[tuple[int, int]], rests: list[tuple[int, float]]
) -> None:
    queue, room, at = filled(items), dict.fromkeys(range(1, 6), 0.0), 0.0
    found: list[tuple[int, int]] = []
    for chat, rest in [*rests, *((1, 0.0) for _ in range(300))]:
        room[chat] = max(room[chat], at + rest)
        one = queue.take(at, lambda c: room[c])
        if one:
            assert room[one[0]] <= at
            found.append(one)
            continue
        if (next_at := queue.next_at()) is None:
            break
        assert next_at > at
        at = next_at
    assert sorted(found) == sorted(items)


def test_what_had_its_turn_already_goes_before_all_others() -> None:
    queue = filled([(1, 10), (2, 20), (1, 11)])
    assert queue.take(0.0, now) == (1, 10)
    queue.add(1, 10, front=True)
    assert taken(queue) == [(1, 10), (2, 20), (1, 11)]


def test_what_is_not_wanted_any_more_has_no_turn() -> None:
    queue = filled([(1, 10), (2, 20), (1, 11)])
    assert queue.remove(1, 10)
    assert not queue.remove(1, 10)
    assert not queue.remove(3, 30)
    assert queue.remove(2, 20)
    assert taken(queue) == [(1, 11)]


def test_a_chat_that_stood_aside_and_waits_for_nothing_more_is_not_waited_for() -> None:
    queue = filled([(1, 10), (2, 20)])
    room = {1: 5.0, 2: 9.0}
    assert queue.take(0.0, room.__getitem__) is None
    assert queue.next_at() == 5.0
    queue.remove(1, 10)
    assert queue.next_at() == 9.0
    assert queue.take(5.0, room.__getitem__) is None


def test_when_limits_are_lifted_who_stood_aside_has_a_turn_at_once() -> None:
    queue = filled([(1, 10), (2, 20)])
    assert queue.take(0.0, {1: 5.0, 2: 9.0}.__getitem__) is None
    queue.remove(2, 20)
    queue.look_again()
    assert taken(queue) == [(1, 10)]


def test_all_can_be_taken_back_at_once() -> None:
    queue = filled([(1, 10), (2, 20), (1, 11)])
    assert sorted(queue.drain()) == [10, 11, 20]
    assert len(queue) == 0
    assert queue.take(0.0, now) is None
