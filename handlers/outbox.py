"""/outbox: what is on its way, what waits and what died, for the bot's owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import asked_by, reader_in
from handlers.context import reply
from handlers.messages import outbox as texts
from handlers.messages.buttons import KEEP
from storage import dead_letters
from storage import outbox as kept

if TYPE_CHECKING:
    from telegram import Update

    from handlers.asked import Asked
    from handlers.context import Context
    from handlers.messages.message import Message
    from storage.engine import Connection

# SQLite's and PostgreSQL's ids go no further.
LONGEST_ID = 18


async def outbox(update: Update, context: Context) -> None:
    """/outbox; /outbox retry with an id, or all."""
    asked = asked_by(update, context)
    database = context.services.database
    does, _, which = context.words.partition(" ")
    if not does:
        message = await database.reading(_show, asked)
    elif does == texts.RETRY and which:
        message = await database.writing(_retry, asked, which)
    else:
        message = await database.reading(_how_to, asked)
    await reply(update, context, message)


async def pressed(update: Update, context: Context, does: str) -> None:
    """A button of an owner: asks first, and then has all dead letters tried again."""
    asked = asked_by(update, context)
    database = context.services.database
    if does == texts.RETRY:
        message = await database.writing(_retry, asked, "all")
    elif does == KEEP:
        message = await database.reading(_leave, asked)
    else:
        message = await database.reading(_ask, asked)
    await reply(update, context, message)


def _show(conn: Connection, asked: Asked) -> Message:
    progress = kept.progress(conn, asked.now)
    dead = dead_letters.all_dead(conn, texts.MOST_DEAD)
    return texts.outbox(texts.Outbox(progress, dead, asked.now), reader_in(conn, asked))


def _retry(conn: Connection, asked: Asked, which: str) -> Message:
    reader = reader_in(conn, asked)
    if which == "all":
        return texts.retried(dead_letters.retry_all(conn, asked.now), reader)
    number = int(which) if which.isdecimal() and len(which) <= LONGEST_ID else 0
    if dead_letters.retry(conn, [number], asked.now):
        return texts.retried(1, reader)
    known = dead_letters.state_of(conn, number) is not None
    return texts.not_dead(which, known=known, reader=reader)


def _how_to(conn: Connection, asked: Asked) -> Message:
    return texts.how_to(reader_in(conn, asked))


def _ask(conn: Connection, asked: Asked) -> Message:
    return texts.ask_retry(dead_letters.number_dead(conn), reader_in(conn, asked))


def _leave(conn: Connection, asked: Asked) -> Message:
    return texts.left_dead(reader_in(conn, asked))
