"""The only place where things are put together and taken apart."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from bot import garbage
from bot.clock import utc_now
from bot.connecting import Polling, application_for, greet, start_polling, token_refused
from bot.delivery.calls import ANSWER_SECONDS, LEASE
from bot.delivery.fanout import FanOut
from bot.delivery.notices import Notifier
from bot.delivery.sender import Sender, TokenRefused
from bot.describing import describe
from bot.ending import (
    Ending,
    drain,
    end_describing,
    end_menus,
    end_polling,
    end_replies,
    end_schedule,
    take_leave,
)
from bot.feeds.config import feeds_of
from bot.feeds.running import Feeds, plans_of
from bot.glance import Glancer
from bot.health import Parts
from bot.holding import Releaser
from bot.menus import Menus
from bot.policy_file import policy_of
from bot.publishing.folder import Publisher
from bot.rehearsal import rehearse
from bot.schedule import Watcher, scheduler_for
from bot.web import watched
from handlers.context import Services
from handlers.register import register
from storage import migrate, policies
from storage.engine import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from telegram.ext import Application, ExtBot

    from bot.settings import Settings
    from storage.engine import Database
    from storage.model.policy import Policy

    Bot = Application[ExtBot[str], Any, Any, Any, Any, Any]

log = structlog.get_logger(__name__)

PUBLISH_SECONDS = 10


@dataclass(frozen=True)
class Running:
    """The bot while it runs; `sending` ends by itself only when something is wrong.

    `refused` is set when Telegram does not take the token any more where updates are asked for;
    `watched_at` is the URL of what watches over it, if that was asked for.
    """

    database: Database
    username: str
    watcher: Watcher
    sender: Sender
    sending: asyncio.Task[None]
    refused: asyncio.Event
    watched_at: str | None = None

    def wake(self) -> None:
        """Reports were written by this process: check and send without waiting."""
        self.watcher.wake()
        self.sender.wake()


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    lease_for: timedelta = LEASE,
    patience: float = ANSWER_SECONDS,
) -> AsyncIterator[Running]:
    """The whole bot, from opening the database to taking everything down in the right order.

    `clock` tells the time in the world that is reported on (UTC); what Telegram needs runs by the
    real one. Telegram has `patience` seconds to answer a call; a lease must be longer. Raises
    DatabaseTrouble or SettingsError with what to do about it.
    """
    policy = policy_of(settings)
    parts = Parts(settings.check_seconds)
    feeds_file = feeds_of(settings)
    polling, ending = Polling(), Ending()
    async with AsyncExitStack() as stack:
        # First up and last down: it tells what is missing.
        address = await stack.enter_async_context(watched(settings.web, parts))
        database = await stack.enter_async_context(_opened(settings, parts))
        application = application_for(settings, polling, patience)
        # Before the first answer by it is given.
        await database.writing(policies.note, policy, clock())
        await stack.enter_async_context(_greeted(application, parts))
        bot, name = application.bot, application.bot.username
        sender = Sender(database, bot, utc_now, settings.zone, lease_for, name)
        parts.figures = sender.figures
        fan_out = FanOut(database, clock, sender.wake)
        watcher = _watcher(settings, policy, database, clock, (sender, fan_out))
        menus = Menus(database, bot, settings.owners)
        services = Services(
            database,
            clock,
            policy,
            settings.zone,
            settings.owners,
            rehearse=rehearse,
            recorded=watcher.wake,
            hold=settings.hold,
            feeds=plans_of(feeds_file),
            role_changed=menus.again,
        )
        await stack.enter_async_context(_answering(application, services, ending))
        await stack.enter_async_context(_introduced(menus, bot))
        sending = await stack.enter_async_context(_sending(sender, ending))
        await stack.enter_async_context(_addressing(fan_out))
        late_after = timedelta(hours=settings.late_hours)
        feeds = Feeds(database, feeds_file, clock, late_after, watcher.wake, services.place_index)
        notifier = Notifier(database, bot, utc_now, settings.zone, settings.owners, lease_for)
        jobs = _scheduled(settings, services, bot, watcher, feeds, notifier, ending)
        await stack.enter_async_context(jobs)
        parts.checking(watcher.checks)
        watcher.wake()
        await stack.enter_async_context(_asking_for_updates(application))
        log.info("the bot runs", username=name)
        stack.callback(ending.begin)
        yield Running(database, name, watcher, sender, sending, polling.refused, address)


# ------------------------------------------------- the parts: each up, and down when it is left


@asynccontextmanager
async def _opened(settings: Settings, parts: Parts) -> AsyncIterator[Database]:
    database = open_database(settings.database_url.get_secret_value())
    try:
        await asyncio.to_thread(migrate.upgrade, database)
        parts.glancer = Glancer(database, utc_now)
        yield database
    finally:
        await parts.close()
        database.close()


@asynccontextmanager
async def _greeted(application: Bot, parts: Parts) -> AsyncIterator[None]:
    # The leave is taken also where the greeting is cancelled half-way.
    try:
        await greet(application)
        parts.greeted = True
        yield
    finally:
        await take_leave(application)


def _watcher(
    settings: Settings,
    policy: Policy,
    database: Database,
    clock: Callable[[], datetime],
    found: tuple[Sender, FanOut],
) -> Watcher:
    def wake() -> None:
        for each in found:
            each.wake()

    fresh_for = timedelta(hours=settings.fresh_hours)
    return Watcher(
        database,
        clock,
        policy,
        wake,
        owners=settings.owners,
        fresh_until=lambda: utc_now() + fresh_for,
    )


@asynccontextmanager
async def _answering(application: Bot, services: Services, ending: Ending) -> AsyncIterator[None]:
    # Made now, so that the first question does not have to wait for it.
    await services.database.reading(services.place_index.current)
    register(application, services)
    await application.start()
    try:
        yield
    finally:
        await end_replies(application, ending)


@asynccontextmanager
async def _introduced(menus: Menus, bot: ExtBot[Any]) -> AsyncIterator[None]:
    setting, describing = asyncio.create_task(menus.run()), asyncio.create_task(describe(bot))
    try:
        yield
    finally:
        try:
            await end_describing(describing)
        finally:
            await end_menus(menus, setting)


@asynccontextmanager
async def _sending(sender: Sender, ending: Ending) -> AsyncIterator[asyncio.Task[None]]:
    sending = asyncio.create_task(sender.run())
    try:
        yield sending
    finally:
        try:
            await drain(sender, sending, ending)
        except TokenRefused:
            raise token_refused() from None


@asynccontextmanager
async def _addressing(fan_out: FanOut) -> AsyncIterator[None]:
    addressing = asyncio.create_task(fan_out.run())
    try:
        yield
    finally:
        fan_out.stop()
        await addressing


@asynccontextmanager
async def _scheduled(
    settings: Settings,
    services: Services,
    bot: ExtBot[str],
    watcher: Watcher,
    feeds: Feeds,
    notifier: Notifier,
    ending: Ending,
) -> AsyncIterator[None]:
    every = settings.check_seconds
    scheduler = scheduler_for(watcher, every)
    scheduler.add_job(notifier.send, "interval", seconds=every, id="notices")
    releaser = Releaser(services, bot)
    scheduler.add_job(releaser.look, "interval", seconds=every, id="holds")
    await feeds.schedule(scheduler)
    if settings.cap_folder is not None:
        publisher = Publisher(services.database, settings.cap_folder, bot.username)
        scheduler.add_job(publisher.publish, "interval", seconds=PUBLISH_SECONDS, id="cap")
    scheduler.start()
    try:
        yield
    finally:
        await end_schedule(scheduler, (feeds, releaser, watcher, notifier), ending)


@asynccontextmanager
async def _asking_for_updates(application: Bot) -> AsyncIterator[None]:
    updater = application.updater
    if updater is None:
        raise RuntimeError("the bot was built without an updater")
    # It is ended also where it is cancelled half-way.
    try:
        await start_polling(updater)
        yield
    finally:
        await end_polling(updater)


# ------------------------------------------------------------------------------ as a process


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; what is under way is finished first.

    While it still starts, perhaps trying to reach Telegram, it is broken off instead. Raises
    SettingsError when Telegram does not accept the token, or not any more.
    """
    asked, started = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    whole = asyncio.create_task(_run_until(asked, settings, started))
    asking = asyncio.create_task(asked.wait())
    await asyncio.wait({whole, asking}, return_when=asyncio.FIRST_COMPLETED)
    asking.cancel()
    if not whole.done() and not started.is_set():
        log.info("the bot stops before it has started")
        whole.cancel()
        await asyncio.wait({whole})
        if whole.cancelled():
            return
    await whole


async def _run_until(asked: asyncio.Event, settings: Settings, started: asyncio.Event) -> None:
    async with running(settings) as bot:
        started.set()
        garbage.disturb_less()
        waits = {asyncio.create_task(event.wait()) for event in (asked, bot.refused)}
        await asyncio.wait({*waits, bot.sending}, return_when=asyncio.FIRST_COMPLETED)
        for waiting in waits:
            waiting.cancel()
        log.info("the bot stops")
        if bot.refused.is_set():
            raise token_refused()
