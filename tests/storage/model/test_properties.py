"""Whatever was said: the rules that every assessment follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from storage.model.control import Standing
from storage.model.reports import Claim, Report
from tests.storage.model.town import (
    SOURCES,
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
        assert after.holder == before.holder


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
