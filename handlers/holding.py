"""Reports that wait for a second editor: asking the others, and what they answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import structlog

from handlers.asked import asked_by
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.messages import holding as texts
from handlers.messages.start import old_button
from handlers.rights import actor_of, role_of
from handlers.telling import Reached, reach
from storage import audit, desk, events, holds, notices, places, roles
from storage.model.audit import Act
from storage.model.holds import HoldEnd, HoldEnded
from storage.model.report_drafts import report_id
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import datetime

    from telegram import CallbackQuery, Update
    from telegram.ext import ExtBot

    from handlers.context import Context, Services
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.holds import Held
    from storage.model.roles import Actor

log = structlog.get_logger(__name__)
# Notes that people (by user id) have been asked about what has a number.
Note: TypeAlias = "Callable[[Connection, int, Collection[int]], None]"


async def ask(
    bot: ExtBot[Any],
    services: Services,
    note: Note,
    number: int,
    people: Iterable[int],
    message: Message,
) -> Counter[Reached]:
    """Ask people about what waits under a number; returns how many could be asked.

    Who could not, because Telegram or the network failed, is not noted, and asked again later,
    also after a restart.
    """
    reached: Counter[Reached] = Counter()
    for person in sorted(people):
        answer = await reach(bot, person, message)
        reached[answer] += 1
        if answer is not Reached.NOT_NOW:
            await services.database.writing(note, number, [person])
    return reached


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """An editor lets a report go, or stops it."""
    does, __, number = rest.partition(":")
    draft_id = number_in(number)
    reader = await reader_for(update, context)
    if does not in (texts.GO, texts.STOP) or draft_id is None:
        await reply(update, context, old_button(reader))
        return
    if await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, texts.for_editors(reader))
        return
    asked = asked_by(update, context)
    who = actor_of(update)
    services = context.services
    held = await services.database.reading(holds.find, draft_id)
    if held is not None and does == texts.GO and held.who.id == who.id:
        await reply(update, context, texts.somebody_else(reader))
        return
    decide = let_go if does == texts.GO else stop
    ended = await services.database.writing(
        decide, draft_id, who, services.owners, asked.now, asked.chat_id
    )
    if ended is None:
        recorded = await services.database.reading(events.known_ids, [report_id(draft_id)])
        await reply(update, context, texts.decided(reader, recorded=bool(recorded)))
        return
    log.info("a report waits no more", report=ended.report, how=ended.how.value, by=who.id)
    if ended.how is HoldEnd.LET_GO:
        services.recorded()
    await reply(update, context, texts.ended(ended, reader))


def let_go(
    conn: Connection,
    draft_id: int,
    by: Actor | None,
    owners: Collection[int],
    now: datetime,
    here: int | None = None,
) -> HoldEnded | None:
    """Record a report that was held back, because somebody said so or (None) its time is up; None
    where it waits no more.

    It is not recorded where it was the word of somebody who is no editor any more, or takes back
    what was taken back meanwhile; `owners` (user ids) own the bot. Whoever wrote it is told, and
    of what was not recorded everybody else, but for the chat that reads it `here`.
    """
    held = holds.end(conn, draft_id)
    if held is None:
        return None
    gone = held.draft.takes_back
    if not roles.brings_in(conn, owners, held.who.id):
        return _in_vain(conn, held, Act.LAPSED, HoldEnd.LAPSED, owners, now, here)
    if gone is not None and desk.taken_back(conn, [gone]):
        return _in_vain(conn, held, Act.OVERTAKEN, HoldEnd.OVERTAKEN, owners, now, here)
    if by is not None:
        audit.note(conn, by, Act.LET_GO, {"report": held.draft.report_id}, now)
    desk.record(conn, held.draft, held.who, now)
    return _ended(conn, held, HoldEnd.LET_GO if by else HoldEnd.TIME_UP, by, now, here)


def stop(
    conn: Connection,
    draft_id: int,
    by: Actor,
    _: Collection[int],
    now: datetime,
    here: int | None = None,
) -> HoldEnded | None:
    """Put away a report that was held back; None where it waits no more. Told as above."""
    held = holds.end(conn, draft_id)
    if held is None:
        return None
    audit.note(conn, by, Act.STOPPED, {"report": held.draft.report_id}, now)
    return _ended(conn, held, HoldEnd.STOPPED, by, now, here)


def _in_vain(
    conn: Connection,
    held: Held,
    act: Act,
    how: HoldEnd,
    owners: Collection[int],
    now: datetime,
    here: int | None,
) -> HoldEnded:
    """Nobody decided against it, and yet it is not recorded: all who were asked are told."""
    ended = replace(_ended(conn, held, how, None, now, here), to_writer=False)
    about = {"report": ended.report, "place": ended.place}
    if held.draft.takes_back is not None:
        about["taken back"] = held.draft.takes_back
    audit.note(conn, held.who, act, about, now)
    others = roles.others(conn, owners, held.who.id) - {here, held.draft.chat_id}
    notices.tell_of_hold(conn, ended, others, now)
    return ended


def _ended(
    conn: Connection,
    held: Held,
    how: HoldEnd,
    by: Actor | None,
    now: datetime,
    here: int | None,
) -> HoldEnded:
    """What became of it; the chat in which it was written is told, unless it reads it `here`."""
    place = places.get_place(conn, held.draft.place or "")
    name = by.name if by else ""
    ended = HoldEnded(how, name, held.draft.report_id, place.name, held.who.name)
    if held.draft.chat_id != here:
        notices.tell_of_hold(conn, ended, [held.draft.chat_id], now)
    return ended
