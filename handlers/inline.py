"""Inline mode: somebody types the bot's name and that of a place in any chat.

https://core.telegram.org/bots/inline
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from handlers import finding, place_answers
from handlers.asked import Asked, language_of, reader_in, recent_places
from handlers.choosing import number_in
from handlers.context import NO_PREVIEW
from handlers.keyboard import inline_keyboard
from handlers.messages.buttons import LOOK, STATUS
from handlers.messages.cards import Card, area_card, nothing_found, place_card
from handlers.messages.words import AREA, CORRIDOR, Telling
from handlers.place_questions import names_something
from storage import control, places, subscribers
from storage.finding import offered
from storage.model.names import NotFound
from storage.sources import all_parties

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context
    from storage.engine import Connection
    from storage.model.places import Place

PER_ANSWER = 20  # Telegram takes 50
# What is true may change any minute; typing the same again within seconds asks nobody.
CACHE_SECONDS = 10
log = structlog.get_logger(__name__)


async def inline(update: Update, context: Context) -> None:
    """Offer the places that may be meant; to what means nothing, only the way to a chat."""
    query = update.inline_query
    if query is None:
        return
    services, bot = context.services, context.bot.username
    asked = Asked(
        query.from_user.id,
        is_group=False,
        services=services,
        now=services.clock(),
        bot=bot,
        language=language_of(query.from_user),
    )
    offset = number_in(query.offset) or 0
    cards, more, button = await services.database.reading(_offer, asked, query.query, offset)
    look = InlineQueryResultsButton(button, start_parameter=LOOK) if button else None
    try:
        await query.answer(
            [_result(card) for card in cards],
            cache_time=CACHE_SECONDS,
            is_personal=True,  # times are in the zone of whoever asks
            next_offset=str(offset + PER_ANSWER) if more else "",
            button=look,
        )
    except BadRequest as error:
        # It was typed too long ago, while the bot was away.
        log.info("an inline query cannot be answered", reason=error.message)


def _result(card: Card) -> InlineQueryResultArticle:
    content = InputTextMessageContent(
        card.message.text, parse_mode=ParseMode.HTML, link_preview_options=NO_PREVIEW
    )
    return InlineQueryResultArticle(
        card.id,
        card.title,
        content,
        description=card.description,
        reply_markup=inline_keyboard(card.message),
    )


def _offer(conn: Connection, asked: Asked, typed: str, offset: int) -> tuple[list[Card], bool, str]:
    """The cards from `offset` on, whether there are more, and the button over an empty list."""
    found = _meant(conn, asked, typed)
    if not found:
        return [], False, nothing_found(reader_in(conn, asked))
    shown = found[offset : offset + PER_ANSWER]
    known = control.statuses_of(conn, [p.id for p in shown])
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    cards = []
    for place in shown:
        messages = place_answers.status_of(conn, asked, place)
        if place.is_area:
            symbol = CORRIDOR if place.is_corridor else AREA
            cards.append(area_card(place, symbol, messages, telling.reader))
        else:
            cards.append(place_card(place, known.get(place.id), messages[0], telling))
    return cards, len(found) > offset + PER_ANSWER, ""


def _meant(conn: Connection, asked: Asked, typed: str) -> list[Place]:
    """The places that may be meant: by name, then by the beginning of one, then by likeness."""
    if not typed.strip():
        return _usual(conn, asked)
    if not names_something(typed):
        return []
    meant = finding.find(conn, asked, STATUS, typed)
    # Here a choice costs nothing: where only the chat's past tells, the others follow.
    others = finding.find_anew(conn, asked, [typed]) if meant.by_context else []
    begun = finding.starting_with(conn, asked, typed)
    named = [
        place
        for found in (meant.found, *others)
        if not (begun and isinstance(found, NotFound))
        for place in offered(found)
    ]
    return list({p.id: p for p in (*named, *begun)}.values())


def _usual(conn: Connection, asked: Asked) -> list[Place]:
    """Before anything is typed: what this person asked about lately and hears about, then areas."""
    mine = [*recent_places(conn, asked), *subscribers.subscriptions_of(conn, asked.chat_id)]
    return list({p.id: p for p in (*mine, *places.all_areas(conn))}.values())
