"""Chats that unsubscribe while an alert is on its way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import outbox, subscribers
from storage.tables import deliveries
from storage.tables import subscribers as chats
from tests.bot.delivery.conftest import WRITTEN, feed, sending, states, subscribe, until, until_some
from tests.bot.delivery.test_late import let_deadlines_pass
from tests.bot.delivery.test_sender_stops import crowd
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from storage.engine import Database

UNSUBSCRIBED = ("closed", "unsubscribed before it was sent")


def unsubscribe(db: Database, person: Person, place: str = "al-waleed") -> None:
    with db.begin() as conn:
        one = subscribers.find(conn, person.chat.id)
        assert one is not None
        assert subscribers.unsubscribe(conn, one.id, place)


async def test_who_has_unsubscribed_meanwhile_is_not_told_and_the_delivery_says_why(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann, bob)
    feed(filled, 7)
    unsubscribe(filled, ann)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, closed=1, pending=0)
    assert (len(ann.chat.from_bot), len(bob.chat.from_bot)) == (0, 1)
    assert UNSUBSCRIBED in states(filled)
    with filled.connect() as conn:
        (broadcast,) = outbox.progress(conn, WRITTEN).broadcasts
    assert (broadcast.sent, broadcast.closed, broadcast.pending) == (1, 1, 0)


async def test_who_follows_the_place_by_an_area_still_is_told(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="anbar")
    feed(filled, 7)
    unsubscribe(filled, ann)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, pending=0)
    assert plain(ann.chat.from_bot[0]).startswith("⚫ Al Waleed crossing: now")
    assert UNSUBSCRIBED not in states(filled)


async def test_a_correction_of_what_a_chat_was_told_reaches_it_after_it_has_unsubscribed(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, closed=1, pending=0)
        unsubscribe(filled, ann)
        feed(filled, 15)
        await until(filled, sender, pending=0)
    told, correction = ann.chat.from_bot
    assert correction.text.startswith("↩️ CORRECTION")
    assert correction.reply_to is told


async def test_an_alert_about_an_area_is_not_told_who_unsubscribed_from_that_nor_its_places(
    filled: Database, telegram: Telegram
) -> None:
    desk, ann = telegram.person("Border desk"), telegram.person("Ann")
    feed(filled, 2, 3)
    for person in (desk, ann):
        subscribe(filled, person, place="iraq-syria-border")
    feed(filled, 7)
    unsubscribe(filled, desk, "iraq-syria-border")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, closed=1, pending=0)
    assert (len(desk.chat.from_bot), len(ann.chat.from_bot)) == (0, 1)
    assert UNSUBSCRIBED in states(filled)


async def test_what_comes_late_leaves_out_the_places_that_a_chat_follows_no_more(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    for place in ("rawa", "ana", "al-waleed"):
        subscribe(filled, ann, place=place)
    feed(filled, 4, 5, 7)
    let_deadlines_pass(filled)
    unsubscribe(filled, ann, "ana")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2, closed=1, pending=0)
    (message,) = ann.chat.from_bot
    text = plain(message)
    assert "Rawa" in text
    assert "Al Waleed" in text
    assert "Ana " not in text
    assert UNSUBSCRIBED in states(filled)


async def test_even_what_is_ready_to_go_out_is_not_sent_to_who_unsubscribes(
    filled: Database, telegram: Telegram
) -> None:
    people = {p.chat.id: p for p in crowd(filled, telegram, 60)}
    ready = (
        sa.select(chats.c.chat_id, chats.c.id)
        .join(deliveries)
        .where(deliveries.c.state == "pending", deliveries.c.leased)
        .where(deliveries.c.begun_by.is_(None))
        .with_for_update()
    )
    async with sending(filled, telegram) as sender:
        await until_some(filled, 5)
        with filled.begin() as conn:  # none of them can be begun meanwhile
            left = {row.chat_id: row.id for row in conn.execute(ready)}
            for subscriber_id in left.values():
                subscribers.unsubscribe(conn, subscriber_id, "al-waleed")
        found = await until(filled, sender, pending=0)
    assert left
    assert {len(people.pop(chat_id).chat.from_bot) for chat_id in left} == {0}
    assert [len(p.chat.from_bot) for p in people.values()] == [1] * len(people)
    assert (found.closed, found.doubts) == (len(left), 0)
