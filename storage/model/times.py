"""Moments as people report them: an instant, or only a day.

A time of day is seldom known when a crossing falls. A moment therefore carries its precision, and
compares as the stretch of time that it may lie in. All instants are aware datetimes in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from storage.model.errors import BadInput

DAY = timedelta(days=1)
NO_TIME = timedelta()
INSTANT = timedelta(microseconds=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LONGEST_DATE = 10  # characters of a date without a time, in any form of ISO 8601
# What lies outside is a slip of the pen, and would leave the calendar when days are added to it.
YEARS = range(1900, 2200)


class Precision(StrEnum):
    """How precisely a moment is known."""

    INSTANT = "instant"
    DAY = "day"


@dataclass(frozen=True, order=True)
class Moment:
    """A time and its precision; of a day, `at` is its first instant in UTC."""

    at: datetime
    precision: Precision = Precision.INSTANT

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a moment needs a time zone")

    @property
    def latest(self) -> datetime:
        """The last instant, in UTC, that the moment may mean (exclusive for a day)."""
        return self.at + DAY if self.precision is Precision.DAY else self.at

    @property
    def over(self) -> datetime:
        """The first instant, in UTC, that surely lies after the moment."""
        return self.at + (DAY if self.precision is Precision.DAY else INSTANT)

    def surely_before(self, other: Moment, by: timedelta = NO_TIME) -> bool:
        """Whether this moment lies before the other, and longer than `by` before it, whatever
        instants the two may mean.
        """
        return self.over + by <= other.at

    def __str__(self) -> str:
        if self.precision is Precision.DAY:
            return self.at.date().isoformat()
        return iso(self.at)


def iso(instant: datetime) -> str:
    """An aware datetime as ISO 8601 in UTC, ending in `Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_moment(text: str) -> Moment:
    """Read an ISO 8601 time; a bare date has the precision *day*, a time without a zone is in UTC.

    Raises BadInput when the text is neither, or outside the years 1900 to 2199.
    """
    moment = _parse(text)
    if moment.at.year not in YEARS:
        raise BadInput(f"{text.strip()[:40]!r} is outside the years 1900 to 2199")
    return moment


def _parse(text: str) -> Moment:
    stripped = text.strip()
    if len(stripped) <= LONGEST_DATE:
        try:
            day = date.fromisoformat(stripped)
        except ValueError:
            pass
        else:
            return Moment(datetime.combine(day, time(), UTC), Precision.DAY)
    try:
        instant = datetime.fromisoformat(stripped)
    except ValueError:
        raise BadInput(
            f"{stripped[:40]!r} is not a time: expected ISO 8601, such as 2014-06-23 "
            "or 2014-06-23T17:00:00Z"
        ) from None
    if instant.tzinfo is UTC:
        return Moment(instant)
    if instant.tzinfo is None:
        return Moment(instant.replace(tzinfo=UTC))
    try:
        return Moment(instant.astimezone(UTC))
    except OverflowError:
        raise BadInput(f"{stripped[:40]!r} is outside the years 1900 to 2199") from None
