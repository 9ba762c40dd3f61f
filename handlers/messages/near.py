"""The places near a point: how far, in which direction, and who holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.messages.buttons import choices
from handlers.messages.message import Message, one_message, outside
from handlers.messages.names import pick_button
from handlers.messages.where import distance_words, way_words
from handlers.messages.words import (
    NAME_LIMIT,
    Telling,
    place_label,
    status_symbol,
    status_words,
)

if TYPE_CHECKING:
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.model.changes import Status
    from storage.model.geo import Near
    from storage.model.parties import Parties
    from storage.model.places import Place

FAR_KM = 500


@dataclass(frozen=True)
class Around:
    """The places nearest to `origin` (None: to where the reader is), nearest first, at `now`."""

    origin: Place | None
    found: tuple[tuple[Near, Status | None], ...]
    now: datetime


def around(view: Around, parties: Parties, reader: Reader) -> Message:
    """The places near a point, each with its way and its status."""
    telling = Telling(reader, parties, view.now)
    say = reader.say
    if view.origin is not None:
        lines = [say("<b>Nearest to {place}</b>", place=place_label(view.origin))]
    else:
        lines = [say("<b>Nearest to where you are</b>")]
    if not view.found:
        lines.append(say("I do not know where any other place lies."))
    elif view.found[0][0].km > FAR_KM:
        far = distance_words(reader, FAR_KM)
        lines.append(say("I know no place within {distance}; these are far away.", distance=far))
    lines.extend(_line(telling, near, status) for near, status in view.found)
    if view.origin is None:
        lines.append(say("Your location was used for this answer and is not kept."))
    return one_message(lines, choices(near.place for near, _ in view.found))


def _line(telling: Telling, near: Near, status: Status | None) -> Markup:
    return telling.reader.say(
        "{symbol} {place} – {way} · {status}",
        symbol=status_symbol(telling, near.place, status),
        place=outside(near.place.name, NAME_LIMIT),
        way=way_words(telling.reader, near.km, near.direction),
        status=status_words(telling, status),
    )


def ask_where(reader: Reader) -> Message:
    """Asks for a location, with a button that sends it; or for a name."""
    return one_message(
        [
            reader.say("Send me a location, and I tell you the nearest places. I do not keep it."),
            reader.say("Or name a place: /near Al Waleed"),
        ],
        asks_location=reader.label("Send my location"),
    )


def name_one(reader: Reader) -> Message:
    """In a group nobody is asked where they are."""
    return one_message(
        [
            reader.say("Name a place: /near Al Waleed"),
            reader.say("To ask by your own location, write to me directly."),
        ]
    )


def no_position(place: Place, reader: Reader) -> Message:
    """It is not known where the place lies."""
    line = reader.say("I do not know where {place} lies.", place=place_label(place))
    return one_message([line], ((pick_button(reader),),))


def no_such_point(reader: Reader) -> Message:
    """A location that is nowhere on Earth."""
    return one_message([reader.say("That location is nowhere on Earth. Please send it again.")])
