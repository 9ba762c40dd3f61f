"""The calls to Telegram that a delivery makes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, TimedOut

from bot.delivery.http import CONNECT_SECONDS, POOL_SECONDS, WRITE_SECONDS
from bot.delivery.outcome import Step, decide
from bot.delivery.pacing import ALERT_PATIENCE, Receipt
from handlers.messages.message import plain

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.delivery.batches import Ready

# How long a call may take to get the next bytes of the answer.
ANSWER_SECONDS = 8.0
# How long all that a delivery calls may take, its turn in the lanes included. The time-outs of the
# parts do not see to that: an answer may come byte by byte, and one call may lead to another.
CALL_SECONDS = ALERT_PATIENCE + POOL_SECONDS + CONNECT_SECONDS + WRITE_SECONDS + ANSWER_SECONDS
# How long a delivery may wait after it was leased until its call begins, and how long its outcome
# has to come on record after that has ended.
READY_SECONDS = 6.0
RECORD_SECONDS = 2.0
# Longer than all of these, so that only a crash lets a lease run out.
LEASE = timedelta(seconds=READY_SECONDS + CALL_SECONDS + RECORD_SECONDS)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger(__name__)


async def deliver(
    bot: ExtBot[str], ready: Ready, *, paid: bool, within: float = CALL_SECONDS
) -> int | None:
    """Send a message, or edit the one sent before; returns the id of a new message.

    `paid` lets it go out as a paid broadcast. Without markup or without the message it replies to
    if that is all that Telegram objects to. Raises TelegramError, TimedOut if it takes longer than
    `within` seconds, or NotYet from the dispatcher.
    """
    try:
        async with asyncio.timeout(within):
            return await _deliver(bot, ready, paid=paid)
    except TimeoutError as error:
        raise TimedOut from error


async def _deliver(bot: ExtBot[str], ready: Ready, *, paid: bool) -> int | None:
    try:
        return await _call(bot, ready, paid=paid)
    except BadRequest as error:
        delivery = ready.delivery
        outcome = decide(error, attempts=delivery.attempts, is_edit=delivery.is_edit)
        match outcome.step:
            case Step.PLAIN:
                log.error("Telegram refused our markup", delivery=delivery.id, why=outcome.reason)
                return await _call(bot, ready, paid=paid, marked_up=False)
            case Step.ALONE:
                return await _call(bot, ready, paid=paid, alone=True)
        raise


async def _call(
    bot: ExtBot[str], ready: Ready, *, paid: bool, marked_up: bool = True, alone: bool = False
) -> int | None:
    delivery, message = ready.delivery, ready.message
    text = message.text if marked_up else plain(message)
    parse_mode = ParseMode.HTML if marked_up else None
    receipt = Receipt(ready.lane)
    if delivery.is_edit:
        await bot.edit_message_text(
            text,
            chat_id=delivery.subscriber.chat_id,
            message_id=delivery.about_message,
            parse_mode=parse_mode,
            reply_markup=ready.buttons,
            link_preview_options=NO_PREVIEW,
            rate_limit_args=receipt,
        )
        return None
    reply_to = None
    if delivery.about_message is not None and not alone:
        reply_to = ReplyParameters(delivery.about_message, allow_sending_without_reply=True)
    await bot.send_message(
        delivery.subscriber.chat_id,
        text,
        parse_mode=parse_mode,
        reply_markup=ready.buttons,
        disable_notification=message.silent,
        link_preview_options=NO_PREVIEW,
        reply_parameters=reply_to,
        allow_paid_broadcast=paid or None,
        rate_limit_args=receipt,
    )
    return receipt.message_id
