"""What is said of sources and their records."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.messages.sources import (
    SourcePage,
    no_source,
    several_sources,
    source_gone,
    source_list,
    source_page,
)
from storage.model.silence import Silence
from storage.model.source_record import PartyRecord, SourceRecord
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment
from tests.handlers.messages.scenes import NOW, PARTIES, READER, SOURCES, lines

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def record(
    source: Source,
    *by_party: PartyRecord,
    lead: timedelta | None = None,
    claims: int = 2,
    reports: int = 1,
) -> SourceRecord:
    last = Moment(NOW) if reports else None
    return SourceRecord(source, claims, 1, claims - 1, 0, lead, by_party, last, reports)


def page(of: SourceRecord) -> list[str]:
    return lines(source_page(of, NOW, PARTIES, READER).text)


@pytest.mark.parametrize(
    ("lead", "words"),
    [
        (None, "No other source has made the same claims."),
        (HOUR / 2, "it said so together with the first other source."),
        (-HOUR / 2, "it said so together with the first other source."),
        (HOUR, "it said so 1 hour before any other source."),
        (-30 * HOUR, "it said so 30 hours after the first other source."),
        (60 * HOUR, "it said so 2 days before any other source."),
    ],
)
def test_how_early_a_source_is_is_told_in_hours_or_days(lead: timedelta | None, words: str) -> None:
    assert any(line.endswith(words) for line in page(record(SOURCES["agency"], lead=lead)))


def test_claims_are_told_by_party_where_there_are_several() -> None:
    one, other = PartyRecord("militants", 9, 5, 3, 1), PartyRecord("iraq", 1, 0, 1, 0)
    text = page(record(SOURCES["agency"], one, other))
    assert "For militants: 9 claims: 5 came true, 3 did not, 1 still open." in text
    assert "For the government of Iraq: 1 claim: 0 came true, 1 did not, 0 still open." in text
    assert not any(line.startswith("For ") for line in page(record(SOURCES["agency"], one)))


def test_who_a_source_is_is_told_as_far_as_it_is_known() -> None:
    scene = Source("s", "somebody there", "resident", "militants", Grade.A, Position.SCENE)
    text = page(record(scene))
    assert text[:3] == [
        "Somebody there",
        "resident · of militants · at the scene",
        "Grade: completely reliable (A).",
    ]
    assert text[-1] == "Last word: Mon 23 Jun 17:00 (Baghdad time); 1 report on record."
    assert page(record(Source("n", "n", "")))[1] == "Grade: reliability not known (F)."


@pytest.mark.parametrize("grade", list(Grade))
def test_every_grade_has_its_words(grade: Grade) -> None:
    text = page(record(Source("n", "n", "", reliability=grade)))[1]
    assert text.endswith(f" ({grade.value}).")


def test_a_source_without_claims_or_reports_says_so() -> None:
    assert page(record(SOURCES["agency"], claims=0, reports=0))[-2:] == [
        "It has not claimed yet that a settled holder had lost a place.",
        "No report of it is on record.",
    ]


def test_pages_lead_to_each_other() -> None:
    some = tuple(record(SOURCES["agency"]) for _ in range(8))
    middle = source_list(SourcePage(some, 8, 20), READER)
    assert [b.data for b in middle.buttons[-1]] == ["sources:0", "sources:16"]
    only = source_list(SourcePage(some, 0, 8), READER)
    assert [b.data for b in only.buttons[-1]] == ["source:agency"] * 4
    assert source_list(SourcePage((), 0, 0), READER).buttons == ()


def test_a_source_with_too_long_an_id_has_no_button() -> None:
    long = Source("x" * 60, "long", "media")
    assert several_sources("l", [long, SOURCES["agency"]], READER).buttons[0][0].label == "2"
    assert [row[0].label for row in no_source("l", [long], READER).buttons] == ["All sources"]


def test_a_source_that_nobody_can_see_the_name_of_has_a_button_all_the_same() -> None:
    hidden = Source("h", "\u200b", "media")
    assert no_source("l", [hidden], READER).buttons[0][0].label == "?"
    assert lines(source_gone(READER).text) == ["I do not know that source (any more)."]


def test_a_silent_source_says_so_with_how_often_it_was_heard_of() -> None:
    silence = Silence("agency", NOW - 4 * DAY, 30 * HOUR, NOW)
    text = lines(source_page(record(SOURCES["agency"]), NOW, PARTIES, READER, silence).text)
    assert text[-1] == (
        "Silent since Thu 19 Jun 17:00: its reports no longer come in. As a rule "
        "(median) something does every 30 hours. That is not calm on the ground."
    )
