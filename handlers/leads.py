"""/leads and /lead: an editor begins a report with what feeds point to, or has no use for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import report_beginning
from handlers.asked import Asked, Messages, asked_by, reader_in
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.messages import leads as texts
from handlers.messages.feeds import MOST_LEADS, lead_list
from handlers.messages.holding import for_editors
from handlers.messages.start import old_button
from handlers.messages.words import Telling
from handlers.rights import actor_of, role_of
from storage import leads, report_drafts
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from storage.engine import Connection
    from storage.model.roles import Actor


async def listed(update: Update, context: Context) -> None:
    """/leads: what feeds point to, newest first."""
    asked = asked_by(update, context)
    await reply(update, context, *await context.services.database.reading(_list, asked))


async def lead(update: Update, context: Context) -> None:
    """/lead and a number: that lead."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await reply(update, context, *await reading(_show, asked, context.words))


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """A button of a lead."""
    number, __, what = rest.partition(":")
    lead_id = number_in(number)
    if lead_id is None or what not in (texts.BEGIN, texts.DISMISS):
        await reply(update, context, old_button(await reader_for(update, context)))
        return
    if await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, for_editors(await reader_for(update, context)))
        return
    asked = asked_by(update, context)
    writing = context.services.database.writing
    if what == texts.BEGIN:
        await reply(update, context, *await writing(_begin, asked, lead_id))
    else:
        said = await writing(_dismiss, asked, lead_id, actor_of(update))
        await reply(update, context, *said)


def _list(conn: Connection, asked: Asked) -> Messages:
    telling = Telling(reader_in(conn, asked), {}, asked.now)
    return (lead_list(leads.newest(conn, MOST_LEADS), leads.count(conn), telling),)


def _show(conn: Connection, asked: Asked, typed: str) -> Messages:
    number = number_in(typed.removeprefix("#"))
    kept = None if number is None else leads.find(conn, number)
    if kept is None:
        return (texts.no_such_lead(typed, reader_in(conn, asked)),)
    taken = report_drafts.others_with_lead(conn, kept.id, asked.user_id, asked.now)
    telling = Telling(reader_in(conn, asked), {}, asked.now)
    return (texts.one_lead(kept, telling, taken=taken),)


def _begin(conn: Connection, asked: Asked, number: int) -> Messages:
    kept = leads.find(conn, number)
    if kept is None:
        return (texts.no_such_lead(str(number), reader_in(conn, asked)),)
    return report_beginning.begin_lead(conn, asked, kept)


def _dismiss(conn: Connection, asked: Asked, number: int, who: Actor) -> Messages:
    reader = reader_in(conn, asked)
    if leads.dismiss(conn, number, who, asked.now):
        return (texts.dismissed(number, reader),)
    if leads.find(conn, number) is None:
        return (texts.no_such_lead(str(number), reader),)
    return (texts.dismissed_already(number, reader),)
