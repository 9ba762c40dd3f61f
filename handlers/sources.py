"""/source: what the sources have claimed, and what became of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import asked_by
from handlers.context import reader_of, reply
from handlers.messages.sources import (
    A_PAGE,
    SOURCE,
    SourcePage,
    no_source,
    several_sources,
    source_gone,
    source_list,
    source_page,
)
from handlers.place_questions import names_something
from handlers.rights import role_of
from handlers.source_editing import DOES, change_source
from storage.model.roles import Role
from storage.model.source_names import NoSource, OneSource, SeveralSources, find_source
from storage.silences import silent_at
from storage.source_records import list_records, source_record
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from telegram import Update

    from handlers.asked import Asked
    from handlers.context import Context
    from handlers.messages.message import Message, Reader
    from storage.engine import Connection


async def source(update: Update, context: Context) -> None:
    """/source: the record of the source with this name; without one, all sources.

    Editors add and grade them by words that come before the name.
    """
    asked = asked_by(update, context)
    read = context.services.database.reading
    does, _, rest = context.words.partition(" ")
    if does in DOES and await role_of(update, context) is not Role.SUBSCRIBER:
        await change_source(update, context, does, rest)
    elif names_something(context.words):
        await reply(update, context, await read(_by_name, asked, context.words))
    else:
        await reply(update, context, await read(_page, asked, 0))


async def pressed(update: Update, context: Context, does: str, rest: str) -> None:
    """A button that leads to a source, by its id, or to a page of all, by its first number."""
    asked = asked_by(update, context)
    read = context.services.database.reading
    if does == SOURCE:
        await reply(update, context, await read(_by_id, asked, rest))
    else:
        start = int(rest) if rest.isdecimal() else 0
        await reply(update, context, await read(_page, asked, start))


def _by_name(conn: Connection, asked: Asked, query: str) -> Message:
    match find_source(query, all_sources(conn).values()):
        case OneSource(found):
            return _by_id(conn, asked, found.id)
        case SeveralSources(candidates):
            return several_sources(query, candidates, _reader(conn, asked))
        case NoSource(near):
            return no_source(query, near, _reader(conn, asked))


def _by_id(conn: Connection, asked: Asked, source_id: str) -> Message:
    reader = _reader(conn, asked)
    try:
        record = source_record(conn, source_id)
    except KeyError:
        return source_gone(reader)
    silence = silent_at(conn, [source_id], asked.now).get(source_id)
    return source_page(record, asked.now, all_parties(conn), reader, silence)


def _page(conn: Connection, asked: Asked, start: int) -> Message:
    """The page with the source of this number, counted from 0; the last one where there is none."""
    records = list_records(conn)
    start = max(0, min(start, len(records) - 1)) // A_PAGE * A_PAGE
    shown = tuple(records[start : start + A_PAGE])
    return source_list(SourcePage(shown, start, len(records)), _reader(conn, asked))


def _reader(conn: Connection, asked: Asked) -> Reader:
    return reader_of(conn, asked.chat_id, asked.services)
