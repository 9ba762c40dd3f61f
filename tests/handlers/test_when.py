"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handlers.messages.looking_back import BadTime, Trouble, When
from handlers.when import read_time, split

NOW = datetime(2014, 6, 23, 14, 0, 0, 5, tzinfo=UTC)  # Monday, 17:00 in Baghdad
BAGHDAD = ZoneInfo("Asia/Baghdad")
END = "2014-06-22 23:59:59"


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[misc, arg-type] # only whole fields


def read(text: str, zone: ZoneInfo = BAGHDAD, now: datetime = NOW) -> str:
    """What is understood, in the reader's zone."""
    return f"{read_time(text, zone, now).astimezone(zone):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("22 June", END),
        ("22 Jun 2014", END),
        ("June 22 2014", END),
        ("June 22nd, 2014?", END),
        ("Sunday 22 June", END),
        ("Sun. 22 Jun 2014", END),
        ("22.6.2014", END),
        ("22.6.", END),
        ("22/6", END),
        ("2014-06-22", END),
        ("20140622", END),
        ("٢٢ June", END),
        ("yesterday", END),
        ("Sunday", END),
        ("on sun", END),
        ("Sunday 18:00", "2014-06-22 18:00:00"),
        ("Tuesday", "2014-06-17 23:59:59"),
        ("Monday", "2014-06-23 17:00:00"),
        ("5.6.2014", "2014-06-05 23:59:59"),
        ("2014.06.05", "2014-06-05 23:59:59"),
        ("6/6", "2014-06-06 23:59:59"),
        ("22 June 18:00", "2014-06-22 18:00:00"),
        ("22.6. 18:00", "2014-06-22 18:00:00"),
        ("2014-06-22 18:00", "2014-06-22 18:00:00"),
        ("2014-06-22 at 6pm", "2014-06-22 18:00:00"),
        ("Sun 22 Jun 2014 18:00", "2014-06-22 18:00:00"),
        ("yesterday 18:00", "2014-06-22 18:00:00"),
        ("18:00 yesterday", "2014-06-22 18:00:00"),
        ("16:30", "2014-06-23 16:30:00"),
        ("today 16:30", "2014-06-23 16:30:00"),
        ("2014-06-22T18:00Z", "2014-06-22 21:00:00"),
        ("22 June 18:00 UTC", "2014-06-22 21:00:00"),
        ("22 June 18:00 +02:00", "2014-06-22 19:00:00"),
        ("22 June 18:00 UTC+2", "2014-06-22 19:00:00"),
        ("24 June", "2013-06-24 23:59:59"),
        ("29 Feb", "2012-02-29 23:59:59"),
        ("today", "2014-06-23 17:00:00"),
        ("23 June", "2014-06-23 17:00:00"),
        ("NOW", "2014-06-23 17:00:00"),
    ],
)
def test_a_time_is_read_in_the_readers_zone(typed: str, time: str) -> None:
    assert read(typed) == time


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [
        ("", Trouble.NONE_GIVEN),
        (" ? ", Trouble.NONE_GIVEN),
        ("last week", Trouble.UNREADABLE),
        ("June 2014", Trouble.UNREADABLE),
        ("2014", Trouble.UNREADABLE),
        ("22", Trouble.UNREADABLE),
        ("18.10", Trouble.UNREADABLE),
        ("31 June", Trouble.UNREADABLE),
        ("2014-13-01", Trouble.UNREADABLE),
        ("2014-06-22 25:00", Trouble.UNREADABLE),
        ("yesterday today", Trouble.UNREADABLE),
        ("yesterday 22 June", Trouble.UNREADABLE),
        ("22 June " * 20, Trouble.UNREADABLE),
        ("5/6", Trouble.TWO_DATES),
        ("5-6-2014 18:00", Trouble.TWO_DATES),
        ("22 June 13", Trouble.SHORT_YEAR),
        ("22.6.14", Trouble.UNREADABLE),
        ("22/6/14", Trouble.SHORT_YEAR),
        ("Monday 22 June 2014", Trouble.WEEKDAY),
        ("22 June 18:00 EST", Trouble.ZONE),
        ("18:00", Trouble.FUTURE),
        ("tomorrow", Trouble.FUTURE),
        ("24 June 2014", Trouble.FUTURE),
        ("1 January 9999", Trouble.FUTURE),
        ("22 June 1814", Trouble.TOO_EARLY),
    ],
)
def test_what_is_no_time_or_could_be_several_is_never_guessed(typed: str, trouble: Trouble) -> None:
    with pytest.raises(BadTime) as refused:
        read(typed)
    assert refused.value.trouble is trouble


def test_a_date_that_may_be_two_comes_back_with_both() -> None:
    with pytest.raises(BadTime) as refused:
        read("5/6")
    assert [day.isoformat() for day in refused.value.readings] == ["2014-06-05", "2014-05-06"]


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [("30 March 2014 02:30", Trouble.NO_SUCH_HOUR), ("27 October 2013 02:30", Trouble.TWO_HOURS)],
)
def test_an_hour_that_the_clocks_skip_or_repeat_is_asked_about(
    typed: str, trouble: Trouble
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(BadTime) as refused:
        read(typed, berlin)
    assert refused.value.trouble is trouble
    assert read(f"{typed} +01:00", berlin)[-8:] in ("03:30:00", "02:30:00")


@pytest.mark.parametrize(
    ("query", "name", "when"),
    [
        ("Al Waleed", "Al Waleed", When()),
        ("Al Waleed as of 2014-06-22", "Al Waleed", When(utc(2014, 6, 22, 20, 59, 59))),
        (
            "Al Waleed KNOWN AT yesterday 18:00",
            "Al Waleed",
            When(known_at=utc(2014, 6, 22, 15)),
        ),
        (
            "Rawa known at yesterday 18:00 as of 21 June 9:00",
            "Rawa",
            When(utc(2014, 6, 21, 6), utc(2014, 6, 22, 15)),
        ),
        ("as of yesterday 18:00", "", When(utc(2014, 6, 22, 15))),
        ("Asof", "Asof", When()),
    ],
)
def test_a_question_is_split_into_a_name_and_its_times(query: str, name: str, when: When) -> None:
    assert split(query, BAGHDAD, NOW) == (name, when)


@pytest.mark.parametrize(
    ("query", "trouble"),
    [
        ("Rawa as of", Trouble.NONE_GIVEN),
        ("Rawa as of known at 21 June", Trouble.NONE_GIVEN),
        ("Rawa as of 21 June as of 22 June", Trouble.TWICE),
        ("Rawa as of 22 June known at 21 June", Trouble.ORDER),
    ],
)
def test_a_question_with_times_that_do_not_go_together_is_refused(
    query: str, trouble: Trouble
) -> None:
    with pytest.raises(BadTime) as refused:
        split(query, BAGHDAD, NOW)
    assert refused.value.trouble is trouble


@given(st.text(max_size=70) | st.text("0123456789 :./-+TZJuneApM,", max_size=40))
@example("0001-01-01")
@example("1 1 1 1 1 1 1 1 1 1")
def test_any_text_is_a_time_that_has_been_or_is_refused(typed: str) -> None:
    try:
        assert read_time(typed, BAGHDAD, NOW) <= NOW
    except BadTime:
        return
