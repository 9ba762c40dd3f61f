"""Answers about more than one place: what is near, areas, and corridors.

Everything here takes a connection first and is run off the event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, members_of, reader_in
from handlers.messages import areas, near
from handlers.messages.areas import AreaView
from handlers.messages.near import Around
from handlers.messages.paging import page_of
from storage import control, places, subscribers
from storage.model.errors import UnknownPlace
from storage.model.geo import Point, is_point, nearest
from storage.sources import all_parties

if TYPE_CHECKING:
    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.places import Place

MOST_NEAR = 8


def near_place(conn: Connection, asked: Asked, place: Place) -> Messages:
    """The places nearest to a place; of an area, the places in it."""
    if place.is_area:
        return (members_page(conn, asked, place, 0),)
    if place.position is None:
        return (near.no_position(place, reader_in(conn, asked)),)
    return (_around(conn, asked, place.position, place),)


def near_point(conn: Connection, asked: Asked, point: Point) -> Messages:
    """The places nearest to a point that somebody has sent."""
    if not is_point(*point):
        return (near.no_such_point(reader_in(conn, asked)),)
    return (_around(conn, asked, point, None),)


def _around(conn: Connection, asked: Asked, point: Point, origin: Place | None) -> Message:
    known_places = asked.services.place_index.current(conn).places()
    others = (p for p in known_places if origin is None or p.id != origin.id)
    found = nearest(point, others, MOST_NEAR)
    known = control.statuses_of(conn, [n.place.id for n in found])
    view = Around(origin, tuple((n, known.get(n.place.id)) for n in found), asked.now)
    return near.around(view, all_parties(conn), reader_in(conn, asked))


# --------------------------------------------------------------------------- areas and corridors


def area_list(conn: Connection, asked: Asked, page: int) -> Message:
    """The areas and corridors on record, by pages."""
    known = places.all_areas(conn)
    views = [_view(conn, asked, area) for area in page_of(known, page).items]
    reader = reader_in(conn, asked)
    return areas.area_list(known, views, page, asked.now, all_parties(conn), reader)


def members_page(conn: Connection, asked: Asked, area: Place, page: int) -> Message:
    """The places of an area or corridor, by pages."""
    view = _view(conn, asked, area)
    return areas.members_page(view, page, all_parties(conn), reader_in(conn, asked))


def members_page_by_id(conn: Connection, asked: Asked, area_id: str, page: int) -> Message | None:
    """The same by the area's id; None where there is no such area any more."""
    try:
        area = places.get_place(conn, area_id)
    except UnknownPlace:
        return None
    return members_page(conn, asked, area, page)


def route_of(conn: Connection, asked: Asked, place: Place) -> Messages:
    """A corridor in order; of a place, the corridors that lead through it."""
    reader = reader_in(conn, asked)
    if place.is_corridor:
        return areas.route(_view(conn, asked, place), all_parties(conn), reader)
    through = [a for a in places.areas_of(conn, [place.id])[place.id] if a.is_corridor]
    return (areas.on_no_route(place, through, reader),)


def routes(conn: Connection, asked: Asked) -> Messages:
    """The corridors to choose from."""
    corridors = [p for p in places.all_areas(conn) if p.is_corridor]
    return (areas.routes(corridors, reader_in(conn, asked)),)


def _view(conn: Connection, asked: Asked, area: Place) -> AreaView:
    subscribed = subscribers.is_subscribed(conn, asked.chat_id, area.id)
    return AreaView(area, members_of(conn, area), asked.now, subscribed)
