"""What is near: /near, and a location that somebody sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import around
from handlers.asked import asked_by
from handlers.context import chat_of, is_group, reader_for, reply
from handlers.messages.buttons import NEAR
from handlers.messages.near import ask_where, name_one
from handlers.place_questions import answer_name, names_something

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context


async def near(update: Update, context: Context) -> None:
    """/near: the places near a place; without one, it asks where the person is."""
    if names_something(context.words):
        await answer_name(update, context, NEAR, context.words)
    else:
        await where_are_you(update, context)


async def where_are_you(update: Update, context: Context) -> None:
    """Asks for a location; in a group, for a name: there everybody would see where one is."""
    reader = await reader_for(update, context)
    group = is_group(chat_of(update))
    await reply(update, context, name_one(reader) if group else ask_where(reader))


async def located(update: Update, context: Context) -> None:
    """A location in a private chat: the nearest places. It is not kept.

    One that moves is answered where it was first.
    """
    message = update.effective_message
    if message is None or message.location is None:
        return
    point = (message.location.latitude, message.location.longitude)
    asked = asked_by(update, context)
    found = await context.services.database.reading(around.near_point, asked, point)
    await reply(update, context, *found)
