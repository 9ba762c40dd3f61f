"""Writing to somebody who has not asked anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from telegram.constants import ParseMode
from telegram.error import TelegramError

from handlers.keyboard import inline_keyboard

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from handlers.messages.message import Message

log = structlog.get_logger(__name__)


async def tell(bot: ExtBot[Any], chat_id: int, message: Message) -> bool:
    """Write to a chat; False, and logged, where that cannot be done."""
    try:
        await bot.send_message(
            chat_id,
            message.text,
            parse_mode=ParseMode.HTML,
            reply_markup=inline_keyboard(message),
        )
    except TelegramError as error:
        log.warning("somebody cannot be told", chat=chat_id, reason=error.message)
        return False
    return True
