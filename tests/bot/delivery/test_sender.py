"""Alerts on their way to Telegram, and what becomes of them when it refuses, hangs or fails."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.clock import utc_now
from bot.delivery.pacing import Pacer
from bot.delivery.sender import Sender, TokenRefused
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.watch import check
from storage import events, outbox, subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.tables import alerts, deliveries
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from bot.sandbox.people import Person
    from storage.engine import Database
    from storage.outbox import Counts

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
WORLD = story(what_if=True)
WRITTEN = datetime(2014, 6, 24, tzinfo=UTC)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(TOKEN, now=lambda: WRITTEN)


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
    feed(db, 1)
    return db


def feed(db: Database, *steps: int) -> None:
    for step in steps:
        with db.begin() as conn:
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)


def subscribe(db: Database, *people: Person, place: str = "al-waleed") -> None:
    for person in people:
        person.says("/start")
        with db.begin() as conn:
            one = subscribers.ensure(conn, person.chat.id, is_group=False, now=WRITTEN)
            subscribers.subscribe(conn, one.id, place, WRITTEN)


def counts(db: Database) -> Counts:
    with db.connect() as conn:
        return outbox.counts(conn)


def states(db: Database) -> list[tuple[str, str]]:
    with db.connect() as conn:
        rows = conn.execute(
            sa.select(deliveries.c.state, deliveries.c.reason).order_by(deliveries.c.id)
        )
        return [(row.state, row.reason) for row in rows]


@asynccontextmanager
async def sending(
    db: Database, telegram: Telegram, *, patience: float = 5.0, token: str = TOKEN
) -> AsyncIterator[Sender]:
    """A sender that runs against the stand-in over HTTP, and is stopped in the end."""
    async with running(bot_api(telegram)) as url:
        bot = ExtBot(
            token,
            base_url=f"{url}/bot",
            request=HTTPXRequest(read_timeout=patience),
            rate_limiter=Pacer(),
        )
        await bot._request[1].initialize()  # noqa: SLF001 - without asking getMe
        sender = Sender(db, bot, utc_now, ZoneInfo("Asia/Baghdad"), timedelta(seconds=2))
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            sender.stop()
            await asyncio.wait({task})
            await bot._request[1].shutdown()  # noqa: SLF001 - as above
        task.result()


async def until(db: Database, sender: Sender, **expected: int) -> Counts:
    """Wait until the outbox counts what is expected; the sender is woken for every look."""
    async with asyncio.timeout(20):
        while True:
            found = await db.reading(outbox.counts)
            if all(getattr(found, name) == number for name, number in expected.items()):
                return found
            sender.wake()
            await asyncio.sleep(0.02)


async def test_an_alert_arrives_once_with_its_buttons_and_is_on_record(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=1)
    (message,) = ann.chat.from_bot
    assert "MILITANTS" in message.text
    assert found.pending == found.doubts == 0


async def test_more_evidence_edits_the_message_and_a_correction_replies_to_it(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2)
        feed(filled, 11)
        await until(filled, sender, sent=3)
        taken, disputed = ann.chat.from_bot
        assert "two officials at the crossing" in disputed.text
        feed(filled, 15)
        await until(filled, sender, sent=5)
    taken, disputed, correction = ann.chat.from_bot
    assert correction.text.startswith("↩️ CORRECTION")
    assert correction.reply_to is disputed
    assert "Withdrawn" in disputed.text
    assert "Withdrawn" not in taken.text


async def test_a_blocked_bot_tells_the_chat_nothing_more(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    ann.blocks()
    async with sending(filled, telegram) as sender:
        await until(filled, sender, closed=2, pending=0)
    with filled.connect() as conn:
        left = subscribers.find(conn, ann.chat.id)
    assert left is not None
    assert not left.active
    assert all("Forbidden" in reason for _, reason in states(filled))


async def test_what_telegram_will_never_take_is_a_dead_letter_with_its_reason(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    telegram.faults.refuse(400, "Bad Request: chat not found", method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, dead=1)
    assert states(filled) == [("dead", "BadRequest: Chat not found")]
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


async def test_a_group_that_became_a_supergroup_is_told_at_its_new_id(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Border desk", admins=[ann])
    with filled.begin() as conn:
        one = subscribers.ensure(conn, group.id, is_group=True, now=WRITTEN)
        subscribers.subscribe(conn, one.id, "al-waleed", WRITTEN)
    feed(filled, 7)
    new = ann.upgrades(group)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    assert "MILITANTS" in new.from_bot[-1].text
    with filled.connect() as conn:
        assert subscribers.find(conn, group.id) is None
        assert subscribers.is_subscribed(conn, new.id, "al-waleed")


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


async def test_an_edit_of_a_message_that_was_deleted_is_over(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
        ann.deletes(ann.chat.from_bot[0])
        feed(filled, 8)
        await until(filled, sender, closed=1)
    assert states(filled)[-1] == ("closed", "BadRequest: Message to edit not found")


async def test_an_edit_of_a_message_that_never_went_out_is_over(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 8)
    telegram.faults.refuse(400, "Bad Request: chat not found", method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, dead=1, closed=1)
    assert states(filled)[-1] == ("closed", "the message to edit was never sent")


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


async def test_what_was_leased_by_a_sender_that_died_is_sent_by_the_next(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:  # a sender takes it, and is never heard of again
        outbox.lease(conn, now=utc_now(), limit=10, lease_for=timedelta(seconds=1))
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1
    assert found.doubts == 1


async def test_alerts_keep_to_the_limits_of_a_chat(filled: Database, telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="anbar")
    feed(filled, 3, 4, 5, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=5)
    refused = [c for c in telegram.calls if c.outcome is not None and not c.outcome.ok]
    assert refused == []


async def test_a_correction_arrives_even_where_the_wrong_alert_was_deleted(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=2)
        ann.deletes(ann.chat.from_bot[-1])
        feed(filled, 15)
        await until(filled, sender, sent=3, closed=1)
    assert ann.chat.from_bot[-1].text.startswith("↩️ CORRECTION")


async def test_an_alert_that_cannot_be_put_into_words_is_a_dead_letter_and_blocks_nobody(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann)
    subscribe(filled, bob, place="rawa")
    feed(filled, 4, 7)
    with filled.begin() as conn:  # as a later version of the program might leave it
        conn.execute(sa.update(alerts).where(alerts.c.place_id == "al-waleed").values(body={}))
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1, dead=1)
    assert "MILITANTS" in bob.chat.from_bot[-1].text
    assert ("dead", "KeyError: 'after'") in states(filled)


async def test_while_the_database_is_away_it_waits_and_then_goes_on(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            async with asyncio.timeout(10):
                while not logged:  # noqa: ASYNC110 - until it has met the trouble
                    await asyncio.sleep(0.02)
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
            await until(filled, sender, sent=1)
    assert logged[0]["event"] == "the database cannot be used"
    assert len(ann.chat.from_bot) == 1


async def logs(logged: Sequence[Mapping[str, Any]], event: str) -> None:
    """Wait until this was logged."""
    async with asyncio.timeout(10):
        while not any(line["event"] == event for line in logged):  # noqa: ASYNC110 - the sender works, not this test
            await asyncio.sleep(0.02)


async def test_an_alert_that_the_database_cannot_tell_for_now_is_told_later(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:  # the outbox is there, but not what alerts are told with
        conn.exec_driver_sql("ALTER TABLE parties RENAME TO away")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await logs(logged, "a delivery waits")
            with filled.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE away RENAME TO parties")
            found = await until(filled, sender, sent=1)
    (waits,) = [line for line in logged if line["event"] == "a delivery waits"]
    assert waits["reason"].startswith("the database cannot be used: ")
    assert len(ann.chat.from_bot) == 1
    assert found.doubts == found.dead == 0


async def test_an_alert_that_cannot_even_be_put_back_comes_back_with_its_lease(
    filled: Database, telegram: Telegram
) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    subscribe(filled, ann, bob)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE parties RENAME TO away")
        # Bob's was tried once and is far off; while it is, no other can be put back as often.
        bobs = sa.select(sa.func.max(deliveries.c.id)).scalar_subquery()
        conn.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == bobs)
            .values(attempts=1, visible_at=utc_now() + timedelta(days=1))
        )
        conn.exec_driver_sql("CREATE UNIQUE INDEX once ON deliveries (attempts) WHERE NOT leased")
    with capture_logs() as logged:
        async with sending(filled, telegram) as sender:
            await logs(logged, "a delivery cannot be put back")
            with filled.begin() as conn:
                conn.exec_driver_sql("DROP INDEX once")
                conn.exec_driver_sql("ALTER TABLE away RENAME TO parties")
            found = await until(filled, sender, sent=1)
    assert len(ann.chat.from_bot) == 1
    assert found.dead == 0
