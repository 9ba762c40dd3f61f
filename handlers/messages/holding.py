"""Reports that wait for a second editor: what they are asked, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.previews import effect_lines, report_lines
from handlers.messages.words import show_instant
from storage.model.holds import HoldEnd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from handlers.messages.previews import Preview
    from handlers.messages.words import Telling
    from storage.model.control import Evidence
    from storage.model.holds import Held, HoldEnded

# What a button does: the report goes on record at once, or not at all: "hold:go:17".
HOLD = "hold"
GO, STOP = "go", "stop"


def waits(held: Held, others: int, later: int, telling: Telling) -> Message:
    """To whoever recorded it: it waits, how many others were asked, and how many could not be so
    far.
    """
    reader = telling.reader
    lines = [
        reader.say("⏸ Not recorded yet: it would be told to many chats."),
        reader.say(
            "Unless it is stopped, it is recorded on {when}.",
            when=show_instant(telling, held.until),
        ),
    ]
    if others:
        lines.append(
            reader.count(
                "{n} other editor was asked, and can let it go at once.",
                "{n} other editors were asked, and can let it go at once.",
                others,
            )
        )
    if later:
        lines.append(later_words(later, reader))
    if not others and not later:
        lines.append(reader.say("There is nobody else who could be asked."))
    return one_message(lines, ((_button(held, STOP, reader),),))


def later_words(later: int, reader: Reader) -> Markup:
    """So many other editors could not be asked so far."""
    return reader.count(
        "⚠️ {n} other editor cannot be reached now, and is asked as soon as that works.",
        "⚠️ {n} other editors cannot be reached now, and are asked as soon as that works.",
        later,
    )


def asks(view: Preview, known: Sequence[Evidence], held: Held, telling: Telling) -> Message:
    """To the other editors: the report, what would follow, and what they can do."""
    reader = telling.reader
    lines = [
        reader.say("⏸ <b>{name} wants to record:</b>", name=outside(held.who.name)),
        *report_lines(view, known, telling),
        *effect_lines(view.effect, view.places, telling),
        reader.say(
            "Unless it is stopped, it is recorded on {when}.",
            when=show_instant(telling, held.until),
        ),
    ]
    return one_message(lines, ((_button(held, GO, reader), _button(held, STOP, reader)),))


def ended(view: HoldEnded, reader: Reader) -> Message:
    """What became of a report that waited."""
    return one_message([_ended(view, reader)])


def _ended(view: HoldEnded, reader: Reader) -> Markup:
    say = reader.say
    place, by = outside(view.place), outside(view.by)
    match view.how:
        case HoldEnd.LET_GO:
            return say("✅ {name} let it go: on record, {place}", name=by, place=place)
        case HoldEnd.TIME_UP:
            return say("✅ Nobody stopped it: on record, {place}", place=place)
        case HoldEnd.STOPPED:
            return say("🛑 {name} stopped it: nothing was recorded.", name=by)
        case HoldEnd.LAPSED:
            return _lapsed(view, reader)
    return say(
        "🛑 {place}: what waited of {name} is not recorded. The report that it takes back was "
        "taken back meanwhile.",
        place=place,
        name=outside(view.writer),
    )


def _lapsed(view: HoldEnded, reader: Reader) -> Markup:
    if view.to_writer:
        return reader.say(
            "🛑 {place}: your report that waited is not recorded, since you are no editor any "
            "more.",
            place=outside(view.place),
        )
    return reader.say(
        "🛑 {place}: a report that waited is not recorded, since {name} is no editor any more. "
        "Who knows it to be right can /report it.",
        place=outside(view.place),
        name=outside(view.writer),
    )


def decided(reader: Reader, *, recorded: bool) -> Message:
    """A button of a report that waits no more."""
    if recorded:
        return one_message([reader.say("That report waits no more: it is on record.")])
    return one_message([reader.say("That report waits no more: it was not recorded.")])


def somebody_else(reader: Reader) -> Message:
    """Whoever wrote it cannot be the second editor."""
    return one_message([reader.say("Somebody else has to let it go. You can stop it.")])


def for_editors(reader: Reader) -> Message:
    """Somebody presses who is no editor."""
    return one_message([reader.say("Only editors can do that.")])


def still_waits(until: datetime, telling: Telling) -> Message:
    """It was recorded before, and waits."""
    line = telling.reader.say(
        "That report waits until {when}, unless another editor lets it go.",
        when=show_instant(telling, until),
    )
    return one_message([line])


def _button(held: Held, does: str, reader: Reader) -> Button:
    label = reader.label("Let it go") if does == GO else reader.label("Stop")
    return Button(label, data=f"{HOLD}:{does}:{held.draft.id}")
