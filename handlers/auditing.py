"""/audit: what owners and editors did, for owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, asked_by, reader_in
from handlers.choosing import number_in
from handlers.context import change, reader_for, reply
from handlers.messages.auditing import PER_PAGE, AuditPage, audit_page
from handlers.messages.paging import Page
from handlers.messages.roles import not_yours
from handlers.messages.words import Telling
from handlers.rights import role_of
from storage import audit
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from handlers.messages.message import Message
    from storage.engine import Connection


async def show_audit(update: Update, context: Context) -> None:
    """/audit: the newest entries of the log."""
    asked = asked_by(update, context)
    await reply(update, context, await context.services.database.reading(_page, asked, 0))


async def turn(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """Another page of the log, in place of the one that is shown."""
    if await role_of(update, context) is not Role.OWNER:
        await reply(update, context, not_yours(await reader_for(update, context)))
        return
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await change(update, context, query, await reading(_page, asked, number_in(rest) or 0))


def _page(conn: Connection, asked: Asked, number: int) -> Message:
    # The log may be long: only what is shown of it is read.
    total = audit.count(conn)
    pages = max(1, -(-total // PER_PAGE))
    at = min(number, pages - 1)
    entries = tuple(audit.some(conn, at * PER_PAGE, PER_PAGE))
    view = AuditPage(Page(entries, at, pages, at * PER_PAGE + 1), total)
    return audit_page(view, Telling(reader_in(conn, asked), {}, asked.now))
