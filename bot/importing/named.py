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

    def look_up(
        self,
        conn: sa.Connection,
        places: Collection[str],
        sources: Collection[str],
        parties: Collection[str],
    ) -> None:
        """Find places, sources and parties, by the ids that reports name."""
        version = current_version(conn)
        if version != self._version:
            self.places.clear()
            self._version = version
        if new_places := set(places) - self.places.keys():
            meant = real_ids(conn, new_places)
            kinds = kinds_of(conn, new_places | set(meant.values()))
            for place in new_places:
                real = meant.get(place, place)
                if real in kinds:
                    self.places[place] = (real, kinds[real] in (AREA, CORRIDOR))
        if new_sources := set(sources) - self.sources:
            self.sources |= known_sources(conn, new_sources)
        if new_parties := set(parties) - self.parties:
            self.parties |= known_parties(conn, new_parties)
