"""What follows from contradicting claims."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.model.control import Rule, Standing
from storage.model.times import Moment, Precision
from storage.model.words import Reason
from tests.storage.model.town import GOV_HELD, answer, found, on, on_day, reasons, says

if TYPE_CHECKING:
    from storage.model.reports import Report


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        pytest.param([], (None, "unknown"), id="no report says nothing"),
        pytest.param(
            [says("agency", "holds", "gov")], ("gov", "likely"), id="one good source is likely"
        ),
        pytest.param(
            [says("agency", "holds", "gov"), says("paper", "holds", "gov", hours=1)],
            ("gov", "confirmed"),
            id="two independent sources confirm",
        ),
        pytest.param(
            [says("nobody", "holds", "gov"), says("witness", "holds", "gov", hours=1)],
            ("gov", "likely"),
            id="voices of unknown reliability do not confirm each other",
        ),
        pytest.param(
            [says("officer", "took", "rebels"), says("officer2", "took", "rebels", hours=1)],
            ("rebels", "likely"),
            id="two officers of one side do not confirm each other",
        ),
        pytest.param(
            [GOV_HELD, says("agency", "took", "rebels")],
            ("rebels", "likely"),
            id="a good neutral source moves the holder",
        ),
        pytest.param(
            [GOV_HELD, says("rebel", "took", "rebels")],
            ("gov", "disputed"),
            id="a party's claim of its own gain does not",
        ),
        pytest.param(
            [
                GOV_HELD,
                says("rebel", "took", "rebels"),
                says("minister", "holds", "gov", hours=1),
            ],
            ("gov", "disputed"),
            id="nor when the other side contradicts it",
        ),
        pytest.param(
            [GOV_HELD, says("minister", "left", "gov")],
            (None, "unknown"),
            id="who has left does not hold it, and nobody knows who does",
        ),
        pytest.param(
            [GOV_HELD, says("rebel", "left", "gov")],
            ("gov", "disputed"),
            id="a rival's word that the holder left only disputes it",
        ),
        pytest.param(
            [GOV_HELD, says("minister", "left", "gov"), says("paper", "took", "rebels", hours=2)],
            ("rebels", "confirmed"),
            id="leaving and taking make one picture",
        ),
        pytest.param(
            [says("minister", "left", "gov"), says("paper", "took", "rebels", hours=2)],
            ("rebels", "confirmed"),
            id="and also when nothing was known before",
        ),
        pytest.param(
            [GOV_HELD, says("witness", "fighting")],
            ("gov", "contested"),
            id="fighting reported by others is contested",
        ),
        pytest.param(
            [says("witness", "fighting")],
            (None, "contested"),
            id="fighting alone names no holder",
        ),
        pytest.param(
            [GOV_HELD, says("minister", "fighting")],
            ("gov", "contested"),
            id="a holder that admits fighting is contested",
        ),
        pytest.param(
            [
                GOV_HELD,
                says("witness", "fighting", id="f"),
                says("agency", "denies", refers_to="f", hours=1),
            ],
            ("gov", "likely"),
            id="fighting that is denied is not",
        ),
        pytest.param(
            [GOV_HELD, says("doubtful", "took", "rebels")],
            ("gov", "disputed"),
            id="a source that is not usually reliable disputes and does not move",
        ),
        pytest.param(
            [GOV_HELD, says("blog", "took", "rebels")],
            ("gov", "disputed"),
            id="even an unreliable one is told of",
        ),
        pytest.param(
            [says("blog", "holds", "rebels")],
            (None, "unknown"),
            id="but alone names no holder",
        ),
        pytest.param(
            [
                GOV_HELD,
                says("agency", "took", "rebels", id="claim"),
                says("paper", "denies", "gov", refers_to="claim", hours=2),
                says("radio", "holds", "gov", hours=3),
            ],
            ("gov", "disputed"),
            id="a claim that two others deny moves nothing",
        ),
        pytest.param(
            [GOV_HELD, says("nobody", "denies", "kurds", refers_to="elsewhere")],
            ("kurds", "likely"),
            id="a denial that names who holds it says so whatever it denies",
        ),
        pytest.param(
            [GOV_HELD, says("agency", "denies", refers_to=GOV_HELD.id)],
            ("gov", "disputed"),
            id="a good denial of the only report disputes it",
        ),
        pytest.param(
            [GOV_HELD, says("doubtful", "denies", refers_to=GOV_HELD.id)],
            ("gov", "disputed"),
            id="and so does a weaker one",
        ),
        pytest.param(
            [
                says("agency", "left", "gov", id="left"),
                says("minister", "denies", refers_to="left", hours=1),
            ],
            ("gov", "disputed"),
            id="denying that one left is saying that one is still there",
        ),
        pytest.param(
            [
                says("agency", "took", "rebels", id="claim"),
                says("minister", "denies", refers_to="claim", hours=1),
            ],
            ("rebels", "disputed"),
            id="a side that denies another's gain speaks for itself",
        ),
    ],
)
def test_the_answer_to_contradicting_claims(
    reports: list[Report], expected: tuple[str | None, str]
) -> None:
    assert answer(*reports) == expected


def test_older_reports_of_the_old_holder_do_not_contradict_a_change() -> None:
    result = found(GOV_HELD, says("agency", "took", "rebels"))
    assert result.rival is None
    assert reasons(result, GOV_HELD.id) == (Reason.OVERTAKEN,)


def test_a_report_of_the_day_of_a_change_may_contradict_it() -> None:
    took = says("agency", "took", "rebels", hours=30, occurred="2014-06-21")
    morning = says("paper", "holds", "gov", hours=18, occurred="2014-06-21")
    assert answer(GOV_HELD, took, morning)[1] == "disputed"


def test_since_is_when_it_happened_not_when_it_was_said() -> None:
    result = found(GOV_HELD, says("agency", "took", "rebels", hours=24, occurred="2014-06-19"))
    assert result.since == Moment(datetime(2014, 6, 19, tzinfo=UTC), Precision.DAY)


def test_a_source_that_repeats_itself_keeps_its_since() -> None:
    first, again = says("agency", "holds", "gov"), says("agency", "holds", "gov", hours=48)
    assert found(first, again).since == first.about


def test_a_change_never_begins_before_the_hold_that_it_ended() -> None:
    early = says("agency", "holds", "rebels", hours=-480)
    held = [says("paper", "holds", "gov", hours=-240), says("radio", "holds", "gov", hours=-239)]
    later = says("agency", "holds", "rebels", hours=1)
    joins = says("witness", "took", "rebels", hours=2)
    moved = says("radio", "took", "rebels", hours=3)
    result = found(early, *held, later, joins, moved)
    assert result.holder == "rebels"


def test_a_spokesman_who_held_it_before_cannot_retake_it_by_saying_so() -> None:
    result = on_day(
        "03-02",
        on("01-20", "minister", "holds", "gov"),
        on("03-01", "agency", "took", "rebels"),
        on("03-02", "minister", "took", "gov"),
    )
    assert (result.holder, result.standing) == ("rebels", Standing.DISPUTED)
    assert str(result.since) == "2014-03-01"


def test_a_place_that_is_taken_again_is_held_since_the_last_time() -> None:
    result = on_day(
        "03-10",
        on("03-01", "agency", "took", "rebels"),
        on("03-05", "paper", "took", "gov"),
        on("03-10", "agency", "took", "rebels"),
    )
    assert (result.holder, result.standing) == ("rebels", Standing.LIKELY)
    assert str(result.since) == "2014-03-10"


def test_a_source_that_tells_of_leaving_leaves_a_last_holder() -> None:
    result = on_day(
        "03-02", on("03-01", "agency", "holds", "gov"), on("03-02", "agency", "left", "gov")
    )
    assert (result.holder, result.rule, result.last_holder) == (None, Rule.LEFT, "gov")
