"""What came of a history: one row for each change, one for each alert, and the sum of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from storage.model.alerts import EDITS
from storage.model.control import Standing
from storage.model.reports import Claim
from storage.model.times import iso

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.backtest.play import Step
    from storage.model.alerts import AlertKind
    from storage.model.reports import Report
    from storage.replay import Answer, Made

CHANGE_COLUMNS = ("place", "at", "holder", "standing", "confidence")
ALERT_COLUMNS = ("place", "at", "kind", "holder", "standing", "silent", "id", "about")
DAY = timedelta(days=1)


@dataclass
class _Claims:
    """Who claims a place for whom now, and since when somebody has, without a break."""

    by_place: dict[str, dict[str, str]] = field(default_factory=dict)  # source → party
    begun: dict[tuple[str, str], datetime] = field(default_factory=dict)  # place, party → since

    def add(self, report: Report) -> None:
        """Take a report, in the order they were said; a denial claims nothing."""
        if report.claim is Claim.DENIES:
            return
        now = self.by_place.setdefault(report.place, {})
        says = report.party if report.claim in (Claim.HOLDS, Claim.TOOK) else None
        said = now.pop(report.source, None)
        if says is not None:
            now[report.source] = says
            self.begun.setdefault((report.place, says), report.reported.at)
        if said is not None and said not in now.values():
            self.begun.pop((report.place, said), None)

    def since(self, place: str, party: str) -> datetime | None:
        """Since when somebody has claimed the place for the party; None if nobody does."""
        return self.begun.get((place, party))


@dataclass
class Outcome:
    """The sum of what came of a history so far; `add` takes the steps in their order.

    `changes` are those of holder or standing, `rows` count those of the confidence alone as well.
    `disputes` are how long each one lasted, `delays` how long it took from the first claim of
    somebody else to the change of holder to that one.
    """

    first: datetime | None = None
    last: datetime | None = None
    reports: int = 0
    changes: int = 0
    rows: int = 0
    alerts: Counter[AlertKind] = field(default_factory=Counter)
    disputes: list[timedelta] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)
    _told: dict[str, Answer] = field(default_factory=dict)
    _disputed: dict[str, datetime] = field(default_factory=dict)
    _held: dict[str, str] = field(default_factory=dict)
    _claims: _Claims = field(default_factory=_Claims)

    def add(self, step: Step) -> Iterator[tuple[str, ...]]:
        """Take a step; returns the rows of what it changed, by place."""
        self.first, self.last = self.first or step.at, step.at
        self.reports += len(step.reports)
        self.alerts.update(alert.kind for alert in step.alerts)
        for report in step.reports:
            self._claims.add(report)
        for place, answer in sorted(step.answers.items()):
            before = self._told.get(place)
            if answer == before:
                continue
            self._told[place] = answer
            self.rows += 1
            if before is None or (before.holder, before.standing) != (
                answer.holder,
                answer.standing,
            ):
                self._change(place, answer, step.at)
            yield (
                place,
                iso(step.at),
                answer.holder or "",
                answer.standing.value,
                str(answer.confidence),
            )

    def _change(self, place: str, answer: Answer, at: datetime) -> None:
        self.changes += 1
        if answer.standing is Standing.DISPUTED:
            self._disputed.setdefault(place, at)
        elif place in self._disputed:
            self.disputes.append(at - self._disputed.pop(place))
        if answer.holder is None:
            return
        if self._held.get(place, answer.holder) != answer.holder:
            since = self._claims.since(place, answer.holder)
            if since is not None:
                self.delays.append(at - since)
        self._held[place] = answer.holder

    @property
    def days(self) -> int:
        """The days (UTC) from the first step to the last, both counted."""
        if self.first is None or self.last is None:
            return 0
        return (self.last.date() - self.first.date()).days + 1

    @property
    def messages(self) -> int:
        """How many of the alerts are messages of their own, and do not only edit an earlier one."""
        return sum(n for kind, n in self.alerts.items() if kind not in EDITS)

    @property
    def still_disputed(self) -> int:
        """How many places are disputed in the end."""
        return len(self._disputed)


def alert_row(alert: Made) -> tuple[str, ...]:
    """An alert as a row of the columns `ALERT_COLUMNS`."""
    return (
        alert.place,
        iso(alert.at),
        alert.kind.value,
        alert.holder or "",
        alert.standing.value if alert.standing else "",
        "yes" if alert.silent else "no",
        str(alert.id),
        "" if alert.about is None else str(alert.about),
    )
