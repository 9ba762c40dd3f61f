"""What a chat is told that could not be reached: what holds now, not each thing that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.buttons import choices, place_buttons
from handlers.messages.message import MAX_TEXT, Message, length_of, one_message, outside
from handlers.messages.words import (
    NAME_LIMIT,
    Telling,
    brief_status,
    place_label,
    show_instant,
    status_symbol,
    status_words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.model.nets import Net
    from storage.model.parties import Parties

NEWS = "🔄"


def catch_up(
    changes: Sequence[Net], now: datetime, parties: Parties, reader: Reader
) -> tuple[Message, int]:
    """The net changes of places as one message, and how many of them it tells: what does not fit
    is left for the next. `now` is the time of telling (UTC).
    """
    telling = Telling(reader, parties, now)
    if len(changes) == 1:
        return _one(telling, changes[0]), 1
    shown: list[Markup] = []
    room = MAX_TEXT - length_of([_head(telling, len(changes)), _end(telling)])
    for net in changes:
        line = _line(telling, net)
        room -= length_of([line])
        if room < 0:
            break
        shown.append(line)
    lines = [_head(telling, len(shown)), *shown, _end(telling)]
    told = changes[: len(shown)]
    return one_message(lines, choices(net.place for net in told)), len(told)


def _one(telling: Telling, net: Net) -> Message:
    """The first line is all that a notification shows: of one place it tells what holds."""
    say = telling.reader.say
    status = status_words(telling, net.now)
    lines = [
        say(
            "<b>{symbol} {place}: {status}</b>",
            symbol=status_symbol(telling, net.place, net.now),
            place=place_label(net.place),
            status=status,
        ),
        say("This changed while I could not reach you."),
        say("<b>Before:</b> {before}.", before=_before(telling, net)),
        _end(telling),
    ]
    return one_message(lines, place_buttons(telling.reader, net.place, subscribed=True))


def _line(telling: Telling, net: Net) -> Markup:
    return telling.reader.say(
        "{symbol} {place} – {status}; before: {before}",
        symbol=status_symbol(telling, net.place, net.now),
        place=outside(net.place.name, NAME_LIMIT),
        status=status_words(telling, net.now),
        before=_before(telling, net),
    )


def _before(telling: Telling, net: Net) -> Markup:
    say = telling.reader.say
    before = brief_status(telling, net.before)
    if net.told_at is None:
        return before
    when = show_instant(telling, net.told_at)
    return say("{status}, as you were last told {when}", status=before, when=when)


def _head(telling: Telling, number: int) -> Markup:
    return telling.reader.count(
        "<b>{symbol} {n} place changed while I could not reach you</b>",
        "<b>{symbol} {n} places changed while I could not reach you</b>",
        number,
        symbol=NEWS,
    )


def _end(telling: Telling) -> Markup:
    return telling.reader.say("/history shows every change, /why who says so.")
