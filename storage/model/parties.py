"""Parties: who can hold a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from storage.model.places import Place


@dataclass(frozen=True)
class Party:
    """Who can hold a place. `government_of` are country codes; `part_of` is the party above it.

    `rank` is the order in which parties became known; it chooses their symbol in messages.
    """

    id: str
    name: str
    government_of: tuple[str, ...] = ()
    part_of: str | None = None
    rank: int = 0


Parties: TypeAlias = Mapping[str, Party]


def side_of(party_id: str, parties: Parties) -> str:
    """The topmost party that this one belongs to (itself, if to none)."""
    seen = {party_id}
    while (party := parties.get(party_id)) and party.part_of and party.part_of not in seen:
        party_id = party.part_of
        seen.add(party_id)
    return party_id


def is_government_at(party_id: str | None, place: Place, parties: Parties) -> bool:
    """Whether the party is, or belongs to, the government of a country that the place lies in."""
    if party_id is None:
        return False
    side = parties.get(side_of(party_id, parties))
    return side is not None and not set(side.government_of).isdisjoint(place.countries)
