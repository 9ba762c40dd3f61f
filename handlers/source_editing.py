"""/source add, grade, pin and unpin: editors say who the sources are and what they are worth."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, asked_by, reader_in
from handlers.claims import find_party
from handlers.context import reply
from handlers.messages import source_editing as texts
from handlers.messages.message import clean
from handlers.messages.sources import no_source, several_sources
from handlers.regrading import show
from handlers.report_answers import LONGEST_KIND, LONGEST_NAME
from handlers.rights import actor_of
from storage import audit, desk
from storage.model.audit import Act
from storage.model.errors import BadInput
from storage.model.source_names import NoSource, OneSource, SeveralSources, find_source
from storage.model.sources import Grade, Position, Source
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context
    from storage.engine import Connection
    from storage.model.parties import Parties
    from storage.model.roles import Actor

ADD, GRADE, PIN, UNPIN = "add", "grade", "pin", "unpin"
DOES = frozenset({ADD, GRADE, PIN, UNPIN})
_FIELD = re.compile(r"(?:^|\s)(kind|party|grade|position)\s*=\s*", re.IGNORECASE)


async def change_source(update: Update, context: Context, does: str, rest: str) -> None:
    """What an editor types after /source add, grade, pin or unpin."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    await reply(update, context, *await writing(_change, asked, actor_of(update), does, rest))


def _change(conn: Connection, asked: Asked, who: Actor, does: str, rest: str) -> Messages:
    reader = reader_in(conn, asked)
    if not rest:
        return (texts.how_to(reader),)
    try:
        if does == ADD:
            return _add(conn, asked, who, read_source(rest, all_parties(conn)))
        return _grade(conn, asked, who, does, rest)
    except BadInput as error:
        return (texts.wrong(error, reader),)


def _add(conn: Connection, asked: Asked, who: Actor, new: Source) -> Messages:
    reader = reader_in(conn, asked)
    found = find_source(new.name, all_sources(conn).values())
    if isinstance(found, OneSource) and found.source.name.casefold() == new.name.casefold():
        return (texts.there_already(found.source, reader),)
    source = desk.add_source(conn, new, asked.now)
    about = {"source": source.name, "grade": source.reliability.value}
    audit.note(conn, who, Act.SOURCE_ADDED, about, asked.now)
    return (texts.added(source, reader),)


def _grade(conn: Connection, asked: Asked, who: Actor, does: str, rest: str) -> Messages:
    reader = reader_in(conn, asked)
    name, given = _name_and_grade(rest, needed=does == GRADE, taken=does != UNPIN)
    found = find_source(name, all_sources(conn).values())
    if isinstance(found, SeveralSources):
        return (several_sources(name, found.candidates, reader),)
    if isinstance(found, NoSource):
        return (no_source(name, found.near, reader),)
    act = {GRADE: Act.SOURCE_GRADED, PIN: Act.SOURCE_PINNED, UNPIN: Act.SOURCE_UNPINNED}[does]
    return (show(conn, asked, who, found.source, act, given),)


def _name_and_grade(rest: str, *, needed: bool, taken: bool) -> tuple[str, Grade | None]:
    """The name, and the letter behind it, if there is one; raises BadInput."""
    name, _, last = rest.rpartition(" ")
    if taken and name and last.upper() in Grade.__members__:
        return name, Grade(last.upper())
    if needed:
        if name and len(last) == 1:
            raise BadInput(f"{last!r} is no letter from A to F", column="grade")
        raise BadInput("is missing: a letter from A to F behind the name", column="grade")
    return rest, None


def read_source(line: str, parties: Parties) -> Source:
    """The source in a line, without an id; raises BadInput naming the field at fault."""
    typed, *pairs = _FIELD.split(line)
    name = clean(typed)
    fields: dict[str, str] = {}
    for word, value in zip(pairs[::2], pairs[1::2], strict=True):
        if word.casefold() in fields:
            raise BadInput("is given twice", column=word.casefold())
        fields[word.casefold()] = clean(value)
    _check(name, LONGEST_NAME, "name")
    kind = fields.get("kind", "").casefold()
    _check(kind, LONGEST_KIND, "kind")
    source = Source("", name, kind, _party(fields.get("party", ""), parties))
    letter = fields.get("grade", Grade.F.value).upper()
    if letter not in Grade.__members__:
        raise BadInput(f"{letter[:20]!r} is no letter from A to F", column="grade")
    position = fields.get("position", "").casefold()
    if position not in set(Position):
        raise BadInput(f"{position[:20]!r} is neither scene nor away", column="position")
    return replace(source, reliability=Grade(letter), position=Position(position))


def _check(text: str, longest: int, column: str) -> None:
    if not any(c.isalnum() for c in text):
        raise BadInput("is missing", column=column)
    if len(text) > longest:
        raise BadInput(f"has {len(text)} characters; at most {longest}", column=column)


def _party(text: str, parties: Parties) -> str | None:
    if not text:
        return None
    found = find_party(text, parties)
    if found is None:
        known = ", ".join(p.name for p in parties.values())
        raise BadInput(f"{text[:40]!r} is none of {known}", column="party")
    return found
