"""/place and /wishes: owners add places and names, and see which are missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, asked_by, reader_in
from handlers.context import reader_for, reply
from handlers.finding import spelling_of
from handlers.messages import new_places as texts
from handlers.messages.message import clean
from handlers.messages.words import Telling
from handlers.place_line import LONGEST_NAME, read_place
from handlers.rights import actor_of
from storage import audit, memory, places
from storage.gazetteer import add_place
from storage.model.audit import Act
from storage.model.errors import BadInput, UnknownPlace
from storage.model.sameness import name_keys

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context
    from storage.engine import Connection
    from storage.model.places import Place
    from storage.model.roles import Actor


async def place(update: Update, context: Context) -> None:
    """/place add … and /place alias …; without either, how they are written."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    does, _, rest = context.words.partition(" ")
    if does == "add" and rest:
        try:
            new = read_place(rest)
        except BadInput as error:
            await reply(update, context, texts.wrong(error, await reader_for(update, context)))
            return
        await reply(update, context, *await writing(_add, asked, new, actor_of(update)))
    elif does == "alias" and " " in rest:
        place_id, _, name = rest.partition(" ")
        await reply(update, context, *await writing(_name, asked, place_id, name, actor_of(update)))
    else:
        await reply(update, context, texts.how_to(await reader_for(update, context)))


async def wishes(update: Update, context: Context) -> None:
    """/wishes: the places that people miss."""
    asked = asked_by(update, context)
    await reply(update, context, *await context.services.database.reading(_wishes, asked))


def _add(conn: Connection, asked: Asked, new: Place, who: Actor) -> Messages:
    reader = reader_in(conn, asked)
    kept, is_new = add_place(conn, new)
    act = Act.PLACE_ADDED if is_new else Act.PLACE_NAMED
    about = {"place": kept.name, "id": kept.id, "as": "" if is_new else new.name}
    audit.note(conn, who, act, about, asked.now)
    wished = memory.fulfil(conn, {spelling_of(n) for n in (new.name, *new.aliases)})
    return (texts.added(kept, new=is_new, wished=wished, reader=reader),)


def _name(conn: Connection, asked: Asked, place_id: str, typed: str, who: Actor) -> Messages:
    reader = reader_in(conn, asked)
    name = clean(typed)
    if not any(c.isalnum() for c in name) or len(name) > LONGEST_NAME:
        reason = f"a name has letters or digits, and at most {LONGEST_NAME} characters"
        return (texts.wrong(BadInput(reason, column="name"), reader),)
    try:
        named = places.get_place(conn, place_id)
    except UnknownPlace:
        return (texts.no_such_id(place_id, reader),)
    places.add_aliases(conn, {named.id: [name]})
    about = {"place": named.name, "id": named.id, "as": name}
    audit.note(conn, who, Act.PLACE_NAMED, about, asked.now)
    wished = memory.fulfil(conn, [spelling_of(name)])
    key = spelling_of(name).replace(" ", "")
    others = [p for p in places.all_places(conn) if p.id != named.id and key in name_keys(p)]
    return (texts.named(places.get_place(conn, named.id), others, wished, reader),)


def _wishes(conn: Connection, asked: Asked) -> Messages:
    telling = Telling(reader_in(conn, asked), {}, asked.now)
    return (texts.wishes(memory.all_wishes(conn), telling),)
