"""A place in one line, as an owner types it: name | kind | countries | position | other names."""

from __future__ import annotations

import re

from handlers.messages.message import clean
from storage.model.errors import BadInput
from storage.model.geo import is_point
from storage.model.places import AREA, CORRIDOR, Place

LONGEST_NAME = 200
MOST_ALIASES = 50
FIELDS = ("name", "kind", "countries", "position", "other names")
NEEDED = 3
_COUNTRY = re.compile(r"[A-Z]{2}")
_NUMBER = re.compile(r"[+-]?\d{1,3}(\.\d{1,10})?", re.ASCII)


def read_place(line: str) -> Place:
    """The place in a line, without an id; raises BadInput naming the field at fault."""
    parts = [part.strip() for part in line.split("|")]
    if len(parts) > len(FIELDS):
        raise BadInput(f"there are {len(parts)} fields; at most {len(FIELDS)}")
    if len(parts) < NEEDED:
        raise BadInput("is missing", column=FIELDS[len(parts)])
    name, kind, countries, position, others = (*parts, "", "")[: len(FIELDS)]
    lat, lon = _position(position) or (None, None)
    return Place(
        "",
        _name(name, "name"),
        _kind(kind),
        _countries(countries),
        lat,
        lon,
        aliases=_aliases(others),
    )


def _name(text: str, column: str) -> str:
    name = clean(text)
    if not any(c.isalnum() for c in name):
        raise BadInput("is missing", column=column)
    if len(name) > LONGEST_NAME:
        raise BadInput(f"has {len(name)} characters; at most {LONGEST_NAME}", column=column)
    return name


def _kind(text: str) -> str:
    kind = _name(text, "kind").casefold()
    if kind in (AREA, CORRIDOR):
        raise BadInput(f"{kind} comes by a file: see the README", column="kind")
    return kind


def _countries(text: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(re.split(r"[\s,;]+", text.strip(" ,;").upper())))
    for code in codes:
        if not _COUNTRY.fullmatch(code):
            raise BadInput(
                f"{code[:40]!r} is no country code of two letters, such as IQ", column="countries"
            )
    return codes


def _position(text: str) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None where nothing is given."""
    if not text:
        return None
    numbers = [n for n in re.split(r"[\s,;]+", text) if n]
    if len(numbers) == 2 and all(_NUMBER.fullmatch(n) for n in numbers):
        lat, lon = float(numbers[0]), float(numbers[1])
        if is_point(lat, lon):
            return lat, lon
    raise BadInput(
        f"{text[:40]!r} is no latitude and longitude in degrees, such as 33.42 38.93",
        column="position",
    )


def _aliases(text: str) -> tuple[str, ...]:
    names = [n for n in re.split(r"[,،;]", text) if n.strip()]
    if len(names) > MOST_ALIASES:
        raise BadInput(f"there are {len(names)}; at most {MOST_ALIASES}", column="other names")
    return tuple(dict.fromkeys(_name(n, "other names") for n in names))
