"""/report, /retract, /correct and /cancel: editors bring reports in, and take them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from handlers import article, drafting, report_beginning, report_steps
from handlers.asked import asked_by
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.forgotten_colon import with_colon
from handlers.forwards import forward_of
from handlers.holding import ask
from handlers.messages import reporting as texts
from handlers.messages.buttons import REPORT
from handlers.messages.holding import for_editors, waits
from handlers.messages.message import one_message
from handlers.messages.start import old_button
from handlers.messages.words import Telling
from handlers.near import located
from handlers.place_questions import answer_name, names_something, no_text, said_to_bot
from handlers.place_questions import typed as asked_typed
from handlers.report_line import read_line
from handlers.rights import actor_of, role_of
from handlers.telling import Reached
from storage import holds
from storage.model.report_drafts import CHANGEABLE, Asks, report_id
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from handlers.context import Context

log = structlog.get_logger(__name__)


async def report(update: Update, context: Context) -> None:
    """/report: what a line tells of a report; without one, step by step."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    if await _heard(update, context):
        return
    reader = await reader_for(update, context)
    text = context.words
    line = None
    if names_something(text):
        typed = await context.services.database.reading(with_colon, asked, text)
        line = read_line(typed, reader.zone, asked.now)
    notes = await writing(report_beginning.begin, asked, line)
    if notes:
        await reply(update, context, one_message(notes))
    if line is not None and names_something(line.place):
        await answer_name(update, context, REPORT, line.place)
    else:
        hint = None if line else texts.how_to(reader)
        await reply(update, context, *await writing(report_steps.show_open, asked, hint))


async def _heard(update: Update, context: Context) -> bool:
    """Whether this message has had its effect before the bot died; the open question is shown."""
    asked, database = asked_by(update, context), context.services.database
    if not await database.reading(report_steps.heard, asked):
        return False
    await _show_again(update, context)
    return True


async def _show_again(update: Update, context: Context) -> None:
    writing = context.services.database.writing
    await reply(update, context, *await writing(report_steps.show_open, asked_by(update, context)))


async def retract(update: Update, context: Context) -> None:
    """/retract: a report is taken back, by its id or one of the editor's own."""
    await _undo(update, context, Asks.TAKEN_BACK)


async def correct(update: Update, context: Context) -> None:
    """/correct: a report is taken back, and another one takes its place."""
    await _undo(update, context, Asks.CORRECTED)


async def _undo(update: Update, context: Context, what: Asks) -> None:
    if await _heard(update, context):
        return
    asked = asked_by(update, context)
    writing = context.services.database.writing
    said = await writing(report_beginning.begin_undoing, asked, what, context.words)
    await reply(update, context, *said)


async def cancel(update: Update, context: Context) -> None:
    """/cancel: what is being written is put away."""
    asked = asked_by(update, context)
    await reply(
        update, context, await context.services.database.writing(report_steps.cancel, asked)
    )


async def typed(update: Update, context: Context) -> None:
    """A text may be the answer to what an editor is asked; otherwise it is a question."""
    text = said_to_bot(update, context)
    if text is None:
        await asked_typed(update, context)
        return
    asked = asked_by(update, context)
    reading = context.services.database.reading
    awaited, taken_up = (
        await reading(report_steps.awaits, asked),
        await reading(report_steps.heard, asked),
    )
    nothing = awaited is None and not taken_up
    if nothing or await role_of(update, context) is Role.SUBSCRIBER:
        await asked_typed(update, context)
    elif update.edited_message:
        await reply(update, context, texts.no_edits(await reader_for(update, context)))
    elif taken_up:
        await _show_again(update, context)
    elif awaited is Asks.ARTICLE:
        await article.typed(update, context, text)
    elif awaited is Asks.PLACE and names_something(text):
        await answer_name(update, context, REPORT, text)
    else:
        writing = context.services.database.writing
        await reply(update, context, *await writing(report_steps.typed, asked, text))


async def forwarded(update: Update, context: Context) -> None:
    """A forwarded message in a private chat: for editors a report begins with it, unless a text is
    awaited; from everybody else it is what they might have written themselves.
    """
    message = update.effective_message
    forward = forward_of(message) if message else None
    if forward is not None and await role_of(update, context) is not Role.SUBSCRIBER:
        asked = asked_by(update, context)
        database = context.services.database
        if await database.reading(report_steps.awaits, asked) is Asks.ARTICLE:
            await article.forwarded(update, context)
        elif not await _heard(update, context):
            said = await database.writing(drafting.begin_forwarded, asked, forward)
            await reply(update, context, *said)
    elif message is not None and message.text:
        await asked_typed(update, context)
    elif message is not None and message.location:
        await located(update, context)
    else:
        await no_text(update, context)


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """A button of a report that is being written."""
    number, __, behind = rest.partition(":")
    step, __, what = behind.partition(":")
    draft_id, version = number_in(number), number_in(step)
    reader = await reader_for(update, context)
    if draft_id is None or version is None or not _known(what):
        await reply(update, context, old_button(reader))
        return
    if await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, for_editors(reader))
        return
    asked = asked_by(update, context)
    services = context.services
    done = await services.database.writing(
        report_steps.pressed, asked, actor_of(update), draft_id, version, what
    )
    if done.recorded:
        log.info("an editor recorded a report", editor=asked.user_id, report=report_id(draft_id))
        services.recorded()
    if done.held is not None and done.asks is not None:
        log.info("a report waits for a second editor", editor=asked.user_id)
        waiting = done.held.draft.id
        reached = await ask(context.bot, services, holds.asked, waiting, done.to_ask, done.asks)
        telling = Telling(reader, {}, asked.now)
        await reply(
            update,
            context,
            waits(done.held, reached[Reached.YES], reached[Reached.NOT_NOW], telling),
        )
    await reply(update, context, *done.messages)


def _known(what: str) -> bool:
    """Whether a button does anything that there is."""
    parts = {f"{texts.PART}{part.value}" for part in CHANGEABLE}
    return number_in(what) is not None or what in (
        texts.RECORD,
        texts.CHANGE,
        texts.CANCEL,
        *parts,
    )
