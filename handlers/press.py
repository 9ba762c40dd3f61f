"""What each button does, whenever it is pressed: under old messages and of places long gone too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message
from telegram.error import BadRequest

from handlers import (
    article,
    auditing,
    chat_answers,
    choosing,
    holding,
    leads,
    outbox,
    regrading,
    rejects,
    report_commands,
    roles,
    sources,
)
from handlers.asked import asked_by
from handlers.context import chat_of, is_group, reader_for, reader_of, reply
from handlers.messages.articles import ARTICLE
from handlers.messages.auditing import AUDIT
from handlers.messages.buttons import (
    AREAS,
    CHOOSE,
    FORGET,
    INSIDE,
    KEEP,
    LISTED,
    NEAR,
    NONE,
    OTHER,
    PAGE,
    PICK,
    SUBSCRIBE,
    UNSUBSCRIBE,
    WISH,
    subscription_words,
)
from handlers.messages.holding import HOLD
from handlers.messages.leads import LEAD
from handlers.messages.message import plain
from handlers.messages.outbox import OUTBOX
from handlers.messages.regrading import REGRADE
from handlers.messages.rejects import REJECT
from handlers.messages.reporting import DRAFT
from handlers.messages.roles import DISMISS, EDITORS, in_private
from handlers.messages.sources import SOURCE, SOURCES
from handlers.messages.start import old_button
from handlers.messages.subscriptions import admins_only, kept
from handlers.near import where_are_you
from handlers.place_answers import ANSWERS
from handlers.place_questions import answer_id
from handlers.rights import may_change, role_of
from storage import subscribers
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telegram import CallbackQuery, Update

    from handlers.context import Context
    from handlers.messages.message import Reader

Press: TypeAlias = "Callable[[Update, Context, CallbackQuery, str], Coroutine[Any, Any, None]]"

log = structlog.get_logger(__name__)

_CHANGES = frozenset({SUBSCRIBE, UNSUBSCRIBE, FORGET})
# What only these are answered, and not where everybody would read it: in a group there may be a
# button of it from before it was so.
_OWNERS, _EDITORS = frozenset({Role.OWNER}), frozenset({Role.OWNER, Role.EDITOR})
_CONFIDENTIAL = {
    AUDIT: _OWNERS,
    DISMISS: _OWNERS,
    OUTBOX: _OWNERS,
    REJECT: _OWNERS,
    EDITORS: _EDITORS,
    LEAD: _EDITORS,
}


async def pressed(update: Update, context: Context) -> None:
    """A button was pressed; whoever pressed it always gets an answer."""
    query = update.callback_query
    if query is None or update.effective_chat is None:
        return
    does, _, rest = (query.data or "").partition(":")
    changes = await choosing.what_it_does(update, context, does, rest) in _CHANGES
    if changes and not await may_change(update, context):
        refusal = admins_only(await reader_for(update, context), context.bot.username)
        await acknowledge(query, plain(refusal))
        return
    if await _is_for_private(update, context, does):
        refusal = in_private(await reader_for(update, context), context.bot.username)
        await acknowledge(query, plain(refusal))
        return
    await acknowledge(query)
    if does in ANSWERS and rest:
        await answer_id(update, context, does, rest)
        if does in (SUBSCRIBE, UNSUBSCRIBE):
            await _show_subscription(query, context, chat_of(update).id, rest)
    elif does in (SOURCE, SOURCES):
        await sources.pressed(update, context, does, rest)
    elif does == OUTBOX and await role_of(update, context) is Role.OWNER:
        await outbox.pressed(update, context, rest)
    else:
        await _PRESSES.get(does, _old)(update, context, query, rest)


async def _is_for_private(update: Update, context: Context, does: str) -> bool:
    """Whether a button would show to a group what whoever presses it may see."""
    may_see = _CONFIDENTIAL.get(does)
    if may_see is None or not is_group(chat_of(update)):
        return False
    return await role_of(update, context) in may_see


async def acknowledge(query: CallbackQuery, refusal: str | None = None) -> None:
    """Ends the wait that a pressed button shows; a refusal is shown on top of everything."""
    try:
        await query.answer(refusal, show_alert=refusal is not None)
    except BadRequest as error:
        # It was pressed too long ago, while the bot was away, or is answered already.
        log.info("a pressed button cannot be answered", reason=error.message)


async def _forget(update: Update, context: Context, query: CallbackQuery, _: str) -> None:
    asked = asked_by(update, context)
    await reply(
        update, context, *await context.services.database.writing(chat_answers.forget, asked)
    )
    await _change_buttons(query, None)


async def _keep(update: Update, context: Context, query: CallbackQuery, _: str) -> None:
    await reply(update, context, kept(await reader_for(update, context)))
    await _change_buttons(query, None)


async def _near_me(update: Update, context: Context, _: CallbackQuery, __: str) -> None:
    await where_are_you(update, context)


async def _old(update: Update, context: Context, _: CallbackQuery, __: str) -> None:
    await reply(update, context, old_button(await reader_for(update, context)))


async def _show_subscription(
    query: CallbackQuery, context: Context, chat_id: int, place_id: str
) -> None:
    """Let the pressed button offer the opposite, now that the subscription is made or ended."""
    message = query.message
    if not isinstance(message, Message) or message.reply_markup is None:
        return  # Telegram does not show a bot what is under a very old message
    services = context.services
    subscribed = await services.database.reading(subscribers.is_subscribed, chat_id, place_id)
    reader = await services.database.reading(reader_of, chat_id, services)
    rows = [
        [_flipped(reader, button, place_id, subscribed=subscribed) for button in row]
        for row in message.reply_markup.inline_keyboard
    ]
    await _change_buttons(query, InlineKeyboardMarkup(rows))


def _flipped(
    reader: Reader, button: InlineKeyboardButton, place_id: str, *, subscribed: bool
) -> InlineKeyboardButton:
    if button.callback_data not in (f"{SUBSCRIBE}:{place_id}", f"{UNSUBSCRIBE}:{place_id}"):
        return button
    word, does = subscription_words(reader, subscribed=subscribed)
    _, colon, place = button.text.partition(":")
    return InlineKeyboardButton(f"{word}{colon}{place}", callback_data=f"{does}:{place_id}")


async def _change_buttons(query: CallbackQuery, markup: InlineKeyboardMarkup | None) -> None:
    try:
        await query.edit_message_reply_markup(markup)
    except BadRequest as error:
        # As it should be already, deleted, or too old: the answer was given all the same.
        log.info("the buttons of a message stay as they are", reason=error.message)


# What a button does that names no place, or not only a place.
_PRESSES: dict[str, Press] = {
    CHOOSE: choosing.choose,
    PAGE: choosing.turn,
    NONE: choosing.none_meant,
    OTHER: choosing.another_meant,
    WISH: choosing.wish,
    PICK: choosing.pick,
    AREAS: choosing.areas,
    INSIDE: choosing.inside,
    LISTED: choosing.listed,
    NEAR: _near_me,
    FORGET: _forget,
    KEEP: _keep,
    DISMISS: roles.dismiss,
    EDITORS: roles.turn,
    DRAFT: report_commands.pressed,
    ARTICLE: article.pressed,
    AUDIT: auditing.turn,
    HOLD: holding.pressed,
    LEAD: leads.pressed,
    REGRADE: regrading.pressed,
    REJECT: rejects.pressed,
}
