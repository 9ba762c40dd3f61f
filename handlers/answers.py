"""From a question to its answer: reads what is known, or changes a subscription, and composes.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.context import reader_of
from handlers.messages import history, names, start, status, subscriptions, why
from handlers.messages.buttons import HISTORY, STATUS, SUBSCRIBE, UNSUBSCRIBE, WHY
from handlers.messages.looking_back import (
    NOW,
    BadTime,
    When,
    apart,
    bad_time,
    only_questions,
    too_many_places,
)
from handlers.when import name_in, split
from storage import control, places, subscribers
from storage.model.alerts import Member
from storage.model.changes import Status
from storage.model.control import Rule
from storage.model.errors import UnknownPlace
from storage.model.names import Ambiguous, Found, NotFound, resolve
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from handlers.context import Services
    from handlers.messages.message import Message, Reader
    from handlers.messages.start import CommandHelp
    from storage.engine import Connection
    from storage.model.control import Assessment
    from storage.model.places import Place

# As many subscriptions as a chat may have; a whole area counts as one.
MOST_SUBSCRIPTIONS = 50
# Places of an area that are assessed for one look back: an answer may not take for ever.
MOST_LOOKED_BACK_AT = 40
# Of each place, in the history of an area.
HISTORY_OF_EACH = 10


@dataclass(frozen=True)
class Asked:
    """A question: the chat it comes from, the time of asking (UTC), and the time it is about."""

    chat_id: int
    is_group: bool
    services: Services
    now: datetime
    when: When = NOW

    @property
    def at(self) -> datetime:
        """The time that the question is about (UTC)."""
        return self.when.at(self.now)


Messages = tuple["Message", ...]


def by_name(conn: Connection, asked: Asked, does: str, query: str) -> Messages:
    """What was asked of the place with this name; a question back where none is surely meant.

    `as of` and `known at` with a time may follow the name.
    """
    reader = _reader(conn, asked)
    try:
        name, when = split(query, reader.zone, asked.now)
    except BadTime as error:
        return (bad_time(error, reader),)
    if not when.is_now and does in WRITES:
        return (only_questions(reader),)
    if not name:
        return (names.no_name(reader, f"/{does} Al Waleed as of yesterday"),)
    asked = replace(asked, when=when)
    found = resolve(name, asked.services.place_index.current(conn))
    if isinstance(found, Found):
        return ANSWERS[does](conn, asked, found.place)
    if isinstance(found, Ambiguous):
        areas = places.areas_of(conn, [p.id for p in found.candidates])
        candidates = [names.Candidate(p, tuple(areas[p.id])) for p in found.candidates]
        return (names.ambiguous(name, candidates, reader, does, when),)
    return (names.not_found(name, found.near, reader, does, when),)


def by_known_name(conn: Connection, asked: Asked, query: str) -> Messages:
    """The status of the place with this name; nothing at all where there is none."""
    if isinstance(resolve(name_in(query), asked.services.place_index.current(conn)), NotFound):
        return ()
    return by_name(conn, asked, STATUS, query)


def by_id(conn: Connection, asked: Asked, does: str, place_id: str) -> Messages:
    """What was asked of the place with this id; it may have gone since the button was made.

    The time that the question is about may follow the id.
    """
    id_and_time = apart(place_id)
    try:
        place = places.get_place(conn, id_and_time[0] if id_and_time else place_id)
    except UnknownPlace:
        return (names.gone(_reader(conn, asked)),)
    if id_and_time:
        asked = replace(asked, when=id_and_time[1])
    return ANSWERS[does](conn, asked, place)


def _reader(conn: Connection, asked: Asked) -> Reader:
    return reader_of(conn, asked.chat_id, asked.services)


# --------------------------------------------------------------------------------- what is known


def status_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Who holds a place, or the places of an area."""
    reader, parties = _reader(conn, asked), all_parties(conn)
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
    if place.is_area:
        members = _members(conn, place, asked)
        if members is None:
            return (too_many_places(place, MOST_LOOKED_BACK_AT, reader),)
        area = status.AreaStatus(place, members, asked.now, subscribed, asked.when)
        return (status.area_status(area, parties, reader),)
    view = status.PlaceStatus(
        place,
        tuple(places.areas_of(conn, [place.id])[place.id]),
        _found(conn, asked, place),
        tuple(control.history_of(conn, place.id, until=_until(asked))),
        asked.now,
        subscribed,
        asked.when,
    )
    return (status.place_status(view, parties, reader),)


def why_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Each report about a place with its weight; of an area, which place is meant."""
    reader, parties = _reader(conn, asked), all_parties(conn)
    if place.is_area:
        members = _members(conn, place, asked)
        if members is None:
            return (too_many_places(place, MOST_LOOKED_BACK_AT, reader),)
        return why.area_why(place, members, asked.now, parties, reader, asked.when)
    found = _found(conn, asked, place)
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
    return why.why(why.Why(place, found, asked.now, subscribed, asked.when), parties, reader)


def history_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """The changes of a place, or of the places of an area, as they were found."""
    reader, parties = _reader(conn, asked), all_parties(conn)
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
    until = _until(asked)
    if place.is_area:
        entries = [
            (member, entry)
            for member in places.members(conn, place.id)
            for entry in control.history_of(conn, member.id, HISTORY_OF_EACH, until)
        ]
        newest = sorted(entries, key=lambda pair: pair[1].changed_at, reverse=True)
        area = history.AreaHistory(place, tuple(newest), asked.now, subscribed, asked.when)
        return history.area_history(area, parties, reader)
    view = history.History(
        place,
        tuple(control.history_of(conn, place.id, until=until)),
        _found(conn, asked, place),
        asked.now,
        subscribed,
        asked.when,
    )
    return history.history(view, parties, reader)


def _found(conn: Connection, asked: Asked, place: Place) -> Assessment:
    """Who holds the place at the time that the question is about, by what it may know."""
    policy = asked.services.policy
    return control.assess_place(conn, place.id, policy, asked.at, asked.when.known_at)


def _until(asked: Asked) -> datetime | None:
    """By when something must have been found to be part of the answer; None for an ordinary one."""
    return None if asked.when.is_now else asked.at


def _members(conn: Connection, area: Place, asked: Asked) -> tuple[Member, ...] | None:
    """The places of an area as they stood; None where those are too many to look back at."""
    inside = places.members(conn, area.id)
    if asked.when.is_now:
        return _with_status(conn, inside)
    if len(inside) > MOST_LOOKED_BACK_AT:
        return None
    return tuple(Member(p, _then(p, _found(conn, asked, p))) for p in inside)


def _then(place: Place, found: Assessment) -> Status | None:
    """What was found about another time as the status that it would have been."""
    if found.rule is Rule.NO_REPORTS:
        return None
    return Status(
        place.id,
        0,
        found.holder,
        found.standing,
        found.confidence,
        found.rule,
        found.since,
        found.as_of,
        found.rival,
        found.last_holder,
        frozenset(e.report.id for e in found.counting),
    )


def _with_status(conn: Connection, some: Sequence[Place]) -> tuple[Member, ...]:
    known = control.statuses_of(conn, [p.id for p in some])
    return tuple(Member(p, known.get(p.id)) for p in some)


# --------------------------------------------------------------------------------- subscriptions


def subscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Tell this chat about the place from now on; the answer says how things stand."""
    reader = _reader(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    new = all(p.id != place.id for p in mine)
    if new and len(mine) >= MOST_SUBSCRIPTIONS:
        return (subscriptions.too_many(MOST_SUBSCRIPTIONS, reader),)
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.subscribe(conn, chat.id, place.id, asked.now)
    view = subscriptions.Subscribed(
        place,
        _with_status(conn, places.members(conn, place.id) if place.is_area else [place]),
        asked.now,
        len(mine) + new,
        MOST_SUBSCRIPTIONS,
        asked.is_group,
        new,
    )
    return (subscriptions.subscribed(view, all_parties(conn), reader),)


def unsubscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """End the chat's subscription to the place."""
    reader = _reader(conn, asked)
    chat = subscribers.find(conn, asked.chat_id)
    if chat and subscribers.unsubscribe(conn, chat.id, place.id):
        return (subscriptions.unsubscribed(place, reader),)
    mine = {p.id for p in subscribers.subscriptions_of(conn, asked.chat_id)}
    through = [a for a in places.areas_of(conn, [place.id])[place.id] if a.id in mine]
    return (subscriptions.not_subscribed(place, through, reader),)


def subscription_list(conn: Connection, asked: Asked) -> Messages:
    """Everything the chat has subscribed to."""
    mine = _with_status(conn, subscribers.subscriptions_of(conn, asked.chat_id))
    return subscriptions.subscription_list(
        mine, MOST_SUBSCRIPTIONS, asked.now, all_parties(conn), _reader(conn, asked)
    )


def which_to_end(conn: Connection, asked: Asked) -> Messages:
    """A button for each subscription, to end it."""
    reader = _reader(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    if not mine:
        return (subscriptions.no_subscriptions(reader),)
    return (subscriptions.which_to_end(mine, reader),)


def forget(conn: Connection, asked: Asked) -> Messages:
    """Delete everything kept about the chat."""
    reader = _reader(conn, asked)
    if subscribers.forget(conn, asked.chat_id):
        return (subscriptions.forgotten(reader),)
    return (subscriptions.nothing_kept(reader),)


def set_zone(conn: Connection, asked: Asked, zone: str) -> Messages:
    """Show times in this zone (an IANA name that exists) from now on."""
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.set_zone(conn, chat.id, zone)
    return (subscriptions.zone_set(asked.now, _reader(conn, asked)),)


def welcome_back(conn: Connection, asked: Asked) -> None:
    """A chat that had left is told again; of a new one nothing is kept yet."""
    if subscribers.find(conn, asked.chat_id):
        subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)


# ---------------------------------------------------------------------------- finding one's way


def pick(conn: Connection, asked: Asked) -> Messages:
    """Areas to choose from, or places where there are none."""
    known = places.all_places(conn)
    areas = [p for p in known if p.is_area]
    return (names.pick(areas or known, _reader(conn, asked)),)


def help_text(conn: Connection, asked: Asked, commands: Sequence[CommandHelp]) -> Messages:
    """The commands, and the symbols of the parties on record."""
    return (start.help_text(commands, all_parties(conn), _reader(conn, asked)),)


# What each button, and each command that names a place, does with it.
ANSWERS: dict[str, Callable[[Connection, Asked, Place], Messages]] = {
    STATUS: status_of,
    WHY: why_of,
    HISTORY: history_of,
    SUBSCRIBE: subscribe,
    UNSUBSCRIBE: unsubscribe,
}
WRITES = frozenset({SUBSCRIBE, UNSUBSCRIBE})
