"""Grading, pinning and unpinning a source: what that would change is shown, a button does it.

Nothing is kept meanwhile: the button itself tells what was shown, and to whom.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from handlers.ask import asked_by
from handlers.asked import Asked, reader_in
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.messages import regrading as texts
from handlers.messages.reporting import not_yours
from handlers.messages.sourcing import as_before, graded
from handlers.messages.start import old_button
from handlers.messages.words import Telling
from handlers.rights import actor_of, role_of
from handlers.telling import tell
from storage import desk, places, roles
from storage.model.audit import Act
from storage.model.effects import is_as_counted
from storage.model.roles import Actor, Role
from storage.model.sources import Grade, Source
from storage.pins import regraded
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from markupsafe import Markup
    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.effects import Effect

# Of a source that speaks of more, what would follow is worked out for those it spoke of last.
MOST_PLACES = 50
DIGEST = 12  # hexadecimal digits: the id of a source may be longer than what a button holds
_ACTS = {"g": Act.SOURCE_GRADED, "p": Act.SOURCE_PINNED, "u": Act.SOURCE_UNPINNED}
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Shown:
    """What a button does, to the source as it was shown, and what was shown to follow to whom."""

    act: Act
    given: Grade | None
    before: str
    counts: tuple[int, int, int]
    asker: int
    source: str


@dataclass(frozen=True)
class _Done:
    """What is said; whether it is done; what the others are asked, where one is not enough."""

    message: Message
    done: bool = False
    asks: Message | None = None


def show(
    conn: Connection,
    asked: Asked,
    source: Source,
    act: Act,
    given: Grade | None,
    note: Markup | None = None,
) -> Message:
    """What it would change, with a button that does it."""
    reader = reader_in(conn, asked)
    if _after(source, act, given) == source:
        return as_before(source, reader)
    effect, all_of_them = _rehearsed(conn, asked, source, act, given)
    data = _data(_Shown(act, given, _state(source), effect.counts, asked.user_id, _digest(source)))
    view = _view(conn, source, act, given, effect, whole=all_of_them)
    telling = Telling(reader, all_parties(conn), asked.now)
    return texts.would_be(view, telling, data, note)


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """It is to be done."""
    reader = await reader_for(update, context)
    shown = _shown_in(rest)
    if shown is None:
        await reply(update, context, old_button(reader))
        return
    if await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, not_yours(reader))
        return
    asked, services = asked_by(update, context), context.services
    done = await services.database.writing(_do, asked, actor_of(update), shown)
    if done.done:
        log.info("an editor graded a source", editor=asked.user_id)
        services.recorded()
    if done.asks is not None:
        people = await services.database.reading(roles.others, services.owners, asked.user_id)
        reached = [await tell(context.bot, person, done.asks) for person in sorted(people)]
        await reply(update, context, texts.asked_others(sum(reached), reader))
    else:
        await reply(update, context, done.message)


def _do(conn: Connection, asked: Asked, who: Actor, shown: _Shown) -> _Done:
    reader = reader_in(conn, asked)
    source = next((s for s in all_sources(conn).values() if _digest(s) == shown.source), None)
    if source is None:
        return _Done(old_button(reader))
    effect, all_of_them = _rehearsed(conn, asked, source, shown.act, shown.given)
    if _state(source) != shown.before or not is_as_counted(shown.counts, effect):
        note = texts.changed_since(reader)
        return _Done(show(conn, asked, source, shown.act, shown.given, note))
    hold = asked.services.hold
    if hold is not None and hold.holds(effect) and shown.asker == who.id:
        view = _view(conn, source, shown.act, shown.given, effect, whole=all_of_them)
        telling = Telling(reader, all_parties(conn), asked.now)
        note = texts.wants(who.name, reader)
        asks = texts.would_be(view, telling, _data(shown), note)
        return _Done(asks, asks=asks)
    after = regraded(conn, source.id, shown.act, shown.given, who, asked.now)
    return _Done(graded(after, reader), done=True)


def _rehearsed(
    conn: Connection, asked: Asked, source: Source, act: Act, given: Grade | None
) -> tuple[Effect, bool]:
    """What would follow, and whether that is so for all places that the source spoke of."""
    spoken_of = desk.places_of_source(conn, source.id, MOST_PLACES + 1)

    def write(conn: Connection) -> list[str]:
        regraded(conn, source.id, act, given, Actor(asked.user_id, ""), asked.now)
        return spoken_of[:MOST_PLACES]

    services = asked.services
    effect = services.rehearse(conn, write, now=asked.now, policy=services.policy)
    return effect, len(spoken_of) <= MOST_PLACES


def _view(
    conn: Connection,
    source: Source,
    act: Act,
    given: Grade | None,
    effect: Effect,
    *,
    whole: bool,
) -> texts.Regrading:
    found = places.get_places(conn, {p.before.place for p in effect.changed})
    after = _after(source, act, given)
    return texts.Regrading(source, after, effect, found, None if whole else MOST_PLACES)


def _after(source: Source, act: Act, given: Grade | None) -> Source:
    pinned = {Act.SOURCE_PINNED: True, Act.SOURCE_UNPINNED: False}.get(act, source.pinned)
    return replace(source, reliability=given or source.reliability, pinned=pinned)


def _state(source: Source) -> str:
    return f"{source.reliability.value}{'p' if source.pinned else ''}"


def _digest(source: Source) -> str:
    return hashlib.sha256(source.id.encode()).hexdigest()[:DIGEST]


def _data(shown: _Shown) -> str:
    """The data of the button: at most 64 bytes, up to ten million chats."""
    letter = next(letter for letter, act in _ACTS.items() if act is shown.act)
    counts = ".".join(map(str, shown.counts))
    given = shown.given.value if shown.given else "-"
    parts = (letter, given, shown.before, counts, str(shown.asker), shown.source)
    return ":".join((texts.REGRADE, *parts))


def _shown_in(rest: str) -> _Shown | None:
    """What the data of a button tell behind their first word; None where they are none of ours."""
    parts = rest.split(":")
    if len(parts) != len(_Shown.__dataclass_fields__):
        return None
    letter, given, before, counts, asker, source = parts
    numbers = [number_in(n) for n in (*counts.split("."), asker)]
    known = letter in _ACTS and (given == "-" or given in Grade.__members__)
    match numbers:
        case [int(changed), int(alerted), int(corrected), int(who)] if known:
            grade = None if given == "-" else Grade(given)
            told = (changed, alerted, corrected)
            return _Shown(_ACTS[letter], grade, before, told, who, source)
    return None
