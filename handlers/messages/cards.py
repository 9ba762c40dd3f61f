"""What is offered where somebody types the bot's name in any chat, and what is sent from there.

Such a message has no chat that the bot knows: its buttons are links.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import deep_link, map_url
from handlers.messages.message import (
    MAX_TEXT,
    Button,
    Buttons,
    Message,
    length_of,
    one_message,
    plain_text,
    shorten,
)
from handlers.messages.words import Telling, place_text, status_symbol, status_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from storage.model.changes import Status
    from storage.model.places import Place

TITLE_LIMIT = 100
DESCRIPTION_LIMIT = 160


@dataclass(frozen=True)
class Card:
    """One offer: its id, the two lines of it that are shown, and the message it sends."""

    id: str
    title: str
    description: str
    message: Message


def place_card(place: Place, status: Status | None, message: Message, telling: Telling) -> Card:
    """A place with who holds it; `message` is what its status says."""
    title = f"{status_symbol(telling, place, status)} {place_text(place)}"
    text = plain_text(status_words(telling, status))
    return _card(place, title, text, message, telling.reader)


def area_card(area: Place, symbol: str, messages: Sequence[Message], reader: Reader) -> Card:
    """An area or corridor; the first line of its status describes it.

    Of a status of several messages the first one is sent, and says that there is more.
    """
    first, *others = messages
    text = plain_text(first.text.partition("\n")[0])
    if others:
        first = _with_line(first, reader.say("… and more: ask me for the rest."))
    return _card(area, f"{symbol} {place_text(area)}", text, first, reader)


def _with_line(message: Message, line: Markup) -> Message:
    """The message with a line at its end, in place of the last ones where there is no room."""
    lines = [Markup(text) for text in message.text.split("\n")]  # noqa: S704 - composed by us
    while length_of([*lines, line]) > MAX_TEXT:
        lines.pop()
    return one_message([*lines, line])


def _card(place: Place, title: str, text: str, message: Message, reader: Reader) -> Card:
    return Card(
        place.id,
        shorten(title, TITLE_LIMIT),
        shorten(text, DESCRIPTION_LIMIT),
        Message(message.text, _links(place, reader)),
    )


def _links(place: Place, reader: Reader) -> Buttons:
    row = []
    if reader.bot:
        row.append(Button(reader.label("Who says so"), url=deep_link(reader.bot, place)))
    if place.position is not None:
        row.append(Button(reader.label("Map"), url=map_url(*place.position)))
    return (tuple(row),) if row else ()


def nothing_found(reader: Reader) -> str:
    """The button over an empty list; it leads to a chat with the bot."""
    return reader.label("No such place – look for it in a chat")
