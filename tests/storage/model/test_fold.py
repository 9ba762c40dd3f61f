"""Through time: what is believed, until when, and what settles on the way."""

from __future__ import annotations

from dataclasses import replace

from storage.model.control import Standing
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import Record, Stance, Tally
from tests.storage.model.town import DAY, HOUR, NOON, exhibit, found, looked, on, on_day, says

HELD = [says("paper", "holds", "gov"), says("witness", "holds", "gov", hours=1)]


def test_a_rival_that_is_believed_stays_until_the_other_is_as_probable() -> None:
    taken = [says("paper", "holds", "gov", hours=-240), says("agency", "took", "rebels")]
    against = says("paper", "holds", "gov", hours=24)
    assert found(*taken).holder == "rebels"
    assert found(*taken, against).holder == "rebels"
    more = [says(s, "holds", "gov", hours=25) for s in ("witness", "radio", "bystander")]
    assert found(*taken, against, *more).holder == "gov"


def test_a_new_record_alone_can_change_the_holder_at_its_time() -> None:
    claim = says("radio", "holds", "rebels", hours=2)
    reports = [*HELD, claim, says("paper", "holds", "gov", hours=3)]
    learned = NOON + 2 * DAY
    record = Record(
        learned,
        {
            ("radio", Stance.NEW, "rebels"): Tally(60.0, 0.0, 60, 60),
            ("paper", Stance.HOLDS, "rebels"): Tally(30.0, 30.0, 60, 30),
            ("witness", Stance.HOLDS, "rebels"): Tally(30.0, 30.0, 60, 30),
        },
    )
    before = found(*reports, at=learned - HOUR, records=[record])
    after = found(*reports, at=learned, records=[record])
    assert before.holder == "gov"
    assert before.recheck_at == learned
    assert after.holder == "rebels"


def test_a_claim_that_has_stood_three_days_is_weighed_as_one_that_is_kept() -> None:
    claim = says("radio", "holds", "rebels", hours=2, id="claim")
    reports = [*HELD, claim, says("paper", "holds", "gov", hours=3)]
    record = Record(NOON, {("radio", Stance.KEPT, "rebels"): Tally(0.0, 40.0, 40, 0)})
    stands = claim.about.at + DEFAULT_POLICY.kept_after
    new = found(*reports, at=stands - HOUR / 2, records=[record])
    kept = found(*reports, at=stands, records=[record])
    assert new.recheck_at == stands
    assert exhibit(kept, "claim").weight < exhibit(new, "claim").weight
    assert kept.confidence > new.confidence


def test_what_independent_voices_have_said_alone_for_a_week_is_settled() -> None:
    settles = HELD[0].about.at + DEFAULT_POLICY.settles_after
    soon, later = looked(*HELD, at=settles - HOUR), looked(*HELD, at=settles)
    assert soon.past.settlements == ()
    assert soon.found.recheck_at == settles
    assert [s.party for s in later.past.settlements] == ["gov"]


def test_who_says_so_again_once_it_is_settled_makes_it_surer_than_somebody_new() -> None:
    at = NOON + 20 * DAY
    again = says("paper", "holds", "gov", hours=19 * 24)
    anew = says("bystander", "holds", "gov", hours=19 * 24)
    assert found(*HELD, again, at=at).confidence > found(HELD[1], anew, at=at).confidence


def test_less_is_needed_against_a_source_that_has_told_of_fighting_since() -> None:
    wavers = [on("03-01", "agency", "holds", "gov"), on("03-05", "agency", "fighting")]
    claims = [on("03-06", s, "took", "rebels") for s in ("paper", "nobody")]
    assert on_day("03-06", *wavers, *claims).holder == "rebels"
    assert on_day("03-06", *wavers, on("03-01", "blog", "holds", "gov"), *claims).holder == "gov"


def test_a_wavering_claim_disputes_nothing() -> None:
    reports = [
        on("03-01", "agency", "holds", "gov"),
        on("03-02", "doubtful", "took", "rebels"),
        on("03-03", "doubtful", "fighting"),
    ]
    assert on_day("03-02", *reports[:2]).standing is Standing.DISPUTED
    assert on_day("03-03", *reports).standing is Standing.CONTESTED


def test_fighting_told_by_one_voice_is_outweighed_by_those_who_keep_watch() -> None:
    watch = [
        on(day, source, "holds", "gov")
        for source in ("agency", "paper")
        for day in ("03-01", "03-08", "03-15")
    ]
    fighting = on("03-15", "witness", "fighting")
    assert on_day("03-15", *watch, fighting).standing is Standing.CONFIRMED
    assert on_day("03-15", *watch[2::3], fighting).standing is Standing.CONTESTED


def test_a_partys_claim_is_answered_by_two_independent_sources_and_not_by_one() -> None:
    claim = [says("paper", "holds", "gov", hours=-240), says("rebel", "took", "rebels")]
    one, two = says("agency", "holds", "gov", hours=1), says("radio", "holds", "gov", hours=2)
    assert found(*claim, one).standing is Standing.DISPUTED
    assert found(*claim, one, replace(two, source="officer")).standing is Standing.DISPUTED
    assert found(*claim, one, two).standing is Standing.CONFIRMED


def test_a_partys_own_claim_adds_more_beside_an_independent_voice() -> None:
    held = [says(s, "holds", "gov", hours=h) for s in ("agency", "radio") for h in (0, 0.5)]
    rebel = says("rebel", "holds", "rebels", hours=0.7, id="own")
    alone = found(*held, rebel)
    joined = found(*held, rebel, says("blog", "holds", "rebels", hours=2))
    assert (alone.rival, joined.rival) == ("rebels", "rebels")
    assert exhibit(joined, "own").weight > exhibit(alone, "own").weight


def test_that_others_do_not_hold_it_speaks_for_the_holder() -> None:
    left = says("agency", "left", "gov", hours=1, id="left")
    took = says("radio", "took", "rebels", hours=2, id="took")
    result = found(says("paper", "holds", "gov"), left, took)
    assert result.holder == "rebels"
    assert exhibit(result, "left").speaks_for("rebels") == "rebels"
    assert exhibit(result, "left").speaks_for("gov") is None
    assert exhibit(result, "took").speaks_for("rebels") == "rebels"
