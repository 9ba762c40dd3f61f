"""The buttons under a question back: choose, turn the page, none of these, tell the editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import around, asking_back, chat_answers, subscribing
from handlers.asked import asked_by
from handlers.context import change, chat_of, reader_for, reply
from handlers.messages.buttons import CHOOSE, STATUS
from handlers.messages.looking_back import NOW, code_of
from handlers.messages.names import gone
from handlers.messages.start import old_button
from handlers.place_questions import answer_id
from storage import memory

if TYPE_CHECKING:
    from telegram import CallbackQuery, Update

    from handlers.context import Context

LONGEST_NUMBER = 16  # digits in the data of a button: ids of people have up to 52 bits


async def what_it_does(update: Update, context: Context, does: str, rest: str) -> str:
    """What pressing a button does in the end: of a choice, what was asked before."""
    number = number_in(rest.partition(":")[0])
    if does != CHOOSE or number is None:
        return does
    reading = context.services.database.reading
    question = await reading(memory.find_question, chat_of(update).id, number)
    return asking_back.what_to_do(question)[0] if question else STATUS


async def choose(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """A place was chosen: that is remembered, and what was asked for is done with it."""
    number, __, place_id = rest.partition(":")
    asked = asked_by(update, context)
    question_id = number_in(number)
    if question_id is None or not place_id:
        await reply(update, context, old_button(await reader_for(update, context)))
        return
    writing = context.services.database.writing
    question = await writing(asking_back.choose, asked, question_id, place_id)
    does, when = asking_back.what_to_do(question) if question else (STATUS, NOW)
    await answer_id(update, context, does, f"{place_id}{code_of(when)}")


async def turn(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """Another page of the places that may be meant."""
    question, _, page = rest.partition(":")
    asked = asked_by(update, context)
    question_id, number = number_in(question), number_in(page)
    if question_id is None or number is None:
        await reply(update, context, old_button(await reader_for(update, context)))
        return
    reading = context.services.database.reading
    message = await reading(asking_back.turn_page, asked, question_id, number)
    await change(update, context, query, message)


async def none_meant(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """None of the offered places is meant."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    await reply(
        update, context, *await writing(asking_back.none_meant, asked, number_in(rest) or 0)
    )


async def another_meant(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """The place that a name was taken for is not meant by it."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    await reply(
        update, context, *await writing(asking_back.another_meant, asked, number_in(rest) or 0)
    )


async def wish(update: Update, context: Context, _: CallbackQuery, rest: str) -> None:
    """The editors are told of a place that is missed."""
    asked = asked_by(update, context)
    writing = context.services.database.writing
    await reply(update, context, *await writing(asking_back.wish, asked, number_in(rest) or 0))


async def pick(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """Places to choose from; with the number of a page, in place of the one that is shown."""
    asked = asked_by(update, context)
    message = await context.services.database.reading(
        chat_answers.pick, asked, number_in(rest) or 0
    )
    if rest:
        await change(update, context, query, message)
    else:
        await reply(update, context, message)


async def areas(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """The areas on record; with the number of a page, in place of the one that is shown."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    message = await reading(around.area_list, asked, number_in(rest) or 0)
    if rest:
        await change(update, context, query, message)
    else:
        await reply(update, context, message)


async def listed(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """Another page of the chat's subscriptions."""
    asked = asked_by(update, context)
    reading = context.services.database.reading
    message = await reading(subscribing.subscription_list, asked, number_in(rest) or 0)
    await change(update, context, query, message)


async def inside(update: Update, context: Context, query: CallbackQuery, rest: str) -> None:
    """The places of an area; with the number of a page, in place of the one that is shown."""
    area_id, _, page = rest.partition(":")
    asked = asked_by(update, context)
    reading = context.services.database.reading
    message = await reading(around.members_page_by_id, asked, area_id, number_in(page) or 0)
    if message is None:
        await reply(update, context, gone(await reader_for(update, context)))
    elif page:
        await change(update, context, query, message)
    else:
        await reply(update, context, message)


def number_in(text: str) -> int | None:
    """The number in the data of a button; None where there is none."""
    fits = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if fits else None
