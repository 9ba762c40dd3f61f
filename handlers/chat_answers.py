"""What is answered about the bot and the chat itself: hello, help, its time zone, forgetting it.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, reader_in, recent_places
from handlers.messages import names, start, subscriptions
from storage import places, subscribers
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Message
    from handlers.messages.start import CommandHelp
    from storage.engine import Connection


def forget(conn: Connection, asked: Asked) -> Messages:
    """Delete everything kept about the chat."""
    reader = reader_in(conn, asked)
    if subscribers.forget(conn, asked.chat_id):
        return (subscriptions.forgotten(reader),)
    return (subscriptions.nothing_kept(reader),)


def set_zone(conn: Connection, asked: Asked, zone: str) -> Messages:
    """Show times in this zone (an IANA name that exists) from now on."""
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.set_zone(conn, chat.id, zone)
    return (subscriptions.zone_set(asked.now, reader_in(conn, asked)),)


def welcome_back(conn: Connection, asked: Asked) -> None:
    """A chat that had left is told again; of a new one nothing is kept yet."""
    if subscribers.find(conn, asked.chat_id):
        subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)


def hello(conn: Connection, asked: Asked) -> Messages:
    """What the bot is, and the places that the chat has asked about lately."""
    return (start.start(recent_places(conn, asked), reader_in(conn, asked)),)


def pick(conn: Connection, asked: Asked, page: int) -> Message:
    """Places asked about lately, and areas to choose from; places where there are none."""
    known = places.all_areas(conn) or places.all_places(conn)
    return names.pick(recent_places(conn, asked), known, page, reader_in(conn, asked))


def help_text(conn: Connection, asked: Asked, commands: Sequence[CommandHelp]) -> Messages:
    """The commands, and the symbols of the parties on record."""
    return (start.help_text(commands, all_parties(conn), reader_in(conn, asked)),)
