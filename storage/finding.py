"""Which place is meant by a name, with the country that a person may write behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.countries import country_behind
from storage.model.names import (
    LONGEST_QUERY,
    MOST_NEAR,
    NO_CONTEXT,
    Ambiguous,
    Found,
    NotFound,
    fold,
    resolve,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.names import Context, Index, Resolution
    from storage.model.places import Place


def find_place(query: str, index: Index, context: Context = NO_CONTEXT) -> Resolution:
    """The place that a person means by `query`; any text at all is answered, none raises.

    A country behind the name ("Karak, Jordan") leaves only places there, unless some place has the
    whole for its name.
    """
    found = resolve(query, index, context)
    if len(query) > LONGEST_QUERY:
        return found
    name, country = country_behind(query)
    if country is None or index.has(query):
        return found
    # What was chosen for the whole is what is meant by the name in this country.
    chosen = context.chosen.get(fold(query))
    there = replace(context, chosen={fold(name): chosen} if chosen else {})
    return _in_country(name, country, index, there)


def offered(found: Resolution) -> Sequence[Place]:
    """The places that a resolution speaks of."""
    match found:
        case Found(place):
            return (place,)
        case Ambiguous(candidates):
            return candidates
        case NotFound(near):
            return near


def _in_country(name: str, country: str, index: Index, context: Context) -> Resolution:
    found = resolve(name, index.within([country]), context)
    if not isinstance(found, NotFound):
        return found
    # None there: the places of that name that lie elsewhere may be what is meant all the same.
    elsewhere = resolve(name, index)
    if isinstance(elsewhere, NotFound):
        return found if found.near else elsewhere
    all_near = {p.id: p for p in (*offered(elsewhere), *found.near)}
    more = max(found.similar - len(found.near), 0)
    return NotFound(tuple(all_near.values())[:MOST_NEAR], len(all_near) + more)
