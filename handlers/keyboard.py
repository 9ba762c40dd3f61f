"""A message's buttons as Telegram takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

if TYPE_CHECKING:
    from handlers.messages.message import Message


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The inline keyboard of a message, or None where it has no buttons."""
    if not message.buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(b.label, callback_data=b.data, url=b.url) for b in row]
            for row in message.buttons
        ]
    )
