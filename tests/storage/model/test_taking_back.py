"""Denials, retractions and corrections."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.model.control import Rule, Standing
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment, Precision
from storage.model.withdrawals import corrections
from storage.model.words import Reason, spoken_order
from tests.storage.model.town import (
    DAY,
    GOV_HELD,
    HOUR,
    NOON,
    answer,
    exhibit,
    found,
    on,
    on_day,
    reasons,
    says,
)


def test_a_denial_of_what_is_not_on_record_says_nothing() -> None:
    lonely = says("paper", "denies", refers_to="never-seen")
    result = found(GOV_HELD, lonely)
    assert result.holder == "gov"
    assert reasons(result, lonely.id) == (Reason.NOTHING_DENIED,)
    assert found(lonely).rule is Rule.NO_REPORTS


def test_a_retraction_that_was_itself_taken_back_retracts_nothing() -> None:
    claim = says("agency", "holds", "rebels", hours=1, id="claim")
    back = says("agency", "retracts", refers_to="claim", hours=2, id="back")
    again = says("agency", "retracts", refers_to="back", hours=3, id="again")
    assert found(claim, back).holder is None
    assert reasons(found(claim, back), "claim") == (Reason.WITHDRAWN,)
    assert found(claim, back, again).holder == "rebels"


def test_a_ring_of_retractions_ends() -> None:
    one = says("agency", "retracts", refers_to="two", id="one")
    two = says("agency", "retracts", refers_to="one", id="two")
    assert answer(GOV_HELD, one, two) == ("gov", "likely")


def test_denying_that_a_party_left_speaks_for_that_party() -> None:
    result = found(
        GOV_HELD,
        says("agency", "left", "gov", hours=1, id="left"),
        says("paper", "denies", refers_to="left", hours=2, id="denial"),
    )
    denial = exhibit(result, "denial")
    assert denial.backs == "gov"
    assert result.holder == "gov"


def test_denying_a_denial_says_that_what_it_denied_is_so() -> None:
    took = on("03-02", "rebel", "took", "rebels")
    denial = on("03-03", "minister", "denies", refers_to=took.id)
    again = on("03-04", "rebel", "denies", refers_to=denial.id)
    held = on("02-20", "agency", "holds", "gov")
    result = on_day("03-04", held, took, denial, again)
    assert result.rival == "rebels"
    assert next(e for e in result.evidence if e.report is again).backs == "rebels"


def test_denying_the_denial_of_what_was_never_said_says_nothing() -> None:
    denial = on("03-03", "minister", "denies", "gov", refers_to="never")
    again = on("03-04", "rebel", "denies", refers_to=denial.id)
    result = on_day("03-04", denial, again)
    assert reasons(result, again.id) == (Reason.NOTHING_DENIED,)


def test_one_side_cannot_take_back_what_the_other_said_only_deny_it() -> None:
    held = on("03-01", "minister", "holds", "gov")
    erased = on("03-02", "rebel", "retracts", refers_to=held.id)
    result = on_day("03-02", on("02-20", "agency", "holds", "gov"), held, erased)
    assert result.holder == "gov"
    assert next(e for e in result.evidence if e.report is held).weight > 0
    assert next(e for e in result.evidence if e.report is erased).against == "gov"


def test_a_denial_after_a_word_of_fighting_replaces_it() -> None:
    fight = says("witness", "fighting", id="f")
    gone = says("witness", "left", "rebels", hours=1)
    result = found(GOV_HELD, fight, gone)
    assert result.standing is Standing.LIKELY
    assert reasons(result, "f") == (Reason.REPLACED,)


def test_what_is_taken_back_twice_is_taken_back() -> None:
    claim = says("agency", "holds", "rebels", hours=1, id="claim")
    back = [
        says("agency", "retracts", refers_to="claim", hours=n, id=f"back{n}") for n in range(2, 4)
    ]
    again = says("agency", "retracts", refers_to="back2", hours=4, id="again")
    assert reasons(found(claim, *back), "claim") == (Reason.WITHDRAWN,)
    assert reasons(found(claim, *back, again), "claim") == (Reason.WITHDRAWN,)


@pytest.mark.parametrize(("retractions", "holder"), [(3000, "gov"), (3001, None)])
def test_any_number_of_retractions_may_take_back_one_another(
    retractions: int, holder: str | None
) -> None:
    reports = [says("agency", "holds", "gov", id="r0")] + [
        says("agency", "retracts", refers_to=f"r{n}", hours=1, id=f"r{n + 1}")
        for n in range(retractions)
    ]
    assert found(*reports).holder == holder


# ------------------------------------------------- which words a source corrects, by the rule alone


def corrects(later: Report, earlier: Report) -> bool:
    """Whether a report says that another of the same source was wrong, one pair at a time."""
    reach = DEFAULT_POLICY.state_reaches_back
    return (
        later.source == earlier.source
        and later.claim is Claim.HOLDS
        and earlier.claim in (Claim.HOLDS, Claim.TOOK)
        and later.party != earlier.party
        and later.about.at - reach <= earlier.about.at < later.about.at + DAY
        and not later.about.surely_before(earlier.about)
    )


@st.composite
def claims(draw: st.DrawFn) -> list[Report]:
    """What two sources say in a month, of times known to the hour or the day only."""
    found = []
    for number in range(draw(st.integers(0, 14))):
        said, occurred = (
            Moment(NOON + draw(st.integers(0, 30 * 24)) * HOUR)
            if draw(st.booleans())
            else Moment(NOON.replace(hour=0) + draw(st.integers(0, 30)) * DAY, Precision.DAY)
            for _ in range(2)
        )
        claim = draw(st.sampled_from([Claim.HOLDS, Claim.HOLDS, Claim.TOOK, Claim.LEFT]))
        party = draw(st.sampled_from(["gov", "rebels", "kurds"]))
        source = draw(st.sampled_from(["agency", "paper"]))
        at = draw(st.sampled_from([None, said, occurred]))
        found.append(Report(f"r{number}", "town", claim, source, said, party, at))
    return sorted(found, key=spoken_order)


@given(claims())
def test_of_any_reports_those_are_corrected_that_a_later_one_corrects(said: list[Report]) -> None:
    by_pairs = {
        earlier.id
        for n, later in enumerate(said)
        for earlier in said[:n]
        if corrects(later, earlier)
    }
    assert corrections(said, DEFAULT_POLICY) == by_pairs
