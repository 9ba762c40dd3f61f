"""What a feed calls places, parties and sources → their ids on record, or why that is not sure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.finding import find_place, offered
from storage.model.errors import BadInput
from storage.model.geo import distance_km, is_point
from storage.model.names import Found, NotFound
from storage.places import get_places, real_ids
from storage.rows import chunks
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import sqlalchemy as sa

    from bot.feeds.blocks import Block
    from storage.model.feeds import Item
    from storage.model.geo import Point
    from storage.model.names import Index
    from storage.model.parties import Party
    from storage.model.places import Place
    from storage.model.sources import Source

# A place of that name that lies farther from where the feed says is another one.
FARTHEST_KM = 25.0
# What helps to find a place and is no column of a report.
HINTS = ("lat", "lon", "country")
MOST_OFFERED = 3


@dataclass(frozen=True)
class Names:
    """What an operator has said about the names in a feed: see `bot.feeds.blocks.Block`."""

    source: str = ""
    via: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)


def names_of(block: Block) -> Names:
    """The names that a block of the feeds file explains."""
    return Names(block.source or "", block.via, block.places, block.parties)


@dataclass(frozen=True)
class Known:
    """What is on record to be named: `places` are those of the ids asked for that mean one."""

    index: Index
    places: frozenset[str]
    parties: Mapping[str, Party]
    sources: Mapping[str, Source]


def known_to(conn: sa.Connection, items: Iterable[Item], names: Names, index: Index) -> Known:
    """What is on record for these items to name."""
    called = {i.fields.get("place", "") for i in items}
    ids = {names.places.get(text, text) for text in called}
    real = {i for some in chunks(ids) for i in get_places(conn, some)}
    return Known(
        index, frozenset(real | real_ids(conn, ids).keys()), all_parties(conn), all_sources(conn)
    )


def with_ids(fields: Mapping[str, str], names: Names, known: Known) -> dict[str, str]:
    """The fields of a report with ids where there were names.

    Raises BadInput naming the column where it is not sure what is meant. What is missing stays
    missing, to be told by whoever checks the row.
    """
    found = {name: text for name, text in fields.items() if name not in HINTS}
    found["source"] = _source(found.get("source") or names.source, known)
    found["via"] = found.get("via") or names.via
    if place := found.get("place"):
        found["place"] = _place(place, fields, names, known)
    if party := found.get("party"):
        found["party"] = _party(party, names, known)
    return found


def _source(text: str, known: Known) -> str:
    if not text or text in known.sources:
        return text
    same = [s.id for s in known.sources.values() if s.name.casefold() == text.casefold()]
    if len(same) != 1:
        raise BadInput(f"no source is called {text[:100]!r}", column="source")
    return same[0]


def _party(text: str, names: Names, known: Known) -> str:
    meant = names.parties.get(text, text)
    if meant in known.parties:
        return meant
    same = [p.id for p in known.parties.values() if p.name.casefold() == meant.casefold()]
    if len(same) != 1:
        raise BadInput(f"no party is called {meant[:100]!r}", column="party")
    return same[0]


def _place(text: str, fields: Mapping[str, str], names: Names, known: Known) -> str:
    meant = names.places.get(text, text)
    if meant in known.places:
        return meant
    where = _position(fields)
    country = fields.get("country", "")
    index = known.index.within([country]) if country else known.index
    answer = find_place(meant, index)
    near = [p for p in offered(answer) if not p.is_area]
    if isinstance(answer, Found):
        _check_distance(answer.place, where)
        return answer.place.id
    if where is not None and not _is_guess(answer):
        # Several are called so: the feed says where the one it means lies.
        close = [p for p in near if p.position and distance_km(p.position, where) <= FARTHEST_KM]
        if len(close) == 1:
            return close[0].id
    hint = ", ".join(f"{p.name} ({p.id})" for p in near[:MOST_OFFERED])
    could = f"; it could be {hint}" if hint else ""
    raise BadInput(f"no place is surely meant by {meant[:100]!r}{could}", column="place")


def _is_guess(answer: object) -> bool:
    """Whether no place has the name itself."""
    return isinstance(answer, NotFound)


def _check_distance(place: Place, where: Point | None) -> None:
    if where is None or place.position is None:
        return
    km = distance_km(place.position, where)
    if km > FARTHEST_KM:
        raise BadInput(
            f"{place.name} ({place.id}) lies {km:.0f} km from where this was", column="place"
        )


def _position(fields: Mapping[str, str]) -> Point | None:
    try:
        lat, lon = float(fields.get("lat", "")), float(fields.get("lon", ""))
    except ValueError:
        return None
    return (lat, lon) if is_point(lat, lon) else None
