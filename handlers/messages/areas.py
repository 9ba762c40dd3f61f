"""Areas at a glance, the places of one by pages, and corridors as one travels them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.area_alerts import certainty_lines, member_line
from handlers.messages.buttons import (
    AREAS,
    INSIDE,
    ROUTE,
    all_places_button,
    choices,
    place_buttons,
)
from handlers.messages.message import Button, Buttons, Message, one_message, outside, split
from handlers.messages.names import pick_button
from handlers.messages.paging import PER_PAGE, page_of, turning
from handlers.messages.words import (
    AREA,
    CORRIDOR,
    NAME_LIMIT,
    Telling,
    party_loud,
    party_name,
    place_label,
    status_symbol,
    status_words,
)
from storage.model.control import Standing
from storage.model.corridors import holder_changes, worst_of
from storage.model.parties import is_government_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from handlers.messages.message import Reader
    from storage.model.alerts import Member
    from storage.model.parties import Parties
    from storage.model.places import Place


@dataclass(frozen=True)
class AreaView:
    """An area or corridor and its places (a corridor's in its order) as they stand at `now`.

    `subscribed`: whether this chat hears about it by a subscription of its own.
    """

    area: Place
    members: tuple[Member, ...]
    now: datetime
    subscribed: bool = False


# ------------------------------------------------------------------------------------ all areas


def area_list(
    areas: Sequence[Place],
    views: Sequence[AreaView],
    page: int,
    now: datetime,
    parties: Parties,
    reader: Reader,
) -> Message:
    """The areas and corridors by pages, each with a line; `views` are those of the page."""
    if not areas:
        line = reader.say("I know no areas yet.")
        return one_message([line], ((pick_button(reader),),))
    telling = Telling(reader, parties, now)
    shown = page_of(areas, page)
    lines = [
        reader.count("<b>{n} area</b>", "<b>{n} areas</b>", len(areas)),
        *(_summary(telling, view) for view in views),
    ]
    return one_message(lines, (*choices(shown.items), *turning(reader, f"{AREAS}:", shown)))


def _summary(telling: Telling, view: AreaView) -> Markup:
    return telling.reader.say(
        "{symbol} {area} – {text}",
        symbol=CORRIDOR if view.area.is_corridor else AREA,
        area=outside(view.area.name, NAME_LIMIT),
        text=_verdict(telling, view) if view.area.is_corridor else _counts(telling, view),
    )


def _counts(telling: Telling, view: AreaView) -> Markup:
    """How many places of an area stand how: "3 places: 1 in government hands, 2 disputed"."""
    count = telling.reader.count
    some = [_standing_of(telling, member) for member in view.members]
    parts = [
        count("{n} in government hands", "{n} in government hands", some.count("ours")),
        count("{n} in other hands", "{n} in other hands", some.count("theirs")),
        count("{n} disputed", "{n} disputed", some.count("disputed")),
        count("{n} contested", "{n} contested", some.count("contested")),
        count("{n} not known", "{n} not known", some.count("unknown")),
    ]
    kinds = ("ours", "theirs", "disputed", "contested", "unknown")
    told = [part for part, kind in zip(parts, kinds, strict=True) if kind in some]
    total = count("{n} place", "{n} places", len(some))
    return Markup("{}: {}").format(total, Markup(", ").join(told)) if told else total


def _standing_of(telling: Telling, member: Member) -> str:
    status = member.status
    if status is None:
        return "unknown"
    if status.standing is Standing.DISPUTED:
        return "disputed"
    if status.standing is Standing.CONTESTED:
        return "contested"
    if status.holder is None:
        return "unknown"
    held = is_government_at(status.holder, member.place, telling.parties)
    return "ours" if held else "theirs"


def members_page(view: AreaView, page: int, parties: Parties, reader: Reader) -> Message:
    """The places of a large area by pages, each with its status."""
    telling = Telling(reader, parties, view.now)
    shown = page_of(view.members, page)
    lines = [
        reader.say("<b>{area}</b>", area=outside(view.area.name, NAME_LIMIT)),
        *(member_line(telling, member) for member in shown.items),
    ]
    if not view.members:
        lines.append(reader.say("I know no places of it yet."))
    turns = turning(reader, f"{INSIDE}:{view.area.id}:", shown)
    return one_message(lines, (*choices(m.place for m in shown.items), *turns))


# ------------------------------------------------------------------------------------ corridors


def route(view: AreaView, parties: Parties, reader: Reader) -> tuple[Message, ...]:
    """A corridor: the worst first, then every place in order, and where holders change."""
    telling = Telling(reader, parties, view.now)
    corridor = outside(view.area.name, NAME_LIMIT)
    lines = [
        reader.say(
            "<b>{symbol} {corridor}: {text}</b>",
            symbol=CORRIDOR,
            corridor=corridor,
            text=_verdict(telling, view),
        ),
        *(_stop(telling, n, member) for n, member in enumerate(view.members, start=1)),
        *_changes(telling, view.members),
        *certainty_lines(telling, view.members),
    ]
    return split(lines, (*_stops(reader, view), *_area_buttons(reader, view)))


def _verdict(telling: Telling, view: AreaView) -> Markup:
    """What to know of a corridor before all else, as its first line says it."""
    say = telling.reader.say
    worst = worst_of(view.members)
    if worst:
        return _where_worst(telling, worst)
    changes = len(holder_changes(view.members))
    if changes:
        return telling.reader.count(
            "the holder changes {n} time on the way",
            "the holder changes {n} times on the way",
            changes,
        )
    holder = next((m.status.holder for m in view.members if m.status), None)
    if holder is None:
        return say("I know no places of it yet")
    party = party_loud(telling.parties[holder])
    return say("reported held by {party} all the way", party=party)


def _where_worst(telling: Telling, worst: Sequence[Member]) -> Markup:
    say = telling.reader.say
    first, *others = worst
    place = outside(first.place.name, NAME_LIMIT)
    standing = first.status.standing if first.status else Standing.UNKNOWN
    text = {
        Standing.CONTESTED: say("CONTESTED at {place}", place=place),
        Standing.DISPUTED: say("DISPUTED at {place}", place=place),
    }.get(standing, say("NOT KNOWN who holds {place}", place=place))
    if not others:
        return text
    more = telling.reader.count("{n} more place", "{n} more places", len(others))
    return telling.reader.say("{text} and {more}", text=text, more=more)


def _stop(telling: Telling, number: int, member: Member) -> Markup:
    return telling.reader.say(
        "{n}. {symbol} {place} – {status}",
        n=number,
        symbol=status_symbol(telling, member.place, member.status),
        place=outside(member.place.name, NAME_LIMIT),
        status=status_words(telling, member.status),
    )


def _changes(telling: Telling, members: Sequence[Member]) -> list[Markup]:
    return [
        telling.reader.say(
            "↔️ Between {one} and {other}: {before} → {after}",
            one=outside(one.place.name, NAME_LIMIT),
            other=outside(other.place.name, NAME_LIMIT),
            before=_holder(telling, one),
            after=_holder(telling, other),
        )
        for one, other in holder_changes(members)
    ]


def _holder(telling: Telling, member: Member) -> Markup:
    holder = member.status.holder if member.status else None
    return party_name(telling.parties[holder]) if holder else Markup()


def _stops(reader: Reader, view: AreaView) -> Buttons:
    if len(view.members) <= PER_PAGE:
        return choices(m.place for m in view.members)
    return ((all_places_button(reader, view.area, len(view.members)),),)


def _area_buttons(reader: Reader, view: AreaView) -> Buttons:
    return place_buttons(reader, view.area, subscribed=view.subscribed)


def routes(corridors: Sequence[Place], reader: Reader) -> Message:
    """Which corridor is meant, where none was named."""
    if not corridors:
        return one_message([reader.say("I know no corridors yet.")], ((pick_button(reader),),))
    line = reader.say("Which way? Pick one, or type /route and its name.")
    return one_message([line], _ways(corridors, reader))


def on_no_route(place: Place, through: Sequence[Place], reader: Reader) -> Message:
    """A place was named and no corridor; those that lead through it."""
    label = place_label(place)
    if not through:
        line = reader.say("No corridor that I know leads through {place}.", place=label)
        return one_message([line], ((pick_button(reader),),))
    line = reader.say("These lead through {place}:", place=label)
    return one_message([line], _ways(through, reader))


def _ways(corridors: Sequence[Place], reader: Reader) -> Buttons:
    """Corridors to choose from; where there are too many, the way to all of them."""
    rows = choices(corridors, ROUTE)
    if len(corridors) == len(rows):
        return rows
    return (*rows, (Button(reader.label("All areas and roads"), data=AREAS),))
