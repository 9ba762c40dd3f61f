"""The only place where things are put together and taken apart."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import Conflict, InvalidToken, NetworkError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot import garbage
from bot.clock import utc_now
from bot.delivery.calls import ANSWER_SECONDS, LEASE
from bot.delivery.fanout import FanOut
from bot.delivery.http import ManyRequest, limits, usual_request
from bot.delivery.notices import Notifier
from bot.delivery.outcome import backoff
from bot.delivery.pacing import Pacer
from bot.delivery.sender import Sender, TokenRefused
from bot.ending import (
    Ending,
    drain,
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
from bot.settings import SettingsError
from bot.web import watched
from handlers.context import Services, context_types
from handlers.register import register
from storage import migrate, policies
from storage.engine import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from telegram.error import TelegramError
    from telegram.ext import ExtBot, Updater
    from telegram.request import BaseRequest

    from bot.settings import Settings
    from storage.engine import Database

log = structlog.get_logger(__name__)

# Durations from the library as timedelta, as its next version gives them; else it warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

CONNECTIONS = 24
# For 1,000 messages a second that are answered within a quarter of one, twice over.
MANY_CONNECTIONS = 512
POLL_SECONDS = 25
REFUSED_PAUSE = 1.0
PUBLISH_SECONDS = 10
UPDATES_AT_ONCE = 16
# What Telegram answers when it does not know the token (any more); the library reads it so too.
REFUSED = (401, 404)
NO_UPDATES = b'{"ok":true,"result":[]}'
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "my_chat_member",
)


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


class _Polling(HTTPXRequest):
    """Asks for updates, and says so when the token is refused.

    The library would end its polling then, with a traceback, and nobody would know. To it this
    looks as if there were no updates, until the bot is stopped.
    """

    def __init__(self) -> None:
        super().__init__(
            read_timeout=POLL_SECONDS + ANSWER_SECONDS, httpx_kwargs={"limits": limits(2)}
        )
        self.refused = asyncio.Event()

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """The status and the body that Telegram answers; called by the library."""
        status, body = await super().do_request(*args, **kwargs)
        if status not in REFUSED:
            return status, body
        self.refused.set()
        # Or it would ask again without a pause.
        await asyncio.sleep(REFUSED_PAUSE)
        return 200, NO_UPDATES


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
    async with AsyncExitStack() as stack:
        # First up and last down: it tells what is missing.
        address = await stack.enter_async_context(watched(settings.web, parts))
        database = open_database(settings.database_url.get_secret_value())
        stack.callback(database.close)
        await asyncio.to_thread(migrate.upgrade, database)
        parts.glancer = Glancer(database, utc_now)
        stack.push_async_callback(parts.close)
        polling = _Polling()
        application = application_for(settings, polling, patience)
        # Before the first answer by it is given.
        await database.writing(policies.note, policy, clock())
        # Before the greeting and not after it: it may be cancelled half-way.
        stack.push_async_callback(take_leave, application)
        await _greet(application)
        parts.greeted = True
        name = application.bot.username
        sender = Sender(database, application.bot, utc_now, settings.zone, lease_for, name)
        parts.figures = sender.figures
        fan_out = FanOut(database, clock, sender.wake)

        def found() -> None:
            sender.wake()
            fan_out.wake()

        watcher = Watcher(
            database,
            clock,
            policy,
            found,
            owners=settings.owners,
            fresh_until=lambda: utc_now() + timedelta(hours=settings.fresh_hours),
        )
        menus = Menus(database, application.bot, settings.owners)
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
        # Made now, so that the first question does not have to wait for it.
        await database.reading(services.place_index.current)
        register(application, services)
        ending = Ending()
        await application.start()
        stack.push_async_callback(end_replies, application, ending)
        setting = asyncio.create_task(menus.run())
        stack.push_async_callback(end_menus, menus, setting)

        sending = asyncio.create_task(sender.run())
        stack.push_async_callback(_drain, sender, sending, ending)

        addressing = asyncio.create_task(fan_out.run())
        stack.push_async_callback(_end_fan_out, fan_out, addressing)
        notifier = Notifier(
            database, application.bot, utc_now, settings.zone, settings.owners, lease_for
        )
        scheduler = scheduler_for(watcher, settings.check_seconds)
        scheduler.add_job(notifier.send, "interval", seconds=settings.check_seconds, id="notices")
        releaser = Releaser(services, application.bot)
        scheduler.add_job(releaser.look, "interval", seconds=settings.check_seconds, id="holds")
        late_after = timedelta(hours=settings.late_hours)
        feeds = Feeds(database, feeds_file, clock, late_after, watcher.wake, services.place_index)
        await feeds.schedule(scheduler)
        _schedule_publishing(scheduler, database, settings.cap_folder, name)
        scheduler.start()
        parts.checking(watcher.checks)
        jobs = (feeds, releaser, watcher, notifier)
        stack.push_async_callback(end_schedule, scheduler, jobs, ending)
        watcher.wake()

        updater = application.updater
        if updater is None:
            raise RuntimeError("the bot was built without an updater")
        # As above.
        stack.push_async_callback(end_polling, updater)
        await _start_polling(updater)
        log.info("the bot runs", username=name)
        stack.callback(ending.begin)
        yield Running(database, name, watcher, sender, sending, polling.refused, address)


def _schedule_publishing(
    scheduler: AsyncIOScheduler, database: Database, folder: Path | None, name: str
) -> None:
    if folder is not None:
        publisher = Publisher(database, folder, name)
        scheduler.add_job(publisher.publish, "interval", seconds=PUBLISH_SECONDS, id="cap")


async def _start_polling(updater: Updater) -> None:
    try:
        await updater.start_polling(
            timeout=POLL_SECONDS,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=_polling_trouble,
        )
    except InvalidToken:
        raise _token_refused() from None


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
            raise _token_refused()


def application_for(
    settings: Settings, polling: _Polling | None = None, patience: float = ANSWER_SECONDS
) -> Application[ExtBot[str], Any, Any, Any, Any, Any]:
    """The library's application as it is run: its connections to Telegram, and the dispatcher.

    Raises SettingsError where there is no token.
    """
    token = settings.telegram_token
    if token is None:
        raise SettingsError(
            (
                "WHOHOLDS_TELEGRAM_TOKEN is not set: get a token from @BotFather in Telegram; "
                "to try the bot without one, run the sandbox",
            )
        )
    root = settings.telegram_api_url
    request: BaseRequest
    if settings.paid_per_second:
        request = ManyRequest(MANY_CONNECTIONS, patience)
    else:
        request = usual_request(CONNECTIONS, patience)
    return (
        Application.builder()
        .token(token.get_secret_value())
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .request(request)
        .get_updates_request(polling or _Polling())
        .rate_limiter(Pacer(settings.messages_per_second, paid_per_second=settings.paid_per_second))
        .concurrent_updates(UPDATES_AT_ONCE)
        .context_types(context_types())
        .build()
    )


async def _greet(application: Application[ExtBot[str], Any, Any, Any, Any, Any]) -> None:
    """Say hello to Telegram; keep trying while it cannot be reached."""
    tries = 0
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            # The library's own text holds the token.
            raise _token_refused() from None
        except NetworkError as error:
            tries += 1
            wait = backoff(tries).total_seconds()
            log.warning("Telegram cannot be reached", error=error.message, next_try_in=wait)
            await asyncio.sleep(wait)
        else:
            return


def _token_refused() -> SettingsError:
    return SettingsError(
        ("WHOHOLDS_TELEGRAM_TOKEN: Telegram does not accept it; ask @BotFather for a new one",)
    )


def _polling_trouble(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another program uses this bot's token: stop one of the two")
    else:
        log.warning("no updates from Telegram for now", error=error.message)


async def _drain(sender: Sender, sending: asyncio.Task[None], ending: Ending) -> None:
    try:
        await drain(sender, sending, ending)
    except TokenRefused:
        raise _token_refused() from None


async def _end_fan_out(fan_out: FanOut, addressing: asyncio.Task[None]) -> None:
    fan_out.stop()
    await addressing
