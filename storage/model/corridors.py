"""A corridor as somebody about to travel it has to see it: the worst, and where holders change."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from storage.model.control import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.alerts import Member

# From the worst: being shot at, nobody knowing whose post comes next, nobody knowing anything.
_WORST_FIRST = (
    Standing.CONTESTED,
    Standing.DISPUTED,
    Standing.UNKNOWN,
    Standing.LIKELY,
    Standing.CONFIRMED,
)


def badness(member: Member) -> int:
    """How bad a place is for the road, 0 the worst; without a report it is not known who holds it.

    Held is held, however surely: 3 in both cases.
    """
    standing = member.status.standing if member.status else Standing.UNKNOWN
    return min(_WORST_FIRST.index(standing), _WORST_FIRST.index(Standing.LIKELY))


def worst_of(members: Sequence[Member]) -> tuple[Member, ...]:
    """The places of a corridor that are worst, in its order; none where every place is held."""
    least = min((badness(m) for m in members), default=None)
    if least is None or least == _WORST_FIRST.index(Standing.LIKELY):
        return ()
    return tuple(m for m in members if badness(m) == least)


def holder_changes(members: Sequence[Member]) -> tuple[tuple[Member, Member], ...]:
    """Each two places of a corridor, one after the other, that different parties hold.

    Places that nobody is known to hold are passed over; where one is disputed or contested, the
    party that is ahead counts.
    """
    held = [m for m in members if m.status is not None and m.status.holder is not None]
    return tuple(
        (one, other)
        for one, other in pairwise(held)
        if one.status and other.status and one.status.holder != other.status.holder
    )
