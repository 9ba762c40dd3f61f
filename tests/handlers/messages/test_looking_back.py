"""What is said to a time that is none, or of a time that is not now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from handlers.messages.history import AreaHistory, area_history
from handlers.messages.looking_back import (
    BadTime,
    Trouble,
    When,
    apart,
    bad_time,
    code_of,
    not_now,
    only_questions,
    too_many_places,
)
from handlers.messages.words import Telling
from tests.handlers.messages.scenes import BORDER, NOW, PARTIES, READER, lines


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_its_words_and_examples(trouble: Trouble) -> None:
    days = {Trouble.TWO_DATES: (date(2014, 6, 5), date(2014, 5, 6)), Trouble.WEEKDAY: (NOW.date(),)}
    error = BadTime(trouble, "5/6 <b>", days.get(trouble, ()))
    said, examples = lines(bad_time(error, READER).text)
    fallback = lines(bad_time(BadTime(Trouble.UNREADABLE, "5/6 <b>"), READER).text)[0]
    assert (said == fallback) == (trouble is Trouble.UNREADABLE)
    assert examples.startswith("Times can be typed like this: 22 June 2014, ")


def test_the_weekday_and_both_readings_are_told() -> None:
    wrong = BadTime(Trouble.WEEKDAY, "Sun 23 Jun", (NOW.date(),))
    assert lines(bad_time(wrong, READER).text)[0] == "The day of “Sun 23 Jun” is a Monday."
    two = BadTime(Trouble.TWO_DATES, "5/6", (date(2014, 6, 5), date(2014, 5, 6)))
    assert "could be 5 June 2014 or 6 May 2014" in lines(bad_time(two, READER).text)[0]


def test_an_answer_about_now_says_nothing_of_another_time() -> None:
    assert not_now(Telling(READER, PARTIES, NOW), When()) == []


def test_both_times_are_told_with_year_and_zone() -> None:
    when = When(NOW - timedelta(days=2), NOW - timedelta(days=1))
    [line] = not_now(Telling(READER, PARTIES, NOW), when)
    assert lines(line) == [
        "Not now: as of Sat 21 Jun 2014 17:00 (Baghdad time), by what this bot knew on Sun 22 Jun "
        "2014 17:00 (Baghdad time)."
    ]


def test_one_time_is_told_with_what_it_means() -> None:
    telling = Telling(READER, PARTIES, NOW)
    [as_of] = not_now(telling, When(as_of=NOW))
    [known_at] = not_now(telling, When(known_at=NOW))
    then = "Mon 23 Jun 2014 17:00 (Baghdad time)"
    assert lines(as_of) == [f"Not now: as of {then}, by what is known today."]
    assert lines(known_at) == [f"Not now: what this bot knew on {then}."]


@pytest.mark.parametrize(
    "when", [When(), When(NOW), When(known_at=NOW), When(NOW - timedelta(days=30_000), NOW)]
)
def test_a_time_goes_onto_a_button_and_comes_back(when: When) -> None:
    assert apart(f"al-waleed{code_of(when)}") == ("al-waleed", when)


@pytest.mark.parametrize("text", ["al-waleed@", "al-waleed~123", "al-waleed@0000000x", "a@~"])
def test_a_garbled_time_on_a_button_is_none(text: str) -> None:
    assert apart(text) is None


def test_a_history_of_which_nothing_was_found_by_then_says_so() -> None:
    view = AreaHistory(BORDER, (), NOW, subscribed=False, when=When(NOW))
    [message] = area_history(view, PARTIES, READER)
    assert lines(message.text)[2] == "By then this bot had found nothing."


def test_what_cannot_be_looked_back_at_is_told() -> None:
    assert "more than 1 place: please" in too_many_places(BORDER, 1, READER).text
    assert "go with questions" in only_questions(READER).text
