"""When a source has gone silent, by its own rhythm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.model.control import Assessment, Evidence, Rule, Standing
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from storage.model.silence import (
    Hearing,
    Received,
    Silence,
    hear,
    resting_on,
    rhythm,
    silence_of,
    silent_from,
)
from storage.model.sources import Source
from storage.model.words import Reason
from tests.builders import report

START = datetime(2022, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def heard(*hours: float, lag: timedelta = HOUR) -> Hearing:
    """A source of which something was recorded at these times, said a while before."""
    times = (START + at * HOUR for at in hours)
    return hear(Hearing(), (Received(at, at - lag) for at in times), DEFAULT_POLICY)


def every(hours: float, times: int = 8) -> Hearing:
    return heard(*(n * hours for n in range(times)))


@pytest.mark.parametrize(
    ("hours", "silent_after"), [(1, 48), (16, 48), (24, 72), (168, 504), (720, 2160)]
)
def test_a_source_is_silent_after_three_of_its_own_gaps_and_not_before_two_days(
    hours: float, silent_after: float
) -> None:
    last = START + 7 * hours * HOUR
    due = last + silent_after * HOUR
    assert rhythm(every(hours), DEFAULT_POLICY) == hours * HOUR
    assert silent_from(every(hours), DEFAULT_POLICY) == due
    assert silence_of("map", every(hours), DEFAULT_POLICY, due - HOUR) is None
    found = silence_of("map", every(hours), DEFAULT_POLICY, due)
    assert found == Silence("map", last, hours * HOUR, due)


def test_a_source_heard_of_seven_times_has_no_rhythm_and_is_never_silent() -> None:
    few = every(24, times=7)
    assert (rhythm(few, DEFAULT_POLICY), silent_from(few, DEFAULT_POLICY)) == (None, None)
    assert silence_of("map", few, DEFAULT_POLICY, START + 3650 * DAY) is None
    assert silent_from(Hearing(), DEFAULT_POLICY) is None


def test_one_long_pause_does_not_move_the_rhythm() -> None:
    paused = heard(*(n * 24 for n in range(7)), 1000, 1024)
    assert rhythm(paused, DEFAULT_POLICY) == DAY


def test_what_is_recorded_within_an_hour_is_one_moment_and_the_last_of_it_counts() -> None:
    batches = heard(*(day * 24 + part / 10 for day in range(8) for part in range(5)))
    assert len(batches.moments) == 8
    assert rhythm(batches, DEFAULT_POLICY) == DAY
    assert batches.heard_at == START + 7 * DAY + 0.4 * HOUR


def test_only_the_last_moments_make_the_rhythm() -> None:
    slower = heard(*range(30), *(30 + n * 24 for n in range(1, 20)))
    assert len(slower.moments) == DEFAULT_POLICY.rhythm_moments
    assert rhythm(slower, DEFAULT_POLICY) == DAY
    fewer = replace(DEFAULT_POLICY, rhythm_moments=9)
    assert rhythm(every(24, 20), fewer) == DAY


def test_an_archive_says_nothing_of_how_often_a_source_speaks() -> None:
    old = heard(*(n * 24 for n in range(20)), lag=8 * DAY)
    assert old == Hearing()
    alive = every(24)
    assert hear(alive, [Received(START + 99 * DAY, START)], DEFAULT_POLICY) == alive


def test_a_feed_that_is_imported_once_a_week_has_a_rhythm_of_a_week() -> None:
    assert rhythm(heard(*(n * 168 for n in range(8)), lag=6 * DAY), DEFAULT_POLICY) == 7 * DAY


def test_what_was_received_before_is_not_heard_again() -> None:
    hearing = every(24)
    assert hear(hearing, [Received(START, START)], DEFAULT_POLICY) == hearing


def test_a_silence_is_in_force_from_when_it_was_found_until_it_ended() -> None:
    found = Silence("map", START, DAY, START + 3 * DAY)
    assert not found.in_force(START + 2 * DAY)
    assert found.in_force(START + 3 * DAY)
    over = replace(found, ended_at=START + 5 * DAY)
    assert over.in_force(START + 4 * DAY)
    assert not over.in_force(START + 5 * DAY)


def evidence(source: str, weight: float, *reasons: Reason) -> Evidence:
    said = report(source, Claim.HOLDS, "red")
    who = Source(source, source, "media")
    return Evidence(said, who, "red", None, fighting=False, weight=weight, reasons=reasons)


def test_an_answer_rests_on_what_counts_and_else_on_what_is_too_old() -> None:
    counting = evidence("counting", 1.0)
    old, replaced = evidence("old", 0.0, Reason.TOO_OLD), evidence("other", 0.0, Reason.REPLACED)
    found = Assessment(
        "red", Standing.LIKELY, 0.9, Rule.ONE_VOICE, evidence=(counting, old, replaced)
    )
    assert resting_on(found) == {"counting"}
    stale = replace(found, evidence=(old, replaced))
    assert resting_on(stale) == {"old"}
