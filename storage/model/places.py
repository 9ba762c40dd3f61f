"""Places that can be held, and areas that group them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from storage.model.errors import BadInput

AREA = "area"
# An id travels in button data (64 bytes) and in a deep link `p_<id>` (64 of these characters).
ID_PATTERN = re.compile(r"[A-Za-z0-9_-]{1,48}")


@dataclass(frozen=True)
class Place:
    """A crossing, town, airport, base, bridge, dam…, or (kind `area`) a named group of places.

    `countries` are ISO 3166 codes; `lat` and `lon` are degrees; `part_of` are ids of areas.
    """

    id: str
    name: str
    kind: str
    countries: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    part_of: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=())

    @property
    def is_area(self) -> bool:
        """Whether this is a group of places: it has no status of its own."""
        return self.kind == AREA


def check_id(text: str, *, column: str = "id") -> str:
    """Return an id that fits a button and a deep link; raise BadInput naming `column` otherwise."""
    if not ID_PATTERN.fullmatch(text):
        raise BadInput(
            f"{text[:60]!r} is no id: 1 to 48 of A–Z, a–z, 0–9, '_' and '-'", column=column
        )
    return text
