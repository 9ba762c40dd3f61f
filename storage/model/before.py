"""Before: what the reports about the time before a cut leave for reading those after it.

Reading goes on from there and finds what reading all reports would find, or says that it cannot:
where a report refers to, corrects, or comes between what lies before the cut.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.model.parties import side_of
from storage.model.reports import Claim
from storage.model.withdrawals import corrections
from storage.model.words import Reason, spoken_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reading import Said
    from storage.model.reports import Report
    from storage.model.words import Word


@dataclass(frozen=True)
class Before:
    """What was said before the time `cut` (UTC, a midnight, so that no day lies on both sides).

    `spent` are the reports about the time after the cut (and that time) that have had their effect
    before it, `awaited` the ids of others that those before it refer to. `involved` are the sides
    spoken of, with the time since when; `latest` is each source's latest word; `lately` what a
    source may still correct, and `corrected` what of that it has corrected.
    """

    cut: datetime
    spent: Mapping[str, datetime] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    involved: Mapping[str, datetime] = field(default_factory=dict)
    latest: Mapping[str, Word] = field(default_factory=dict)
    lately: Sequence[Report] = ()
    corrected: frozenset[str] = frozenset()

    def bears(self, reports: Mapping[str, Report]) -> bool:
        """Whether none of these reports, by id, touches what lies before the cut."""
        return not any(
            r.about.at < self.cut
            or r.id in self.awaited
            or (r.refers_to is not None and r.refers_to not in reports)
            or self._comes_between(r)
            for r in reports.values()
        )

    def _comes_between(self, report: Report) -> bool:
        """Whether its source has said since of a later time what counts before the cut."""
        latest = self.latest.get(report.source)
        return (
            latest is not None
            and latest.last.at >= self.cut
            and spoken_order(report) < spoken_order(latest.report)
        )

    def corrected_with(self, live: Iterable[Report], policy: Policy) -> set[str] | None:
        """Which of the live reports are corrected; None if that changes which were before."""
        corrected = corrections(sorted([*self.lately, *live], key=spoken_order), policy)
        earlier = {r.id for r in self.lately}
        return None if corrected & earlier != self.corrected else corrected - earlier


def sides_spoken_of(
    reports: Iterable[Report], parties: Parties, earlier: Mapping[str, datetime]
) -> dict[str, datetime]:
    """The sides that have been said to hold, take or leave the place, and the time since when."""
    involved = dict(earlier)
    for report in reports:
        if report.party and report.claim is not Claim.FIGHTING:
            side, since = side_of(report.party, parties), report.about.at
            involved[side] = min(involved.get(side, since), since)
    return involved


def look_back(
    before: Before, said: Said, cut: datetime, parties: Parties, policy: Policy
) -> Before:
    """What lies before a later cut, given what was said since the earlier one."""
    reports = {w.report.id: w.report for w in said.words} | {r.id: r for r, _ in said.silent}
    why = {r.id: reason for r, reason in said.silent}
    effects = _effects(said, reports)
    # What is held aside has had no effect yet.
    aside = {i for i, reason in why.items() if reason is Reason.HELD}
    past = {i: reports[i] for i, at in effects.items() if at < cut and i not in aside}
    spent = {**before.spent, **{i: r.about.at for i, r in past.items()}}
    awaited = before.awaited | {r.refers_to for r in past.values() if r.refers_to}
    live = [r for i, r in past.items() if why.get(i) in (None, Reason.NOTHING_DENIED)]
    latest = dict(before.latest)
    for word in said.spoken:
        earlier = latest.get(word.source.id)
        if word.report.id in past and not (earlier and word.last.surely_before(earlier.last)):
            latest[word.source.id] = word
    lately = [
        r
        for r in (*before.lately, *past.values())
        if r.claim in (Claim.HOLDS, Claim.TOOK)
        and r.about.at >= cut - policy.state_reaches_back
        and why.get(r.id) is not Reason.WITHDRAWN
    ]
    corrected = before.corrected | {i for i in past if why.get(i) is Reason.REPLACED}
    return Before(
        cut,
        {i: about for i, about in spent.items() if about >= cut},
        frozenset(awaited - past.keys() - before.spent.keys()),
        sides_spoken_of(live, parties, before.involved),
        latest,
        lately,
        corrected & {r.id for r in lately},
    )


def _effects(said: Said, reports: Mapping[str, Report]) -> dict[str, datetime]:
    """The earliest time (UTC) at which each report has an effect, by id.

    What says nothing itself has its effect where that has it to which it refers.
    """
    effects = {w.report.id: w.when for w in said.words}
    for report, _ in said.silent:
        chain: list[Report] = []
        following: Report | None = report
        while following and following.id not in effects:
            effects[following.id] = following.about.at
            chain.append(following)
            following = reports.get(following.refers_to or "")
        for referring in reversed(chain):
            to = effects.get(referring.refers_to or "", referring.about.at)
            effects[referring.id] = min(effects[referring.id], to)
    return effects
