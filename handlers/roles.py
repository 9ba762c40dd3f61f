"""/invite and /roles: who brings reports in, and who lets them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog

from handlers.asked import Asked, asked_by, reader_in
from handlers.choosing import number_in
from handlers.context import change, chat_of, is_group, reader_for, reply
from handlers.messages import roles as texts
from handlers.messages.words import Telling
from handlers.rights import actor_of, role_of
from storage import notices, roles
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.roles import Actor, Editor

SECRET_BYTES = 24
log = structlog.get_logger(__name__)


async def invite(update: Update, context: Context) -> None:
    """/invite: a link that makes whoever follows it first an editor."""
    asked = asked_by(update, context)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    writing = context.services.database.writing
    until = await writing(roles.invite, secret, actor_of(update), asked.now)
    telling = await context.services.database.reading(_telling, asked)
    await reply(update, context, texts.invitation(secret, until, telling))


async def accept(update: Update, context: Context, secret: str) -> None:
    """Somebody follows an invitation."""
    asked = asked_by(update, context)
    reader = await reader_for(update, context)
    role = await role_of(update, context)
    services = context.services
    database, owners, who = services.database, services.owners, actor_of(update)
    made = None
    if role is Role.SUBSCRIBER:
        made = await database.writing(make_editor, secret, who, owners, asked.now)
    if made is None:
        # Perhaps they have followed it twice, and have the role since a moment ago.
        role = await role_of(update, context)
        is_good = await database.reading(roles.is_good, secret, owners, asked.now)
        needed = role is Role.SUBSCRIBER
        refused = texts.not_good(reader) if needed else texts.has_role(role, is_good, reader)
        await reply(update, context, refused)
        return
    log.info("an editor was made", editor=who.id, by=made.invited_by.id)
    services.role_changed(who.id)
    await reply(update, context, texts.welcome(reader))


def make_editor(
    conn: Connection, secret: str, who: Actor, owners: Collection[int], now: datetime
) -> Editor | None:
    """Make somebody an editor by an invitation, as `roles.accept` does; whoever made it is told."""
    made = roles.accept(conn, secret, who, owners, now)
    if made is not None:
        notices.tell_of_editor(conn, made, now)
    return made


async def show_roles(update: Update, context: Context) -> None:
    """/roles: the editors, and who invited them when."""
    asked = asked_by(update, context)
    role = await role_of(update, context)
    await reply(update, context, await context.services.database.reading(_list, asked, role, 0))


async def turn(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """Another page of the editors."""
    asked = asked_by(update, context)
    role = await role_of(update, context)
    if role is Role.SUBSCRIBER:
        await reply(update, context, texts.not_yours(await reader_for(update, context)))
        return
    reading = context.services.database.reading
    await change(update, context, query, await reading(_list, asked, role, number_in(rest) or 0))


async def dismiss(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """An owner takes the role of an editor away."""
    asked = asked_by(update, context)
    reader = await reader_for(update, context)
    user_id = number_in(rest)
    if await role_of(update, context) is not Role.OWNER or user_id is None:
        await reply(update, context, texts.not_yours(reader))
        return
    database = context.services.database
    gone = await database.writing(roles.dismiss, user_id, actor_of(update), asked.now)
    if gone is not None:
        log.info("an editor was dismissed", editor=gone.who.id)
        context.services.role_changed(gone.who.id)
    await change(update, context, query, await database.reading(_list, asked, Role.OWNER, 0))
    await reply(update, context, texts.dismissed(gone, reader))


async def greet(update: Update, context: Context) -> None:
    """Owners and editors who say /start see their commands in the menu.

    Whoever was one before the bot started has them already, unless the chat was not there yet.
    """
    role = await role_of(update, context)
    if role is not Role.SUBSCRIBER and not is_group(chat_of(update)):
        context.services.role_changed(chat_of(update).id)


def _list(conn: Connection, asked: Asked, role: Role, page: int) -> Message:
    return texts.editor_list(roles.all_editors(conn), page, role, _telling(conn, asked))


def _telling(conn: Connection, asked: Asked) -> Telling:
    return Telling(reader_in(conn, asked), {}, asked.now)
