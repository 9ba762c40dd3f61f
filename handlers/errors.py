"""What happens when a handler fails: it is logged, and the person is told, with one reference."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog
from telegram import Update
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from handlers.context import reply
from handlers.messages.errors import went_wrong
from handlers.messages.message import Reader
from handlers.press import acknowledge

if TYPE_CHECKING:
    from handlers.context import Context

log = structlog.get_logger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Log what went wrong under a new reference, and tell that to whoever asked.

    What people wrote is not logged. Never raises for a Telegram that cannot be reached.
    """
    error = context.error
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        # BadRequest is a NetworkError to the library, but one of ours.
        log.warning("Telegram cannot be reached", error=error.message)
        return
    if isinstance(error, Forbidden):
        log.info("a chat cannot be answered", error=error.message)
        return
    reference = secrets.token_hex(3).upper()
    log.error("an update could not be handled", reference=reference, exc_info=error)
    if not isinstance(update, Update) or update.effective_chat is None or update.my_chat_member:
        return  # nobody asked anything
    try:
        await reply(update, context, went_wrong(reference, Reader(context.services.zone)))
        if update.callback_query:
            await acknowledge(update.callback_query)
    except TelegramError as failure:
        log.warning("nobody could be told of that", reference=reference, error=failure.message)
