"""What is known of places at the time that a question is about.

Everything here takes a connection first and is run off the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, reader_in, with_status
from handlers.messages.looking_back import too_many_places
from storage import control, places
from storage.model.alerts import Member
from storage.model.changes import as_status
from storage.model.control import Rule

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.changes import Status
    from storage.model.control import Assessment
    from storage.model.places import Place

# Places of an area that are assessed for one look back: an answer may not take for ever.
MOST_LOOKED_BACK_AT = 40


def assessed(conn: Connection, asked: Asked, place: Place) -> Assessment:
    """Who holds the place at the time that the question is about, by what it may know."""
    policy = asked.services.policy
    return control.assess_place(conn, place.id, policy, asked.at, asked.when.known_at)


def found_by(asked: Asked) -> datetime | None:
    """By when (UTC) something must have been found to be part of the answer; None for now."""
    return None if asked.when.is_now else asked.at


def members_then(conn: Connection, asked: Asked, area: Place) -> tuple[Member, ...] | None:
    """The places of an area as they stood; None where those are too many to look back at."""
    inside = places.members(conn, area.id)
    if asked.when.is_now:
        return with_status(conn, inside)
    if len(inside) > MOST_LOOKED_BACK_AT:
        return None
    return tuple(Member(p, _then(p, assessed(conn, asked, p))) for p in inside)


def too_many(conn: Connection, asked: Asked, area: Place) -> Message:
    """What is said of an area with too many places to look back at."""
    return too_many_places(area, MOST_LOOKED_BACK_AT, reader_in(conn, asked))


def _then(place: Place, found: Assessment) -> Status | None:
    """What was found about another time as the status that it would have been."""
    if found.rule is Rule.NO_REPORTS:
        return None
    return as_status(place.id, found)
