"""The story of June 2014: what must be concluded after each report."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.model.control import Assessment, Rule, Standing
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from tests.builders import World, story

if TYPE_CHECKING:
    from storage.model.reports import Report

EVENING = datetime(2014, 6, 23, 20, tzinfo=UTC)
STORY = story()


def step_of(report: Report) -> int:
    return int(report.id.split("-")[1])


def concluded(reports: list[Report], place: str, world: World = STORY) -> Assessment:
    here = [r for r in reports if r.place == place]
    return look(here, world.sources, world.parties, DEFAULT_POLICY, EVENING).found


def after(step: int, place: str) -> Assessment:
    return concluded([r for r in STORY.reports if step_of(r) <= step], place)


@pytest.mark.parametrize(
    ("step", "place", "holder", "standings"),
    [
        (1, "al-waleed", "iraq", {"likely"}),
        (1, "al-qaim", "iraq", {"likely"}),
        (1, "rawa", "iraq", {"likely"}),
        (1, "ana", "iraq", {"likely"}),
        (1, "tal-afar", "iraq", {"likely"}),
        (1, "tal-afar-airport", "iraq", {"likely"}),
        (2, "rabia", "kurdish", {"likely"}),
        (3, "al-qaim", "militants", {"likely"}),
        (4, "rawa", "militants", {"likely"}),
        (5, "ana", "militants", {"likely"}),
        (6, "rawa", "militants", {"confirmed"}),
        (6, "ana", "militants", {"confirmed"}),
        (7, "al-waleed", "militants", {"likely"}),
        (8, "al-waleed", "militants", {"likely", "confirmed"}),
        (9, "trebil", "iraq", {"likely"}),
        (10, "al-waleed", "militants", {"disputed"}),
        (11, "al-waleed", "militants", {"disputed"}),
        (12, "tal-afar", "militants", {"likely"}),
        (12, "tal-afar-airport", "militants", {"likely"}),
        (13, "tal-afar", "militants", {"likely"}),
        (14, "tal-afar", "militants", {"disputed"}),
        (14, "tal-afar-airport", "militants", {"likely"}),
    ],
)
def test_after_each_report_the_bot_concludes_what_a_careful_reader_does(
    step: int, place: str, holder: str, standings: set[str]
) -> None:
    found = after(step, place)
    assert found.holder == holder
    assert found.standing in standings


def test_two_officers_of_one_institution_are_surer_than_one_but_not_two_independent_sources() -> (
    None
):
    one, two = after(7, "al-waleed"), after(8, "al-waleed")
    assert one.confidence < two.confidence
    assert two.standing is Standing.LIKELY


def test_the_officials_at_the_crossing_make_the_militants_surer_while_it_stays_disputed() -> None:
    assert after(10, "al-waleed").confidence < after(11, "al-waleed").confidence
    assert after(11, "al-waleed").rival == "iraq"


def test_without_report_9_nothing_is_on_record_of_trebil() -> None:
    without = [r for r in STORY.reports if step_of(r) != 9]
    found = concluded(without, "trebil")
    assert (found.holder, found.standing, found.rule) == (
        None,
        Standing.UNKNOWN,
        Rule.NO_REPORTS,
    )


def test_trebil_is_known_from_one_side_only_and_says_so() -> None:
    assert after(9, "trebil").rule is Rule.OWN_WORD


def test_taking_the_spokesmans_claim_back_leaves_the_militants_likely() -> None:
    with_retraction = [*story(what_if=True).reports]
    found = concluded(with_retraction, "al-waleed")
    assert (found.holder, found.standing) == ("militants", Standing.LIKELY)


@pytest.mark.parametrize("seed", range(20))
def test_the_order_in_which_reports_arrive_changes_nothing(seed: int) -> None:
    shuffled = [*story(what_if=True).reports, *STORY.reports]
    random.Random(seed).shuffle(shuffled)
    told_in_order = [*story(what_if=True).reports]
    for place in STORY.places:
        assert concluded(shuffled, place) == concluded(told_in_order, place)


@pytest.mark.parametrize("grade", ["A", "B", "C", "D", "F"])
def test_whatever_the_spokesman_is_worth_he_disputes_and_does_not_flip(grade: str) -> None:
    spokesman = STORY.sources["spokesman"]
    regraded = replace(
        STORY,
        sources=STORY.sources
        | {"spokesman": replace(spokesman, reliability=type(spokesman.reliability)(grade))},
    )
    for step in (10, 11):
        known = [r for r in STORY.reports if step_of(r) <= step]
        found = concluded(known, "al-waleed", regraded)
        assert (found.holder, found.standing) == ("militants", Standing.DISPUTED)
