"""What follows from contradicting claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.model.control import Assessment, Rule, Standing, assess
from storage.model.parties import Party
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, Precision, parse_moment
from storage.model.words import Reason

if TYPE_CHECKING:
    from random import Random

NOON = datetime(2014, 6, 20, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

PARTIES = {
    "gov": Party("gov", "the government", ("IQ",)),
    "army": Party("army", "the army", part_of="gov"),
    "rebels": Party("rebels", "rebels", rank=1),
    "kurds": Party("kurds", "Kurdish forces", rank=2),
}
SOURCES = {
    s.id: s
    for s in (
        Source("agency", "an agency", "agency", reliability=Grade.B),
        Source("paper", "a paper", "media", reliability=Grade.C),
        Source("radio", "a radio", "media", reliability=Grade.C),
        Source("blog", "a blog", "media", reliability=Grade.E),
        Source("doubtful", "a doubtful site", "media", reliability=Grade.D),
        Source("nobody", "an unknown voice", "media"),
        Source("witness", "a witness", "witness"),
        Source("minister", "a minister", "spokesman", "gov", Grade.C),
        Source("officer", "an officer", "officer", "army", Grade.C),
        Source("officer2", "another officer", "officer", "army", Grade.C),
        Source("rebel", "a rebel", "spokesman", "rebels", Grade.C),
        Source("kurd", "a Kurdish officer", "officer", "kurds", Grade.C),
        Source("away", "a witness abroad", "witness", position=Position.AWAY),
    )
}


def says(
    source: str,
    claim: str,
    party: str | None = None,
    *,
    hours: float = 0,
    occurred: str | None = None,
    refers_to: str | None = None,
    id: str | None = None,
    via: str = "",
) -> Report:
    """A report said so many hours after noon of 20 June 2014."""
    at = NOON + hours * HOUR
    return Report(
        id or f"{source}-{claim}-{party}-{hours}",
        "town",
        Claim(claim),
        source,
        Moment(at),
        party,
        parse_moment(occurred) if occurred else None,
        via=via,
        refers_to=refers_to,
    )


def found(*reports: Report, at: datetime = NOON + 3 * DAY) -> Assessment:
    return assess(reports, SOURCES, PARTIES, DEFAULT_POLICY, at)


def answer(*reports: Report, at: datetime = NOON + 3 * DAY) -> tuple[str | None, str]:
    result = found(*reports, at=at)
    return result.holder, result.standing.value


def reasons(result: Assessment, report_id: str) -> tuple[Reason, ...]:
    return next(e.reasons for e in result.evidence if e.report.id == report_id)


GOV_HELD = says("paper", "holds", "gov", hours=-240)


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


def test_a_remark_about_the_past_does_not_replace_what_a_source_says_of_the_present() -> None:
    now = says("agency", "holds", "gov", hours=24)
    past = says("agency", "holds", "rebels", hours=48, occurred="2014-06-01")
    result = found(now, past)
    assert result.holder == "gov"
    assert reasons(result, past.id) == (Reason.EARLIER_TIME,)


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


# ------------------------------------------------------------------------------- properties

moments = st.integers(min_value=-400, max_value=60)
holding = st.tuples(
    st.sampled_from(sorted(SOURCES)),
    st.sampled_from(["holds", "took", "left", "fighting"]),
    st.sampled_from(["gov", "army", "rebels", "kurds"]),
    moments,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Report]:
    """Reports of every claim, with denials and retractions of some of the others."""
    plain = [
        says(source, claim, party, hours=hours, id=f"r{number}")
        for number, (source, claim, party, hours) in enumerate(draw(st.lists(holding, max_size=8)))
    ]
    about = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(SOURCES)),
                st.sampled_from(["denies", "retracts"]),
                st.integers(0, 10),
                moments,
            ),
            max_size=3,
        )
    )
    return plain + [
        says(source, claim, hours=hours, refers_to=f"r{target}", id=f"r{len(plain) + number}")
        for number, (source, claim, target, hours) in enumerate(about)
    ]


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


def verdict(result: Assessment) -> tuple[object, ...]:
    """What an assessment says, without the list of everything that was looked at."""
    return (
        replace(result, evidence=(), as_of=None),
        tuple((e.report.source, e.backs, e.against, e.weight) for e in result.counting),
    )


# --------------------------------------------------------------- the finer points of weighing


def test_an_old_claim_that_many_have_answered_since_is_no_dispute_any_more() -> None:
    claim = says("doubtful", "took", "rebels", hours=1)
    answers = [
        says(source, "holds", "gov", hours=2 + n)
        for n, source in enumerate(["agency", "paper", "radio", "nobody", "witness", "away"])
    ]
    policy = replace(DEFAULT_POLICY, negligible_share=0.1)
    reports = [GOV_HELD, claim, *answers]
    result = assess(reports, SOURCES, PARTIES, policy, NOON + 3 * DAY)
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


def test_a_partys_word_of_fighting_lapses_with_the_sooner_of_the_two_limits() -> None:
    policy = replace(
        DEFAULT_POLICY,
        own_interest_counts_for=timedelta(days=2),
        fighting_counts_for=timedelta(days=5),
    )
    reports = [GOV_HELD, says("agency", "took", "rebels"), says("minister", "fighting", hours=1)]
    soon = assess(reports, SOURCES, PARTIES, policy, NOON + DAY)
    late = assess(reports, SOURCES, PARTIES, policy, NOON + 3 * DAY)
    assert (soon.standing, late.standing) == (Standing.DISPUTED, Standing.LIKELY)


def test_a_denial_after_a_word_of_fighting_replaces_it() -> None:
    fight = says("witness", "fighting", id="f")
    gone = says("witness", "left", "rebels", hours=1)
    result = found(GOV_HELD, fight, gone)
    assert result.standing is Standing.LIKELY
    assert reasons(result, "f") == (Reason.REPLACED,)


def test_a_third_officer_of_one_guard_adds_less_than_the_second() -> None:
    third = Source("officer3", "a third officer", "officer", "army", Grade.C)
    reports = [says(s, "took", "rebels") for s in ("officer", "officer2", "officer3")]
    result = assess(reports, SOURCES | {"officer3": third}, PARTIES, DEFAULT_POLICY, NOON)
    first, second, last = (e.weight for e in result.counting)
    assert first > second > last > 0


def test_denying_that_a_party_left_speaks_for_that_party() -> None:
    result = found(
        GOV_HELD,
        says("agency", "left", "gov", hours=1, id="left"),
        says("paper", "denies", refers_to="left", hours=2, id="denial"),
    )
    denial = next(e for e in result.evidence if e.report.id == "denial")
    assert denial.backs == "gov"
    assert result.holder == "gov"


def test_of_two_equal_rivals_the_same_one_is_always_named() -> None:
    reports = [
        GOV_HELD,
        says("rebel", "took", "rebels"),
        replace(says("kurd", "took", "kurds"), source="kurd"),
    ]
    assert found(*reports) == found(*reversed(reports))


# ----------------------------------------------------------- histories that once went wrong


def on(day: str, source: str, claim: str, party: str | None = None, **more: str) -> Report:
    """A report said and meant on a day of 2014."""
    at = parse_moment(f"2014-{day}")
    return Report(
        f"{day}-{source}", "town", Claim(claim), source, at, party, refers_to=more.get("refers_to")
    )


def on_day(day: str, *reports: Report) -> Assessment:
    return found(*reports, at=parse_moment(f"2014-{day}").latest)


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


def test_a_source_that_tells_of_fighting_still_says_who_holds_it() -> None:
    result = on_day(
        "03-02", on("03-01", "agency", "holds", "gov"), on("03-02", "agency", "fighting")
    )
    assert (result.holder, result.standing) == ("gov", Standing.CONTESTED)


def test_a_bystander_that_tells_of_fighting_is_no_rival() -> None:
    result = on_day("03-02", on("03-01", "agency", "holds", "gov"), on("03-02", "kurd", "fighting"))
    assert (result.standing, result.rival) == (Standing.CONTESTED, None)


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


def test_when_the_last_word_for_the_holder_is_old_whoever_is_fresh_is_believed() -> None:
    result = on_day(
        "06-01",
        on("03-01", "agency", "holds", "gov"),
        on("05-20", "rebel", "holds", "rebels"),
        on("05-30", "doubtful", "holds", "rebels"),
    )
    assert (result.holder, result.standing) == ("rebels", Standing.LIKELY)


def test_that_a_third_party_left_confirms_nobody() -> None:
    result = on_day(
        "03-03",
        on("03-01", "agency", "holds", "gov"),
        on("03-02", "paper", "left", "kurds"),
        on("02-01", "radio", "holds", "rebels"),
    )
    assert (result.holder, result.standing) == ("gov", Standing.LIKELY)


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
