"""The menus of commands in Telegram are set in the background, whatever Telegram says to it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
import structlog
from telegram.error import RetryAfter
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.delivery.lanes import Lane
from bot.delivery.pacing import NotYet, Pacer
from bot.ending import end_menus
from bot.menus import Menus
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import InProcess
from storage import roles
from storage.model.roles import Actor
from storage.tables import menus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.people import Person
    from storage.engine import Database

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)


@pytest.fixture
def telegram() -> Telegram:
    return Telegram(TOKEN, now=lambda: NOW)


@pytest.fixture
def ann(telegram: Telegram) -> Person:
    return telegram.person("Ann")


@pytest.fixture
def bob(telegram: Telegram) -> Person:
    return telegram.person("Bob")


@asynccontextmanager
async def setting(db: Database, telegram: Telegram, *owners: int) -> AsyncIterator[Menus]:
    """A process that sets menus; it is told to stop in the end."""
    request = HTTPXRequest(httpx_kwargs={"transport": InProcess(bot_api(telegram))})
    async with request:
        base = "http://127.0.0.1/bot"
        bot = ExtBot(TOKEN, base_url=base, request=request, rate_limiter=Pacer())
        made = Menus(db, bot, frozenset(owners))
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            await end_menus(made, task)
            assert task.done()


def shown(telegram: Telegram, person: Person) -> set[str]:
    return {name for name, _ in telegram.menus.for_chat(person.chat, "en", admin=False)}


async def until(telegram: Telegram, person: Person, *names: str, without: str = "-") -> None:
    """The menu of a person shows these commands, and not another one."""

    def as_wanted() -> bool:
        found = shown(telegram, person)
        return set(names) <= found and without not in found

    await telegram.signal.until(as_wanted, 20)


def is_editor(db: Database, person: Person, owner: Person) -> None:
    with db.begin() as conn:
        roles.invite(conn, "secret", Actor(owner.id, "Ann"), NOW)
        roles.accept(conn, "secret", Actor(person.id, "Bob"), [owner.id], NOW)


def dismiss(db: Database, person: Person) -> None:
    with db.begin() as conn:
        roles.dismiss(conn, person.id, Actor(1, "Ann"), NOW)


def kept(db: Database) -> list[int]:
    with db.connect() as conn:
        return sorted(conn.scalars(sa.select(menus.c.user_id)))


async def test_everybody_editors_and_owners_have_their_menus(
    db: Database, telegram: Telegram, ann: Person, bob: Person
) -> None:
    is_editor(db, bob, ann)
    async with setting(db, telegram, ann.id):
        await until(telegram, ann, "status", "report", "invite")
        await until(telegram, bob, "status", "report", without="invite")
    assert "report" not in shown(telegram, telegram.person("Cleo"))
    assert "status" in shown(telegram, telegram.person("Cleo"))


async def test_a_menu_changes_with_the_role(
    db: Database, telegram: Telegram, ann: Person, bob: Person
) -> None:
    async with setting(db, telegram, ann.id) as made:
        await until(telegram, bob, "status", without="report")
        is_editor(db, bob, ann)
        made.again(bob.id)
        await until(telegram, bob, "report")
        dismiss(db, bob)
        made.again(bob.id)
        await until(telegram, bob, "status", without="report")
    assert kept(db) == [ann.id]


async def test_a_menu_of_a_role_that_is_gone_goes_with_the_next_start(
    db: Database, telegram: Telegram, ann: Person, bob: Person
) -> None:
    is_editor(db, bob, ann)
    async with setting(db, telegram, ann.id):
        await until(telegram, ann, "invite")
        await until(telegram, bob, "report")
    # The process died before it could take the menu away, and the settings name nobody any more.
    dismiss(db, bob)
    async with setting(db, telegram):
        await until(telegram, bob, "status", without="report")
        await until(telegram, ann, "status", without="invite")
    assert kept(db) == []


@pytest.mark.parametrize("trouble", ["asks to wait", "in trouble"])
async def test_what_could_not_be_set_is_set_later_and_said_without_the_token(
    db: Database, telegram: Telegram, ann: Person, trouble: str
) -> None:
    if trouble == "asks to wait":
        telegram.faults.too_many_requests(1, method="setMyCommands")
    else:
        telegram.faults.refuse(500, "Internal Server Error", method="setMyCommands")
    with structlog.testing.capture_logs() as logged:
        async with setting(db, telegram, ann.id):
            await until(telegram, ann, "invite")
    [said] = logged
    assert said["event"] == "menus cannot be set for now"
    assert TOKEN not in str(said)
    assert "status" in shown(telegram, telegram.person("Cleo"))


async def test_that_the_database_is_in_trouble_is_said_and_tried_again(
    db: Database, telegram: Telegram, ann: Person
) -> None:
    with db.begin() as conn:
        conn.exec_driver_sql("ALTER TABLE menus RENAME TO menus_away")
    with structlog.testing.capture_logs() as logged:
        async with setting(db, telegram, ann.id):
            async with asyncio.timeout(20):
                while not logged:  # noqa: ASYNC110 - nothing else tells that it was tried
                    await asyncio.sleep(0.01)
            with db.begin() as conn:
                conn.exec_driver_sql("ALTER TABLE menus_away RENAME TO menus")
            await until(telegram, ann, "invite")
    assert logged[0]["event"] == "menus cannot be set"


async def test_who_never_wrote_to_the_bot_has_the_menu_when_they_do(
    db: Database, telegram: Telegram, ann: Person
) -> None:
    refused = "Bad Request: chat not found"
    telegram.faults.refuse(400, refused, method="setMyCommands", times=2)
    async with setting(db, telegram, ann.id) as made:
        await made.look()
        await made.look()
        assert shown(telegram, ann) == set()
        made.again(ann.id)
        await until(telegram, ann, "invite")


async def test_how_often_menus_may_be_set_halts_nothing_else(
    db: Database, telegram: Telegram, ann: Person
) -> None:
    ann.says("/start")
    telegram.faults.too_many_requests(3600, method="setMyCommands", times=2)
    async with setting(db, telegram, ann.id) as made:
        with pytest.raises(RetryAfter):
            await made.look()
        async with asyncio.timeout(10):
            await made.bot.send_message(ann.chat.id, "at once")
    assert ann.chat.last.text == "at once"
    assert shown(telegram, ann) == set()


@pytest.mark.parametrize("seconds", [3600, 2])
async def test_menus_wait_while_telegram_halts_everybody(
    db: Database, telegram: Telegram, ann: Person, seconds: int
) -> None:
    async with setting(db, telegram) as made:
        await until(telegram, ann, "status")
        telegram.faults.too_many_requests(seconds, method="answerInlineQuery")
        with pytest.raises(RetryAfter):
            await made.bot.answer_inline_query("1", [], rate_limit_args=Lane.URGENT.value)
        is_editor(db, ann, ann)
        if seconds == 3600:
            # Nobody wakes the other one that looks: of two at once, one leaves it to the other.
            with pytest.raises(NotYet):
                await made.look()
            assert "report" not in shown(telegram, ann)
        else:
            made.again(ann.id)
            await until(telegram, ann, "report")


async def test_a_call_that_hangs_does_not_hold_up_the_end_and_the_next_start_goes_on(
    db: Database, telegram: Telegram, ann: Person
) -> None:
    telegram.faults.hang(processed=False, method="setMyCommands")
    async with setting(db, telegram, ann.id):
        await telegram.faults.until_hung(timeout=20)
    telegram.faults.release()
    async with setting(db, telegram, ann.id):
        await until(telegram, ann, "invite")
