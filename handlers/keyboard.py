"""A message's buttons as Telegram takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)

if TYPE_CHECKING:
    from handlers.messages.message import Message


def keyboard(message: Message) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    """What goes under a message: its buttons, a button that sends a location, or nothing."""
    if message.asks_location:
        asks = KeyboardButton(message.asks_location, request_location=True)
        return ReplyKeyboardMarkup([[asks]], resize_keyboard=True, one_time_keyboard=True)
    return inline_keyboard(message)


def inline_keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The inline keyboard of a message, or None where it has no buttons."""
    if not message.buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(b.label, callback_data=b.data, url=b.url) for b in row]
            for row in message.buttons
        ]
    )
