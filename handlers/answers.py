"""From a question to its answer: reads what is known, or changes a subscription, and composes.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.around import near_place, route_of
from handlers.asked import Asked, Messages, members_of, reader_in, recent_places, with_status
from handlers.asking_back import forget_rivals, keep_question
from handlers.looking_back import assessed, found_by, members_then, too_many
from handlers.messages import charts, history, names, start, status, subscriptions, why
from handlers.messages.area_alerts import most_urgent
from handlers.messages.buttons import (
    CHART,
    HISTORY,
    NEAR,
    REPORT,
    ROUTE,
    STATUS,
    SUBSCRIBE,
    UNSUBSCRIBE,
    WHY,
)
from handlers.messages.looking_back import apart
from handlers.messages.words import Telling
from handlers.reporting import place_meant
from storage import (
    alerts,
    control,
    ledger,
    memory,
    places,
    silences,
    subscribers,
    told_alerts,
)
from storage.model.changes import Status
from storage.model.errors import UnknownPlace
from storage.model.silence import resting_on
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from handlers.messages.message import Message
    from handlers.messages.start import CommandHelp
    from storage.engine import Connection
    from storage.model.alerts import Member
    from storage.model.places import Place

# As many subscriptions as a chat may have; a whole area counts as one.
MOST_SUBSCRIPTIONS = 50
# Of each place, in the history of an area.
HISTORY_OF_EACH = 10


def by_id(conn: Connection, asked: Asked, does: str, place_id: str) -> Messages:
    """What was asked of the place with this id; it may have gone since the button was made.

    The time that the question is about may follow the id.
    """
    id_and_time = apart(place_id)
    if id_and_time and not id_and_time[1].is_now:
        place_id, when = id_and_time
        asked = replace(asked, when=when)
    try:
        place = places.get_place(conn, place_id)
    except UnknownPlace:
        return (names.gone(reader_in(conn, asked)),)
    return ANSWERS[does](conn, asked, place)


def by_context(conn: Connection, asked: Asked, does: str, place_id: str, query: str) -> Messages:
    """The same where only what the chat did before tells which place of that name is meant: with
    the way to another one.
    """
    *first, last = by_id(conn, asked, does, place_id)
    question = keep_question(conn, asked, does, query)
    rows = names.not_this_one(query, question.id, reader_in(conn, asked))
    return (*first, replace(last, buttons=(*last.buttons, *rows)))


def remember(conn: Connection, asked: Asked, place_id: str, query: str | None) -> None:
    """The chat has asked about a place: by this name, or by a button (None), whose time may follow
    the id.
    """
    id_and_time = apart(place_id)
    try:
        place = places.get_place(conn, id_and_time[0] if id_and_time else place_id)
    except UnknownPlace:
        return
    memory.remember(conn, asked.chat_id, place.id, asked.now)
    if query is not None and query.strip() == place.id:
        forget_rivals(conn, asked, place)


# --------------------------------------------------------------------------------- what is known


def status_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Who holds a place, or the places of an area."""
    reader, parties = reader_in(conn, asked), all_parties(conn)
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
    if place.is_corridor and asked.when.is_now:
        return route_of(conn, asked, place)
    if place.is_area:
        members = members_then(conn, asked, place)
        if members is None:
            return (too_many(conn, asked, place),)
        area = status.AreaStatus(place, members, asked.now, subscribed, asked.when)
        return (status.area_status(area, parties, reader),)
    found = assessed(conn, asked, place)
    view = status.PlaceStatus(
        place,
        tuple(places.areas_of(conn, [place.id])[place.id]),
        found,
        tuple(control.history_of(conn, place.id, until=found_by(asked))),
        asked.now,
        subscribed,
        asked.when,
        silences.silent_at(conn, resting_on(found), asked.at),
    )
    return (status.place_status(view, parties, reader),)


def why_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Each report about a place with its weight; of an area, which place is meant."""
    reader, parties = reader_in(conn, asked), all_parties(conn)
    if place.is_area:
        members = members_then(conn, asked, place)
        if members is None:
            return (too_many(conn, asked, place),)
        return why.area_why(place, members, asked.now, parties, reader, asked.when)
    found = assessed(conn, asked, place)
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
    silent = silences.silent_at(conn, {e.source.id for e in found.evidence}, asked.at)
    view = why.Why(place, found, asked.now, subscribed, asked.when, silent)
    return why.why(view, parties, reader)


def history_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """The changes of a place, or of the places of an area, as they were found."""
    reader, parties = reader_in(conn, asked), all_parties(conn)
    if place.is_area:
        until = found_by(asked)
        subscribed = subscribers.is_subscribed(conn, asked.chat_id, place.id)
        entries = [
            (member, entry)
            for member in places.members(conn, place.id)
            for entry in control.history_of(conn, member.id, HISTORY_OF_EACH, until)
        ]
        newest = sorted(entries, key=lambda pair: pair[1].changed_at, reverse=True)
        noticed = alerts.told_in_notices(conn, {member.id for member, _ in newest})
        area = history.AreaHistory(place, tuple(newest), asked.now, subscribed, asked.when, noticed)
        return history.area_history(area, parties, reader)
    return history.history(_history(conn, asked, place), parties, reader)


def chart_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """The changes of a place as a picture; of an area, in words."""
    if place.is_area:
        return history_of(conn, asked, place)
    view = _history(conn, asked, place)
    return (charts.chart(view, all_parties(conn), reader_in(conn, asked)),)


def _history(conn: Connection, asked: Asked, place: Place) -> history.History:
    return history.History(
        place,
        tuple(control.history_of(conn, place.id, until=found_by(asked))),
        assessed(conn, asked, place),
        asked.now,
        subscribers.is_subscribed(conn, asked.chat_id, place.id),
        asked.when,
        alerts.told_in_notices(conn, [place.id]),
    )


# --------------------------------------------------------------------------------- subscriptions


def subscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Tell this chat about the place from now on; the answer says how things stand."""
    reader = reader_in(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    new = all(p.id != place.id for p in mine)
    if new and len(mine) >= MOST_SUBSCRIPTIONS:
        return (subscriptions.too_many(MOST_SUBSCRIPTIONS, reader),)
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.subscribe(conn, chat.id, place.id, asked.now)
    members = members_of(conn, place) if place.is_area else with_status(conn, [place])
    # It is told when the answer has arrived; if it does not, what changes is told from here all
    # the same.
    ledger.knows(conn, chat.id, _shown(conn, asked, members))
    view = subscriptions.Subscribed(
        place,
        members,
        asked.now,
        len(mine) + new,
        MOST_SUBSCRIPTIONS,
        asked.is_group,
        new,
    )
    return (subscriptions.subscribed(view, all_parties(conn), reader),)


def heard(conn: Connection, asked: Asked, place_id: str) -> None:
    """The answer to a subscription has arrived: the chat was last told what that says of places."""
    chat = subscribers.find(conn, asked.chat_id)
    if chat is None or not subscribers.is_subscribed(conn, asked.chat_id, place_id):
        return
    place = places.get_place(conn, place_id)
    members = members_of(conn, place) if place.is_area else with_status(conn, [place])
    newer = told_alerts.changed_since(conn, [m.place.id for m in members], asked.now)
    told = [(s, up_to) for s, up_to in _shown(conn, asked, members) if s.place not in newer]
    ledger.tell(conn, [(chat.id, told, asked.now)])


def _shown(conn: Connection, asked: Asked, members: Sequence[Member]) -> list[tuple[Status, int]]:
    """The statuses that the answer to a subscription shows, with the newest alert of each place."""
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    newest = told_alerts.newest(conn, [m.place.id for m in members])
    return [
        (m.status or Status(m.place.id, 0), newest.get(m.place.id, 0))
        for m in most_urgent(telling, members)
    ]


def unsubscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """End the chat's subscription to the place."""
    reader = reader_in(conn, asked)
    chat = subscribers.find(conn, asked.chat_id)
    if chat and subscribers.unsubscribe(conn, chat.id, place.id):
        return (subscriptions.unsubscribed(place, reader),)
    mine = {p.id for p in subscribers.subscriptions_of(conn, asked.chat_id)}
    through = [a for a in places.areas_of(conn, [place.id])[place.id] if a.id in mine]
    return (subscriptions.not_subscribed(place, through, reader),)


def subscription_list(conn: Connection, asked: Asked, page: int = 0) -> Message:
    """What the chat has subscribed to, by pages."""
    mine = with_status(conn, subscribers.subscriptions_of(conn, asked.chat_id))
    return subscriptions.subscription_list(
        mine, page, MOST_SUBSCRIPTIONS, asked.now, all_parties(conn), reader_in(conn, asked)
    )


def of_subscriptions(conn: Connection, asked: Asked) -> Message | None:
    """What the chat has subscribed to, each with its status; None where that is nothing."""
    if not subscribers.subscriptions_of(conn, asked.chat_id):
        return None
    return subscription_list(conn, asked)


def which_to_end(conn: Connection, asked: Asked) -> Messages:
    """A button for each subscription, to end it."""
    reader = reader_in(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    if not mine:
        return (subscriptions.no_subscriptions(reader),)
    return (subscriptions.which_to_end(mine, reader),)


def forget(conn: Connection, asked: Asked) -> Messages:
    """Delete everything kept about the chat."""
    reader = reader_in(conn, asked)
    if subscribers.forget(conn, asked.chat_id):
        return (subscriptions.forgotten(reader),)
    return (subscriptions.nothing_kept(reader),)


def set_zone(conn: Connection, asked: Asked, zone: str) -> Messages:
    """Show times in this zone (an IANA name that exists) from now on."""
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.set_zone(conn, chat.id, zone)
    return (subscriptions.zone_set(asked.now, reader_in(conn, asked)),)


def welcome_back(conn: Connection, asked: Asked) -> None:
    """A chat that had left is told again; of a new one nothing is kept yet."""
    if subscribers.find(conn, asked.chat_id):
        subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)


# ---------------------------------------------------------------------------- finding one's way


def hello(conn: Connection, asked: Asked) -> Messages:
    """What the bot is, and the places that the chat has asked about lately."""
    return (start.start(recent_places(conn, asked), reader_in(conn, asked)),)


def pick(conn: Connection, asked: Asked, page: int) -> Message:
    """Places asked about lately, and areas to choose from; places where there are none."""
    known = places.all_areas(conn) or places.all_places(conn)
    return names.pick(recent_places(conn, asked), known, page, reader_in(conn, asked))


def help_text(conn: Connection, asked: Asked, commands: Sequence[CommandHelp]) -> Messages:
    """The commands, and the symbols of the parties on record."""
    return (start.help_text(commands, all_parties(conn), reader_in(conn, asked)),)


# What each button, and each command that names a place, does with it.
ANSWERS: dict[str, Callable[[Connection, Asked, Place], Messages]] = {
    STATUS: status_of,
    WHY: why_of,
    HISTORY: history_of,
    CHART: chart_of,
    SUBSCRIBE: subscribe,
    UNSUBSCRIBE: unsubscribe,
    NEAR: near_place,
    ROUTE: route_of,
    REPORT: place_meant,
}
WRITES = frozenset({SUBSCRIBE, UNSUBSCRIBE, REPORT})
# What can be asked about another time than now.
LOOKS_BACK = frozenset({STATUS, WHY, HISTORY})
