"""Whatever was said: the rules that every assessment follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from storage.model.control import Standing
from storage.model.parties import side_of
from storage.model.reports import Claim, Report
from storage.model.words import Reason
from tests.storage.model.town import (
    DAY,
    HOUR,
    NOON,
    PARTIES,
    SOURCES,
    exhibit,
    found,
    histories,
    holding,
    moments,
    says,
    verdict,
)

if TYPE_CHECKING:
    from random import Random


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_assessment(
    history: list[Report], random: Random
) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)
    assert found(*shuffled) == found(*history)


@given(histories())
def test_a_duplicate_changes_nothing(history: list[Report]) -> None:
    assert found(*history, *history) == found(*history)


@given(histories())
def test_every_report_is_accounted_for_once(history: list[Report]) -> None:
    result = found(*history)
    assert sorted(e.report.id for e in result.evidence) == sorted(r.id for r in history)
    assert all(e.reasons and e.weight >= 0 for e in result.evidence)
    assert 0 <= result.confidence < 1
    assert (result.holder is None) <= (result.standing in (Standing.UNKNOWN, Standing.CONTESTED))


@given(histories(), st.data())
def test_a_retraction_leaves_what_would_be_without_the_report(
    history: list[Report], data: st.DataObject
) -> None:
    plain = [r for r in history if r.claim is not Claim.RETRACTS]
    if not plain:
        return
    gone = data.draw(st.sampled_from(plain))
    retraction = says("agency", "retracts", hours=61, refers_to=gone.id, id="retraction")
    kept = [r for r in plain if r.id != gone.id]
    with_it, without = found(*plain, retraction), found(*kept)
    assert verdict(with_it) == verdict(without)


@given(histories(), holding, st.integers(0, 8 * 24))
def test_a_sources_later_word_replaces_its_own_earlier_word_and_nobody_elses(
    history: list[Report], word: tuple[str, str, str, int], hours: int
) -> None:
    """As if it had never said otherwise, unless it tells that things have changed since."""
    source, _, party, _ = word
    others = [r for r in history if r.source != source]
    wrong = "rebels" if party == "kurds" else "kurds"
    earlier = says(source, "holds", wrong, hours=61 - hours, id="earlier")
    later = says(source, "holds", party, hours=61, id="later")
    assert verdict(found(*others, earlier, later)) == verdict(found(*others, later))


@given(histories(), holding)
def test_what_a_source_said_before_a_change_weighs_nothing_after_it(
    history: list[Report], word: tuple[str, str, str, int]
) -> None:
    source, _, party, _ = word
    others = [r for r in history if r.source != source]
    earlier = says(source, "took", "rebels" if party == "kurds" else "kurds", hours=-500, id="old")
    later = says(source, "took", party, hours=61, id="new")
    result = found(*others, earlier, later)
    assert "old" not in {e.report.id for e in result.counting}


@given(histories(), st.sampled_from(["minister", "rebel", "kurd"]), moments)
def test_an_interested_claim_alone_never_moves_a_holder_that_others_name(
    history: list[Report], source: str, hours: int
) -> None:
    """Whatever that source said before."""
    sides = {"minister": "gov", "rebel": "rebels", "kurd": "kurds"}
    own = [r for r in history if r.source == source and r.party == sides[source]]
    neutral = [r for r in history if r.claim in (Claim.HOLDS, Claim.TOOK)]
    neutral = [r for r in neutral if SOURCES[r.source].party is None]
    before = found(*neutral, *own)
    claim = says(source, "took", sides[source], hours=max(hours, 0), id="claim")
    after = found(*neutral, *own, claim)
    fresh = [e for e in before.evidence if not e.source.party and e.weight > 0]
    if fresh and {r.party for r in neutral} == {before.holder}:
        # Unless all that named the holder was what the source takes back by saying so.
        assert after.holder in (before.holder, None)


@given(histories(), st.integers(2, 10))
def test_many_publishers_quoting_one_speaker_are_one_voice(
    history: list[Report], publishers: int
) -> None:
    others = [r for r in history if r.source != "officer"]
    quotes = [
        says("officer", "took", "rebels", hours=61, id=f"quote{n}", via=f"publisher {n}")
        for n in range(publishers)
    ]
    assert verdict(found(*others, *quotes)) == verdict(found(*others, quotes[0]))


@given(st.permutations(["officer", "officer2", "minister", "agency"]))
def test_two_of_one_institution_weigh_less_than_two_independent_ones(order: list[str]) -> None:
    reports = {s: says(s, "took", "rebels") for s in order}
    same = found(reports["officer"], reports["officer2"]).confidence
    other = found(reports["officer"], reports["agency"]).confidence
    alone = found(reports["officer"]).confidence
    assert alone < same < other


@given(histories(), st.integers(61, 72))
def test_one_more_independent_witness_for_the_holder_never_makes_it_less_sure(
    history: list[Report], hours: int
) -> None:
    before = found(*history)
    assume(before.holder is not None)
    witness = says("bystander", "holds", before.holder, hours=hours)
    after = found(*history, witness)
    assert after.holder == before.holder
    assert after.confidence >= before.confidence


@given(histories())
def test_time_alone_moves_no_holder_while_every_word_still_counts(history: list[Report]) -> None:
    """What the same words would at once undo is no change."""
    at = NOON + 61 * HOUR
    short = [r for r in history if r.about.at > at - 100 * HOUR]
    first, later = found(*short, at=at), found(*short, at=at + HOUR)
    assume(first.recheck_at is None or first.recheck_at > at + HOUR)
    assert later.holder == first.holder


@given(histories(), moments)
def test_what_is_said_of_a_later_time_changes_nothing_about_an_earlier(
    history: list[Report], hours: int
) -> None:
    """But for what is taken back: that was never so."""
    plain = [r for r in history if r.claim is not Claim.RETRACTS]
    at = NOON + hours * HOUR
    earlier = [r for r in plain if r.about.at <= at]
    assert replace(found(*plain, at=at), recheck_at=None) == replace(
        found(*earlier, at=at), recheck_at=None
    )


@given(
    st.sampled_from(["gov", "rebels", "kurds"]),
    st.sampled_from(sorted(s.id for s in SOURCES.values() if s.party)),
    st.sampled_from(sorted(s.id for s in SOURCES.values() if not s.party)),
    st.sampled_from(["holds", "took"]),
)
def test_against_its_sides_interest_a_voice_weighs_more_than_in_its_favour(
    other: str, speaker: str, neutral: str, claim: str
) -> None:
    own = SOURCES[speaker].party or ""
    side = side_of(own, PARTIES)
    assume(other != side)
    held = says(neutral, "holds", side, hours=-100)

    def weight(party: str) -> float:
        return exhibit(found(held, says(speaker, claim, party, id="claim")), "claim").weight

    assert weight(own) < weight(other)


@given(histories(), st.integers(0, 400))
def test_with_nothing_fresh_nobody_is_known_to_hold_it(history: list[Report], days: int) -> None:
    result = found(*history, at=NOON + 63 * DAY + days * DAY)
    assert result.holder is None
    assert result.confidence == 0
    said = [e for e in result.evidence if e.reasons in ((Reason.TOO_OLD,), (Reason.OVERTAKEN,))]
    if said:
        assert result.as_of is not None
