"""What is said to a name that is not one place's: it is asked about, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import MOST_PLACES, NONE, PICK, STATUS, choices, place_button
from handlers.messages.looking_back import NOW, When
from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.words import KIND_LIMIT, NAME_LIMIT, area_names, place_label, shown_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from storage.model.places import Place

QUERY_LIMIT = 60
ALIASES = 3
PER_ROW = 4


@dataclass(frozen=True)
class Candidate:
    """A place that may be meant, and the areas it lies in."""

    place: Place
    areas: tuple[Place, ...]


def ambiguous(
    query: str,
    candidates: Sequence[Candidate],
    reader: Reader,
    does: str = STATUS,
    when: When = NOW,
) -> Message:
    """Which place is meant, with what tells them apart; a button does `does` with its place, about
    the time `when`.
    """
    shown = candidates[:MOST_PLACES]
    lines = [
        reader.count(
            "<b>Which “{query}”?</b> I found {n} place and will not guess.",
            "<b>Which “{query}”?</b> I found {n} places and will not guess.",
            len(candidates),
            query=outside(query, QUERY_LIMIT),
        ),
        *(_candidate_line(reader, n, c) for n, c in enumerate(shown, start=1)),
    ]
    buttons = [
        button
        for n, c in enumerate(shown, start=1)
        for button in place_button(str(n), does, c.place, when)
    ]
    rows = [tuple(buttons[i : i + PER_ROW]) for i in range(0, len(buttons), PER_ROW)]
    return one_message(lines, (*rows, (none_of_these(reader),)))


def _candidate_line(reader: Reader, number: int, candidate: Candidate) -> Markup:
    place = candidate.place
    # Here the kind is told of towns and areas too: it may be what tells them apart.
    label = place_label(place)
    if not shown_kind(place):
        label = Markup("{} ({})").format(label, outside(place.kind, KIND_LIMIT))
    details = [Markup("{}. {}").format(number, label)]
    if candidate.areas:
        details.append(area_names(candidate.areas))
    else:
        known = reader.locale.territories
        details.extend(outside(known.get(code, code)) for code in place.countries[:3])
    line = Markup(", ").join(details)
    if not place.aliases:
        return line
    also = Markup(", ").join(outside(alias, NAME_LIMIT) for alias in place.aliases[:ALIASES])
    return reader.say("{place} – also {names}", place=line, names=also)


def not_found(
    query: str, near: Sequence[Place], reader: Reader, does: str = STATUS, when: When = NOW
) -> Message:
    """No place has this name; what is near is offered."""
    name = outside(query, QUERY_LIMIT)
    if not near:
        line = reader.say("I know no place called “{name}”.", name=name)
        hint = reader.say("Try another spelling, or pick one of the places I know.")
        return one_message([line, hint], ((pick_button(reader),),))
    line = reader.say("I know no place called “{name}”. Did you mean:", name=name)
    return one_message([line], (*choices(near, does, when), (none_of_these(reader),)))


def no_name(reader: Reader, example: str) -> Message:
    """A question that names no place."""
    return one_message(
        [
            reader.say("Which place? Type its name in any spelling."),
            reader.say("For example: {example}", example=example),
        ],
        ((pick_button(reader),),),
    )


def none_meant(reader: Reader) -> Message:
    """None of the offered places was meant."""
    line = reader.say("Then I do not know the place you mean. Try another spelling.")
    return one_message([line], ((pick_button(reader),),))


def gone(reader: Reader) -> Message:
    """A button or a link names a place that is not known any more, or never was."""
    line = reader.say("I do not know that place (any more). Type its name to look for it.")
    return one_message([line], ((pick_button(reader),),))


def pick(places: Sequence[Place], reader: Reader) -> Message:
    """Places to choose from."""
    if not places:
        return one_message([reader.say("I know no places yet.")])
    lines = [reader.say("Pick one, or type the name of any place.")]
    return one_message(lines, choices(places))


def pick_button(reader: Reader) -> Button:
    """Leads to places to choose from."""
    return Button(reader.label("Pick a place"), data=PICK)


def none_of_these(reader: Reader) -> Button:
    """Says that none of the offered places is meant."""
    return Button(reader.label("None of these"), data=NONE)
