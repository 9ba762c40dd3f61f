"""What another grade of a source would change, before it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.messages.holding import later_words
from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.previews import effect_lines
from handlers.messages.voices import SOURCE_LIMIT
from handlers.messages.words import show_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.effects import Effect
    from storage.model.places import Place
    from storage.model.regradings import RegradingEnded
    from storage.model.sources import Source

# A button that does it: "grade:17".
REGRADE = "grade"
PLACES_SHOWN = 8


@dataclass(frozen=True)
class WouldBe:
    """A source as it is and as it would be, and what would follow.

    `places` holds those that would change. `looked_at` is how many were looked at, of all those
    `spoken_of` by the source.
    """

    before: Source
    after: Source
    effect: Effect
    places: Mapping[str, Place]
    looked_at: int
    spoken_of: int


def would_be(view: WouldBe, telling: Telling, number: int, note: Markup | None = None) -> Message:
    """What would be changed, and how many chats would hear of it; a button does it, which knows it
    by its number.
    """
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
    if view.looked_at < view.spoken_of:
        lines.append(
            reader.count(
                "⚠️ Looked at here: the last one of the {all} places that it spoke of.",
                "⚠️ Looked at here: the last {n} of the {all} places that it spoke of.",
                view.looked_at,
                all=view.spoken_of,
            )
        )
    return one_message(lines, ((Button(reader.label("Do it"), data=f"{REGRADE}:{number}"),),))


def _grade(source: Source, reader: Reader) -> Markup:
    if source.pinned:
        return reader.say("grade {grade}, pinned", grade=source.reliability.value)
    return reader.say("grade {grade}", grade=source.reliability.value)


def wants(name: str, reader: Reader) -> Markup:
    """Above what another editor is asked."""
    return reader.say("⏸ <b>{name} wants to grade a source:</b>", name=outside(name))


def asked_others(others: int, later: int, until: datetime, telling: Telling) -> Message:
    """It would be told to many chats: another editor has to press the button; how many were asked,
    and how many could not be so far.
    """
    reader = telling.reader
    lines = [
        reader.say("⏸ Not done: it would be told to many chats, and another editor has to."),
        _good_until(until, telling),
    ]
    if others:
        lines.append(
            reader.count("{n} other editor was asked.", "{n} other editors were asked.", others)
        )
    if later:
        lines.append(later_words(later, reader))
    if not others and not later:
        lines.append(reader.say("There is nobody else who could be asked."))
    return one_message(lines)


def still_waits(until: datetime, telling: Telling) -> Message:
    """Whoever asked for it presses again, and cannot be the second editor."""
    say = telling.reader.say
    lines = [say("That waits for another editor."), _good_until(until, telling)]
    return one_message(lines)


def _good_until(until: datetime, telling: Telling) -> Markup:
    when = show_instant(telling, until)
    return telling.reader.say("If nobody does it until {when}, it is not done.", when=when)


def over(reader: Reader) -> Message:
    """A button of what is not kept any more."""
    return one_message(
        [
            reader.say("That question about a grade is over."),
            _asks_anew(reader),
        ]
    )


def ended(view: RegradingEnded, reader: Reader) -> Message:
    """To whoever asked for it: somebody did it, or nobody did in time; and to all who were asked:
    it is over, since it was wanted by somebody who is no editor any more.
    """
    source = outside(view.source, SOURCE_LIMIT)
    if view.lapsed:
        return one_message(_lapsed(view, source, reader))
    if view.by:
        line = reader.say("✅ {name} did it: {source}", name=outside(view.by), source=source)
    else:
        line = reader.say(
            "🛑 {source}: no other editor gave it the grade that you wanted. Nothing was changed.",
            source=source,
        )
    return one_message([line])


def _lapsed(view: RegradingEnded, source: Markup, reader: Reader) -> list[Markup]:
    if view.to_asker:
        return [
            reader.say(
                "🛑 {source}: it is not given the grade that you wanted, since you are no editor "
                "any more.",
                source=source,
            )
        ]
    return [
        reader.say(
            "🛑 {source}: it is not given the grade that {name} wanted, who is no editor any more.",
            source=source,
            name=outside(view.lapsed),
        ),
        _asks_anew(reader),
    ]


def _asks_anew(reader: Reader) -> Markup:
    return reader.say("<code>/source grade</code> or <code>/source pin</code> asks anew.")


def changed_since(reader: Reader) -> Markup:
    """What would follow is not what was shown any more."""
    return reader.say("⚠️ Things have changed meanwhile. This is what would follow now:")
