"""Answers about a place: what each button, and each command that names one, does with it.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import subscribing
from handlers.around import near_place, route_of
from handlers.asked import Asked, Messages, reader_in
from handlers.asking_back import forget_rivals, keep_question
from handlers.looking_back import assessed, found_by, members_then, too_many
from handlers.messages import charts, history, names, status, why
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
from handlers.report_steps import place_meant
from storage import alerts, control, memory, places, silences, subscribers
from storage.model.errors import UnknownPlace
from storage.model.silence import resting_on
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.engine import Connection
    from storage.model.places import Place

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


# What each button, and each command that names a place, does with it.
ANSWERS: dict[str, Callable[[Connection, Asked, Place], Messages]] = {
    STATUS: status_of,
    WHY: why_of,
    HISTORY: history_of,
    CHART: chart_of,
    SUBSCRIBE: subscribing.subscribe,
    UNSUBSCRIBE: subscribing.unsubscribe,
    NEAR: near_place,
    ROUTE: route_of,
    REPORT: place_meant,
}
WRITES = frozenset({SUBSCRIBE, UNSUBSCRIBE, REPORT})
# What can be asked about another time than now.
LOOKS_BACK = frozenset({STATUS, WHY, HISTORY})
