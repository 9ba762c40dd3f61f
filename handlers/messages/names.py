"""What is said to a name that is not one place's: it is asked about, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.buttons import (
    CHOOSE,
    NONE,
    OTHER,
    PAGE,
    PICK,
    STATUS,
    WISH,
    choices,
)
from handlers.messages.looking_back import NOW, When
from handlers.messages.message import (
    Button,
    Buttons,
    Message,
    clean,
    one_message,
    outside,
    shorten,
)
from handlers.messages.paging import page_of, turning
from handlers.messages.where import way_words
from handlers.messages.words import (
    KIND_LIMIT,
    NAME_LIMIT,
    area_names,
    place_label,
    place_text,
    shown_kind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader
    from storage.model.geo import Near
    from storage.model.places import Place

QUERY_LIMIT = 60
QUERY_IN_LABEL = 20
ALIASES = 3
AREAS_TOLD = 2
PER_ROW = 4


@dataclass(frozen=True)
class Candidate:
    """A place that may be meant, the areas it lies in, and how it lies to a place better known.

    `way` leads to this place from the one it names: one that the chat is subscribed to, or the
    candidate before it that reads the same.
    """

    place: Place
    areas: tuple[Place, ...]
    way: Near | None = None


def ambiguous(
    query: str, candidates: Sequence[Candidate], reader: Reader, question: int, page: int = 0
) -> Message:
    """Which place is meant, with what tells them apart; the buttons name the `question`."""
    shown = page_of(candidates, page)
    numbered = list(enumerate(shown.items, start=shown.first))
    lines = [
        reader.count(
            "<b>Which “{query}”?</b> I found {n} place and will not guess.",
            "<b>Which “{query}”?</b> I found {n} places and will not guess.",
            len(candidates),
            query=outside(query, QUERY_LIMIT),
        ),
        *(_candidate_line(reader, n, c) for n, c in numbered),
    ]
    buttons = [Button(str(n), data=f"{CHOOSE}:{question}:{c.place.id}") for n, c in numbered]
    rows = [tuple(buttons[i : i + PER_ROW]) for i in range(0, len(buttons), PER_ROW)]
    turns = turning(reader, f"{PAGE}:{question}:", shown)
    return one_message(lines, (*rows, *turns, (none_of_these(reader, question),)))


def _candidate_line(reader: Reader, number: int, candidate: Candidate) -> Markup:
    place = candidate.place
    # Here the kind is told of towns and areas too: it may be what tells them apart.
    label = place_label(place)
    if not shown_kind(place):
        label = Markup("{} ({})").format(label, outside(place.kind, KIND_LIMIT))
    details = [Markup("{}. {}").format(number, label)]
    if candidate.areas:
        details.append(area_names(candidate.areas[:AREAS_TOLD]))
    else:
        details.extend(country_names(reader, place))
    if candidate.way is not None:
        way = candidate.way
        words = way_words(reader, way.km, way.direction)
        details.append(reader.say("{way} of {place}", way=words, place=place_label(way.place)))
    line = Markup(", ").join(details)
    if not place.aliases:
        return line
    also = Markup(", ").join(outside(alias, NAME_LIMIT) for alias in place.aliases[:ALIASES])
    return reader.say("{place} – also {names}", place=line, names=also)


def country_names(reader: Reader, place: Place) -> list[Markup]:
    """The names of the countries a place lies in, at most three."""
    known = reader.locale.territories
    return [outside(known.get(code, code)) for code in place.countries[:3]]


def not_found(
    query: str, near: Sequence[Place], similar: int, reader: Reader, question: int
) -> Message:
    """No place has this name; the nearest of `similar` ones are offered, or to tell the editors."""
    name = outside(query, QUERY_LIMIT)
    if not near:
        line = reader.say("I know no place called “{name}”.", name=name)
        hint = reader.say("Try another spelling, or pick one of the places I know.")
        return one_message([line, hint], _ways_out(reader, question))
    line = reader.say("I know no place called “{name}”. Did you mean:", name=name)
    if similar > len(near):
        line = reader.count(
            "I know no place called “{name}”. The nearest of {n} like it:",
            "I know no place called “{name}”. The nearest of {n} like it:",
            similar,
            name=name,
        )
    rows = tuple(
        (Button(place_text(place), data=f"{CHOOSE}:{question}:{place.id}"),) for place in near
    )
    return one_message([line], (*rows, (none_of_these(reader, question),)))


def no_name(reader: Reader, example: str) -> Message:
    """A question that names no place."""
    return one_message(
        [
            reader.say("Which place? Type its name in any spelling."),
            reader.say("For example: {example}", example=example),
        ],
        ((pick_button(reader),),),
    )


def none_meant(reader: Reader, question: int | None) -> Message:
    """None of the offered places was meant."""
    line = reader.say("Then I do not know the place you mean. Try another spelling.")
    return one_message([line], _ways_out(reader, question))


def wished(query: str, reader: Reader) -> Message:
    """The editors will see that this place is missed."""
    name = outside(query, QUERY_LIMIT)
    return one_message(
        [reader.say("Noted: the editors will see that “{name}” is missed.", name=name)]
    )


def too_many_wishes(most: int, reader: Reader) -> Message:
    """The chat misses as many places as are kept of one chat."""
    line = reader.count(
        "The editors know of {n} place that you miss; there is no room for more.",
        "The editors know of {n} places that you miss; there is no room for more.",
        most,
    )
    return one_message([line])


def question_gone(reader: Reader) -> Message:
    """A button under a question that is not kept any more."""
    return one_message([reader.say("That question is too old. Please type the name again.")])


def only_one(place: Place, reader: Reader, does: str = STATUS, when: When = NOW) -> Message:
    """Another place of a name is wanted, but the others have gone; the button does `does` with
    this one, about the time `when`.
    """
    line = reader.say("{place} is the only place of that name by now.", place=place_label(place))
    return one_message([line], choices([place], does, when))


def not_this_one(query: str, question: int, reader: Reader) -> Buttons:
    """Under an answer that rests on what the chat did before: the way to choose another place."""
    name = shorten(clean(query), QUERY_IN_LABEL)
    label = reader.label("“{name}” is another place", name=name)
    return ((Button(label, data=f"{OTHER}:{question}"),),)


def gone(reader: Reader) -> Message:
    """A button or a link names a place that is not known any more, or never was."""
    line = reader.say("I do not know that place (any more). Type its name to look for it.")
    return one_message([line], ((pick_button(reader),),))


def pick(recent: Sequence[Place], places: Sequence[Place], page: int, reader: Reader) -> Message:
    """Places to choose from: those asked about lately first, then the others by pages."""
    if not places and not recent:
        return one_message([reader.say("I know no places yet.")])
    shown = page_of(places, page)
    lines = [reader.say("Pick one, or type the name of any place.")]
    first = choices(recent) if shown.number == 0 else ()
    return one_message(lines, (*first, *choices(shown.items), *turning(reader, f"{PICK}:", shown)))


def pick_button(reader: Reader) -> Button:
    """Leads to places to choose from."""
    return Button(reader.label("Pick a place"), data=PICK)


def none_of_these(reader: Reader, question: int) -> Button:
    """Says that none of the offered places is meant."""
    return Button(reader.label("None of these"), data=f"{NONE}:{question}")


def _ways_out(reader: Reader, question: int | None) -> Buttons:
    """Where no place is found: tell the editors, or pick one."""
    if question is None:
        return ((pick_button(reader),),)
    tell = Button(reader.label("Tell the editors"), data=f"{WISH}:{question}")
    return ((tell, pick_button(reader)),)
