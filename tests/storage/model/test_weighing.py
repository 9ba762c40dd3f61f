"""What a voice weighs, and what it says beside its other words."""

from __future__ import annotations

from storage.model.control import Standing
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.sources import Grade, Source
from storage.model.words import Reason
from tests.storage.model.town import GOV_HELD, NOON, PARTIES, SOURCES, found, reasons, says


def test_against_its_own_interest_weighs_more_than_in_its_favour() -> None:
    def weight(source: str, party: str) -> float:
        result = found(GOV_HELD, says(source, "took", party, id="claim"))
        return next(e.weight for e in result.evidence if e.report.id == "claim")

    assert weight("minister", "gov") < weight("radio", "gov") < weight("minister", "rebels")


def test_a_part_of_a_side_speaks_in_the_interest_of_the_whole() -> None:
    assert Reason.OWN_INTEREST in found(says("officer", "holds", "gov")).counting[0].reasons


def test_a_third_party_has_no_interest_in_what_was_never_its_own() -> None:
    result = found(says("kurd", "took", "rebels"))
    assert not {Reason.OWN_INTEREST, Reason.AGAINST_INTEREST} & set(result.counting[0].reasons)


def test_at_the_scene_weighs_more_than_far_from_it() -> None:
    there = found(says("witness", "holds", "gov")).counting[0]
    away = found(says("away", "holds", "gov")).counting[0]
    assert there.weight > away.weight
    assert Reason.AT_SCENE in there.reasons
    assert Reason.AT_SCENE not in away.reasons


def test_a_third_officer_of_one_guard_adds_less_than_the_second() -> None:
    third = Source("officer3", "a third officer", "officer", "army", Grade.C)
    reports = [says(s, "took", "rebels") for s in ("officer", "officer2", "officer3")]
    result = look(reports, SOURCES | {"officer3": third}, PARTIES, DEFAULT_POLICY, NOON).found
    first, second, last = (e.weight for e in result.counting)
    assert first > second > last > 0


def test_leaving_adds_to_a_sources_word_that_another_took_it() -> None:
    result = found(
        GOV_HELD, says("agency", "took", "rebels"), says("agency", "left", "gov", hours=1)
    )
    assert result.holder == "rebels"
    assert result.standing is Standing.LIKELY
    assert Reason.SAME_SOURCE in reasons(result, "agency-left-gov-1")


def test_leaving_replaces_a_sources_word_that_the_same_party_holds_it() -> None:
    result = found(says("agency", "holds", "gov"), says("agency", "left", "gov", hours=1))
    assert result.holder is None
    assert reasons(result, "agency-holds-gov-0") == (Reason.REPLACED,)


def test_a_remark_about_the_past_does_not_replace_what_a_source_says_of_the_present() -> None:
    now = says("agency", "holds", "gov", hours=24)
    past = says("agency", "holds", "rebels", hours=48, occurred="2014-06-01")
    result = found(now, past)
    assert result.holder == "gov"
    assert reasons(result, past.id) == (Reason.EARLIER_TIME,)
