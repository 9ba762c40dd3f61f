"""A history played report by report, on a clock of its own, through the live check.

What is played is what the bot runs: reports go into the event store of a database as they would
have come in, and `bot.watch.check` finds what they change. Nothing here decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from bot.watch import check
from storage import events, replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from storage.engine import Database
    from storage.model.policy import Policy
    from storage.model.reports import Report
    from storage.replay import Answer, Made


@dataclass(frozen=True)
class Step:
    """What became of a moment (UTC): what was reported, what is told since of the places that
    were looked at, and the alerts that it made.
    """

    at: datetime
    reports: Sequence[Report]
    answers: Mapping[str, Answer]
    alerts: Sequence[Made]


def play(db: Database, reports: Iterable[Report], policy: Policy) -> Iterator[Step]:
    """Make reports known at the time they were said, and check; each step as it is over.

    `reports` come in the order of that time; of one that bears a date only, it is the beginning of
    the day. In between come the steps that time alone makes. The database holds places, parties
    and sources, and no report.
    """
    with db.begin() as conn:
        replay.prepare(conn)
    told = 0
    for at, reported in _moments(db, reports, policy):
        step = _live_through(db, at, reported, policy, told)
        told = max((alert.id for alert in step.alerts), default=told)
        yield step


def _moments(
    db: Database, reports: Iterable[Report], policy: Policy
) -> Iterator[tuple[datetime, Sequence[Report]]]:
    """Each time at which something is reported or due, with the reports; lived through at once."""
    now = None
    for at, together in groupby(reports, key=lambda r: r.reported.at):
        while now is not None and (due := _next_due(db, now, policy)) is not None and due < at:
            now = due
            yield due, ()
        now = at
        yield at, tuple(together)


def _next_due(db: Database, after: datetime, policy: Policy) -> datetime | None:
    with db.connect() as conn:
        return replay.next_due(conn, after, policy)


def _live_through(
    db: Database, at: datetime, reports: Sequence[Report], policy: Policy, told: int
) -> Step:
    with db.begin() as conn:
        events.append(conn, reports, now=at, alert=True)
        while check(conn, now=at, policy=policy).more:
            pass
        return Step(at, reports, replay.answers_at(conn, at), replay.alerts_after(conn, told))
