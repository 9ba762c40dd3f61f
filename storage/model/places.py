"""Places that can be held, and areas that group them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from storage.model.errors import BadInput

AREA = "area"
CORRIDOR = "corridor"  # an area whose places are in order: a road, a river
CROSSING = "crossing"
# Who says that there is such a place: an operator ("") or one of the lists that can be loaded.
OURS, CROSSINGS, GEONAMES = "", "crossings", "geonames"
# An id travels in button data (64 bytes) and in a deep link `p_<id>` (64 of these characters).
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True)
class Place:
    """A crossing, town, airport, base, bridge, dam…, or a named group of places.

    Such a group is of the kind `area` or, where its places are in order, `corridor`. `countries`
    are ISO 3166 codes; `lat` and `lon` are degrees; `part_of` are ids of areas; `origin` is the
    list that the place comes from, empty where an operator has given it.
    """

    id: str
    name: str
    kind: str
    countries: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    part_of: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=())
    origin: str = OURS

    @property
    def is_area(self) -> bool:
        """Whether this is a group of places: it has no status of its own."""
        return self.kind in (AREA, CORRIDOR)

    @property
    def is_corridor(self) -> bool:
        """Whether this is a group of places in the order in which one passes them."""
        return self.kind == CORRIDOR

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees, where both are known."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


def check_id(text: str, *, column: str = "id") -> str:
    """Return an id that fits a button and a deep link; raise BadInput naming `column` otherwise."""
    if not ID_PATTERN.fullmatch(text):
        raise BadInput(
            f"{text[:60]!r} is no id: 1 to 48 of A–Z, a–z, 0–9, '_' and '-'", column=column
        )
    return text
