"""Reports that wait for a second editor: asking the others, and what they answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog

from handlers.ask import asked_by
from handlers.choosing import number_in
from handlers.context import reader_for, reader_of, reply
from handlers.messages import holding as texts
from handlers.messages.start import old_button
from handlers.rights import actor_of, role_of
from handlers.telling import Reached, reach, tell
from storage import audit, desk, holds, places
from storage.model.audit import Act
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from telegram import CallbackQuery, Update
    from telegram.ext import ExtBot

    from handlers.context import Context, Services
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.holds import Held
    from storage.model.roles import Actor

log = structlog.get_logger(__name__)


async def ask(
    bot: ExtBot[Any], services: Services, draft_id: int, people: Iterable[int], message: Message
) -> Counter[Reached]:
    """Ask people about a report that waits; returns how many could be asked.

    Who could not, because Telegram or the network failed, is asked again later, also after a
    restart.
    """
    reached: Counter[Reached] = Counter()
    for person in sorted(people):
        answer = await reach(bot, person, message)
        reached[answer] += 1
        if answer is not Reached.NOT_NOW:
            await services.database.writing(holds.asked, draft_id, [person])
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
    held = await services.database.writing(decide, draft_id, who, asked.now)
    if held is None:
        await reply(update, context, texts.decided(reader))
        return
    place = await services.database.reading(places.get_place, held.draft.place or "")
    theirs = await services.database.reading(reader_of, held.draft.chat_id, services)
    if does == texts.GO:
        log.info("a report that waited was let go", report=held.draft.report_id, by=who.id)
        services.recorded()
        said, told = (texts.let_go(who.name, place.name, r) for r in (reader, theirs))
    else:
        log.info("a report that waited was stopped", report=held.draft.report_id, by=who.id)
        said, told = (texts.stopped(who.name, r) for r in (reader, theirs))
    if held.draft.chat_id != asked.chat_id:
        await tell(context.bot, held.draft.chat_id, told)
    await reply(update, context, said)


def let_go(conn: Connection, draft_id: int, by: Actor | None, now: datetime) -> Held | None:
    """Record a report that was held back, because somebody said so or (None) its time is up; None
    where it waits no more.
    """
    held = holds.end(conn, draft_id)
    if held is None:
        return None
    if by is not None:
        audit.note(conn, by, Act.LET_GO, {"report": held.draft.report_id}, now)
    desk.record(conn, held.draft, held.who, now)
    return held


def stop(conn: Connection, draft_id: int, by: Actor, now: datetime) -> Held | None:
    """Put away a report that was held back; None where it waits no more."""
    held = holds.end(conn, draft_id)
    if held is not None:
        audit.note(conn, by, Act.STOPPED, {"report": held.draft.report_id}, now)
    return held
