"""Withdrawals: which reports were taken back, and which their own source has corrected."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.model.parties import side_of
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.model.sources import Sources
    from storage.model.times import Moment


@dataclass(frozen=True)
class Withdrawn:
    """The reports taken back, and the retractions (in force or not), by id."""

    gone: set[str]
    by: set[str]


def withdrawals(by_id: Mapping[str, Report], sources: Sources, parties: Parties) -> Withdrawn:
    """What was taken back by a retraction that was not itself taken back."""
    targets: dict[str, str] = {}
    waiting: dict[str, int] = {}
    for report in by_id.values():
        if report.claim is Claim.RETRACTS and report.refers_to:
            target = by_id.get(report.refers_to)
            if target is None or _may_retract(report, target, sources, parties):
                targets[report.id] = report.refers_to
                waiting[report.refers_to] = waiting.get(report.refers_to, 0) + 1
    gone: set[str] = set()
    # A ring of retractions takes nothing back: each waits for another.
    decided = [r for r in targets if r not in waiting]
    while decided:
        retraction = decided.pop()
        target_id = targets[retraction]
        waiting[target_id] -= 1
        if target_id in gone:
            continue
        if retraction not in gone:
            gone.add(target_id)
        if target_id in targets and (target_id in gone or not waiting[target_id]):
            decided.append(target_id)
    return Withdrawn(gone, set(targets))


def _may_retract(retraction: Report, target: Report, sources: Sources, parties: Parties) -> bool:
    """Whether the retraction is not one by the other side, which can only deny."""
    sides = {
        side_of(party, parties)
        for r in (retraction, target)
        if (party := sources[r.source].party) is not None
    }
    return len(sides) < 2 or retraction.source == target.source


def corrections(ordered: Iterable[Report], policy: Policy) -> set[str]:
    """The reports that their source has corrected, given in the order they were said.

    Who says that one party took or holds the place, and shortly afterwards that another holds it,
    without telling of a change, was wrong before: that counts as never said.
    """
    corrected: set[str] = set()
    # By source and party, in the order of the time they are about; without what was corrected.
    said: dict[str, dict[str | None, list[Report]]] = {}
    for report in ordered:
        claim = report.claim
        if claim is not Claim.HOLDS and claim is not Claim.TOOK:
            continue
        by_party = said.setdefault(report.source, {})
        if claim is Claim.HOLDS:
            for party, some in by_party.items():
                if party != report.party and some:
                    corrected.update(_taken_out(some, report.about, policy))
        mine = by_party.setdefault(report.party, [])
        if mine and _about(report) < _about(mine[-1]):
            insort(mine, report, key=_about)
        else:
            mine.append(report)
    return corrected


def _taken_out(some: list[Report], about: Moment, policy: Policy) -> list[str]:
    """Take those that a word about this moment corrects out of the reports; returns their ids."""
    earliest = about.at - policy.state_reaches_back
    if _about(some[-1]) < earliest:
        return []
    lately = bisect_left(some, earliest, key=_about)
    # Of the same day, or before: who speaks of later speaks of what came then.
    soon = bisect_left(some, about.over, key=_about)
    corrected = [r.id for r in some[lately:soon]]
    del some[lately:soon]
    return corrected


def _about(report: Report) -> datetime:
    return (report.occurred or report.reported).at
