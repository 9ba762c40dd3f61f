"""Questions about a place: /status, /why, /history, and a name typed as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import MessageEntity

from handlers import asking_back, place_answers, subscribing
from handlers.asked import asked_by
from handlers.context import chat_of, is_group, reader_for, reply
from handlers.finding import find, time_apart
from handlers.messages.buttons import HISTORY, STATUS, SUBSCRIBE, UNSUBSCRIBE, WHY
from handlers.messages.looking_back import BadTime, bad_time, only_questions
from handlers.messages.names import no_name
from handlers.messages.start import text_only, unknown_command
from handlers.place_answers import LOOKS_BACK, WRITES
from handlers.when import name_in
from storage.model.names import Found, NotFound

if TYPE_CHECKING:
    from telegram import Message, Update

    from handlers.asked import Asked
    from handlers.context import Context
    from handlers.finding import Meant


def names_something(text: str) -> bool:
    """Whether there is a letter or a digit in a text: "???" is the name of no place."""
    return any(character.isalnum() for character in text)


async def answer_name(
    update: Update, context: Context, does: str, query: str, *, known_only: bool = False
) -> None:
    """Do something with the place that is called `query`, or ask back which one that is.

    `as of` and `known at` with a time may follow the name. With `known_only` nothing at all is
    said to what is no name.
    """
    database = context.services.database
    asked = asked_by(update, context)
    name = name_in(query)
    meant = await database.reading(find, asked, does, name)
    if known_only and isinstance(meant.found, NotFound):
        return
    try:
        asked = await database.reading(time_apart, asked, query)
    except BadTime as error:
        await reply(update, context, bad_time(error, await reader_for(update, context)))
        return
    if not asked.when.is_now and does not in LOOKS_BACK:
        await reply(update, context, only_questions(await reader_for(update, context)))
    elif names_something(name):
        await _answer_meant(update, context, asked, does, name, meant)
    else:
        example = f"/{does} Al Waleed as of yesterday"
        await reply(update, context, no_name(await reader_for(update, context), example))


async def _answer_meant(
    update: Update, context: Context, asked: Asked, does: str, query: str, meant: Meant
) -> None:
    database = context.services.database
    found = meant.found
    if isinstance(found, Found):
        place_id = found.place.id
        if meant.by_context:
            messages = await database.writing(
                place_answers.by_context, asked, does, place_id, query
            )
        else:
            run = database.writing if does in WRITES else database.reading
            messages = await run(place_answers.by_id, asked, does, place_id)
        await reply(update, context, *messages)
        if does == SUBSCRIBE:
            await database.writing(subscribing.heard, asked, place_id)
        await database.writing(place_answers.remember, asked, place_id, query)
    else:
        messages = await database.writing(asking_back.ask_back, asked, does, query, found)
        await reply(update, context, *messages)


async def answer_id(update: Update, context: Context, does: str, place_id: str) -> None:
    """Do something with the place that has this id, if there still is one."""
    database = context.services.database
    run = database.writing if does in WRITES else database.reading
    asked = asked_by(update, context)
    await reply(update, context, *await run(place_answers.by_id, asked, does, place_id))
    if does == SUBSCRIBE:
        await database.writing(subscribing.heard, asked, place_id)
    await database.writing(place_answers.remember, asked, place_id, None)


async def _answer_words(update: Update, context: Context, does: str, example: str) -> None:
    if names_something(context.words):
        await answer_name(update, context, does, context.words)
    else:
        await reply(update, context, no_name(await reader_for(update, context), example))


async def status(update: Update, context: Context) -> None:
    """/status: of a place or area; without one, of everything the chat has subscribed to."""
    if not context.words:
        asked = asked_by(update, context)
        mine = await context.services.database.reading(subscribing.of_subscriptions, asked)
        if mine is not None:
            await reply(update, context, mine)
            return
    await _answer_words(update, context, STATUS, "/status Al Waleed")


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
    mine = await context.services.database.reading(subscribing.which_to_end, asked)
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
        await answer_name(update, context, STATUS, message.text, known_only=True)


async def _answer_typed(update: Update, context: Context, query: str) -> None:
    if names_something(query):
        await answer_name(update, context, STATUS, query)
    else:
        await reply(update, context, no_name(await reader_for(update, context), "Al Waleed"))


def said_to_bot(update: Update, context: Context) -> str | None:
    """What somebody wrote, where it is meant for the bot: in a group, a mention or a reply."""
    message = update.effective_message
    if message is None or message.text is None:
        return None
    if not is_group(chat_of(update)):
        return message.text
    mentioned = _without_mention(message, message.text, context.bot.username)
    replies = mentioned is None and _replies_to(message, context.bot.id)
    return message.text if replies else mentioned


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
