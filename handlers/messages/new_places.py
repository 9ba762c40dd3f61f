"""What the bot's owners are told: places added, names added, places that are missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import choices
from handlers.messages.message import Message, one_message, outside
from handlers.messages.words import place_label, show_day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.errors import BadInput
    from storage.model.places import Place
    from storage.model.wishes import Wish

MOST_WISHES = 30
ALIASES = 12
REASON_LIMIT = 200
QUERY_LIMIT = 60


def how_to(reader: Reader) -> Message:
    """How places are added and named."""
    say = reader.say
    return one_message(
        [
            say("<b>Places</b>"),
            say("A new place, in one line: name | kind | countries | position | other names"),
            say(
                "<code>/place add Al Waleed | crossing | IQ SY | 33.42 38.93 | الوليد, al-Tanf"
                "</code>"
            ),
            say("Position and other names may be left out."),
            say("One more name for a place that is there, by its id:"),
            say("<code>/place alias al-waleed Tanf gate</code>"),
            say("/wishes shows what people miss."),
        ]
    )


def wrong(error: BadInput, reader: Reader) -> Message:
    """What cannot be used, and the field at fault."""
    reason = outside(error.reason, REASON_LIMIT)
    if error.column is None:
        line = reader.say("That cannot be used: {reason}", reason=reason)
    else:
        line = reader.say(
            "That cannot be used. <b>{field}</b>: {reason}", field=error.column, reason=reason
        )
    return one_message([line, reader.say("/place shows how it is written.")])


def added(place: Place, *, new: bool, wished: int, reader: Reader) -> Message:
    """A place is on record: anew, or it was there and has more names now."""
    label = place_label(place)
    if new:
        head = reader.say("✅ <b>{place} is on record</b>", place=label)
    else:
        head = reader.say("✅ <b>{place} was on record already</b>", place=label)
    return one_message([head, *_names(place, reader), *_wished(wished, reader)], choices([place]))


def named(place: Place, others: Sequence[Place], wished: int, reader: Reader) -> Message:
    """A place has one more name; others that have it too."""
    lines = [
        reader.say("✅ <b>{place} has one more name</b>", place=place_label(place)),
        *_names(place, reader),
        *_wished(wished, reader),
    ]
    if others:
        who = reader.all_of([place_label(p) for p in others[:ALIASES]])
        lines.append(reader.say("It is also a name of {places}: people are asked.", places=who))
    return one_message(lines, choices([place]))


def _names(place: Place, reader: Reader) -> list[Markup]:
    """The id, and what else the place is found by."""
    lines = [reader.say("Its id: <code>{id}</code>", id=place.id)]
    if place.aliases:
        names = Markup(", ").join(outside(a) for a in place.aliases[:ALIASES])
        lines.append(reader.say("Also found as: {names}", names=names))
    if (left := len(place.aliases) - ALIASES) > 0:
        lines.append(reader.count("… and {n} more name", "… and {n} more names", left))
    return lines


def _wished(wished: int, reader: Reader) -> list[Markup]:
    if not wished:
        return []
    return [reader.count("{n} chat has missed it.", "{n} chats have missed it.", wished)]


def no_such_id(place_id: str, reader: Reader) -> Message:
    """A name was given for a place that is not there."""
    line = reader.say("No place has the id “{id}”.", id=outside(place_id))
    return one_message([line, reader.say("/place shows how it is written.")])


def wishes(wanted: Sequence[Wish], telling: Telling) -> Message:
    """The places that people miss, those of most chats first."""
    reader = telling.reader
    if not wanted:
        return one_message([reader.say("Nobody misses a place.")])
    lines = [
        reader.count("<b>{n} place is missed</b>", "<b>{n} places are missed</b>", len(wanted))
    ]
    lines.extend(
        reader.count(
            "“{name}” – {n} chat, last on {day}",
            "“{name}” – {n} chats, last on {day}",
            wish.chats,
            name=outside(wish.query, QUERY_LIMIT),
            day=show_day(telling, wish.last.astimezone(reader.zone).date()),
        )
        for wish in wanted[:MOST_WISHES]
    )
    if len(wanted) > MOST_WISHES:
        left = len(wanted) - MOST_WISHES
        lines.append(
            reader.count(
                "… and {n} more: <code>whoholds wishes</code> lists all of them",
                "… and {n} more: <code>whoholds wishes</code> lists all of them",
                left,
            )
        )
    return one_message(lines)
