"""What time does to what was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.model.control import Rule, Standing
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.times import Moment, parse_moment
from storage.model.words import Reason
from tests.storage.model.town import (
    DAY,
    GOV_HELD,
    HOUR,
    NOON,
    PARTIES,
    SOURCES,
    answer,
    found,
    on,
    on_day,
    reasons,
    says,
)


def test_evidence_ages_until_nothing_is_known_and_the_last_holder_is_named() -> None:
    report = says("agency", "holds", "gov")
    lapses = report.reported.at + DEFAULT_POLICY.counts_for
    assert answer(report, at=lapses - HOUR) == ("gov", "likely")
    result = found(report, at=lapses)
    assert (result.holder, result.standing, result.rule) == (None, Standing.UNKNOWN, Rule.STALE)
    assert (result.last_holder, result.as_of) == ("gov", report.reported)
    assert reasons(result, report.id) == (Reason.TOO_OLD,)


def test_confidence_fades_before_that() -> None:
    report = says("agency", "holds", "gov")
    assert found(report, at=NOON + 30 * DAY).confidence < found(report, at=NOON).confidence


def test_a_partys_own_claim_lapses_sooner_and_the_dispute_with_it() -> None:
    reports = [GOV_HELD, says("rebel", "took", "rebels")]
    result = found(*reports, at=NOON + DAY)
    assert result.standing is Standing.DISPUTED
    assert result.recheck_at == NOON + DEFAULT_POLICY.own_interest_counts_for
    assert answer(*reports, at=result.recheck_at) == ("gov", "likely")


def test_reports_of_a_later_time_are_left_out() -> None:
    later = says("agency", "took", "rebels", hours=24)
    result = found(GOV_HELD, later, at=NOON)
    assert result.holder == "gov"
    assert [e.report for e in result.evidence] == [GOV_HELD]


def test_what_was_said_later_of_an_earlier_time_counts_for_that_time() -> None:
    later = says("agency", "took", "rebels", hours=24, occurred="2014-06-19")
    assert found(GOV_HELD, later, at=NOON).holder == "rebels"


def test_a_partys_word_of_fighting_lapses_with_the_sooner_of_the_two_limits() -> None:
    policy = replace(
        DEFAULT_POLICY,
        own_interest_counts_for=timedelta(days=2),
        fighting_counts_for=timedelta(days=5),
    )
    reports = [GOV_HELD, says("agency", "took", "rebels"), says("minister", "fighting", hours=1)]
    soon = look(reports, SOURCES, PARTIES, policy, NOON + DAY).found
    late = look(reports, SOURCES, PARTIES, policy, NOON + 3 * DAY).found
    assert (soon.standing, late.standing) == (Standing.DISPUTED, Standing.LIKELY)


def test_when_the_last_word_for_the_holder_is_old_whoever_is_fresh_is_believed() -> None:
    result = on_day(
        "06-01",
        on("03-01", "agency", "holds", "gov"),
        on("05-20", "rebel", "holds", "rebels"),
        on("05-30", "doubtful", "holds", "rebels"),
    )
    assert (result.holder, result.standing) == ("rebels", Standing.LIKELY)


def test_a_report_of_tomorrow_is_looked_at_tomorrow() -> None:
    tomorrow = on("03-02", "agency", "took", "rebels")
    result = found(on("02-20", "paper", "holds", "gov"), tomorrow, at=parse_moment("2014-03-01").at)
    assert result.holder == "gov"
    assert result.recheck_at == tomorrow.about.at


def test_weekly_repetition_alone_changes_nothing() -> None:
    """Two trackers that disagree, each repeating itself once a week on days of its own."""
    start = parse_moment("2014-01-01").at
    reports = [
        replace(says("paper", "holds", "gov", id=f"p{n}"), reported=Moment(start + 7 * n * DAY))
        for n in range(12)
    ] + [
        replace(
            says("radio", "took" if n == 0 else "holds", "rebels", id=f"r{n}"),
            reported=Moment(start + (17 + 7 * n) * DAY),
        )
        for n in range(9)
    ]
    seen = {
        (result.holder, result.standing)
        for day in range(22, 75)
        for result in [found(*reports, at=start + day * DAY)]
    }
    assert len(seen) == 1
