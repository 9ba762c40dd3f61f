"""What another grade of a source would change, before it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.previews import effect_lines
from handlers.messages.voices import SOURCE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.effects import Effect
    from storage.model.places import Place
    from storage.model.sources import Source

# A button that does it; the rest of its data is made and read by `handlers.regrading`.
REGRADE = "grade"
PLACES_SHOWN = 8


@dataclass(frozen=True)
class Regrading:
    """A source as it is and as it would be, and what would follow.

    `places` holds those that would change. `looked_at` is how many were looked at where the source
    spoke of more, None where it was all.
    """

    before: Source
    after: Source
    effect: Effect
    places: Mapping[str, Place]
    looked_at: int | None = None


def would_be(view: Regrading, telling: Telling, data: str, note: Markup | None = None) -> Message:
    """What would be changed, and how many chats would hear of it; a button with `data` does it."""
    reader = telling.reader
    say = reader.say
    lines = [
        *([note] if note else []),
        say("<b>Not done yet</b>"),
        say(
            "{source}: {before}, then {after}",
            source=outside(view.after.name, SOURCE_LIMIT),
            before=_grade(view.before, reader),
            after=_grade(view.after, reader),
        ),
    ]
    changed = view.effect.changed
    if not changed:
        lines.append(say("No place would have another holder or standing."))
    shown = replace(view.effect, places=changed[:PLACES_SHOWN])
    lines += effect_lines(shown, view.places, telling)
    if left := len(changed[PLACES_SHOWN:]):
        lines.append(
            reader.count("{n} more place would change.", "{n} more places would change.", left)
        )
    if view.looked_at is not None:
        lines.append(
            reader.count(
                "⚠️ It spoke of more: only the last place is looked at here.",
                "⚠️ It spoke of more: only the last {n} places are looked at here.",
                view.looked_at,
            )
        )
    return one_message(lines, ((Button(reader.label("Do it"), data=data),),))


def _grade(source: Source, reader: Reader) -> Markup:
    if source.pinned:
        return reader.say("grade {grade}, pinned", grade=source.reliability.value)
    return reader.say("grade {grade}", grade=source.reliability.value)


def wants(name: str, reader: Reader) -> Markup:
    """Above what another editor is asked."""
    return reader.say("⏸ <b>{name} wants to grade a source:</b>", name=outside(name))


def asked_others(others: int, reader: Reader) -> Message:
    """It would be told to many chats: another editor has to press the button."""
    lines = [reader.say("⏸ Not done: it would be told to many chats, and another editor has to.")]
    if others:
        lines.append(
            reader.count("{n} other editor was asked.", "{n} other editors were asked.", others)
        )
    else:
        lines.append(reader.say("There is nobody else who could be asked."))
    return one_message(lines)


def changed_since(reader: Reader) -> Markup:
    """What would follow is not what was shown any more."""
    return reader.say("⚠️ Things have changed meanwhile. This is what would follow now:")
