"""Rivals, answers to them, and fighting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.model.control import Rule, Standing
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.times import Moment
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
    says,
)


def test_three_sides_name_the_strongest_rival() -> None:
    result = found(
        says("agency", "holds", "gov"),
        says("paper", "holds", "kurds", hours=0.5),
        says("witness", "holds", "rebels", hours=1),
        says("kurd", "holds", "kurds", hours=1),
    )
    assert result.standing is Standing.DISPUTED
    assert (result.holder, result.rival) == ("kurds", "gov")


def test_a_rival_that_is_still_fighting_disputes_rather_than_contests() -> None:
    result = found(
        GOV_HELD, says("agency", "took", "rebels"), says("minister", "fighting", "gov", hours=1)
    )
    assert (result.holder, result.standing, result.rule) == (
        "rebels",
        Standing.DISPUTED,
        Rule.TWO_SIDES,
    )


def test_an_old_claim_that_many_have_answered_since_is_no_dispute_any_more() -> None:
    claim = says("doubtful", "took", "rebels", hours=1)
    answers = [
        says(source, "holds", "gov", hours=2 + n)
        for n, source in enumerate(["agency", "paper", "radio", "nobody", "witness", "away"])
    ]
    policy = replace(DEFAULT_POLICY, negligible_share=0.1)
    reports = [GOV_HELD, claim, *answers]
    result = look(reports, SOURCES, PARTIES, policy, NOON + 3 * DAY).found
    assert (result.holder, result.standing) == ("gov", Standing.CONFIRMED)
    assert found(*reports).standing is Standing.DISPUTED


def test_in_a_dispute_the_words_before_the_claim_count_as_inertia_only() -> None:
    few = found(says("paper", "holds", "gov", hours=-240), says("rebel", "took", "rebels"))
    many = found(
        says("paper", "holds", "gov", hours=-240),
        says("agency", "holds", "gov", hours=-239),
        says("radio", "holds", "gov", hours=-238),
        says("rebel", "took", "rebels"),
    )
    assert few.standing is many.standing is Standing.DISPUTED
    assert few.confidence > 0.4
    assert abs(few.confidence - many.confidence) < 0.05


def test_fighting_makes_the_holder_less_sure() -> None:
    calm = found(GOV_HELD)
    fought = found(GOV_HELD, says("witness", "fighting"))
    assert fought.confidence < calm.confidence


def test_that_they_hold_it_contradicts_what_was_said_up_to_eight_days_before() -> None:
    def at(hours: float) -> tuple[str | None, str]:
        return answer(
            says("paper", "holds", "gov"),
            says("agency", "holds", "rebels", hours=hours),
            at=NOON + timedelta(hours=hours + 1),
        )

    assert at(8 * 24 - 1) == ("gov", "disputed")
    assert at(8 * 24 + 1) == ("rebels", "likely")


def test_that_they_took_it_contradicts_nothing_that_was_said_before() -> None:
    assert answer(says("paper", "holds", "gov"), says("agency", "took", "rebels", hours=1)) == (
        "rebels",
        "likely",
    )


def test_a_source_that_told_how_it_came_to_be_still_has_when_it_repeats_that_it_is_so() -> None:
    reports = [
        says("paper", "holds", "gov", hours=-1),
        says("agency", "took", "rebels", hours=1),
        says("agency", "holds", "rebels", hours=2),
    ]
    assert answer(*reports) == ("rebels", "likely")


def test_of_two_equal_rivals_the_same_one_is_always_named() -> None:
    reports = [
        GOV_HELD,
        says("rebel", "took", "rebels"),
        replace(says("kurd", "took", "kurds"), source="kurd"),
    ]
    assert found(*reports) == found(*reversed(reports))


def test_a_source_that_tells_of_fighting_still_says_who_holds_it() -> None:
    result = on_day(
        "03-02", on("03-01", "agency", "holds", "gov"), on("03-02", "agency", "fighting")
    )
    assert (result.holder, result.standing) == ("gov", Standing.CONTESTED)


def test_a_bystander_that_tells_of_fighting_is_no_rival() -> None:
    result = on_day("03-02", on("03-01", "agency", "holds", "gov"), on("03-02", "kurd", "fighting"))
    assert (result.standing, result.rival) == (Standing.CONTESTED, None)


def test_that_a_third_party_left_confirms_nobody() -> None:
    result = on_day(
        "03-03",
        on("03-01", "agency", "holds", "gov"),
        on("03-02", "paper", "left", "kurds"),
        on("02-01", "radio", "holds", "rebels"),
    )
    assert (result.holder, result.standing) == ("gov", Standing.LIKELY)


def test_a_place_never_goes_back_and_forth_on_the_same_words() -> None:
    reports = [
        says("minister", "holds", "army", hours=-72),
        says("agency", "holds", "gov", hours=-1),
        says("blog", "took", "army"),
        says("kurd", "left", "army"),
    ]
    held = {found(*reports, at=NOON + h * HOUR).holder for h in (1, 69, 70.5, 71.5)}
    assert len(held) == 1


def test_what_is_taken_back_again_is_held_since_then_not_since_the_first_time() -> None:
    result = found(
        says("minister", "holds", "army", hours=-72),
        says("agency", "holds", "gov", hours=-1),
        says("paper", "took", "army"),
    )
    assert result.holder == "army"
    assert result.since == Moment(NOON)


def test_that_a_party_has_left_answers_that_it_holds_the_place() -> None:
    held, came = says("agency", "holds", "gov"), says("blog", "holds", "rebels", hours=24)
    gone = says("paper", "left", "rebels", hours=25)
    assert found(held, came, gone).confidence > found(held, came).confidence


def test_an_answer_takes_a_partys_claim_away_and_with_it_the_doubt() -> None:
    reports = [
        says("kurd", "holds", "kurds", hours=-1),
        says("away", "holds", "gov"),
        says("agency", "fighting", hours=1),
    ]
    disputed, answered = found(*reports), found(*reports, says("paper", "holds", "gov", hours=61))
    assert (disputed.standing, disputed.rival) == (Standing.DISPUTED, "kurds")
    assert answered.rival is None
    assert answered.confidence > disputed.confidence


def test_of_what_is_said_at_one_moment_a_partys_own_claim_does_not_go_first() -> None:
    assert answer(says("blog", "holds", "army"), says("rebel", "took", "rebels"))[0] != "rebels"
