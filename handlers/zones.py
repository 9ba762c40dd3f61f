"""Time zones by the names that people type."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

MOST_NEAR = 3
LONGEST = 60


def find_zone(typed: str) -> str | None:
    """The IANA name for what was typed: the name itself, or the city in it ("Baghdad")."""
    return _zones().get(_folded(typed))


def near_zones(typed: str) -> list[str]:
    """Up to three IANA names like what was typed, nearest first."""
    folded = _folded(typed)[:LONGEST]
    near = get_close_matches(folded, _zones(), n=2 * MOST_NEAR, cutoff=0.6)
    return list(dict.fromkeys(_zones()[name] for name in near))[:MOST_NEAR]


def _folded(name: str) -> str:
    return "_".join(name.split()).casefold()


@cache
def _zones() -> dict[str, str]:
    """IANA names by their folded form; by the city as well, where no other zone has it."""
    # Not Etc/GMT+3 and the like: there the sign is turned round, and nobody means it that way.
    names = sorted(
        n for n in available_timezones() if not n.startswith(("Etc/", "GMT+", "GMT-", "GMT0"))
    )
    cities: dict[str, set[str]] = {}
    for name in names:
        if "/" in name:
            cities.setdefault(_folded(name.rpartition("/")[2]), set()).add(name)
    by_city = {city: zones.pop() for city, zones in cities.items() if len(zones) == 1}
    return by_city | {_folded(name): name for name in names}
