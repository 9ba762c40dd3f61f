"""/article: an editor gives a news text, and goes through the claims that were drafted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import drafting
from handlers.asked import asked_by
from handlers.choosing import number_in
from handlers.context import reader_for, reply
from handlers.forwards import forward_of
from handlers.messages import articles as texts
from handlers.messages.buttons import REPORT
from handlers.messages.holding import for_editors
from handlers.messages.start import old_button
from handlers.place_questions import answer_name, names_something
from handlers.rights import role_of
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram import CallbackQuery, Message, Update

    from handlers.context import Context
    from storage.model.articles import Given


async def article(update: Update, context: Context) -> None:
    """/article with a text behind it, or as a reply to one; else the text is asked for."""
    message = update.effective_message
    if message is None:
        return
    _, *behind = (message.text or "").split(maxsplit=1)
    if behind:
        await typed(update, context, behind[0])
    elif message.reply_to_message is not None:
        await _take(update, context, message.reply_to_message)
    else:
        asked = asked_by(update, context)
        await reply(
            update, context, *await context.services.database.writing(drafting.ask_for_text, asked)
        )


async def typed(update: Update, context: Context, text: str) -> None:
    """A text that an editor has typed or pasted."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    await _read(update, context, await reading(drafting.given_by, asked, text, asked.now))


async def forwarded(update: Update, context: Context) -> None:
    """A forwarded message where a text is awaited."""
    if update.effective_message is not None:
        await _take(update, context, update.effective_message)


async def _take(update: Update, context: Context, message: Message) -> None:
    """A message holds the text."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    forward = forward_of(message)
    if forward is not None:
        given = await reading(drafting.given_as, asked, forward)
    else:
        text = message.text or message.caption or ""
        given = await reading(drafting.given_by, asked, text, message.date)
    await _read(update, context, given)


async def _read(update: Update, context: Context, given: Given) -> None:
    if not names_something(given.text):
        await reply(update, context, texts.nothing_to_read(await reader_for(update, context)))
        return
    asked = asked_by(update, context)
    database = context.services.database
    claims = await database.reading(drafting.read, asked, given)
    await reply(update, context, *await database.writing(drafting.keep, asked, given, claims))


async def pressed(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """A button of a text: its claims are drafted, or a report begins with one of them."""
    number, __, what = rest.partition(":")
    article_id, claim = number_in(number), number_in(what)
    reader = await reader_for(update, context)
    if article_id is None or (claim is None and what != texts.READ):
        await reply(update, context, old_button(reader))
    elif await role_of(update, context) is Role.SUBSCRIBER:
        await reply(update, context, for_editors(reader))
    elif claim is None:
        await _draft(update, context, article_id)
    else:
        asked = asked_by(update, context)
        writing = context.services.database.writing
        begun = await writing(drafting.begin, asked, article_id, claim)
        await reply(update, context, *begun.messages)
        if begun.place:
            await answer_name(update, context, REPORT, begun.place)


async def _draft(update: Update, context: Context, article_id: int) -> None:
    asked = asked_by(update, context)
    database = context.services.database
    found = await database.reading(drafting.find, asked, article_id)
    if found is None:
        await reply(update, context, texts.gone(await reader_for(update, context)))
        return
    claims = found.claims
    if claims is None:
        claims = await database.reading(drafting.read, asked, found.given)
    listed = await database.writing(drafting.keep_read, asked, article_id, claims)
    await reply(update, context, *listed)
