"""What comes in by itself: /feeds for owners, /leads for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.ask import asked_by
from handlers.asked import Asked, Messages, reader_in
from handlers.context import reply
from handlers.messages import feeds as texts
from handlers.messages.words import Telling
from storage import feeds as kept
from storage import leads
from storage.model.feeds import FeedState

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Update

    from handlers.context import Context
    from storage.engine import Connection

    Answering = Callable[[Connection, Asked], Messages]


async def feeds(update: Update, context: Context) -> None:
    """/feeds: how each feed is doing."""
    await _answer(update, context, _feeds)


async def pointed_to(update: Update, context: Context) -> None:
    """/leads: what feeds point to."""
    await _answer(update, context, _leads)


async def _answer(update: Update, context: Context, found: Answering) -> None:
    asked = asked_by(update, context)
    await reply(update, context, *await context.services.database.reading(found, asked))


def _feeds(conn: Connection, asked: Asked) -> Messages:
    states = kept.states(conn)
    found = [(plan, states.get(plan.name, FeedState(plan.name))) for plan in asked.services.feeds]
    return (texts.feed_list(found, _telling(conn, asked)),)


def _leads(conn: Connection, asked: Asked) -> Messages:
    found = leads.newest(conn, texts.MOST_LEADS)
    return (texts.lead_list(found, leads.count(conn), _telling(conn, asked)),)


def _telling(conn: Connection, asked: Asked) -> Telling:
    return Telling(reader_in(conn, asked), {}, asked.now)
