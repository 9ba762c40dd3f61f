"""Questions about a place: /status, /why, /history, and a name typed as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import MessageEntity

from handlers import answers
from handlers.answers import WRITES, Asked
from handlers.context import chat_of, is_group, reader_for, reply
from handlers.messages.buttons import HISTORY, STATUS, SUBSCRIBE, UNSUBSCRIBE, WHY
from handlers.messages.names import no_name
from handlers.messages.start import text_only, unknown_command

if TYPE_CHECKING:
    from telegram import Message, Update

    from handlers.context import Context

DEEP_LINK = "p_"


def asked_by(update: Update, context: Context) -> Asked:
    """The question that an update is."""
    chat = chat_of(update)
    services = context.services
    return Asked(chat.id, is_group(chat), services, services.clock())


def names_something(text: str) -> bool:
    """Whether there is a letter or a digit in a text: "???" is the name of no place."""
    return any(character.isalnum() for character in text)


async def answer_name(update: Update, context: Context, does: str, query: str) -> None:
    """Do something with the place that is called `query`."""
    database = context.services.database
    run = database.writing if does in WRITES else database.reading
    asked = asked_by(update, context)
    await reply(update, context, *await run(answers.by_name, asked, does, query))


async def answer_id(update: Update, context: Context, does: str, place_id: str) -> None:
    """Do something with the place that has this id, if there still is one."""
    database = context.services.database
    run = database.writing if does in WRITES else database.reading
    asked = asked_by(update, context)
    await reply(update, context, *await run(answers.by_id, asked, does, place_id))


async def _answer_words(update: Update, context: Context, does: str, example: str) -> None:
    if names_something(context.words):
        await answer_name(update, context, does, context.words)
    else:
        await reply(update, context, no_name(await reader_for(update, context), example))


async def status(update: Update, context: Context) -> None:
    """/status: of a place or area; without one, of everything the chat has subscribed to."""
    if names_something(context.words):
        await answer_name(update, context, STATUS, context.words)
        return
    asked = asked_by(update, context)
    found = await context.services.database.reading(answers.subscription_list, asked)
    await reply(update, context, *found)


async def why(update: Update, context: Context) -> None:
    """/why: each report with its weight."""
    await _answer_words(update, context, WHY, "/why Al Waleed")


async def history(update: Update, context: Context) -> None:
    """/history: every change."""
    await _answer_words(update, context, HISTORY, "/history Al Waleed")


async def subscribe(update: Update, context: Context) -> None:
    """/subscribe: be told when it changes."""
    await _answer_words(update, context, SUBSCRIBE, "/subscribe Al Waleed")


async def unsubscribe(update: Update, context: Context) -> None:
    """/unsubscribe: no more; without a name, a button for each subscription."""
    if names_something(context.words):
        await answer_name(update, context, UNSUBSCRIBE, context.words)
        return
    asked = asked_by(update, context)
    mine = await context.services.database.reading(answers.which_to_end, asked)
    await reply(update, context, *mine)


async def typed(update: Update, context: Context) -> None:
    """A text that is no command is the name of a place; in a group, if it is meant for the bot."""
    message = update.effective_message
    if message is None or message.text is None:
        return
    if not is_group(chat_of(update)):
        await _answer_typed(update, context, message.text)
        return
    mentioned = _without_mention(message, message.text, context.bot.username)
    if mentioned is not None:
        await _answer_typed(update, context, mentioned)
    elif _replies_to(message, context.bot.id) and names_something(message.text):
        # Most replies to an alert in a group are comments: only a name is answered.
        asked = asked_by(update, context)
        read = context.services.database.reading
        await reply(update, context, *await read(answers.by_known_name, asked, message.text))


async def _answer_typed(update: Update, context: Context, query: str) -> None:
    if names_something(query):
        await answer_name(update, context, STATUS, query)
    else:
        await reply(update, context, no_name(await reader_for(update, context), "Al Waleed"))


def _without_mention(message: Message, text: str, username: str) -> str | None:
    """The text without the bot's name; None where that is not in it."""
    for mention in message.parse_entities([MessageEntity.MENTION]).values():
        if mention.casefold() == f"@{username}".casefold():
            return text.replace(mention, " ", 1)
    return None


def _replies_to(message: Message, bot_id: int) -> bool:
    asked = message.reply_to_message
    return asked is not None and asked.from_user is not None and asked.from_user.id == bot_id


async def unknown(update: Update, context: Context) -> None:
    """A command that there is not; in a group, only if it names this bot."""
    message = update.effective_message
    command, *_ = ((message and message.text) or "/").split()
    named = command.casefold().endswith(f"@{context.bot.username}".casefold())
    if named or not is_group(chat_of(update)):
        await reply(update, context, unknown_command(await reader_for(update, context)))


async def no_text(update: Update, context: Context) -> None:
    """A sticker, a picture, a voice message… in a private chat."""
    await reply(update, context, text_only(await reader_for(update, context)))
