"""Notices on their way to the bot's owners."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from telegram.ext import ExtBot

from bot.clock import utc_now
from bot.delivery.http import usual_request
from bot.delivery.notices import Notifier
from bot.delivery.pacing import Pacer
from bot.sandbox.api import bot_api
from bot.sandbox.serve import running
from storage import notices, subscribers
from storage.model.holds import HoldEnd, HoldEnded
from storage.model.outages import Suspicion
from storage.model.progress import DeadLetters
from storage.model.silence import Silence
from storage.tables import deliveries
from storage.tables import notices as table
from tests.bot.delivery.conftest import TOKEN, feed, subscribe

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from storage.engine import Database

SINCE = datetime(2014, 6, 23, 9, 0, tzinfo=UTC)
SUSPICION = Suspicion("agency", "iraq", SINCE, SINCE + timedelta(days=7), 30, 40)


@asynccontextmanager
async def notifying(db: Database, telegram: Telegram) -> AsyncIterator[Notifier]:
    async with running(bot_api(telegram)) as url:
        request = usual_request(connections=16, read_timeout=5)
        bot = ExtBot(TOKEN, base_url=f"{url}/bot", request=request, rate_limiter=Pacer())
        await request.initialize()
        yield Notifier(db, bot, utc_now, ZoneInfo("Asia/Baghdad"))
        await request.shutdown()


def tell(db: Database, *owners: int) -> None:
    with db.begin() as conn:
        notices.tell_of_suspicion(conn, SUSPICION, owners, SINCE)


def states(db: Database) -> list[tuple[str, int]]:
    with db.connect() as conn:
        rows = conn.execute(sa.select(table.c.state, table.c.attempts).order_by(table.c.id))
        return [(row.state, row.attempts) for row in rows]


async def test_every_owner_is_sent_a_notice_once_in_the_zone_they_chose(
    filled: Database, telegram: Telegram
) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    for person in (ann, ben):
        person.says("/start")
    with filled.begin() as conn:
        chat = subscribers.ensure(conn, ben.chat.id, is_group=False, now=SINCE)
        subscribers.set_zone(conn, chat.id, "UTC")
    tell(filled, ann.chat.id, ben.chat.id)
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
        await notifier.send()
        await notifier.finish()
    (for_ann,), (for_ben,) = ann.chat.from_bot, ben.chat.from_bot
    assert "an outage is suspected" in for_ann.text
    assert "12:00 (Baghdad time)" in for_ann.text
    assert "09:00 (UTC)" in for_ben.text
    assert states(filled) == [("sent", 1), ("sent", 1)]


async def test_that_a_source_is_silent_and_back_reaches_an_owner(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    day = timedelta(days=1)
    begun = Silence("agency", SINCE, 1.5 * day, SINCE + 5 * day)
    ended = Silence("agency", SINCE, 1.5 * day, SINCE + 5 * day, SINCE + 7 * day)
    with filled.begin() as conn:
        notices.tell_of_silence(conn, begun, [ann.chat.id], begun.found_at)
        notices.tell_of_silence(conn, ended, [ann.chat.id], SINCE + 7 * day)
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
    silent, back = ann.chat.from_bot
    assert "a news agency" in silent.text
    assert "SILENT" in silent.text
    assert "Mon 23 Jun 12:00 (Baghdad time). As a rule (median) something does every 36 hours" in (
        silent.text
    )
    assert "its reports come in again" in back.text
    assert states(filled) == [("sent", 1), ("sent", 1)]


async def test_an_owner_who_never_wrote_to_the_bot_is_named_by_the_doctor(
    filled: Database, telegram: Telegram
) -> None:
    tell(filled, 4711)
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
    assert states(filled) == [("dead", 1)]
    with filled.connect() as conn:
        assert list(notices.unsent(conn)) == [4711]


async def test_a_notice_that_does_not_get_through_waits_for_another_turn(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    tell(filled, ann.chat.id)
    telegram.faults.refuse(502, "Bad Gateway", method="sendMessage")
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
        assert states(filled) == [("pending", 1)]
        notifier.clock = lambda: utc_now() + timedelta(minutes=10)
        await notifier.send()
    assert states(filled) == [("sent", 2)]
    assert len(ann.chat.from_bot) == 1


ENDED = HoldEnded(HoldEnd.LET_GO, "Ann", "editor-1", "Al Waleed", "Ben")


async def test_what_became_of_a_report_is_told_in_the_chat_that_a_group_has_moved_to(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Desk", admins=[ann])
    with filled.begin() as conn:
        notices.tell_of_hold(conn, ENDED, [group.id], SINCE)
    new = ann.upgrades(group)
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
        await notifier.send()
    [told] = new.from_bot
    assert "let it go: on record" in told.text
    assert states(filled) == [("sent", 2)]


async def test_an_editor_who_does_not_want_to_be_told_is_no_problem_of_the_owners(
    filled: Database, telegram: Telegram
) -> None:
    with filled.begin() as conn:
        notices.tell_of_hold(conn, ENDED, [4711], SINCE)
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
    assert states(filled) == [("dead", 1)]
    with filled.connect() as conn:
        assert notices.unsent(conn) == {}


@pytest.mark.parametrize(
    "broken", [{"body": {}}, {"source_id": None}, {"kind": "of a later version"}]
)
async def test_a_notice_that_cannot_be_told_is_set_aside_and_the_others_go_out(
    filled: Database, telegram: Telegram, broken: dict[str, object]
) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    for person in (ann, ben):
        person.says("/start")
    tell(filled, ann.chat.id, ben.chat.id)
    first = sa.select(sa.func.min(table.c.id)).scalar_subquery()
    with filled.begin() as conn:  # as a later version of the program might leave it
        conn.execute(sa.update(table).where(table.c.id == first).values(**broken))
    async with notifying(filled, telegram) as notifier:
        await notifier.send()
    assert states(filled) == [("dead", 1), ("sent", 1)]
    assert (len(ann.chat.from_bot), len(ben.chat.from_bot)) == (0, 1)
    with filled.connect() as conn:
        (why,) = notices.unsent(conn).values()
    assert why.startswith("a notice cannot be put into words: ")


async def test_a_notice_of_dead_letters_that_cannot_be_read_does_not_hold_up_what_comes_after(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    with filled.begin() as conn:
        notices.tell_of_dead_letters(conn, DeadLetters("no", 1), SINCE, [ann.chat.id], SINCE)
        conn.execute(sa.update(table).values(body={}))
    tell(filled, ann.chat.id)
    subscribe(filled, ann)
    feed(filled, 7)
    with filled.begin() as conn:
        conn.execute(sa.update(deliveries).values(state="dead", reason="too long"))
    async with notifying(filled, telegram) as notifier:
        notifier.owners = frozenset({ann.chat.id})
        await notifier.send()
    assert states(filled) == [("dead", 1), ("sent", 1), ("sent", 1)]
