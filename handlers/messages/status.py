"""Who holds a place or the places of an area now, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.area_alerts import (
    MEMBERS,
    certainty_lines,
    kind_of_members,
    member_lines,
    most_urgent,
)
from handlers.messages.buttons import all_places_button, choices, place_buttons
from handlers.messages.looking_back import NOW, When, not_now
from handlers.messages.message import Message, one_message, outside
from handlers.messages.silence import silence_lines
from handlers.messages.sureness import how_sure
from handlers.messages.voices import SAYINGS, Camp, camp_line, camps, speeches
from handlers.messages.words import (
    AREA,
    CONTESTED,
    CORRIDOR,
    NAME_LIMIT,
    Telling,
    area_names,
    party_loud,
    party_name,
    place_label,
    show_moment,
    status_line,
    status_symbol,
)
from storage.model.changes import SURE
from storage.model.control import Rule, Standing
from storage.model.parties import is_government_at
from storage.model.places import GEONAMES
from storage.model.reports import Claim
from storage.model.words import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from handlers.messages.message import Reader
    from storage.model.alerts import Member
    from storage.model.changes import HistoryEntry
    from storage.model.control import Assessment, Evidence
    from storage.model.parties import Parties
    from storage.model.places import Place
    from storage.model.silence import Silence

CAMPS = 3


@dataclass(frozen=True)
class PlaceStatus:
    """A place as it stands at `now` (UTC), or stood `when`; `history` is newest first.

    `subscribed`: whether this chat hears about it by a subscription of its own. `silent` are the
    sources that have (or had then) gone silent, by id.
    """

    place: Place
    areas: tuple[Place, ...]
    found: Assessment
    history: tuple[HistoryEntry, ...]
    now: datetime
    subscribed: bool
    when: When = NOW
    silent: Mapping[str, Silence] = field(default_factory=dict)


@dataclass(frozen=True)
class AreaStatus:
    """An area and its places as they stand at `now` (UTC), or stood `when`."""

    area: Place
    members: tuple[Member, ...]
    now: datetime
    subscribed: bool
    when: When = NOW


def place_status(view: PlaceStatus, parties: Parties, reader: Reader) -> Message:
    """Who holds a place now, who says so, how sure, since when, and what was before."""
    telling = Telling(reader, parties, view.when.at(view.now))
    found = view.found
    lines = [
        *not_now(telling, view.when),
        reader.say(
            "<b>{symbol} {text}</b>",
            symbol=status_symbol(telling, view.place, found),
            text=_headline(telling, view),
        ),
        *_where(telling, view),
        *_who(telling, view),
    ]
    if found.rule is not Rule.NO_REPORTS:
        lines.append(reader.say("<b>How sure:</b> {how}", how=how_sure(telling, found)))
    lines.extend(silence_lines(telling, found, view.silent))
    lines.extend(_since(telling, view))
    if view.place.origin == GEONAMES:
        lines.append(reader.say("Name and position: GeoNames, CC BY 4.0"))
    reports = len(found.counting)
    return one_message(
        lines,
        place_buttons(
            reader, view.place, subscribed=view.subscribed, reports=reports, when=view.when
        ),
    )


def _headline(telling: Telling, view: PlaceStatus) -> Markup:
    say = telling.reader.say
    found, place = view.found, place_label(view.place)
    if found.rule is Rule.NO_REPORTS:
        return say("{place}: NO REPORT on record", place=place)
    if found.standing is Standing.DISPUTED:
        return say("{place}: DISPUTED", place=place)
    if found.standing is Standing.CONTESTED:
        return say("{place}: CONTESTED, fighting reported", place=place)
    if found.rule is Rule.LEFT:
        party = party_loud(telling.parties[found.last_holder or ""])
        return say("{place}: {party} reported to have LEFT", place=place, party=party)
    if found.holder is None and not view.when.is_now:
        return say("{place}: NOT KNOWN who held it", place=place)
    if found.holder is None:
        return say("{place}: NOT KNOWN who holds it now", place=place)
    party = party_loud(telling.parties[found.holder])
    if found.rule is Rule.OWN_WORD:
        return say("{place}: claimed by {party}", place=place, party=party)
    if _fighting(found):
        return say("{place}: reported held by {party}, fighting reported", place=place, party=party)
    return say("{place}: reported held by {party}", place=place, party=party)


def _where(telling: Telling, view: PlaceStatus) -> list[Markup]:
    """The areas, the date of the last report that counts, and who is ahead."""
    say = telling.reader.say
    found = view.found
    parts = [area_names(view.areas)] if view.areas else []
    if found.as_of is not None:
        parts.append(say("last report {when}", when=show_moment(telling, found.as_of)))
    if found.holder is not None and found.standing not in SURE:
        ahead = party_name(telling.parties[found.holder])
        parts.append(say("{party} ahead", party=ahead))
    return [Markup(" · ").join(parts)] if parts else []


def _who(telling: Telling, view: PlaceStatus) -> list[Markup]:
    say = telling.reader.say
    found = view.found
    sides = camps(found)
    if found.rule is Rule.NO_REPORTS:
        if found.evidence:
            return [say("Every report of who holds it was withdrawn.")]
        return [say("I know the place, but nobody I follow has said who holds it.")]
    if not sides:
        return [_last_word(telling, view)]
    fighting = _fighting(found) if found.standing in SURE else []
    sides = _without(sides, fighting)
    tail = []
    if fighting:
        said = speeches(telling, fighting, found.evidence)
        tail = [say("{symbol} <b>Fighting is reported:</b> {said}.", symbol=CONTESTED, said=said)]
    if len(sides) == 1 and found.holder:
        said = speeches(telling, sides[0].evidence, found.evidence)
        return [say("<b>Who says so:</b> {said}.", said=said), *tail]
    most = SAYINGS if len(sides) <= 2 else 1
    shown = (
        camp_line(telling, view.place, camp, found.evidence, most=most) for camp in sides[:CAMPS]
    )
    return [*shown, *tail]


def _fighting(found: Assessment) -> list[Evidence]:
    """The reports that tell only of fighting, whoever they are for."""
    return [e for e in found.counting if e.fighting]


def _without(sides: tuple[Camp, ...], evidence: Sequence[Evidence]) -> tuple[Camp, ...]:
    """The camps without some evidence that is told apart from them; the holder's stays whole."""
    left = (Camp(c.party, tuple(e for e in c.evidence if e not in evidence)) for c in sides[1:])
    return (*sides[:1], *(camp for camp in left if camp.evidence))


def _last_word(telling: Telling, view: PlaceStatus) -> Markup:
    """How old the last word is, and who held the place by it."""
    found, count = view.found, telling.reader.count
    age = (telling.now - found.as_of.at).days if found.as_of else 0
    old = count("The last word is {n} day old", "The last word is {n} days old", age)
    if found.last_holder is None:
        return telling.reader.say("{old}, and did not say who held it.", old=old)
    party = party_name(telling.parties[found.last_holder])
    return telling.reader.say("{old}: by that, {party} held it last.", old=old, party=party)


def _since(telling: Telling, view: PlaceStatus) -> list[Markup]:
    """Since when it is so, and what was before."""
    say = telling.reader.say
    found = view.found
    parts = []
    if found.holder is not None and found.since is not None and found.standing in SURE:
        when = show_moment(telling, found.since)
        parts.append(
            say("Since {when}.", when=when)
            if _beginning_known(found)
            else say("At least since {when}.", when=when)
        )
    now, before = _latest(view)
    if now is not None and now.as_of is not None and found.standing is Standing.DISPUTED:
        parts.append(say("Disputed since {when}.", when=show_moment(telling, now.as_of)))
    if before is not None:
        status = status_line(telling, view.place, before)
        parts.append(say("<b>Before:</b> {status}.", status=status))
    return [Markup(" ").join(parts)] if parts else []


def _beginning_known(found: Assessment) -> bool:
    """Whether somebody said when it began, and not only that it was so by then."""
    return any(
        e.report.claim in (Claim.TOOK, Claim.LEFT) and e.report.about == found.since
        for e in found.counting
    )


def _latest(view: PlaceStatus) -> tuple[Assessment | None, Assessment | None]:
    """The present status as it was first found, and the status before that.

    Whether a holder is likely or confirmed makes no difference here. What rested on a report that
    was withdrawn since never was.
    """
    first = None
    gone = {e.report.id for e in view.found.evidence if Reason.WITHDRAWN in e.reasons}
    for entry in view.history:
        if not gone.isdisjoint(e.report.id for e in entry.after.counting):
            continue
        if _gist(entry.after) != _gist(view.found):
            return first, entry.after
        first = entry.after
    return first, None


def _gist(found: Assessment) -> tuple[str | None, Standing]:
    sure = found.standing in SURE
    return found.holder, Standing.LIKELY if sure else found.standing


def area_status(view: AreaStatus, parties: Parties, reader: Reader) -> Message:
    """The places of an area, each with its status, and what that means for the whole."""
    telling = Telling(reader, parties, view.when.at(view.now))
    symbol = CORRIDOR if view.area.is_corridor else AREA
    lines = [
        *not_now(telling, view.when),
        reader.say("<b>{symbol} {text}</b>", symbol=symbol, text=_area_headline(telling, view)),
        *member_lines(telling, view.members),
        *certainty_lines(telling, view.members),
    ]
    shown = most_urgent(telling, view.members)
    # That page tells of now.
    more = len(view.members) > MEMBERS and view.when.is_now
    buttons = (
        *choices((member.place for member in shown), when=view.when),
        *(((all_places_button(reader, view.area, len(view.members)),),) if more else ()),
        *place_buttons(reader, view.area, subscribed=view.subscribed, when=view.when),
    )
    return one_message(lines, buttons)


def _area_headline(telling: Telling, view: AreaStatus) -> Markup:
    say, count = telling.reader.say, telling.reader.count
    area = outside(view.area.name, NAME_LIMIT)
    known = [m for m in view.members if m.status is not None and m.status.holder is not None]
    if not known:
        return say("{area}: NOT KNOWN who holds its places", area=area)
    kind = kind_of_members(telling, view.members)
    ours = sum(
        is_government_at(m.status.holder, m.place, telling.parties) for m in known if m.status
    )
    if ours == 0 and len(known) == len(view.members):
        return say("{area}: NO {kind} is reported in government hands", area=area, kind=kind)
    return count(
        "{area}: {n} of {all} is reported in government hands",
        "{area}: {n} of {all} are reported in government hands",
        ours,
        area=area,
        all=len(view.members),
    )
