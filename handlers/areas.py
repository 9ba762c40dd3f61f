"""Areas and corridors: /areas and /route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import around
from handlers.asked import asked_by
from handlers.context import reply
from handlers.messages.buttons import ROUTE
from handlers.place_questions import answer_name, names_something

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context


async def areas(update: Update, context: Context) -> None:
    """/areas: every area and corridor with a line."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await reply(update, context, await reading(around.area_list, asked, 0))


async def route(update: Update, context: Context) -> None:
    """/route: a corridor in order; without a name, those that there are."""
    if names_something(context.words):
        await answer_name(update, context, ROUTE, context.words)
        return
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await reply(update, context, *await reading(around.routes, asked))
