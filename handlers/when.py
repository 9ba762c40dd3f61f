"""Times as people type them: never guessed at.

dateutil reads what is typed, but takes anything for a date: fields that are not there it fills in,
5/6 it decides, zones it does not know it leaves out. So it is asked twice, with other things to
fill in and with the day first or second; what the answers do not agree on was not said.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

from dateutil import parser, tz

from handlers.messages.looking_back import BadTime, Trouble, When
from storage.model.times import Moment, Precision

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo
    from zoneinfo import ZoneInfo

LONGEST = 60
FIRST_YEAR = 1900
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# Leap years, and months with 31 days, so that any day there is can be filled in.
_FILL = (datetime(2000, 1, 1), datetime(2004, 3, 2, 1, 1, 1))  # noqa: DTZ001 - no times, but fields
_ASKED = re.compile(r"\b(as of|known at)\b", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
# 22.6. and 22.6.2014: with dots the day always comes first. Without the last one, 18.10 may be a
# time of day.
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})?(?!\d)")
# Tomorrow is no time of a report, and that is what is said of it.
_RELATIVE = {"today": timedelta(), "yesterday": DAY, "tomorrow": -DAY}
_WEEKDAYS = {
    name.casefold(): number
    for names in (calendar.day_name, calendar.day_abbr)
    for number, name in enumerate(names)
} | {"tues": 1, "weds": 2, "thur": 3, "thurs": 3}
_UTC_BEFORE_SIGN = re.compile(r"\b(?:UTC|GMT)\s*(?=[+-])")
_UTC_NAMES = frozenset({"UTC", "GMT", "Z"})


@dataclass(frozen=True)
class _Read:
    """The fields that were typed: a day, a time of day, and the offset of a zone."""

    year: int | None
    month: int | None
    day: int | None
    clock: time | None
    zone: tzinfo | None


def split(query: str, zone: ZoneInfo, now: datetime) -> tuple[str, When]:
    """The name in a question, and the time that follows `as of` or `known at`.

    Times are those of the reader's `zone`; `now` is aware. Raises BadTime.
    """
    name, *rest = _ASKED.split(query)
    typed: dict[str, str] = {}
    for word, text in zip(rest[::2], rest[1::2], strict=True):
        if word.casefold() in typed:
            raise BadTime(Trouble.TWICE)
        typed[word.casefold()] = text.strip()
    return name.strip(), read_when(typed.get("as of"), typed.get("known at"), zone, now)


def name_in(query: str) -> str:
    """The name in a question, without the times that may follow it."""
    return _ASKED.split(query)[0].strip()


def read_when(as_of: str | None, known_at: str | None, zone: ZoneInfo, now: datetime) -> When:
    """The time that a question is about, from what was typed, if anything was; raises BadTime."""
    when = When(
        None if as_of is None else read_time(as_of, zone, now),
        None if known_at is None else read_time(known_at, zone, now),
    )
    if when.as_of and when.known_at and when.as_of > when.known_at:
        raise BadTime(Trouble.ORDER)
    return when


def read_time(text: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The time (UTC) that somebody typed, in their zone unless an offset is given.

    A day alone is its end; a day without a year and a day of the week are the latest that is not to
    come, a time of day alone is today. Raises BadTime where that is not clear, not there, or still
    to come.
    """
    typed = _typed(text, zone, now)
    if typed.clock is not None:
        return _instant(typed.day, typed.clock, typed.zone)
    if typed.day == now.astimezone(typed.zone).date():
        return now
    return _instant(typed.day + DAY, time(), typed.zone) - SECOND


def read_moment(text: str, zone: ZoneInfo, now: datetime) -> Moment:
    """The moment that somebody typed, as `read_time` reads it, but of a day alone the day."""
    typed = _typed(text, zone, now)
    if typed.clock is not None:
        return Moment(_instant(typed.day, typed.clock, typed.zone))
    return Moment(datetime.combine(typed.day, time(), UTC), Precision.DAY)


@dataclass(frozen=True)
class _Typed:
    """A time as it was typed: the day, the time of day if there was one, and the zone of both."""

    day: date
    clock: time | None
    zone: tzinfo


def _typed(text: str, zone: ZoneInfo, now: datetime) -> _Typed:
    """What was typed, where that is clear, there, and not still to come; raises BadTime."""
    plain = " ".join("".join(str(unicodedata.decimal(c, c)) for c in text).casefold().split())
    plain = plain.strip(" ?!,;")
    if not plain:
        raise BadTime(Trouble.NONE_GIVEN)
    if plain == "now":
        local = now.astimezone(zone)
        return _Typed(local.date(), local.timetz().replace(tzinfo=None), zone)
    if len(plain) > LONGEST:
        raise BadTime(Trouble.UNREADABLE, text)
    try:
        typed = _read_plain(plain, zone, now)
    except BadTime as error:
        raise BadTime(error.trouble, text, error.readings) from None
    if typed.day.year < FIRST_YEAR:
        raise BadTime(Trouble.TOO_EARLY, text)
    if _instant(typed.day, typed.clock or time(), typed.zone) > now:
        raise BadTime(Trouble.FUTURE, text)
    return typed


def _read_plain(plain: str, zone: ZoneInfo, now: datetime) -> _Typed:
    words = plain.replace(",", " ").split()
    relative = [w for w in words if w in _RELATIVE]
    weekdays = [w for w in words if w.rstrip(".") in _WEEKDAYS]
    rest = " ".join(w for w in words if w not in (*relative, *weekdays))
    rest = "" if weekdays and rest == "on" else rest
    readings = _readings(rest.upper()) if rest else [_Read(None, None, None, None, None)]
    today = now.astimezone(readings[0].zone or zone).date()
    if len(weekdays) == 1 and not relative:
        readings = [_on_weekday(r, weekdays[0], today) for r in readings]
    days = [_day(read, today, relative) for read in readings]
    if len(days) > 1:
        raise BadTime(Trouble.TWO_DATES, readings=tuple(days))
    typed, day = readings[0], days[0]
    if any(_WEEKDAYS[w.rstrip(".")] != day.weekday() for w in weekdays):
        raise BadTime(Trouble.WEEKDAY, readings=(day,))
    if typed.clock is not None and typed.zone is None:
        _check_hour(datetime.combine(day, typed.clock), zone)
    return _Typed(day, typed.clock, typed.zone or zone)


def _on_weekday(typed: _Read, name: str, today: date) -> _Read:
    """The latest such day that is not to come, where nothing else tells which day is meant."""
    if typed.year or typed.month or typed.day:
        return typed
    day = today - timedelta(days=(today.weekday() - _WEEKDAYS[name.rstrip(".")]) % 7)
    return replace(typed, year=day.year, month=day.month, day=day.day)


def _day(typed: _Read, today: date, relative: Sequence[str]) -> date:
    """The day that was typed, as it is or by its distance; today where only a time of day was."""
    if relative:
        if len(relative) > 1 or typed.year or typed.month or typed.day:
            raise BadTime(Trouble.UNREADABLE)
        return today - _RELATIVE[relative[0]]
    match typed:
        case _Read(None, None, None, time()):
            return today
        case _Read(int(year), int(month), int(day)):
            if year > today.year:
                raise BadTime(Trouble.FUTURE)
            return date(year, month, day)
        case _Read(None, int(month), int(day)):
            # The 29th of February may be eight years back.
            for year in range(today.year, today.year - 9, -1):
                if day <= calendar.monthrange(year, month)[1]:
                    found = date(year, month, day)
                    if found <= today:
                        return found
    raise BadTime(Trouble.UNREADABLE)


def _readings(text: str) -> list[_Read]:
    """What was typed, field by field; two, where it is not clear what is day and what month."""
    # dateutil turns the sign of UTC+3 round, as POSIX does, and as nobody means it.
    text = _UTC_BEFORE_SIGN.sub("", text)
    dotted, dots = _DOTTED.subn(_undot, text)
    if _YEAR_FIRST.match(dotted):
        return [_ask(dotted, day_first=False)]
    if re.search(r"\d\.\d", dotted):
        raise BadTime(Trouble.UNREADABLE)
    if dots:
        return [_ask(dotted, day_first=True)]
    found: list[_Read] = []
    troubles: list[BadTime] = []
    for day_first in (True, False):
        try:
            found.append(_ask(dotted, day_first=day_first))
        except BadTime as error:
            troubles.append(error)
    if not found:
        raise troubles[0]
    return list(dict.fromkeys(found))


def _undot(found: re.Match[str]) -> str:
    day, month, year = found.groups()
    return f"{day}/{month}/{year} " if year else f"{day}/{month} "


def _ask(text: str, *, day_first: bool) -> _Read:
    try:
        a, b = (
            parser.parse(text, default=fill, dayfirst=day_first, tzinfos=_known_zone)
            for fill in _FILL
        )
    except (ValueError, OverflowError, TypeError):  # TypeError: of some texts that are no dates
        raise BadTime(Trouble.UNREADABLE) from None
    year, month, day, hour = (
        getattr(a, field) if getattr(a, field) == getattr(b, field) else None
        for field in ("year", "month", "day", "hour")
    )
    if year is not None and f"{year:04}" not in text:
        raise BadTime(Trouble.SHORT_YEAR)
    # What is smaller than the smallest field that was typed is nought.
    clock = None if hour is None else a.time()
    return _Read(year, month, day, clock, a.tzinfo)


def _known_zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None and (name is None or name.upper() in _UTC_NAMES):
        return timezone(timedelta(seconds=offset))
    if name is None:
        return None
    if name.upper() in _UTC_NAMES:
        return UTC
    raise BadTime(Trouble.ZONE)


def _check_hour(local: datetime, zone: ZoneInfo) -> None:
    """Raise BadTime for an hour that the clocks left out or went through twice."""
    if not tz.datetime_exists(local, zone):
        raise BadTime(Trouble.NO_SUCH_HOUR)
    if tz.datetime_ambiguous(local, zone):
        raise BadTime(Trouble.TWO_HOURS)


def _instant(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
