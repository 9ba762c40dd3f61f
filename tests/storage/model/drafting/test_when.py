"""When it happened, counted from the day of the text and never from another."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from storage.model.drafting import Gap
from storage.model.times import Moment, Precision
from tests.storage.model.drafting.scoring import happened, read

WORDS = [  # the text is of Monday, 23 June 2014
    ("on Sunday", "2014-06-22"),
    ("as of Sunday", "2014-06-22"),
    ("on the 20th", "2014-06-20"),
    ("on the 30th", "2014-05-30"),
    ("on the 31st", "2014-05-31"),
    ("on the 20th floor", "-"),
    ("on the 32nd", "-"),
    ("for three days before", "-"),
    ("the previous evening", "2014-06-22"),
    ("the following day", "2014-06-24"),
    ("on Monday", "2014-06-23"),
    ("last Monday", "2014-06-16"),
    ("last Friday", "2014-06-20"),
    ("late on Thursday night", "2014-06-19"),
    ("yesterday", "2014-06-22"),
    ("yesterday evening", "2014-06-22"),
    ("today", "2014-06-23"),
    ("this morning", "2014-06-23"),
    ("overnight", "2014-06-22/2014-06-23"),
    ("last night", "2014-06-22/2014-06-23"),
    ("on the night of June 20", "2014-06-20/2014-06-21"),
    ("on June 20", "2014-06-20"),
    ("on 20 June", "2014-06-20"),
    ("on 20th of June, 2013", "2013-06-20"),
    ("on Jan. 5, 2013", "2013-01-05"),
    ("on December 30", "2013-12-30"),
    ("on 29 February", "2012-02-29"),
    ("on 2014-06-19", "2014-06-19"),
    ("in May", "2014-05"),
    ("at the end of May", "2014-05"),
    ("last November", "2013-11"),
    ("in March 2012", "2012-03"),
    ("in 2012", "2012"),
    ("last week", "2014-06-16/2014-06-22"),
    ("this week", "2014-06-23/2014-06-29"),
    ("last month", "2014-05"),
    ("this month", "2014-06"),
    ("last year", "2013"),
    ("this year", "2014"),
    ("at the weekend", "2014-06-21/2014-06-22"),
    ("two days ago", "2014-06-21"),
    ("3 days ago", "2014-06-20"),
    ("a week ago", "2014-06-13/2014-06-19"),
    ("a month ago", "2014-05"),
    ("two years ago", "2012"),
    ("the day before", "2014-06-22"),
    ("a day earlier", "2014-06-22"),
    ("two days later", "2014-06-25"),
    ("at dawn", "2014-06-23"),
    ("at 5 a.m.", "2014-06-23"),
    ("on 31 February", "-"),
    ("on 31 June 2013", "-"),
    ("within 24 hours", "-"),
]


@pytest.mark.parametrize(("words", "day"), WORDS)
def test_words_for_a_time_are_counted_from_the_day_of_the_text(words: str, day: str) -> None:
    text = f"Militants captured Rawa {words}."
    (draft,) = read(text)
    assert happened(draft) == day
    if draft.happened and draft.happened.span:
        assert text[slice(*draft.happened.span)] in words
    else:
        assert draft.happened_gap is Gap.NO_TIME


@pytest.mark.parametrize("words", ["on Sunday", "overnight", "on June 20", "in May", "a day ago"])
def test_without_the_day_of_the_text_there_is_none(words: str) -> None:
    (draft,) = read(f"Militants captured Rawa {words}.", dateline=None)
    assert (draft.happened, draft.happened_gap) == (None, Gap.NO_DATELINE)
    assert (draft.said, draft.said_gap) == (None, Gap.NO_DATELINE)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("on June 20, 2013", "2013-06-20"),
        ("in May 2013", "2013-05"),
        ("in 2013", "2013"),
        ("on 2013-06-20", "2013-06-20"),
    ],
)
def test_a_time_with_its_year_needs_no_day_of_the_text(words: str, day: str) -> None:
    (draft,) = read(f"Militants captured Rawa {words}.", dateline=None)
    assert happened(draft) == day


@pytest.mark.parametrize(
    ("head", "given", "day"),
    [
        ("BAGHDAD, June 23 (Agency) - ", date(2014, 6, 24), "2014-06-22"),
        ("BAGHDAD, June 23, 2013 (Agency) - ", date(2014, 6, 24), "2013-06-23"),
        ("BAGHDAD, June 23, 2014 (Agency) - ", None, "2014-06-22"),
        ("BAGHDAD, June 23 (Agency) - ", None, "-"),
        ("BAGHDAD, Dec 31 (Agency) - ", date(2015, 1, 1), "2014-12-28"),
        ("BAGHDAD, June 31, 2014 (Agency) - ", date(2014, 6, 23), "2014-06-22"),
        ("BAGHDAD, 2014 (Agency) - ", date(2014, 6, 23), "2014-06-22"),
        ("BAGHDAD (Agency) - ", date(2014, 6, 23), "2014-06-22"),
        ("(Agency) - ", date(2014, 6, 23), "2014-06-22"),
        ("Sunday's battle\n\nBAGHDAD, June 23 (Agency) - ", date(2014, 6, 24), "2014-06-22"),
    ],
)
def test_the_day_that_the_text_begins_with_goes_first(
    head: str, given: date | None, day: str
) -> None:
    (draft,) = read(f"{head}Militants captured Rawa on Sunday.", dateline=given)
    assert happened(draft) == day


def test_when_it_was_said_is_not_when_it_happened() -> None:
    for text in (
        "A colonel said on Sunday that militants captured Rawa.",
        "On Sunday, a colonel said militants captured Rawa.",
        "On Sunday a colonel said militants captured Rawa.",
        "A colonel on Sunday confirmed that militants captured Rawa.",
        "Militants captured Rawa, a colonel said on Sunday.",
        "Militants captured Rawa, said Karim on Sunday.",
        "A colonel confirmed the capture of Rawa on Sunday.",
    ):
        (draft,) = read(text)
        assert happened(draft) == "-", text
        assert draft.said
        assert draft.said.first == date(2014, 6, 22), text
    (both,) = read("A colonel said on Monday militants captured Rawa on Sunday.")
    assert both.said
    assert (happened(both), both.said.first) == ("2014-06-22", date(2014, 6, 23))


def test_what_was_said_without_a_time_is_of_the_day_of_the_text() -> None:
    (draft,) = read("Militants captured Rawa, a colonel said.")
    assert draft.said
    assert (draft.said.first, draft.said.from_dateline) == (date(2014, 6, 23), True)
    assert draft.said.span is None


def test_a_time_is_that_of_the_event_beside_it() -> None:
    assert [
        happened(d)
        for d in read("Militants took Rawa on Friday and Ana fell on Sunday. Tikrit fell.")
    ] == ["2014-06-20", "2014-06-22", "-"]
    assert [happened(d) for d in read("On Friday, militants took Rawa; on Sunday, Ana fell.")] == [
        "2014-06-20",
        "2014-06-22",
    ]
    assert [
        happened(d) for d in read("Militants took Rawa on June 20, when the army left Ana.")
    ] == ["2014-06-20", "2014-06-20"]
    assert [happened(d) for d in read("Militants on Friday took Rawa.")] == ["2014-06-20"]
    assert [happened(d) for d in read("The Friday market was closed as Rawa fell.")] == ["-"]


def test_since_marks_what_lasts() -> None:
    (draft,) = read("Militants have held Rawa since Sunday.")
    assert draft.happened
    assert draft.happened.since
    assert draft.happened.written == "since Sunday"


def test_a_day_is_a_moment_as_reports_have_them_and_a_month_is_none() -> None:
    day, month = read("Militants took Rawa on Sunday. Militants took Ana in May.")
    assert day.happened
    assert month.happened
    assert day.happened.moment == Moment(datetime(2014, 6, 22, tzinfo=UTC), Precision.DAY)
    assert month.happened.moment is None


def test_a_later_time_of_day_is_of_the_day_told_before() -> None:
    text = "Militants took Rawa on Friday. Hours later, Ana fell. Later that day the army left Ana."
    assert [happened(d) for d in read(text)] == ["2014-06-20"] * 3
    assert [happened(d) for d in read("The army may leave. It took Rawa at noon.")] == [
        "2014-06-23"
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("On June 18 Rawa fell. Ana fell the next day.", ["2014-06-18", "2014-06-19"]),
        ("Rawa fell on Sunday, two days after militants took Ana.", ["2014-06-22", "2014-06-20"]),
        ("Rawa fell on Sunday, a day after a colonel said Ana had fallen.", ["2014-06-22", "-"]),
        ("Rawa fell in May 2013, three months after Ana fell.", ["2013-05", "2013-02"]),
        ("Rawa fell in 2013. Ana fell a year later.", ["2013", "2014"]),
        ("The army entered Rawa on Sunday and took it.", ["2014-06-22"]),
        ("Rawa was captured on Sunday by militants.", ["2014-06-22"]),
        ("Militants took Rawa, Ana and, on Sunday, Al-Qaim.", ["2014-06-22"] * 3),
    ],
)
def test_times_are_counted_from_each_other(text: str, days: list[str]) -> None:
    assert [happened(d) for d in read(text)] == days
