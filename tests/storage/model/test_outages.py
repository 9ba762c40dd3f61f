"""When one source that moves many places at once is suspected, and what is held aside then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.model.looking import look
from storage.model.outages import (
    Ending,
    Moves,
    Suspicion,
    ending_of,
    held_aside,
    is_alone,
    moves_of,
    side_said,
    sides_at,
)
from storage.model.parties import Party
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.model.words import Reason

DAY = timedelta(days=1)
BEGIN = datetime(2022, 5, 1, 12, tzinfo=UTC)
SINCE = BEGIN + 10 * DAY
PARTIES = {
    p.id: p
    for p in (Party("red", "Red"), Party("guard", "Guard", part_of="red"), Party("tan", "T"))
}
SOURCES = {
    s.id: s
    for s in (
        Source("map", "a map", "analyst", None, Grade.B),
        Source("other", "another map", "media", None, Grade.B),
        Source("red-army", "the red army", "spokesman", "red"),
        Source("tan-army", "the tan army", "spokesman", "tan"),
    )
}
SUSPECTED = Suspicion("map", "red", SINCE, SINCE + 7 * DAY, 30, 40)


def said(
    number: int, source: str, day: float, party: str | None, claim: Claim = Claim.HOLDS
) -> Report:
    return Report(f"r{number}", "town", claim, source, Moment(BEGIN + day * DAY), party)


def held(*reports: Report, day: float = 11, suspicion: Suspicion = SUSPECTED) -> set[str]:
    at = BEGIN + day * DAY
    return set(held_aside(reports, [suspicion], SOURCES, PARTIES, DEFAULT_POLICY, at))


def moves(number: int, backed: int) -> Moves:
    return Moves("red", frozenset(f"p{n}" for n in range(number)), backed)


def named(side: str | None, number: int) -> dict[str, str | None]:
    return {f"p{n}": side for n in range(number)}


RED, LATER_RED = said(1, "map", 0, "red"), said(2, "map", 7, "red")
MOVED = said(3, "map", 10, "tan")


# When a source is suspected


@pytest.mark.parametrize(
    ("claim", "party", "side"),
    [
        (Claim.HOLDS, "guard", "red"),
        (Claim.TOOK, "tan", "tan"),
        (Claim.FIGHTING, "guard", "red"),
        (Claim.FIGHTING, None, None),
        (Claim.LEFT, "red", None),
        (Claim.RETRACTS, None, None),
    ],
)
def test_a_claim_speaks_for_the_side_it_names_as_being_there(
    claim: Claim, party: str | None, side: str | None
) -> None:
    assert side_said(claim, party, PARTIES) == side


def test_what_a_source_said_last_is_its_word_and_a_denial_is_none() -> None:
    reports = [MOVED, RED, said(4, "map", 10.5, None, Claim.DENIES), said(5, "other", 0, "red")]
    assert sides_at(reports, PARTIES, BEGIN + 11 * DAY) == {"map": "tan", "other": "red"}
    assert sides_at(reports, PARTIES, BEGIN + 9 * DAY) == {"map": "red", "other": "red"}


def test_moves_are_counted_by_the_side_that_was_named_before() -> None:
    before = {"a": "red", "b": "red", "c": "tan", "d": None}
    now = {"a": "tan", "b": "red", "c": None, "d": "red", "e": "red"}
    assert moves_of(before, now) == [
        Moves("red", frozenset({"a"}), 2),
        Moves("tan", frozenset({"c"}), 1),
    ]


def test_a_place_not_spoken_of_again_is_not_moved() -> None:
    assert moves_of({"a": "red"}, {}) == [Moves("red", frozenset(), 1)]


@pytest.mark.parametrize(
    ("number", "backed", "many"), [(19, 19, False), (20, 20, True), (20, 80, True), (20, 81, False)]
)
def test_many_is_twenty_places_and_a_quarter_of_all(number: int, backed: int, many: bool) -> None:
    assert moves(number, backed).are_many(DEFAULT_POLICY) is many


@pytest.mark.parametrize(
    ("earlier", "now", "alone"),
    [
        ({}, {}, True),
        ({}, {"other": named("tan", 5)}, True),
        ({}, {"other": named("tan", 6)}, False),  # names another side
        ({"other": named("red", 30)}, {"other": named(None, 6)}, False),  # has moved them lately
        ({"other": named(None, 30)}, {"other": named(None, 30)}, True),  # said nothing before
        ({"other": named("red", 30)}, {"other": named("red", 30)}, True),
    ],
)
def test_a_source_is_alone_while_others_support_less_than_a_fifth(
    earlier: dict[str, dict[str, str | None]],
    now: dict[str, dict[str, str | None]],
    alone: bool,
) -> None:
    assert is_alone(moves(30, 40), earlier, now, DEFAULT_POLICY) is alone


@pytest.mark.parametrize(
    ("still", "others", "ending"),
    [
        (30, 0, None),
        (7, 0, None),
        (6, 0, Ending.RETURNED),
        (30, 6, Ending.CONFIRMED),
    ],
)
def test_a_suspicion_ends_when_the_source_returns_or_others_say_so_too(
    still: int, others: int, ending: Ending | None
) -> None:
    now = {"other": named("tan", others)}
    found = ending_of(moves(30, 40), moves(still, 40), {}, now, DEFAULT_POLICY)
    assert found is ending


# What is held aside


def test_only_what_the_suspected_source_moves_is_held_aside() -> None:
    more = said(4, "map", 10.5, None, Claim.FIGHTING)
    others = said(5, "other", 7, "red")
    denial = said(6, "map", 10.5, None, Claim.DENIES)
    assert held(RED, LATER_RED, MOVED, more, others, denial) == {"r3", "r4"}


def test_a_place_of_which_the_source_did_not_say_so_before_is_left_alone() -> None:
    assert held(said(1, "map", 0, "tan"), MOVED) == set()
    assert held(MOVED) == set()


def test_nothing_is_held_before_the_suspicion_or_after_it() -> None:
    assert held(RED, MOVED, day=9.9) == set()
    assert held(RED, MOVED, day=10) == {"r3"}
    assert held(RED, MOVED, day=17) == set()
    ended = Suspicion("map", "red", SINCE, SINCE + 7 * DAY, 30, 40, SINCE + DAY, Ending.CONFIRMED)
    assert held(RED, MOVED, day=10.9, suspicion=ended) == {"r3"}
    assert held(RED, MOVED, day=11, suspicion=ended) == set()


@pytest.mark.parametrize(
    ("others", "released"),
    [
        ((said(4, "other", 0, "red"), said(5, "other", 10.5, "tan")), True),
        ((said(4, "other", 0, "red"), said(5, "other", 10.5, None, Claim.FIGHTING)), True),
        ((said(5, "other", 10.5, "tan"),), True),
        ((said(4, "other", 0, "red"), said(5, "other", 9, "tan")), True),  # shortly before
        ((said(4, "other", 0, "tan"), said(5, "other", 10.5, "tan")), False),  # said so long ago
        ((said(5, "other", 10.5, None, Claim.FIGHTING),), False),
        ((said(4, "other", 0, "red"),), False),
        ((said(5, "tan-army", 10.5, "tan"),), False),  # in its own favour
        ((said(5, "red-army", 10.5, "tan"),), True),
    ],
)
def test_a_place_is_released_when_another_source_moves_it_too(
    others: tuple[Report, ...], released: bool
) -> None:
    assert held(RED, MOVED, *others) == (set() if released else {"r3"})


def test_what_a_source_took_back_itself_stays_aside_for_good() -> None:
    back = said(4, "map", 12.9, "red")
    returned = Suspicion(
        "map", "red", SINCE, SINCE + 7 * DAY, 30, 40, SINCE + 3 * DAY, Ending.RETURNED
    )
    assert held(RED, MOVED, back, day=40, suspicion=returned) == {"r3"}
    assert held(RED, MOVED, day=40, suspicion=returned) == set()  # not at this place
    fell_later = said(5, "other", 30, "tan")
    assert held(RED, MOVED, back, fell_later, day=40, suspicion=returned) == {"r3"}


@pytest.mark.parametrize(
    ("ending", "day", "holds"),
    [
        (None, 9, False),
        (None, 11, True),
        (None, 17, False),
        (Ending.CONFIRMED, 14, False),
        (Ending.RETURNED, 9, False),
        (Ending.RETURNED, 14, True),
    ],
)
def test_only_a_source_that_returned_leaves_anything_aside(
    ending: Ending | None, day: int, holds: bool
) -> None:
    ended_at = SINCE + 3 * DAY if ending else None
    found = Suspicion("map", "red", SINCE, SINCE + 7 * DAY, 30, 40, ended_at, ending)
    assert found.holds(BEGIN + day * DAY) is holds


def test_what_is_held_aside_changes_nothing_and_is_on_record() -> None:
    reports = [RED, LATER_RED, MOVED, said(4, "other", 7, "red")]
    at = BEGIN + 11 * DAY
    without = look(reports[:2] + reports[3:], SOURCES, PARTIES, DEFAULT_POLICY, at).found
    found = look(reports, SOURCES, PARTIES, DEFAULT_POLICY, at, held=held(*reports)).found
    assert (found.holder, found.standing) == (without.holder, without.standing)
    assert found.counting == without.counting
    assert [e.reasons for e in found.evidence if e.report.id == "r3"] == [(Reason.HELD,)]


def test_a_retraction_that_is_held_aside_takes_nothing_back() -> None:
    back = Report("r9", "town", Claim.RETRACTS, "map", Moment(SINCE), refers_to="r1")
    found = look(
        [RED, back], SOURCES, PARTIES, DEFAULT_POLICY, SINCE, held=held(RED, back, day=10)
    ).found
    assert found.holder == "red"
