"""Writing to somebody who has not asked anything."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import structlog
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError

from handlers.keyboard import inline_keyboard

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from handlers.messages.message import Message

log = structlog.get_logger(__name__)


class Reached(StrEnum):
    """Whether somebody was written to."""

    YES = "yes"
    NOT_NOW = "not now"  # Telegram or the network failed
    NEVER = "never"  # there is no such chat, or the bot is not wanted there


async def reach(bot: ExtBot[Any], chat_id: int, message: Message) -> Reached:
    """Write to a chat; logged where that cannot be done, with whether it is worth trying again."""
    try:
        await bot.send_message(
            chat_id,
            message.text,
            parse_mode=ParseMode.HTML,
            reply_markup=inline_keyboard(message),
        )
    except TelegramError as error:
        log.warning("somebody cannot be told", chat=chat_id, reason=error.message)
        # BadRequest is a NetworkError, but no trouble with the network.
        refused = isinstance(error, Forbidden | BadRequest)
        return Reached.NEVER if refused else Reached.NOT_NOW
    return Reached.YES
