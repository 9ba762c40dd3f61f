"""Outages are no news: one source that moves many places at once, alone, is suspected itself.

Trackers fail as a whole: two real outages dropped 558 and 1,535 places for two and three days.
A source *moves* a place when it said that one side holds it and then says anything else: another
side, only fighting, that the side left, or that it takes its word back. Where a source moves many
places within a day and hardly anybody else says so, its new words are held aside from assessing:
until it says again what it said before, until others say so too, or until the time for that is up.
Nothing is lost: the reports are on record, and count as soon as the suspicion has ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from storage.model.parties import Parties, side_of
from storage.model.reports import Claim, Report
from storage.model.words import spoken_order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from storage.model.policy import Policy
    from storage.model.sources import Sources

# By place: the side that a source says holds it; None where it names nobody (any more).
Sides: TypeAlias = Mapping[str, str | None]
# The same of several sources, by source.
SidesBySource: TypeAlias = Mapping[str, Sides]

# The claims that say, or stop saying, who holds a place. A denial answers somebody else's word.
TELLING = frozenset({Claim.HOLDS, Claim.TOOK, Claim.LEFT, Claim.FIGHTING, Claim.RETRACTS})


class Ending(StrEnum):
    """How a suspicion ended."""

    RETURNED = "returned"  # the source says again what it said before
    CONFIRMED = "confirmed"  # others say so too
    LAPSED = "lapsed"  # neither happened in time


@dataclass(frozen=True)
class Suspicion:
    """That a source moves many places from `side` at once, alone, since `since` (UTC).

    `moved` of the `backed` places that it said the side holds. It is in force until `until`, or
    until `ended_at` where it has ended.
    """

    source: str
    side: str
    since: datetime
    until: datetime
    moved: int
    backed: int
    ended_at: datetime | None = None
    ending: Ending | None = None

    def in_force(self, at: datetime) -> bool:
        """Whether the source's moves are held aside at the time `at` (UTC)."""
        return self.since <= at < (self.ended_at or self.until)

    def holds(self, at: datetime) -> bool:
        """Whether it holds anything aside at the time `at` (UTC), in force or for good."""
        returned = self.ending is Ending.RETURNED and self.since <= at
        return returned or self.in_force(at)

    def may_hold(self, report: Report, at: datetime) -> bool:
        """Whether a report known at the time `at` (UTC) is of those it may hold aside."""
        until = min(at, self.ended_at or self.until)
        mine = report.source == self.source and report.claim in TELLING
        return mine and self.since <= report.reported.at <= until


@dataclass(frozen=True)
class Moves:
    """The places that a source has moved from a side, and of how many it had said so."""

    side: str
    places: frozenset[str]
    backed: int

    def are_many(self, policy: Policy) -> bool:
        """Whether so many places at once may be an outage of the source."""
        least = max(policy.outage_places, policy.outage_share * self.backed)
        return len(self.places) >= least


def side_said(claim: Claim, party: str | None, parties: Parties) -> str | None:
    """The side that one of the `TELLING` claims says holds the place; None where it names none."""
    names = claim in (Claim.HOLDS, Claim.TOOK, Claim.FIGHTING)
    return side_of(party, parties) if names and party else None


def moves_of(before: Sides, now: Sides) -> list[Moves]:
    """What one source has moved between two times, by the side that it moved places from."""
    backed: dict[str, set[str]] = {}
    for place, side in before.items():
        if side is not None:
            backed.setdefault(side, set()).add(place)
    return [
        Moves(side, frozenset(p for p in places if now.get(p, side) != side), len(places))
        for side, places in sorted(backed.items())
    ]


def supported(moves: Moves, earlier: SidesBySource, now: SidesBySource) -> frozenset[str]:
    """Those of the places of which some other source says that it is not the side that holds them.

    Names another side, or has itself moved the place since some days ago (`earlier`).
    """
    return frozenset(
        place
        for place in moves.places
        if any(
            place in sides
            and (
                sides[place] not in (None, moves.side)
                or _moved(earlier.get(source, {}), sides, place, moves.side)
            )
            for source, sides in now.items()
        )
    )


def _moved(earlier: Sides, now: Sides, place: str, side: str) -> bool:
    return earlier.get(place) == side and now[place] != side


def is_alone(moves: Moves, earlier: SidesBySource, now: SidesBySource, policy: Policy) -> bool:
    """Whether other sources hardly support the moves of one."""
    return len(supported(moves, earlier, now)) < policy.outage_support * len(moves.places)


def ending_of(
    moves: Moves,
    still: Moves,
    earlier: SidesBySource,
    now: SidesBySource,
    policy: Policy,
) -> Ending | None:
    """How a suspicion ends now, if it does, by what its source and others say.

    `moves` are all places that the source has moved since it began, `still` those of which it
    has not said again what it said before.
    """
    if len(still.places) <= policy.outage_support * len(moves.places):
        return Ending.RETURNED
    return None if is_alone(still, earlier, now, policy) else Ending.CONFIRMED


def sides_at(reports: Iterable[Report], parties: Parties, at: datetime) -> dict[str, str | None]:
    """The side that each source says holds a place, by what it had said by the time `at` (UTC)."""
    said: dict[str, str | None] = {}
    for report in sorted(reports, key=spoken_order):
        if report.claim in TELLING and report.reported.at <= at:
            said[report.source] = side_said(report.claim, report.party, parties)
    return said


def held_aside(
    reports: Collection[Report],
    suspicions: Iterable[Suspicion],
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
) -> frozenset[str]:
    """The ids of the reports about one place that are held aside at the time `at` (UTC).

    What a source took back itself by returning to its earlier word stays aside for good. Where
    another source that has no interest in it has lately moved the place as well, nothing is held.
    """
    held: set[str] = set()
    for suspicion in suspicions:
        until = min(at, suspicion.ended_at or suspicion.until)
        own = [r for r in reports if r.source == suspicion.source and r.reported.at <= until]
        if not suspicion.in_force(at) and not _taken_back(own, suspicion, parties, at):
            continue
        before = [r for r in own if r.reported.at < suspicion.since]
        if _last(before, suspicion.source, parties, until) != suspicion.side:
            continue
        if _others_moved(reports, suspicion, sources, parties, policy, until):
            continue
        held |= {
            r.id
            for r in own
            if suspicion.may_hold(r, at) and side_said(r.claim, r.party, parties) != suspicion.side
        }
    return frozenset(held)


def _taken_back(
    own: Iterable[Report], suspicion: Suspicion, parties: Parties, at: datetime
) -> bool:
    """Whether a suspicion ended by its source's return, at this place too."""
    if suspicion.ended_at is None or suspicion.ending is not Ending.RETURNED:
        return False
    returned = _last(own, suspicion.source, parties, suspicion.ended_at) == suspicion.side
    return returned and suspicion.ended_at <= at


def _last(reports: Iterable[Report], source: str, parties: Parties, at: datetime) -> str | None:
    return sides_at(reports, parties, at).get(source)


def _others_moved(
    reports: Iterable[Report],
    suspicion: Suspicion,
    sources: Sources,
    parties: Parties,
    policy: Policy,
    at: datetime,
) -> bool:
    """Whether a source other than the suspected one has lately moved the place from its side."""
    reports = [r for r in reports if r.source != suspicion.source]
    earlier = sides_at(reports, parties, suspicion.since - policy.outage_lasts)
    for source, side in sides_at(reports, parties, at).items():
        party = sources[source].party
        interested = side is not None and party is not None and side_of(party, parties) == side
        before = earlier.get(source)
        news = side != before and (before == suspicion.side or side is not None)
        if news and side != suspicion.side and not interested:
            return True
    return False
