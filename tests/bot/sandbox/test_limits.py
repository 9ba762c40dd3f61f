"""How much may be sent, and what happens beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.limits import Limits

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api, Clock


def test_thirty_a_second_in_all() -> None:
    limits = Limits()
    assert [limits.admit(0.0, chat=chat, group=False) for chat in range(30)] == [None] * 30
    assert limits.admit(0.5, chat=99, group=False) == 1
    assert limits.admit(1.0, chat=99, group=False) is None


def test_one_a_second_in_a_chat_after_a_short_burst() -> None:
    limits = Limits(chat_burst=3)
    assert [limits.admit(0.0, chat=1, group=False) for _ in range(4)] == [None, None, None, 1]
    assert limits.admit(0.0, chat=2, group=False) is None
    assert [limits.admit(1.0, chat=1, group=False) for _ in range(2)] == [None, 1]


def test_a_slower_chat_waits_longer() -> None:
    limits = Limits(chat_per_second=0.25, chat_burst=1)
    assert [limits.admit(0.0, chat=1, group=False) for _ in range(2)] == [None, 4]


def test_twenty_a_minute_in_a_group() -> None:
    limits = Limits()
    times = [float(second) for second in range(20)]
    assert [limits.admit(at, chat=-1, group=True) for at in times] == [None] * 20
    assert limits.admit(20.0, chat=-1, group=True) == 40
    assert limits.admit(60.0, chat=-1, group=True) is None


def test_edits_count_for_the_token_only() -> None:
    limits = Limits()
    assert [limits.admit(0.0, chat=None, group=True) for _ in range(31)] == [None] * 30 + [1]


def test_what_was_refused_does_not_count() -> None:
    limits = Limits(chat_burst=1)
    answers = [limits.admit(at / 10, chat=1, group=False) for at in range(11)]
    assert answers == [None, *[1] * 9, None]


async def test_too_much_earns_a_429(
    api: Api, telegram: Telegram, ann: Person, clock: Clock
) -> None:
    for _ in range(3):
        await api.result("sendMessage", chat_id=ann.id, text="x")
    answer = await api("sendMessage", chat_id=ann.id, text="x")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clock.pass_by(1)
    await api.result("sendMessage", chat_id=ann.id, text="x")
    assert [call.outcome and call.outcome.code for call in telegram.calls_of("SendMessage")] == [
        *(200, 200, 200),
        *(429, 200),
    ]


@pytest.mark.parametrize("paid", [True, False])
async def test_the_limits_can_be_off(api: Api, telegram: Telegram, ann: Person, paid: bool) -> None:
    telegram.paid_broadcast = paid
    telegram.limits = telegram.limits if paid else None
    extra = {"allow_paid_broadcast": True} if paid else {}
    for number in range(40):
        await api.result("sendMessage", chat_id=ann.id, text=f"{number}", **extra)
    assert len(ann.chat.from_bot) == 40
