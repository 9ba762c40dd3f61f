"""What became of the claims of a source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.model.control import Evidence
from storage.model.record import ANYBODY, Lesson, Past, Settlement, Stance, Tally
from storage.model.reports import Claim
from storage.model.source_record import (
    EarlierClaims,
    PartyRecord,
    SourceRecord,
    Spoken,
    earlier_claims,
    source_records,
)
from storage.model.sources import Source
from storage.model.times import Moment
from tests.builders import report

START = datetime(2022, 3, 1, tzinfo=UTC)
A, B = Source("a", "A", "media"), Source("b", "B", "media")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def lesson(
    source: str, begins: float, *, side: str = "x", opened: float = 0, stance: Stance = Stance.NEW
) -> Lesson:
    return Lesson(source, stance, side, day(opened), day(begins), day(begins + 1))


def record_of(source: Source, *places: Past, spoken: Spoken | None = None) -> SourceRecord:
    [record] = source_records([source], places, {source.id: spoken} if spoken else {})
    return record


def counts(record: SourceRecord | PartyRecord) -> tuple[int, int, int, int]:
    return record.claims, record.borne_out, record.refuted, record.open


def test_a_claim_is_borne_out_when_the_place_next_settles_on_it() -> None:
    past = Past([lesson("a", 1)], [Settlement(day(0.5), "y"), Settlement(day(9), "x")])
    assert counts(record_of(A, past)) == (1, 1, 0, 0)


def test_it_is_refuted_when_the_place_settles_otherwise_whatever_comes_later() -> None:
    past = Past([lesson("a", 1)], [Settlement(day(5), "y"), Settlement(day(90), "x")])
    assert counts(record_of(A, past)) == (1, 0, 1, 0)


def test_it_is_open_until_the_place_settles() -> None:
    assert counts(record_of(A, Past([lesson("a", 1)]))) == (1, 0, 0, 1)


def test_what_is_said_for_longer_is_one_claim() -> None:
    kept = lesson("a", 4, stance=Stance.KEPT)
    past = Past([kept, lesson("a", 1)], [Settlement(day(9), "x")])
    assert counts(record_of(A, past)) == (1, 1, 0, 0)


def test_a_claim_at_the_next_opening_is_another() -> None:
    past = Past([lesson("a", 1), lesson("a", 21, opened=20)], [Settlement(day(9), "x")])
    assert counts(record_of(A, past)) == (2, 1, 0, 1)


def test_standing_by_the_holder_telling_of_fighting_and_others_are_no_claims_of_the_source() -> (
    None
):
    past = Past(
        [
            lesson("a", 1, stance=Stance.HOLDS),
            lesson("a", 1, stance=Stance.FIGHTING),
            lesson("b", 1),
            lesson(ANYBODY, 1),
        ]
    )
    assert counts(record_of(A, past)) == (0, 0, 0, 0)


def test_the_lead_is_over_the_first_other_source_and_the_median_of_all() -> None:
    ahead = Past([lesson("a", 1), lesson("b", 4), lesson(ANYBODY, 0)])
    behind = Past([lesson("a", 3), lesson("b", 2)])
    alone = Past([lesson("a", 3), lesson("b", 2, side="y")])
    assert record_of(A, ahead).median_lead == timedelta(days=3)
    assert record_of(A, ahead, behind, alone).median_lead == timedelta(days=1)
    assert record_of(B, ahead).median_lead == timedelta(days=-3)
    assert record_of(A, alone).median_lead is None


def test_what_became_of_the_claims_is_told_by_party_those_with_most_first() -> None:
    one = Past([lesson("a", 1), lesson("a", 1, side="z")], [Settlement(day(9), "x")])
    other = Past([lesson("a", 1, side="z")])
    assert record_of(A, one, other).by_party == (
        PartyRecord("z", 2, 0, 1, 1),
        PartyRecord("x", 1, 1, 0, 0),
    )


def test_a_source_that_claimed_nothing_has_spoken_all_the_same() -> None:
    record = record_of(A, spoken=Spoken(7, Moment(day(3))))
    assert (record.source, record.reports, record.last_said) == (A, 7, Moment(day(3)))
    assert (record.by_party, record.median_lead) == ((), None)


def evidence(stance: Stance, record: Tally | None) -> Evidence:
    said = report("a", Claim.HOLDS, "x")
    plain = Evidence(said, A, "x", None, fighting=False, weight=1.0, reasons=())
    return replace(plain, record=record, stance=stance)


def test_a_record_is_told_from_the_side_of_who_speaks() -> None:
    tally = Tally(cases=12, right=9)
    assert earlier_claims(evidence(Stance.NEW, tally)) == EarlierClaims(12, 9)
    assert earlier_claims(evidence(Stance.HOLDS, tally)) == EarlierClaims(12, 3)
    assert earlier_claims(evidence(Stance.NEW, None)) is None
