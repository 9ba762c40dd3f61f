"""A question: who asks it, where and when, and what answers to all kinds of them read alike.

What takes a connection first is run off the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.context import chat_of, is_group, reader_of
from handlers.messages.looking_back import NOW, When
from storage import control, memory, places
from storage.model.alerts import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from telegram import Update, User

    from handlers.context import Context, Services
    from handlers.messages.message import Message, Reader
    from storage.engine import Connection
    from storage.model.places import Place


@dataclass(frozen=True)
class Asked:
    """A question: the chat it comes from, the time of asking (UTC), and the bot's username.

    `language` (ISO 639-1) is that of who asks, empty where it is not known, and `user_id` theirs;
    `when` is the time that the question is about. `message_id` is that of what they wrote, 0 where
    they pressed a button.
    """

    chat_id: int
    is_group: bool
    services: Services
    now: datetime
    bot: str = ""
    language: str = ""
    user_id: int = 0
    when: When = NOW
    message_id: int = 0

    @property
    def at(self) -> datetime:
        """The time that the question is about (UTC)."""
        return self.when.at(self.now)


Messages = tuple["Message", ...]


def asked_by(update: Update, context: Context) -> Asked:
    """The question that an update is."""
    chat = chat_of(update)
    services = context.services
    return Asked(
        chat.id,
        is_group(chat),
        services,
        services.clock(),
        context.bot.username,
        language_of(update.effective_user),
        update.effective_user.id if update.effective_user else 0,
        message_id=update.message.message_id if update.message else 0,
    )


def language_of(user: User | None) -> str:
    """The language of a person (ISO 639-1), as Telegram tells it; empty where it does not."""
    code = (user and user.language_code) or ""
    return code.partition("-")[0].casefold()


def reader_in(conn: Connection, asked: Asked) -> Reader:
    """Who reads the answer."""
    return replace(reader_of(conn, asked.chat_id, asked.services), bot=asked.bot)


def members_of(conn: Connection, area: Place) -> tuple[Member, ...]:
    """The places of an area or corridor with what is known of each."""
    return with_status(conn, places.members(conn, area.id))


def with_status(conn: Connection, some: Sequence[Place]) -> tuple[Member, ...]:
    """Places with what is known of each."""
    known = control.statuses_of(conn, [p.id for p in some])
    return tuple(Member(p, known.get(p.id)) for p in some)


def recent_places(conn: Connection, asked: Asked) -> list[Place]:
    """The places that the chat has asked about lately, the latest first."""
    ids = memory.recent_of(conn, asked.chat_id)
    found = places.get_places(conn, ids) if ids else {}
    return [found[i] for i in ids]
