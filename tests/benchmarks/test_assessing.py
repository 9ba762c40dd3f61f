"""How long it takes to assess a place: run by hand, `deploy/run test tests/benchmarks -s`."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING

import pytest

from storage.model.looking import Looked, look, look_again
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment
from tests.storage.model.town import DAY, NOON, PARTIES, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

WHO = ["agency", "paper", "radio", "witness", "doubtful", "minister", "rebel", "kurd"]


def a_long_dispute(number: int, over: timedelta, seed: int = 5) -> list[Report]:
    """So many reports of eight sources, evenly over that time: the holder changes now and then."""
    chance = random.Random(seed)
    reports: list[Report] = []
    holder, until = "gov", 0
    for n in range(number):
        if n >= until:
            holder, until = chance.choice(["gov", "rebels", "kurds"]), n + chance.randint(10, 60)
        source = chance.choice(WHO)
        party = SOURCES[source].party if SOURCES[source].party and chance.random() < 0.8 else holder
        if chance.random() < 0.1:
            party = "rebels"
        claim = chance.choices(["holds", "took", "fighting", "left"], [80, 8, 8, 4])[0]
        at = NOON + over * (n / number)
        reports.append(Report(f"r{n}", "town", Claim(claim), source, Moment(at), party))
    return reports


def median(action: Callable[[], object], times: int) -> float:
    """The median processor time of an action, in milliseconds: others may be at work here."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        action()
        taken.append(time.process_time() - began)
    return 1000 * statistics.median(taken)


def whole(reports: list[Report], at: datetime) -> Looked:
    return look(reports, SOURCES, PARTIES, DEFAULT_POLICY, at)


def test_two_hundred_reports_as_a_whole_and_from_a_checkpoint() -> None:
    reports = a_long_dispute(200, 400 * DAY)
    at = NOON + 400 * DAY
    checkpoint = whole(reports, at - 5 * DAY).checkpoint
    since = [r for r in reports if r.about.at >= checkpoint.before.cut]
    naive = median(lambda: whole(reports, at), 100)
    live = median(lambda: look_again(checkpoint, since, SOURCES, PARTIES, at), 100)
    print(f"\n200 reports in 400 days, {len(since)} since the checkpoint:")
    print(f"  as a whole {naive:.2f} ms, live {live:.2f} ms")
    assert live < naive


@pytest.mark.timeout(300)
def test_a_hundred_thousand_reports_as_a_whole_and_on_the_live_path() -> None:
    """Beside the naive way, which follows all reports each time."""
    over = 2000 * DAY
    reports = a_long_dispute(100_000, over)
    at = NOON + over
    checkpoint = whole(reports, at - 5 * DAY).checkpoint
    since: list[Report] = []
    for days in (4, 3, 2, 1, 0):  # a busy place is looked at every day, which moves its checkpoint
        since = [r for r in reports if r.about.at >= checkpoint.before.cut]
        known = [r for r in since if r.about.at <= at - days * DAY]
        again = look_again(checkpoint, known, SOURCES, PARTIES, at - days * DAY)
        assert again is not None
        checkpoint = again.checkpoint if days else checkpoint
    found: list[Looked] = []
    naive = median(lambda: found.append(whole(reports, at)), 3)
    live = median(
        lambda: found.append(
            look_again(checkpoint, since, SOURCES, PARTIES, at) or whole(reports, at)
        ),
        30,
    )
    assert all(f.past == found[0].past for f in found)
    print(f"\n100,000 reports in 2,000 days, {len(since)} since the checkpoint:")
    print(f"  as a whole {naive:.0f} ms, live {live:.2f} ms: {naive / live:.0f} times as fast")
    assert live < naive
