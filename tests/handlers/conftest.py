"""The whole bot in the test's own loop, against the strict stand-in for Telegram."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from telegram.ext import Application, ExtBot
from telegram.request import HTTPXRequest

from bot import watch
from bot.connecting import ALLOWED_UPDATES
from bot.delivery.notices import Notifier
from bot.delivery.pacing import Pacer
from bot.menus import Menus
from bot.rehearsal import rehearse
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import InProcess
from handlers.context import Services, context_types
from handlers.register import register
from storage import alerts, events, places, roles, sources, tables
from storage.engine import open_database, sqlite_url
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.roles import Actor
from tests.builders import story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.sandbox.chats import Chat
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from storage.engine import Database
    from storage.model.alerts import Alert
    from storage.model.reports import Report
    from tests.builders import World

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
BAGHDAD = ZoneInfo("Asia/Baghdad")


@dataclass
class Clock:
    """The clock of the world and of the bot; it moves when told to."""

    at: datetime = datetime(2014, 6, 23, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> Iterator[Database]:
    path = Path(shutil.copy(migrated_file, tmp_path / "whoholds.db"))
    opened = open_database(sqlite_url(path))
    yield opened
    opened.close()


@pytest.fixture
def telegram(clock: Clock) -> Telegram:
    return Telegram(TOKEN, now=clock.now, limits=None)


@dataclass
class Record:
    """What is on record, and the ways in which a test adds to it."""

    database: Database
    clock: Clock
    world: World

    def told(self, *reports: Report) -> None:
        """Reports arrive one after the other, and the check sees each."""
        for report in reports:
            with self.database.begin() as conn:
                events.append(conn, [report], now=self.clock.at, alert=True)
                watch.check(conn, now=self.clock.at, policy=DEFAULT_POLICY)
            self.clock.at += timedelta(minutes=1)

    def up_to(self, number: int) -> None:
        """Everything up to and including this number of the story's reports."""
        self.told(*(r for r in self.world.reports if int(r.id.split("-")[1]) <= number))

    def adds_place(
        self, place_id: str, name: str, kind: str, countries: tuple[str, ...] = ("IQ",)
    ) -> None:
        """One more place, in no area."""
        with self.database.begin() as conn:
            places.upsert_places(conn, [Place(place_id, name, kind, countries)])

    def has_road(self) -> None:
        """The places on the Euphrates are on a road."""
        with self.database.begin() as conn:
            places.upsert_places(conn, [Place("euphrates-road", "Euphrates road", "corridor")])
            places.put_in_order(conn, "euphrates-road", ["al-qaim", "rawa", "ana"])

    def forgets_places(self) -> None:
        """No place is known any more."""
        with self.database.begin() as conn:
            for table in (tables.aliases, tables.areas, tables.places):
                conn.execute(sa.delete(table))

    def alerts(self) -> list[Alert]:
        """Every alert on record, oldest first, as it is to be told now."""
        with self.database.connect() as conn:
            ids = conn.scalars(sa.select(tables.alerts.c.id).order_by(tables.alerts.c.id))
            return [alerts.load(conn, alert_id) for alert_id in list(ids)]


@pytest.fixture
def record(database: Database, clock: Clock) -> Record:
    """The story's places, parties and sources, but no report yet."""
    world = story(what_if=True)
    with database.begin() as conn:
        places.upsert_places(conn, world.places.values())
        sources.upsert_parties(conn, world.parties.values())
        sources.upsert_sources(conn, world.sources.values(), datetime(2014, 6, 1, tzinfo=UTC))
    return Record(database, clock, world)


def services_for(record: Record, *owners: Person) -> Services:
    """What the handlers need, for a bot that these people own; the check is up to the test."""
    return Services(
        record.database,
        record.clock.now,
        DEFAULT_POLICY,
        BAGHDAD,
        frozenset(person.id for person in owners),
        rehearse=rehearse,
        recorded=lambda: None,
    )


@asynccontextmanager
async def bot_running(
    telegram: Telegram, services: Services, *, at_once: int = 1
) -> AsyncIterator[Application]:  # type: ignore[type-arg] # six arguments that say nothing here
    """The bot as `bot.app` puts it together, without the schedule and the outbox.

    It takes its updates one by one unless so many `at_once`.
    """

    def request() -> HTTPXRequest:
        return HTTPXRequest(httpx_kwargs={"transport": InProcess(bot_api(telegram))})

    application = (
        Application.builder()
        .token(TOKEN)
        .base_url("http://127.0.0.1/bot")
        .request(request())
        .get_updates_request(request())
        .context_types(context_types())
        .concurrent_updates(at_once)
        .build()
    )
    register(application, services)
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(
            timeout=5,
            allowed_updates=ALLOWED_UPDATES,
        )
        try:
            yield application
        finally:
            await application.updater.stop()
            await application.stop()


async def notified(telegram: Telegram, record: Record) -> None:
    """The notices that are due go out, as from the schedule of the bot or of the next one."""
    request = HTTPXRequest(httpx_kwargs={"transport": InProcess(bot_api(telegram))})
    async with request:
        base = "http://127.0.0.1/bot"
        sending = ExtBot(TOKEN, base_url=base, request=request, rate_limiter=Pacer())
        await Notifier(record.database, sending, record.clock.now, BAGHDAD).send()


async def menus_set(telegram: Telegram, record: Record, *owners: Person) -> None:
    """The menus are set that are not as they should be, as in the background of the bot."""
    request = HTTPXRequest(httpx_kwargs={"transport": InProcess(bot_api(telegram))})
    async with request:
        setting = ExtBot(TOKEN, base_url="http://127.0.0.1/bot", request=request)
        await Menus(record.database, setting, frozenset(o.id for o in owners)).look()


@pytest.fixture
async def bot(telegram: Telegram, record: Record) -> AsyncIterator[Application]:  # type: ignore[type-arg] # as above
    """The bot, running, and knowing what is on record."""
    async with bot_running(telegram, services_for(record)) as application:
        yield application


@pytest.fixture
def ann(telegram: Telegram) -> Person:
    return telegram.person("Ann")


@dataclass
class Talk:
    """A conversation of one person with the bot in their private chat."""

    person: Person

    async def says(self, text: str) -> str:
        """What the bot answers, without the marks that isolate names."""
        return plain(await self.asks(text))

    async def asks(self, text: str) -> Message:
        """The message that the bot answers with."""
        asked = self.person.says(text)
        return await self.person.chat.wait_for(lambda _: True, after=asked)

    async def presses(self, label: str, *, on: Message | None = None) -> str:
        """What the bot answers to a button."""
        return plain(await self.asks_after(label, on=on))

    async def asks_after(self, label: str, *, on: Message | None = None) -> Message:
        """The message that the bot answers a button with."""
        last = self.person.chat.last
        await self.person.answer_to(self.person.presses(label, on=on))
        return await self.person.chat.wait_for(lambda _: True, after=last)


def made_editor(record: Record, person: Person, owner: Person) -> Talk:
    """A conversation of somebody whom an owner has made an editor."""
    secret, boss = f"for {person.id}", Actor(owner.id, owner.user.first_name)
    with record.database.begin() as conn:
        roles.invite(conn, secret, boss, record.clock.at)
        somebody = Actor(person.id, person.user.first_name)
        roles.accept(conn, secret, somebody, [owner.id], record.clock.at)
    return Talk(person)


async def upgraded(group: Chat, admin: Person) -> Chat:
    """The supergroup that an admin makes of a group, once the bot has taken notice of it."""
    new = admin.upgrades(group)
    asked = admin.says("/start@WhoHoldsBot", in_=new)
    await new.wait_for(lambda _: True, after=asked)
    return new


@pytest.fixture
def talk(bot: Application, ann: Person) -> Talk:  # type: ignore[type-arg] # as above
    return Talk(ann)


@pytest.fixture
async def owner(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Talk]:
    """A conversation of the bot's owner with it."""
    async with bot_running(telegram, services_for(record, ann)):
        yield Talk(ann)


def plain(message: Message) -> str:
    """A message's text without the marks that isolate names."""
    return without_marks(message.text)


def without_marks(text: str) -> str:
    return text.replace("\u2068", "").replace("\u2069", "")
