"""Grading, pinning and unpinning a source: what that would change is shown, a button does it.

What is asked is kept for a day, through restarts: see `storage.regradings`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from handlers.asked import Asked, Messages, asked_by, reader_in
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.holding import ask
from handlers.messages import regrading as texts
from handlers.messages.holding import for_editors
from handlers.messages.source_editing import as_before, graded
from handlers.messages.words import Telling
from handlers.rights import actor_of, role_of
from handlers.telling import Reached
from storage import desk, notices, places, regradings, roles
from storage.model.audit import Act
from storage.model.effects import is_as_counted
from storage.model.regradings import KEPT_FOR, Regrading, RegradingEnded
from storage.model.roles import Actor, Role
from storage.pins import regraded
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup
    from telegram import CallbackQuery, Update

    from handlers.context import Context, Services
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.effects import Effect
    from storage.model.sources import Grade, Source

# Of a source that speaks of more, what would follow is worked out for those it spoke of last.
MOST_PLACES = 50
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Done:
    """What is said; whether it is done; what waits now, and which other editors (by user id) are
    asked what.
    """

    messages: Messages = ()
    done: bool = False
    waits: Regrading | None = None
    asks: Message | None = None
    to_ask: frozenset[int] = frozenset()


@dataclass(frozen=True)
class _Rehearsed:
    """What would follow, found at so many places of those that the source spoke of."""

    effect: Effect
    looked_at: int
    spoken_of: int


def show(
    conn: Connection,
    asked: Asked,
    who: Actor,
    source: Source,
    act: Act,
    given: Grade | None,
    note: Markup | None = None,
) -> Message:
    """What it would change, with a button that does it; the question is kept."""
    reader = reader_in(conn, asked)
    if _after(source, act, given) == source:
        return as_before(source, reader)
    found = _rehearsed(conn, asked.services, source, act, given, asked.now)
    until = asked.now + KEPT_FOR
    counts = found.effect.counts
    new = Regrading(0, asked.chat_id, who, source.id, act, given, _state(source), counts, until)
    kept = regradings.keep(conn, new, asked.now)
    telling = Telling(reader, all_parties(conn), asked.now)
    return texts.would_be(_view(conn, source, kept, found), telling, kept.id, note)


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """It is to be done."""
    reader = await reader_for(update, context)
    number = number_in(rest)
    if await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, for_editors(reader))
        return
    if number is None:
        await reply(update, context, texts.over(reader))
        return
    asked, services = asked_by(update, context), context.services
    done = await services.database.writing(_do, asked, actor_of(update), number)
    if done.done:
        log.info("an editor graded a source", editor=asked.user_id)
        services.recorded()
    if done.waits is not None and done.asks is not None:
        number = done.waits.id
        reached = await ask(context.bot, services, regradings.asked, number, done.to_ask, done.asks)
        said = texts.asked_others(
            reached[Reached.YES],
            reached[Reached.NOT_NOW],
            done.waits.until,
            Telling(reader, {}, asked.now),
        )
        await reply(update, context, said)
    await reply(update, context, *done.messages)


def _do(conn: Connection, asked: Asked, who: Actor, number: int) -> _Done:
    reader, now = reader_in(conn, asked), asked.now
    if not roles.brings_in(conn, asked.services.owners, who.id):
        return _Done((for_editors(reader),))  # the role was taken this moment
    wanted = regradings.find(conn, number, now)
    if wanted is not None and not roles.brings_in(conn, asked.services.owners, wanted.who.id):
        return _Done((_after_dismissal(conn, asked, wanted),))
    source = all_sources(conn).get(wanted.source) if wanted else None
    if wanted is None or source is None:
        return _Done((texts.over(reader),))
    found = _rehearsed(conn, asked.services, source, wanted.act, wanted.given, now)
    if _state(source) != wanted.before or not is_as_counted(wanted.counts, found.effect):
        note = texts.changed_since(reader)
        return _Done((show(conn, asked, who, source, wanted.act, wanted.given, note),))
    hold = asked.services.hold
    if hold is not None and hold.holds(found.effect) and wanted.who.id == who.id:
        if wanted.waits:
            return _Done((texts.still_waits(wanted.until, Telling(reader, {}, now)),))
        to_ask = frozenset(roles.others(conn, asked.services.owners, who.id))
        regradings.wait(conn, number, to_ask, now)
        asks = _asks(conn, asked, wanted, source, found)
        return _Done(waits=wanted, asks=asks, to_ask=to_ask)
    after = regraded(conn, source.id, wanted.act, wanted.given, who, now)
    regradings.done(conn, number)
    if wanted.waits and wanted.chat_id != asked.chat_id:
        ended = RegradingEnded(after.name, who.name)
        notices.tell_of_regrading(conn, ended, [wanted.chat_id], now)
    return _Done((graded(after, reader),), done=True)


def asks_anew(
    conn: Connection, services: Services, wanted: Regrading, now: datetime
) -> Message | None:
    """What other editors are asked about a grade that waits, as things are at `now` (UTC); None
    where the source has gone.
    """
    source = all_sources(conn).get(wanted.source)
    if source is None:
        return None
    asked = Asked(wanted.chat_id, is_group=False, services=services, now=now)
    found = _rehearsed(conn, services, source, wanted.act, wanted.given, now)
    return _asks(conn, asked, wanted, source, found)


def _after_dismissal(conn: Connection, asked: Asked, wanted: Regrading) -> Message:
    """Somebody wants to do what was asked by who is no editor any more."""
    reader = reader_in(conn, asked)
    if not wanted.waits:
        return texts.over(reader)
    regradings.end(conn, wanted.id)
    return texts.ended(_lapse(conn, asked.services, wanted, asked.now, asked.chat_id), reader)


def end_in_vain(conn: Connection, services: Services, now: datetime) -> list[Regrading]:
    """What waited until `now` (UTC) and nobody did is over, and whoever asked for it is told; so is
    what waits of who is no editor any more, and all who were asked are told.
    """
    lapsed = regradings.lapsed(conn, services.owners)
    for one in lapsed:
        _lapse(conn, services, one, now)
    over = regradings.run_out(conn, now)
    for one in over:
        ended = RegradingEnded(_source_name(conn, one))
        notices.tell_of_regrading(conn, ended, [one.chat_id], now)
    return [*lapsed, *over]


def _lapse(
    conn: Connection,
    services: Services,
    wanted: Regrading,
    now: datetime,
    here: int | None = None,
) -> RegradingEnded:
    """All who were asked are told, and whoever asked, but for the chat that reads it `here`."""
    ended = RegradingEnded(_source_name(conn, wanted), lapsed=wanted.who.name)
    to_others = replace(ended, to_asker=False)
    others = roles.others(conn, services.owners, wanted.who.id) - {here, wanted.chat_id}
    notices.tell_of_regrading(conn, ended, {wanted.chat_id} - {here}, now)
    notices.tell_of_regrading(conn, to_others, others, now)
    return to_others


def _source_name(conn: Connection, wanted: Regrading) -> str:
    source = all_sources(conn).get(wanted.source)
    return source.name if source else wanted.source


def _asks(
    conn: Connection, asked: Asked, wanted: Regrading, source: Source, found: _Rehearsed
) -> Message:
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    note = texts.wants(wanted.who.name, telling.reader)
    return texts.would_be(_view(conn, source, wanted, found), telling, wanted.id, note)


def _rehearsed(
    conn: Connection,
    services: Services,
    source: Source,
    act: Act,
    given: Grade | None,
    now: datetime,
) -> _Rehearsed:
    """What would follow at the places that the source spoke of last."""
    last = desk.places_of_source(conn, source.id, MOST_PLACES)

    def write(conn: Connection) -> list[str]:
        # It is undone with all else: by whom does not matter.
        regraded(conn, source.id, act, given, Actor(0, ""), now)
        return last

    effect = services.rehearse(conn, write, now=now, policy=services.policy)
    return _Rehearsed(effect, len(last), desk.number_of_places(conn, source.id))


def _view(conn: Connection, source: Source, wanted: Regrading, found: _Rehearsed) -> texts.WouldBe:
    changed = places.get_places(conn, {p.before.place for p in found.effect.changed})
    after = _after(source, wanted.act, wanted.given)
    return texts.WouldBe(source, after, found.effect, changed, found.looked_at, found.spoken_of)


def _after(source: Source, act: Act, given: Grade | None) -> Source:
    pinned = {Act.SOURCE_PINNED: True, Act.SOURCE_UNPINNED: False}.get(act, source.pinned)
    return replace(source, reliability=given or source.reliability, pinned=pinned)


def _state(source: Source) -> str:
    return f"{source.reliability.value}{'p' if source.pinned else ''}"
