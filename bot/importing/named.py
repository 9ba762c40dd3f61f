"""What the rows of reports name: which of it is on record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.model.places import AREA, CORRIDOR
from storage.place_changes import current_version
from storage.places import kinds_of, real_ids
from storage.sources import known_parties, known_sources

if TYPE_CHECKING:
    from collections.abc import Collection

    import sqlalchemy as sa

    from storage.model.reports import Report


@dataclass
class Named:
    """The places, sources and parties that reports named so far and that are on record.

    They are asked of the database once: places are asked for again when any place was changed,
    sources and parties are never deleted. What is not on record is asked for each time.
    `places` has for each id the real one, and whether that is an area.
    """

    places: dict[str, tuple[str, bool]] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)
    parties: set[str] = field(default_factory=set)
    _version: int = -1

    def look_up(self, conn: sa.Connection, reports: Collection[Report]) -> None:
        """Find what these reports name."""
        version = current_version(conn)
        if version != self._version:
            self.places.clear()
            self._version = version
        if places := {r.place for r in reports} - self.places.keys():
            meant = real_ids(conn, places)
            kinds = kinds_of(conn, places | set(meant.values()))
            for place in places:
                real = meant.get(place, place)
                if real in kinds:
                    self.places[place] = (real, kinds[real] in (AREA, CORRIDOR))
        if sources := {r.source for r in reports} - self.sources:
            self.sources |= known_sources(conn, sources)
        if parties := {r.party for r in reports if r.party} - self.parties:
            self.parties |= known_parties(conn, parties)
