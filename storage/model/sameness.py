"""Whether two entries of different lists are one and the same place."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from storage.model.geo import distance_km
from storage.model.names import fold
from storage.model.places import CROSSING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.model.places import Place

# A crossing has a post on each side, and lists give either, or the village it is called after.
CROSSING_KM = 25.0
# A town is given by its middle, which lists place differently.
TOWN_KM = 10.0
OTHER_KM = 5.0
_TOWNS = frozenset({"town", "city", "village", "place"})


def name_keys(place: Place) -> frozenset[str]:
    """The names of a place as they are compared; its id is none of them."""
    folded = (fold(name).replace(" ", "") for name in (place.name, *place.aliases))
    return frozenset(key for key in folded if key)


def is_same(one: Place, other: Place) -> bool:
    """Whether two places with a name in common are the same: by kind, and by where they lie.

    Where the position of one is not known, their countries have to be the same.
    """
    if _kind(one) != _kind(other):
        return False
    if one.position is None or other.position is None:
        return bool(one.countries) and set(one.countries) == set(other.countries)
    return distance_km(one.position, other.position) <= _reach(one)


class Known:
    """Places on record, for asking which of them a place of another list is."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._named: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in places:
            self.add(place)

    def add(self, place: Place) -> None:
        """One more place."""
        for key in name_keys(place):
            self._named[key][place.id] = place

    def same_as(self, place: Place, *, of_any_list: bool = False) -> Place | None:
        """The place on record that this one is; of several the nearest, then the first by id.

        Entries of one list are never the same, since it tells them apart itself: places of that
        list are looked at only if `of_any_list`.
        """
        found = {
            other.id: other
            for key in name_keys(place)
            for other in self._named.get(key, {}).values()
            if (of_any_list or other.origin != place.origin) and is_same(place, other)
        }
        return min(found.values(), key=lambda other: (_km(place, other), other.id), default=None)


def _kind(place: Place) -> str:
    return "town" if place.kind in _TOWNS else place.kind


def _reach(place: Place) -> float:
    if place.kind == CROSSING:
        return CROSSING_KM
    return TOWN_KM if place.kind in _TOWNS else OTHER_KM


def _km(one: Place, other: Place) -> float:
    if one.position is None or other.position is None:
        return 0.0
    return distance_km(one.position, other.position)
