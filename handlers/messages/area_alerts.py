"""What an alert about a whole area says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import outside
from handlers.messages.voices import camps, speeches
from handlers.messages.words import (
    AREA,
    NAME_LIMIT,
    is_plural,
    party_name,
    shown_kind,
    standing_word,
    status_symbol,
    status_words,
)
from storage.model.alerts import AlertKind
from storage.model.control import Standing
from storage.model.parties import is_government_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from handlers.messages.words import Telling
    from storage.model.alerts import AreaAlert, Member, PlaceAlert

MEMBERS = 10
CAUSES = 2
DISPUTES = 3
# From the least sure to the surest.
_ORDER = (
    Standing.UNKNOWN,
    Standing.CONTESTED,
    Standing.DISPUTED,
    Standing.LIKELY,
    Standing.CONFIRMED,
)


def area_lines(telling: Telling, alert: AreaAlert) -> list[Markup]:
    """An alert about an area, line by line."""
    # "None is left" rests on every place; "the first" and "again" on those that changed.
    changed = {cause.place.id for cause in alert.causes}
    everything = alert.kind is AlertKind.AREA_LAST
    rests_on = [m for m in alert.members if everything or m.place.id in changed]
    return [
        telling.reader.say(
            "<b>{symbol} {text}</b>", symbol=AREA, text=area_headline(telling, alert)
        ),
        *member_lines(telling, alert.members),
        *(_cause(telling, alert, cause) for cause in _told(alert)),
        *certainty_lines(telling, rests_on),
    ]


def area_headline(telling: Telling, alert: AreaAlert) -> Markup:
    """What is now true of the area, as the first line says it, without the emoji."""
    say = telling.reader.say
    area, kind = outside(alert.area.name, NAME_LIMIT), kind_of_members(telling, alert.members)
    if alert.kind is AlertKind.AREA_LAST:
        return say("{area}: NO {kind} is reported in government hands", area=area, kind=kind)
    if alert.kind is AlertKind.AREA_FIRST:
        return say(
            "{area}: the first {kind} is reported OUT of government hands", area=area, kind=kind
        )
    return say("{area}: a {kind} is reported in government hands AGAIN", area=area, kind=kind)


def kind_of_members(telling: Telling, members: Sequence[Member]) -> Markup:
    """The word for the places of an area: "crossing" where all are crossings, else "place"."""
    kinds = {shown_kind(member.place) or member.place.kind for member in members}
    kind = kinds.pop() if len(kinds) == 1 else ""
    return outside(kind) if kind else telling.reader.say("place")


def member_lines(telling: Telling, members: Sequence[Member]) -> list[Markup]:
    """A line a place: its emoji, name and status; at most ten, the rest counted.

    What is unclear comes first, then what is out of government hands.
    """
    shown = most_urgent(telling, members)
    lines = [member_line(telling, member) for member in shown]
    if left := len(members) - len(lines):
        lines.append(telling.reader.count("… and {n} more place", "… and {n} more places", left))
    return lines


def most_urgent(telling: Telling, members: Sequence[Member]) -> list[Member]:
    """The ten places of an area that are told: unclear ones, then those out of government hands."""
    return sorted(members, key=lambda m: _urgency(telling, m))[:MEMBERS]


def _urgency(telling: Telling, member: Member) -> int:
    status = member.status
    if status is None or status.standing is Standing.UNKNOWN:
        return 4
    if status.standing in (Standing.DISPUTED, Standing.CONTESTED):
        return 0 if status.standing is Standing.DISPUTED else 1
    held = is_government_at(status.holder, member.place, telling.parties)
    return 3 if held else 2


def member_line(telling: Telling, member: Member) -> Markup:
    """One place of an area with its status."""
    return telling.reader.say(
        "{symbol} {place} – {status}",
        symbol=status_symbol(telling, member.place, member.status),
        place=outside(member.place.name, NAME_LIMIT),
        status=status_words(telling, member.status),
    )


def certainty_lines(telling: Telling, members: Sequence[Member]) -> list[Markup]:
    """What is disputed, and how sure the whole is: as sure as the least sure place."""
    known = [(m, m.status) for m in members if m.status is not None]
    if not known:
        return []
    weakest, status = min(
        known, key=lambda pair: (_ORDER.index(pair[1].standing), pair[1].confidence)
    )
    return [
        *[_disputed(telling, m) for m, s in known if s.standing is Standing.DISPUTED][:DISPUTES],
        telling.reader.say(
            "<b>How sure:</b> only as sure as its weakest part, {place} ({standing}).",
            place=outside(weakest.place.name, NAME_LIMIT),
            standing=standing_word(telling, status.standing),
        ),
    ]


def _disputed(telling: Telling, member: Member) -> Markup:
    """That a place is disputed, and by whom: easily overlooked in a list."""
    say = telling.reader.say
    place = outside(member.place.name, NAME_LIMIT)
    rival = member.status.rival if member.status else None
    if rival is None:
        return say("{place} is disputed.", place=place)
    party = telling.parties[rival]
    if is_plural(party.name):
        return say("{place} is disputed: {party} claim it.", place=place, party=party_name(party))
    return say("{place} is disputed: {party} claims it.", place=place, party=party_name(party))


def _told(alert: AreaAlert) -> list[PlaceAlert]:
    return [cause for cause in alert.causes if cause.after.counting][:CAUSES]


def _cause(telling: Telling, alert: AreaAlert, cause: PlaceAlert) -> Markup:
    """The change that brought the alert, with who says so."""
    say = telling.reader.say
    said = speeches(telling, camps(cause.after)[0].evidence, cause.after.evidence, most=1)
    place = outside(cause.place.name, NAME_LIMIT)
    if alert.kind is AlertKind.AREA_LAST:
        return say("<b>What changed:</b> {place} was the last one: {said}.", place=place, said=said)
    return say("<b>What changed:</b> {place}: {said}.", place=place, said=said)
