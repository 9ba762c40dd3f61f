"""Alerts that could not go out in time: what the chat reads when it can be reached again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clock import utc_now
from storage import addressing, dead_letters, outbox, subscribers
from storage.tables import alerts, deliveries
from tests.bot.delivery.conftest import WRITTEN, feed, sending, states, subscribe, until
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from storage.engine import Database

LONG_AGO = datetime(2014, 6, 1, tzinfo=UTC)


def let_deadlines_pass(db: Database) -> None:
    with db.begin() as conn:
        addressing.set_deadline(conn, list(conn.scalars(sa.select(alerts.c.id))), LONG_AGO)


async def test_where_nothing_was_left_out_an_alert_reads_as_ever(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    feed(filled, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2)
    text = plain(ann.chat.from_bot[-1])
    assert text.startswith("🟠 Al Waleed crossing: now DISPUTED")
    assert "Before: ⚫ militants" in text
    assert "Meanwhile" not in text  # nothing was left out


async def test_an_older_alert_makes_way_and_the_newer_one_says_what_was_left_out(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, closed=1)
    text = plain(ann.chat.from_bot[-1])
    assert text.startswith("🟠 Al Waleed crossing: now DISPUTED")
    assert "Before: 🔵 the government of Iraq" in text
    assert "Meanwhile: 1 change not sent, see /history." in text
    assert states(filled)[0][1].startswith("superseded by alert")


async def test_what_is_again_as_it_was_told_is_not_sent(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    feed(filled, 10)
    feed(filled, 15)  # what was said in step 10 is taken back
    async with sending(filled, telegram) as sender:
        await until(filled, sender, pending=0)
    assert len(ann.chat.from_bot) == 1
    assert {reason for state, reason in states(filled) if state == "closed"} == {
        "withdrawn before it was sent",
        "nothing to tell any more",
    }


async def test_what_is_late_comes_as_one_message_for_all_places(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="rawa")
    subscribe(filled, ann, place="ana")
    feed(filled, 4, 5, 7)
    let_deadlines_pass(filled)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=3, pending=0)
    (message,) = ann.chat.from_bot
    first, *rest = plain(message).split("\n")
    assert first == "🔄 3 places changed while I could not reach you"
    assert [line.split(" – ")[0] for line in rest[:3]] == ["⚫ Rawa", "⚫ Ana", "⚫ Al Waleed"]
    assert {reason for _, reason in states(filled)} >= {"", "told in a catch-up"}


async def test_what_was_told_in_a_catch_up_is_corrected_and_not_edited(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="rawa")
    feed(filled, 4, 7, 10)
    let_deadlines_pass(filled)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2, pending=0)
        feed(filled, 15)
        await until(filled, sender, sent=3, pending=0)
    list_of_places, correction = ann.chat.from_bot
    assert plain(correction).startswith("↩️ CORRECTION: Al Waleed crossing")
    assert correction.reply_to is list_of_places
    assert "Withdrawn" not in list_of_places.text


async def test_a_chat_that_comes_back_is_told_what_became_of_its_places(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann)
    subscribe(filled, ann, place="rawa")
    subscribe(filled, bob, place="ana")
    ann.blocks()
    with filled.begin() as conn:
        for chat in (ann, bob):
            subscribers.deactivate(conn, chat.chat.id)
    feed(filled, 4, 7)
    with filled.connect() as conn:
        assert outbox.progress(conn, WRITTEN).pending == 0
    ann.unblocks()
    with filled.begin() as conn:
        for chat in (ann, bob):
            subscribers.ensure(conn, chat.chat.id, is_group=False, now=WRITTEN)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2, pending=0)
    assert "2 places changed" in ann.chat.from_bot[-1].text
    assert bob.chat.from_bot == []


async def test_a_dead_letter_that_is_tried_again_tells_what_holds_by_then(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.refuse(400, "Bad Request: message is too long", method="sendMessage", times=1)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, dead=1)
        feed(filled, 10)
        await until(filled, sender, sent=1)
        with filled.begin() as conn:
            assert dead_letters.retry_all(conn, utc_now()) == 1
        await until(filled, sender, dead=0, pending=0)
    assert len(ann.chat.from_bot) == 1
    assert "DISPUTED" in ann.chat.from_bot[-1].text


async def test_an_area_alert_that_holds_no_more_is_told_place_by_place(
    filled: Database, telegram: Telegram
) -> None:
    desk = telegram.person("Border desk")
    feed(filled, 2, 3)
    subscribe(filled, desk, place="iraq-syria-border")
    feed(filled, 7)
    let_deadlines_pass(filled)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, pending=0)
    (message,) = desk.chat.from_bot
    assert plain(message).startswith("⚫ Al Waleed crossing: militants")
    assert "This changed while I could not reach you." in message.text
    with filled.connect() as conn:
        (reason,) = conn.scalars(
            sa.select(deliveries.c.reason).where(deliveries.c.state == "closed")
        )
    assert reason == "past its deadline: told place by place"


def test_fresh_alerts_have_a_deadline_and_leases_know_it(filled: Database) -> None:
    with filled.begin() as conn:
        one = subscribers.ensure(conn, 5, is_group=False, now=WRITTEN)
        subscribers.subscribe(conn, one.id, "al-waleed", WRITTEN)
    feed(filled, 7)
    let_deadlines_pass(filled)
    with filled.begin() as conn:
        (leased,) = outbox.lease(conn, now=utc_now(), limit=5, lease_for=timedelta(minutes=1))
    assert leased.deadline == LONG_AGO
