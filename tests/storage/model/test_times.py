"""Moments as people report them."""

from datetime import UTC, datetime

import pytest

from storage.model.errors import BadInput
from storage.model.times import Moment, Precision, iso, parse_moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-06-23", Moment(datetime(2014, 6, 23, tzinfo=UTC), Precision.DAY)),
        (" 2014-06-23T17:00:00Z ", Moment(datetime(2014, 6, 23, 17, tzinfo=UTC))),
        ("2014-06-23T17:00:00+03:00", Moment(datetime(2014, 6, 23, 14, tzinfo=UTC))),
        ("2014-06-23T17:00", Moment(datetime(2014, 6, 23, 17, tzinfo=UTC))),
    ],
)
def test_a_bare_date_is_a_day_and_a_time_without_zone_is_utc(text: str, expected: Moment) -> None:
    assert parse_moment(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "23.06.2014", "2014-13-01", "2014-06"])
def test_what_is_no_time_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(BadInput, match="expected ISO 8601"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "0001-01-01", "9999-12-31"])
def test_a_year_that_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="outside the years"):
        parse_moment(text)


def test_a_moment_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Moment(datetime(2014, 6, 23))  # noqa: DTZ001 - the mistake


def test_a_day_is_before_another_time_only_when_all_of_it_is() -> None:
    day, noon = parse_moment("2014-06-22"), parse_moment("2014-06-22T12:00Z")
    midnight = parse_moment("2014-06-23T00:00Z")
    assert day.surely_before(midnight)
    assert not day.surely_before(noon)
    assert not noon.surely_before(day)
    assert noon.surely_before(midnight)


@pytest.mark.parametrize("text", ["2014-06-23", "2014-06-23T17:00:00Z"])
def test_a_moment_reads_back_as_it_is_written(text: str) -> None:
    assert str(parse_moment(text)) == text


def test_times_are_written_in_utc() -> None:
    assert iso(datetime.fromisoformat("2014-06-23T17:00:00+03:00")) == "2014-06-23T14:00:00Z"
