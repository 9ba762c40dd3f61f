"""Alerts on their way, when Telegram refuses, hangs or fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.delivery.sender import TokenRefused
from storage.tables import deliveries
from tests.bot.delivery.conftest import counts, feed, sending, states, subscribe, until

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
    async with sending(filled, telegram, patience=0.3) as sender:
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
    feed(filled, 7, 8, 10, 11)
    telegram.faults.refuse(500, "Internal Server Error", method="sendMessage", times=1)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=4)
    first, second = ann.chat.from_bot
    assert "now reported held by" in first.text
    assert "DISPUTED" in second.text


async def test_with_a_token_that_is_refused_it_stops_and_keeps_everything(
    filled: Database, telegram: Telegram
) -> None:
    subscribe(filled, telegram.person("Ann"))
    feed(filled, 7)
    with pytest.raises(TokenRefused) as caught:
        async with sending(filled, telegram, token="123456:another-token-than-the-right-one"):
            await asyncio.sleep(1)
    assert counts(filled).pending == 1
    assert "another-token" not in str(caught.value)
