"""Alerts on their way, when Telegram refuses, hangs or fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from telegram.ext import ExtBot

from bot.delivery.figures import Scope
from bot.delivery.outcome import Step
from bot.delivery.pacing import AT_ONCE, Pacer
from bot.delivery.sender import TokenRefused
from bot.sandbox.api import bot_api
from bot.sandbox.serve import running
from storage import subscribers
from storage.tables import deliveries
from tests.bot.delivery.conftest import (
    TOKEN,
    counts,
    feed,
    sending,
    states,
    subscribe,
    until,
    until_some,
)

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from storage.engine import Database


async def test_what_was_leased_often_without_being_tried_does_not_wait_longer_for_it(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.execute(sa.update(deliveries).values(attempts=9))
    telegram.faults.refuse(502, "Bad Gateway")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1


async def test_what_telegram_will_never_take_is_a_dead_letter_with_its_reason(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.refuse(400, "Bad Request: BUTTON_DATA_INVALID", method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, dead=1)
    assert states(filled) == [("dead", "BadRequest: Button_data_invalid")]
    assert ann.chat.from_bot == []


async def test_markup_that_telegram_refuses_goes_out_as_plain_text(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.refuse(400, "Bad Request: can't parse entities: no", method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    (message,) = ann.chat.from_bot
    assert "<b>" not in message.text
    assert "MILITANTS" in message.text


@pytest.mark.slow
async def test_too_many_requests_lose_nothing_and_double_nothing(
    filled: Database, telegram: Telegram
) -> None:
    people = [telegram.person(f"Person {n}") for n in range(20)]
    subscribe(filled, *people)
    feed(filled, 7)
    telegram.faults.too_many_requests(1, method="sendMessage", times=3)
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=20)
    assert [len(p.chat.from_bot) for p in people] == [1] * 20
    assert found.doubts == 0


async def test_a_server_that_fails_now_and_then_loses_nothing(
    filled: Database, telegram: Telegram
) -> None:
    people = [telegram.person(f"Person {n}") for n in range(10)]
    subscribe(filled, *people)
    feed(filled, 7)
    telegram.faults.refuse(502, "Bad Gateway", method="sendMessage", times=4)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=10)
    assert [len(p.chat.from_bot) for p in people] == [1] * 10


@pytest.mark.parametrize("processed", [True, False])
async def test_a_call_without_an_answer_is_tried_again_and_counted_as_in_doubt(
    filled: Database, telegram: Telegram, *, processed: bool
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.hang(processed=processed, method="sendMessage")
    async with sending(filled, telegram, patience=2) as sender:
        found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == (2 if processed else 1)
    assert found.doubts == 1


async def test_a_connection_that_is_cut_is_in_doubt_too(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.cut(processed=True, method="sendMessage")
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=1)
    assert found.doubts == 1


@pytest.mark.slow
async def test_a_chats_alerts_keep_their_order_through_failures(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="rawa")
    feed(filled, 4, 7, 8)
    telegram.faults.refuse(500, "Internal Server Error", method="sendMessage", times=1)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=3)
    first, second = ann.chat.from_bot
    assert "Rawa" in first.text
    assert "Al Waleed" in second.text


async def test_with_a_token_that_is_refused_it_stops_and_keeps_everything(
    filled: Database, telegram: Telegram
) -> None:
    subscribe(filled, telegram.person("Ann"))
    feed(filled, 7)

    async def sent_with_another_token() -> None:
        other = "123456:another-token-than-the-right-one"
        async with sending(filled, telegram, token=other) as sender, asyncio.timeout(20):
            while not sender.figures.failed[Step.STOP]:  # noqa: ASYNC110 - until it is refused
                await asyncio.sleep(0.01)

    with pytest.raises(TokenRefused) as caught:
        await sent_with_another_token()
    assert counts(filled).pending == 1
    assert "another-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "description"),
    [
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: PEER_ID_INVALID"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
    ],
)
async def test_a_chat_that_is_gone_waits_for_nothing_more_and_keeps_its_settings(
    filled: Database, telegram: Telegram, code: int, description: str
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    telegram.faults.refuse(code, description, method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, closed=2, pending=0)
    assert (sender.figures.left, sender.figures.failed[Step.LEFT]) == (1, 1)
    with filled.connect() as conn:
        left = subscribers.find(conn, ann.chat.id)
        assert left is not None
        assert not left.active
        assert subscribers.is_subscribed(conn, ann.chat.id, "al-waleed")


async def test_a_group_where_the_bot_may_not_write_misses_an_alert_and_hears_the_next(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.refuse(400, "Bad Request: CHAT_WRITE_FORBIDDEN", method="sendMessage")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await until(filled, sender, dead=1)
            feed(filled, 10)
            await until(filled, sender, dead=1, sent=1)
    assert "DISPUTED" in ann.chat.from_bot[0].text
    assert sender.figures.dead == 1
    (told,) = [line for line in logged if line["event"] == "Telegram will not take an alert"]
    assert "Chat_write_forbidden" in told["reason"]


async def test_a_message_whose_reply_is_refused_goes_out_without_it(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
        feed(filled, 10)
        await until(filled, sender, sent=2)
        telegram.faults.refuse(
            400, "Bad Request: message to be replied not found", method="sendMessage"
        )
        feed(filled, 15)
        await until(filled, sender, sent=4)
    correction = ann.chat.from_bot[-1]
    assert correction.text.startswith("↩️ CORRECTION")
    assert correction.reply_to is None


@pytest.mark.slow
async def test_a_halt_in_the_middle_is_kept_and_what_waited_goes_out_in_its_old_order(
    filled: Database, telegram: Telegram
) -> None:
    people = [telegram.person(f"Person {n}") for n in range(60)]
    assert telegram.limits is not None
    telegram.limits.per_second = 40  # on a busy machine calls arrive in clusters
    subscribe(filled, *people)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until_some(filled, 20)
        telegram.faults.too_many_requests(2, method="sendMessage")
        found = await until(filled, sender, sent=60)
    assert [len(p.chat.from_bot) for p in people] == [1] * 60
    assert found.doubts == 0
    assert sender.figures.too_many == {Scope.TOKEN: 1, Scope.CHAT: 0}
    assert sender.figures.failed[Step.WAIT] == 1
    assert sender.figures.put_back > 0
    refused = next(n for n, c in enumerate(telegram.calls) if c.outcome and not c.outcome.ok)
    again = [int(c.params["chat_id"]) for c in telegram.calls[refused + 1 :]]
    chat = int(telegram.calls[refused].params["chat_id"])
    # Chats are numbered in the order in which their messages were due. Calls that are under way at
    # the same time may overtake each other.
    assert again.index(chat) < sum(other < chat for other in again) + AT_ONCE
    assert [c.outcome.code for c in telegram.calls if c.outcome and not c.outcome.ok] == [429]


async def test_updates_are_asked_for_while_everybody_is_halted(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    pacer = Pacer()
    async with running(bot_api(telegram)) as url:
        bot = ExtBot(TOKEN, base_url=f"{url}/bot", rate_limiter=pacer)
        await bot._request[0].initialize()  # noqa: SLF001 - without asking getMe
        await bot._request[1].initialize()  # noqa: SLF001 - as above
        telegram.faults.too_many_requests(600, method="getMe")
        asking = asyncio.create_task(bot.get_me())
        async with asyncio.timeout(5):
            while not pacer.figures.too_many[Scope.TOKEN]:  # noqa: ASYNC110 - until it is refused
                await asyncio.sleep(0.01)
            (update,) = await bot.get_updates(timeout=0)
        assert update.message is not None
        assert pacer.closed_for() > 5
        asking.cancel()
        await asyncio.wait({asking})
        await bot._request[0].shutdown()  # noqa: SLF001 - as above
        await bot._request[1].shutdown()  # noqa: SLF001 - as above
