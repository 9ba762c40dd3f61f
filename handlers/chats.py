"""What a chat is told about itself, and what happens to chats: /start, /forget, /timezone, …"""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus

from handlers import chat_answers, roles, subscribing
from handlers.asked import asked_by
from handlers.context import chat_of, is_group, reader_for, reply
from handlers.messages import subscriptions
from handlers.messages.buttons import DEEP_LINK, LOOK, STATUS
from handlers.messages.names import no_name
from handlers.messages.roles import INVITATION
from handlers.place_questions import answer_id
from handlers.zones import find_zone, near_zones
from storage import subscribers

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context

_GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


async def start(update: Update, context: Context) -> None:
    """/start: hello; with the payload of a deep link, what that asks for."""
    asked = asked_by(update, context)
    await context.services.database.writing(chat_answers.welcome_back, asked)
    await roles.greet(update, context)
    if context.words.startswith(INVITATION) and not is_group(chat_of(update)):
        await roles.accept(update, context, context.words.removeprefix(INVITATION))
    elif context.words.startswith(DEEP_LINK):
        place_id = context.words.removeprefix(DEEP_LINK)
        await answer_id(update, context, STATUS, place_id)
    elif context.words == LOOK:
        await reply(update, context, no_name(await reader_for(update, context), "Al Waleed"))
    else:
        reading = context.services.database.reading
        await reply(update, context, *await reading(chat_answers.hello, asked))


async def list_subscriptions(update: Update, context: Context) -> None:
    """/list: the subscriptions, with how each stands."""
    asked = asked_by(update, context)
    found = await context.services.database.reading(subscribing.subscription_list, asked)
    await reply(update, context, found)


async def forget(update: Update, context: Context) -> None:
    """/forget: asks first; the button under the question deletes."""
    await reply(update, context, subscriptions.confirm_forget(await reader_for(update, context)))


async def timezone(update: Update, context: Context) -> None:
    """/timezone: in which zone this chat reads times; without a name, which that is."""
    asked = asked_by(update, context)
    typed = context.words
    reader = await reader_for(update, context)
    if not typed:
        await reply(update, context, subscriptions.zone_now(asked.now, reader))
        return
    zone = find_zone(typed)
    if zone is None:
        message = subscriptions.zone_unknown(typed, near_zones(typed), reader)
        await reply(update, context, message)
        return
    done = await context.services.database.writing(chat_answers.set_zone, asked, zone)
    await reply(update, context, *done)


async def moved(update: Update, context: Context) -> None:
    """A group has become a supergroup with another id: its subscriptions follow it."""
    message = update.message
    if message is None:
        return
    old = message.migrate_from_chat_id or message.chat_id
    new = message.migrate_to_chat_id or message.chat_id
    await context.services.database.writing(subscribers.migrate_chat, old, new)


async def membership(update: Update, context: Context) -> None:
    """The bot was blocked or thrown out, or is back: the chat is told nothing, or again."""
    change = update.my_chat_member
    if change is None:
        return
    writing = context.services.database.writing
    if change.new_chat_member.status in _GONE:
        await writing(subscribers.deactivate, change.chat.id)
    else:
        await writing(chat_answers.welcome_back, asked_by(update, context))
