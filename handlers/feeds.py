"""/feeds: how what comes in by itself is doing, for the bot's owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, asked_by, reader_in
from handlers.context import reply
from handlers.messages.feeds import feed_list
from handlers.messages.words import Telling
from storage.feeds import states
from storage.model.feeds import FeedState

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context
    from handlers.messages.message import Message
    from storage.engine import Connection


async def feeds(update: Update, context: Context) -> None:
    """/feeds: how each feed is doing."""
    asked = asked_by(update, context)
    await reply(update, context, await context.services.database.reading(_feeds, asked))


def _feeds(conn: Connection, asked: Asked) -> Message:
    known = states(conn)
    found = [(plan, known.get(plan.name, FeedState(plan.name))) for plan in asked.services.feeds]
    return feed_list(found, Telling(reader_in(conn, asked), {}, asked.now))
