"""/rejects and a number: an owner looks at a row that cannot be used, or dismisses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, asked_by, reader_in
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.messages import rejects as texts
from handlers.messages.feeds import MOST_ROWS, reject_list
from handlers.messages.roles import not_yours
from handlers.messages.start import old_button
from handlers.messages.words import Telling
from handlers.rights import actor_of, role_of
from storage import rejects
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from storage.engine import Connection
    from storage.model.roles import Actor


async def waiting(update: Update, context: Context) -> None:
    """/rejects: the rows that cannot be used as they are, or the one with the number behind it."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await reply(update, context, *await reading(_shown, asked, context.words))


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """The button of a row: dismiss it."""
    number = number_in(rest)
    if number is None:
        await reply(update, context, old_button(await reader_for(update, context)))
        return
    if await role_of(update, context) is not Role.OWNER:
        await reply(update, context, not_yours(await reader_for(update, context)))
        return
    asked = asked_by(update, context)
    writing = context.services.database.writing
    await reply(update, context, *await writing(_dismiss, asked, number, actor_of(update)))


def _shown(conn: Connection, asked: Asked, typed: str) -> Messages:
    telling = Telling(reader_in(conn, asked), {}, asked.now)
    if not typed:
        rows = rejects.waiting(conn, limit=MOST_ROWS)
        return (reject_list(rows, rejects.count(conn), telling),)
    number = number_in(typed.removeprefix("#"))
    found = None if number is None else rejects.find(conn, number)
    if found is None:
        return (texts.no_such_row(typed, telling.reader),)
    return (texts.one_reject(*found, telling),)


def _dismiss(conn: Connection, asked: Asked, number: int, who: Actor) -> Messages:
    reader = reader_in(conn, asked)
    if rejects.dismiss(conn, [number], asked.now, who):
        return (texts.dismissed(number, reader),)
    return (texts.no_such_row(str(number), reader),)
