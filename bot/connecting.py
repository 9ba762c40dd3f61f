"""The connection to Telegram: the library's application, the greeting, and asking for updates."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import Conflict, InvalidToken, NetworkError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.delivery.calls import ANSWER_SECONDS
from bot.delivery.http import ManyRequest, limits, usual_request
from bot.delivery.outcome import backoff
from bot.delivery.pacing import Pacer
from bot.settings import SettingsError
from handlers.context import context_types

if TYPE_CHECKING:
    from telegram.error import TelegramError
    from telegram.ext import ExtBot, Updater
    from telegram.request import BaseRequest

    from bot.settings import Settings

log = structlog.get_logger(__name__)

# Durations from the library as timedelta, as its next version gives them; else it warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")

CONNECTIONS = 24
# For 1,000 messages a second that are answered within a quarter of one, twice over.
MANY_CONNECTIONS = 512
POLL_SECONDS = 25
REFUSED_PAUSE = 1.0
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


class Polling(HTTPXRequest):
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


def application_for(
    settings: Settings, polling: Polling | None = None, patience: float = ANSWER_SECONDS
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
        .get_updates_request(polling or Polling())
        .rate_limiter(Pacer(settings.messages_per_second, paid_per_second=settings.paid_per_second))
        .concurrent_updates(UPDATES_AT_ONCE)
        .context_types(context_types())
        .build()
    )


async def greet(application: Application[ExtBot[str], Any, Any, Any, Any, Any]) -> None:
    """Say hello to Telegram; keep trying while it cannot be reached.

    Raises SettingsError where it does not take the token.
    """
    tries = 0
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            # The library's own text holds the token.
            raise token_refused() from None
        except NetworkError as error:
            tries += 1
            wait = backoff(tries).total_seconds()
            log.warning("Telegram cannot be reached", error=error.message, next_try_in=wait)
            await asyncio.sleep(wait)
        else:
            return


async def start_polling(updater: Updater) -> None:
    """Ask for updates from now on, however long Telegram cannot be reached.

    Raises SettingsError where it does not take the token.
    """
    try:
        await updater.start_polling(
            timeout=POLL_SECONDS,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=_trouble,
        )
    except InvalidToken:
        raise token_refused() from None


def token_refused() -> SettingsError:
    """What to tell where Telegram does not take the token, or not any more."""
    return SettingsError(
        ("WHOHOLDS_TELEGRAM_TOKEN: Telegram does not accept it; ask @BotFather for a new one",)
    )


def _trouble(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        log.error("another program uses this bot's token: stop one of the two")
    else:
        log.warning("no updates from Telegram for now", error=error.message)
