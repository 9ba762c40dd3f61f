"""Records: how a source's earlier claims turned out, and what its word weighs for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from storage.model.control import Standing
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.record import (
    ANYBODY,
    NO_RECORD,
    Lesson,
    Past,
    Record,
    Settlement,
    Stance,
    Tally,
    learn,
    record_after,
    record_at,
)
from storage.model.source_record import EarlierClaims, earlier_claims
from tests.storage.model.town import DAY, NOON, PARTIES, SOURCES, exhibit, found, looked, says

if TYPE_CHECKING:
    from storage.model.control import Assessment, Evidence
    from storage.model.reports import Report

LATE = NOON + 40 * DAY
THREE = ("agency", "paper", "witness")


def lesson(
    source: str = "paper", side: str = "rebels", begins: float = 0, ends: float = 10
) -> Lesson:
    return Lesson(source, Stance.NEW, side, NOON, NOON + begins * DAY, NOON + ends * DAY)


def settled(day: float, party: str = "rebels") -> Settlement:
    return Settlement(NOON + day * DAY, party)


def tally(*places: Past, days: float = 40) -> Tally | None:
    known = learn(places, NOON + days * DAY, DEFAULT_POLICY)
    return known.said_before("paper", Stance.NEW, "rebels")


def test_nothing_is_learned_from_a_claim_before_it_is_three_weeks_old() -> None:
    past = Past([lesson()], [settled(11)])
    assert tally(past, days=21) is None
    assert tally(past, days=22) is not None


def test_a_claim_still_open_then_is_not_borne_out_yet_and_is_once_it_is_settled() -> None:
    still_open = tally(Past([lesson(ends=30)]), days=30)
    borne_out = tally(Past([lesson(ends=30)], [settled(31)]), days=31)
    assert still_open is not None
    assert (still_open.cases, still_open.right, still_open.borne_out) == (1, 0, 0)
    assert still_open.refuted > 0
    assert borne_out is not None
    assert (borne_out.cases, borne_out.right, borne_out.refuted) == (1, 1, 0)


def test_what_settled_after_the_time_of_a_record_is_not_in_it() -> None:
    past = Past([lesson(ends=30)], [settled(35)])
    assert tally(past, days=34) == tally(Past([lesson(ends=30)]), days=34)


def test_the_first_settlement_after_a_claim_says_how_it_turned_out() -> None:
    past = Past([lesson(begins=2)], [settled(1), settled(12, "gov"), settled(30)])
    found = tally(past)
    assert found is not None
    assert found.right == 0


def test_a_long_dispute_teaches_little_more_than_a_short_one() -> None:
    short, long = tally(Past([lesson(ends=5)])), tally(Past([lesson(ends=19)]))
    assert short is not None
    assert long is not None
    assert short.refuted < long.refuted < 2 * short.refuted


def test_what_is_learned_does_not_depend_on_the_order_of_places() -> None:
    places = [
        Past([lesson()], [settled(11)]),
        Past([lesson("radio")], [settled(11, "gov")]),
        Past([lesson(side="kurds")], [settled(11, "kurds")]),
    ]
    records = [learn(order, LATE, DEFAULT_POLICY) for order in permutations(places)]
    assert all(r.tallies == records[0].tallies for r in records)


GOOD = Tally(30.0, 1.0, 31, 30)
BAD = Tally(1.0, 30.0, 31, 1)


def record(**by_source: Tally) -> Record:
    return Record(NOON, {(s, Stance.NEW, "rebels"): t for s, t in by_source.items()})


def test_a_source_whose_claims_for_a_party_came_true_weighs_more_for_that_party_only() -> None:
    def weight(party: str, known: Record) -> float:
        held = [says(s, "holds", "gov", hours=h) for s in THREE for h in (0, 2)]
        claim = says("radio", "took", party, hours=1, id="claim")
        result = found(*held, claim, at=NOON + DAY, records=[known])
        assert result.rival == party
        return exhibit(result, "claim").weight

    for kind, compare in ((GOOD, 1), (BAD, -1)):
        known = record(radio=kind)
        assert (weight("rebels", known) - weight("rebels", NO_RECORD)) * compare > 0
        assert weight("kurds", known) == weight("kurds", NO_RECORD)


def test_a_pinned_source_weighs_what_its_grade_says_whatever_its_record() -> None:
    def weight(*, pinned: bool, known: Record) -> float:
        world = SOURCES | {"radio": replace(SOURCES["radio"], pinned=pinned)}
        reports = [
            says("agency", "holds", "gov"),
            says("radio", "took", "rebels", hours=1, id="claim"),
            says("agency", "holds", "gov", hours=2),
        ]
        result = look(reports, world, PARTIES, DEFAULT_POLICY, NOON + DAY, [known]).found
        return exhibit(result, "claim").weight

    known = record(radio=BAD)
    assert weight(pinned=True, known=known) == weight(pinned=True, known=NO_RECORD)
    assert weight(pinned=False, known=known) < weight(pinned=True, known=known)


def test_the_evidence_tells_how_earlier_claims_like_it_turned_out() -> None:
    reports = [
        says("agency", "holds", "gov"),
        says("radio", "took", "rebels", hours=1, id="claim"),
        says("agency", "holds", "gov", hours=2),
    ]
    result = found(*reports, at=NOON + DAY, records=[record(radio=BAD)])
    assert exhibit(result, "claim").record == BAD
    assert exhibit(result, "agency-holds-gov-2").record is None


def unsettled(*more: Report, known: Record = NO_RECORD) -> Assessment:
    """The government was settled there; the paper claims it for rebels, and the radio denies it."""
    settled = [says(s, "holds", "gov", hours=h) for s in ("agency", "radio") for h in (-400, -200)]
    taken = [says(s, "took", "rebels", hours=1, id=f"{s}-took") for s in ("agency", "paper")]
    back = says("radio", "holds", "gov", hours=30, id="back")
    return found(*settled, *taken, back, *more, at=NOON + 2 * DAY, records=[known])


def test_a_holder_not_settled_yet_is_told_of_as_the_claim_that_it_is() -> None:
    learned = {
        ("paper", Stance.NEW, "rebels"): Tally(9.0, 0.5, 10, 9),
        ("radio", Stance.HOLDS, "rebels"): Tally(30.0, 0.5, 31, 30),
        # And of another direction, which is not what is weighed.
        ("paper", Stance.HOLDS, "gov"): Tally(cases=99, right=9),
        ("radio", Stance.KEPT, "gov"): Tally(cases=99, right=9),
    }
    result = unsettled(known=Record(NOON, learned))
    assert (result.holder, result.rival, result.standing) == ("rebels", "gov", Standing.DISPUTED)
    told = {e.source.id: (e.stance, earlier_claims(e)) for e in result.counting}
    assert told["paper"] == (Stance.NEW, EarlierClaims(10, 9))
    assert told["radio"] == (Stance.HOLDS, EarlierClaims(31, 1))


def test_where_the_claim_back_weighs_it_is_the_claim_that_is_told_of() -> None:
    learned = {
        ("radio", Stance.KEPT, "gov"): Tally(0.5, 40.0, 41, 1),
        ("paper", Stance.HOLDS, "gov"): Tally(3.0, 3.0, 6, 3),
    }
    result = unsettled(known=Record(NOON, learned))
    assert (result.holder, result.rival) == ("rebels", "gov")
    told = {e.source.id: (e.stance, earlier_claims(e)) for e in result.counting}
    assert told["radio"] == (Stance.KEPT, EarlierClaims(41, 1))
    assert told["paper"] == (Stance.HOLDS, EarlierClaims(6, 3))


def test_a_denial_that_names_nobody_is_a_claim_and_weighs_as_one() -> None:
    held = [says(s, "holds", "gov", hours=h, id=f"{s}-{h}") for s in THREE for h in (0, 2)]
    claim = says("nobody", "took", "rebels", hours=1, id="claim")
    denial = says("radio", "left", "gov", hours=1, id="denial")

    def shown(**tallies: Tally) -> Evidence:
        known = Record(NOON, {("radio", Stance(s), "rebels"): t for s, t in tallies.items()})
        result = found(*held, claim, denial, at=NOON + DAY, records=[known])
        assert (result.holder, result.rival) == ("gov", "rebels")
        return exhibit(result, "denial")

    claims = shown(new=BAD, holds=GOOD)
    assert (claims.stance, claims.record, earlier_claims(claims)) == (
        Stance.NEW,
        BAD,
        EarlierClaims(31, 1),
    )
    assert claims.weight < shown().weight < shown(new=GOOD).weight
    assert shown(holds=BAD).weight == shown().weight


def test_without_a_record_a_voice_weighs_its_grade() -> None:
    assert NO_RECORD.weight("radio", Stance.NEW, "rebels", 1.35, DEFAULT_POLICY) == 1.35
    assert NO_RECORD.base("rebels", DEFAULT_POLICY) == 0


@pytest.mark.parametrize(("kind", "sign"), [(GOOD, 1), (BAD, -1)])
def test_how_often_claims_for_a_party_came_true_moves_the_base(kind: Tally, sign: int) -> None:
    known = Record(NOON, {(ANYBODY, Stance.NEW, "rebels"): kind})
    assert known.base("rebels", DEFAULT_POLICY) * sign > 0


def test_the_newest_record_known_at_a_time_is_used_and_none_of_later() -> None:
    old, new = replace(record(), at=NOON), replace(record(), at=NOON + 7 * DAY)
    assert record_at([old, new], NOON - DAY) is NO_RECORD
    assert record_at([old, new], NOON + 6 * DAY) is old
    assert record_at([old, new], NOON + 7 * DAY) is new
    assert record_after([old, new], NOON - DAY) == NOON
    assert record_after([old, new], NOON) == NOON + 7 * DAY
    assert record_after([old, new], NOON + 7 * DAY) is None


# ------------------------------------------------------- what a place teaches, from its reports

FLIP = [
    says("agency", "holds", "gov", hours=-480),
    says("paper", "holds", "gov", hours=-470),
    says("radio", "took", "rebels", id="claim"),
    says("agency", "took", "rebels", hours=48),
    says("paper", "took", "rebels", hours=72),
]


def test_a_claim_that_others_come_round_to_is_borne_out() -> None:
    past = looked(*FLIP, at=LATE).past
    known = learn([past], LATE, DEFAULT_POLICY)
    first = known.said_before("radio", Stance.NEW, "rebels")
    held = known.said_before("agency", Stance.HOLDS, "rebels")
    assert first is not None
    assert (first.cases, first.right) == (1, 1)
    assert held is None or held.right == held.cases


def test_what_is_learned_does_not_depend_on_the_order_of_reports() -> None:
    assert looked(*FLIP, at=LATE).past == looked(*reversed(FLIP), at=LATE).past


def test_reports_said_after_a_time_do_not_change_the_record_at_that_time() -> None:
    at = NOON + timedelta(days=30)
    later = [says("agency", "took", "gov", hours=900), says("paper", "took", "gov", hours=901)]
    then, now = looked(*FLIP, at=at).past, looked(*FLIP, *later, at=NOON + 60 * DAY).past
    assert learn([then], at, DEFAULT_POLICY) == learn([now], at, DEFAULT_POLICY)


# Claims like these have never been borne out anywhere.
DOUBTED = Record(
    NOON,
    {
        (source, stance, "rebels"): Tally(0.0, 400.0, 400, 0)
        for source in (ANYBODY, "agency", "paper", "radio")
        for stance in (Stance.NEW, Stance.KEPT)
    },
)


def test_what_several_voices_say_and_none_contradicts_is_believed_whatever_the_records() -> None:
    took = [says(s, "took", "rebels", hours=48) for s in ("agency", "paper")]
    held = says("radio", "holds", "gov")
    assert found(held, *took, records=[DOUBTED]).holder == "rebels"
    denied = says("radio", "holds", "gov", hours=48)
    assert found(held, *took, denied, records=[DOUBTED]).holder == "gov"


def test_what_one_voice_has_said_alone_for_a_week_is_believed_in_the_end() -> None:
    told = [says("radio", "holds", "gov"), says("radio", "took", "rebels", hours=48)]
    week = DEFAULT_POLICY.settles_after
    soon = found(*told, at=told[1].about.at + week - DAY, records=[DOUBTED])
    later = found(*told, at=told[1].about.at + week, records=[DOUBTED])
    assert (soon.holder, later.holder) == (None, "rebels")
    assert soon.recheck_at is not None
    assert soon.recheck_at <= told[1].about.at + week


def test_a_lone_voice_is_neither_borne_out_nor_refuted() -> None:
    alone = looked(
        says("radio", "holds", "gov"), says("radio", "took", "rebels", hours=48), at=LATE
    )
    assert [s.alone for s in alone.past.settlements] == [True]
    known = learn([alone.past], LATE + 60 * DAY, DEFAULT_POLICY)
    assert known.tallies == {}


def test_a_claim_is_judged_by_what_several_voices_settled_and_not_by_a_lone_one() -> None:
    alone = Settlement(NOON + 9 * DAY, "gov", alone=True)
    assert tally(Past([lesson()], [alone])) is None
    judged = tally(Past([lesson()], [alone, settled(12)]))
    assert judged is not None
    assert judged.right == 1
