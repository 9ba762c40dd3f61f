"""What Telegram tells of the bot by itself: in its empty chat, and in its profile.

It is set in the background, once a process and only where Telegram tells something else. A task of
its own does that, since Telegram may ask for hours of patience, for which no menu should wait.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import TelegramError

from bot.delivery.outcome import Step, backoff, decide
from bot.delivery.pacing import NotYet
from handlers.messages.start import DESCRIPTION, SHORT_DESCRIPTION

if TYPE_CHECKING:
    from telegram.ext import ExtBot

log = structlog.get_logger(__name__)


async def describe(bot: ExtBot[Any]) -> None:
    """Have Telegram tell what the bot is; ends when it does, or will not.

    What could not be set is tried again, when Telegram wants it or later and later.
    """
    tries = 0
    while True:
        tries += 1
        try:
            await _set(bot)
        except NotYet as halted:
            wait = halted.seconds
        except TelegramError as error:
            outcome = decide(error, attempts=tries, is_edit=False)
            if outcome.step not in (Step.WAIT, Step.AGAIN):
                log.warning("the bot's description cannot be set", reason=outcome.reason)
                return
            wait = (outcome.wait or backoff(tries)).total_seconds()
            log.warning(
                "the bot's description cannot be set for now",
                reason=outcome.reason,
                next_try_in=wait,
            )
        else:
            return
        await asyncio.sleep(wait)


async def _set(bot: ExtBot[Any]) -> None:
    if (await bot.get_my_description()).description != DESCRIPTION:
        await bot.set_my_description(DESCRIPTION)
    if (await bot.get_my_short_description()).short_description != SHORT_DESCRIPTION:
        await bot.set_my_short_description(SHORT_DESCRIPTION)
