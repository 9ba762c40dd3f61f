"""The only place where things are put together and taken apart."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import structlog
from telegram.error import Conflict, InvalidToken, NetworkError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.clock import utc_now
from bot.delivery.outcome import backoff
from bot.delivery.pacing import Pacer
from bot.delivery.sender import LEASE, Sender, TokenRefused
from bot.schedule import Watcher, scheduler_for
from bot.settings import SettingsError
from handlers.context import Services, context_types
from handlers.register import menu, register
from storage import migrate
from storage.engine import open_database
from storage.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime, timedelta

    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from telegram.error import TelegramError
    from telegram.ext import ExtBot

    from bot.settings import Settings
    from storage.engine import Database

log = structlog.get_logger(__name__)

# Durations from the library as timedelta, as its next version gives them; else it warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# httpx closes idle connections after 5 s by default, and would reconnect for every other message.
KEEP_ALIVE_SECONDS = 60
CONNECTIONS = 24
CALL_SECONDS = 8.0
POLL_SECONDS = 25
DRAIN_SECONDS = 10
UPDATES_AT_ONCE = 16
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


@dataclass(frozen=True)
class Running:
    """The bot while it runs; `sending` ends by itself only when something is wrong."""

    database: Database
    username: str
    watcher: Watcher
    sender: Sender
    sending: asyncio.Task[None]

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
) -> AsyncIterator[Running]:
    """The whole bot, from opening the database to taking everything down in the right order.

    `clock` tells the time in the world that is reported on (UTC); what Telegram needs runs by the
    real one. Raises DatabaseTrouble or SettingsError with what to do about it.
    """
    async with AsyncExitStack() as stack:
        database = open_database(settings.database_url.get_secret_value())
        stack.callback(database.close)
        await asyncio.to_thread(migrate.upgrade, database)
        application = _application(settings)
        register(application, Services(database, clock, DEFAULT_POLICY, settings.zone))
        await _greet(application)
        stack.push_async_callback(application.shutdown)
        await application.start()
        stack.push_async_callback(application.stop)

        sender = Sender(database, application.bot, utc_now, settings.zone, lease_for)
        sending = asyncio.create_task(sender.run())
        stack.push_async_callback(_drain, sender, sending)

        watcher = Watcher(database, clock, DEFAULT_POLICY, sender.wake)
        scheduler = scheduler_for(watcher, settings.check_seconds)
        scheduler.start()
        stack.push_async_callback(_end_schedule, scheduler, watcher)
        watcher.wake()

        updater = application.updater
        if updater is None:
            raise RuntimeError("the bot was built without an updater")
        await updater.start_polling(
            timeout=POLL_SECONDS,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=_polling_trouble,
        )
        stack.push_async_callback(updater.stop)
        log.info("the bot runs", username=application.bot.username)
        yield Running(database, application.bot.username, watcher, sender, sending)


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; what is under way is finished first."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    async with running(settings) as bot:
        asking = asyncio.create_task(asked.wait())
        await asyncio.wait({asking, bot.sending}, return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()
        log.info("the bot stops")


def _application(settings: Settings) -> Application[ExtBot[str], Any, Any, Any, Any, Any]:
    token = settings.telegram_token
    if token is None:
        raise SettingsError(
            (
                "WHOHOLDS_TELEGRAM_TOKEN is not set: get a token from @BotFather in Telegram; "
                "to try the bot without one, run the sandbox",
            )
        )
    root = settings.telegram_api_url
    return (
        Application.builder()
        .token(token.get_secret_value())
        .base_url(f"{root}/bot")
        .base_file_url(f"{root}/file/bot")
        .request(_request(CONNECTIONS, CALL_SECONDS))
        .get_updates_request(_request(2, POLL_SECONDS + CALL_SECONDS))
        .rate_limiter(Pacer())
        .concurrent_updates(UPDATES_AT_ONCE)
        .context_types(context_types())
        .build()
    )


def _request(connections: int, seconds: float) -> HTTPXRequest:
    limits = httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )
    return HTTPXRequest(read_timeout=seconds, httpx_kwargs={"limits": limits})


async def _greet(application: Application[ExtBot[str], Any, Any, Any, Any, Any]) -> None:
    """Say hello to Telegram and set the menu; keep trying while it cannot be reached."""
    tries = 0
    while True:
        try:
            await application.initialize()
            await application.bot.set_my_commands(menu())
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


async def _drain(sender: Sender, sending: asyncio.Task[None]) -> None:
    """Let what is under way reach its outcome; what is not by then comes back after its lease."""
    sender.stop()
    await asyncio.wait({sending}, timeout=DRAIN_SECONDS)
    if not sending.done():
        sending.cancel()
        log.warning("some deliveries were still under way; they will be tried again")
        return
    try:
        sending.result()
    except TokenRefused:
        raise _token_refused() from None


async def _end_schedule(scheduler: AsyncIOScheduler, watcher: Watcher) -> None:
    # Shutting down cancels a running job, so that is waited for first.
    scheduler.pause()
    await watcher.finish()
    scheduler.shutdown()
