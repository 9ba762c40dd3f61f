"""Words for times: "on Sunday", "overnight", "since 28 May", counted from the date of the text."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from dateutil.relativedelta import relativedelta

from storage.model.drafting.date_words import pattern_of
from storage.model.drafting.draft import Gap, Precisely, Span, TimeSaid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.model.drafting.lexicon import Lexicon
    from storage.model.drafting.text import Dateline, Sentence

DAY: Final = timedelta(days=1)
WEEK: Final = 7
SATURDAY: Final = 5
# How far behind the text's own date a day of this year may lie, for the clocks of the world.
AHEAD: Final = 2 * DAY
_LONG_MONTHS: Final = 4  # one of so many has 31 days and is over
_LEAP: Final = 9  # years, in which there is always a 29 February
_UNITS: Final = {"day": "days", "week": "weeks", "month": "months", "year": "years"}


class When(NamedTuple):
    """Words for a time, by their numbers in the sentence; `said` is None where `gap` tells why."""

    first: int
    last: int
    said: TimeSaid | None
    gap: Gap | None = None


@dataclass(frozen=True)
class Stretch:
    """The days that a time may mean."""

    first: date
    last: date
    precision: Precisely

    @classmethod
    def day(cls, day: date) -> Stretch:
        """A single day."""
        return cls(day, day, Precisely.DAY)


def date_of(
    dateline: Dateline | None, text: str, given: date | None, lexicon: Lexicon
) -> date | None:
    """The day that a text is dated: its own where its first line names one, the given one else.

    A day without a year is that of the year that brings it nearest to the given day.
    """
    if dateline is None or not dateline.words:
        return given
    begin, end = dateline.words[0].start, dateline.words[-1].end
    for found in pattern_of(lexicon).finditer(text, begin, end):
        month, day = found["m1"] or found["m2"], found["d1"] or found["d2"]
        year = found["y1"] or found["y2"]
        if month is None:
            continue
        number = lexicon.months[month.casefold()]
        if year:
            return _date(int(year), number, int(day)) or given
        if given is not None:
            years = (given.year - 1, given.year, given.year + 1)
            near = (d for y in years if (d := _date(y, number, int(day))))
            return min(near, key=lambda d: abs(d - given), default=given)
    return given


class Calendar:
    """Reads the times of a text, sentence by sentence, each counted from those before it."""

    def __init__(self, text: str, today: date | None, lexicon: Lexicon) -> None:
        self._text = text
        self._today = today
        self._anchor = today
        self._month_told: date | None = None
        self._lexicon = lexicon

    def times_in(self, sentence: Sentence) -> list[When]:
        """The times of a sentence, in order."""
        return list(self._times(sentence))

    def _times(self, sentence: Sentence) -> Iterator[When]:
        begin, end = sentence.span
        for found in pattern_of(self._lexicon).finditer(self._text, begin, end):
            if self._is_no_time(found):
                continue
            span = Span(*found.span())
            first = next(n for n, w in enumerate(sentence.words) if w.end > span.start)
            last = next(
                (n for n, w in enumerate(sentence.words) if w.start >= span.end),
                len(sentence.words),
            )
            try:
                stretch = self._stretch(found)
            except (ValueError, OverflowError):  # the 31st of June
                continue
            if stretch is None:
                yield When(first, last, None, Gap.NO_DATELINE)
                continue
            if stretch.precision is Precisely.DAY:
                self._anchor, self._month_told = stretch.first, None
            elif stretch.precision in (Precisely.MONTH, Precisely.YEAR):
                self._month_told = stretch.first
            since = found["since"] is not None
            written = self._text[span.start : span.end]
            yield When(
                first,
                last,
                TimeSaid(stretch.first, stretch.last, stretch.precision, written, span, since),
            )

    def _is_no_time(self, found: re.Match[str]) -> bool:
        """Whether it only looks like one: the verb "may", a number, a name."""
        word = found["m3"]
        if word is not None and found["y3"] is None:
            return not word[0].isupper() or not re.search(
                r"\b(in|since|of|early|late|mid-|last|until|by|before)\b", found[0], re.IGNORECASE
            )
        if found["count"]:  # "for three days before"
            return self._text[: found.start()].rstrip().casefold().endswith(" for")
        if found["year"]:
            return not found["lead"].strip()
        # "the Friday market"
        return bool(found["weekday"]) and found["lead"].casefold().split()[-1:] == ["the"]

    def _stretch(self, found: re.Match[str]) -> Stretch | None:
        """The days meant; None where that cannot be told without the date of the text."""
        month, day = found["m1"] or found["m2"], found["d1"] or found["d2"]
        if month:
            return self._on(month, int(day), found["y1"] or found["y2"], night=bool(found["night"]))
        if found["iso"]:
            return Stretch.day(date.fromisoformat(found["iso"]))
        if found["m3"]:
            return self._month(found["m3"], found["y3"])
        if found["year"]:
            return _year(int(found["year"]))
        if self._today is None or self._anchor is None:
            return None
        if found["weekday"]:
            number = self._lexicon.weekdays[found["weekday"].casefold()]
            back = (self._today.weekday() - number) % WEEK
            if found["last1"] and back == 0:
                back = WEEK
            return Stretch.day(self._today - back * DAY)
        if found["relative"]:
            return _relative(" ".join(found["relative"].casefold().split()), self._today)
        if found["count"]:
            return self._counted(found, self._today, self._anchor)
        if found["previous"]:
            return Stretch.day(self._anchor - DAY)
        if found["next"]:
            return Stretch.day(self._anchor + DAY)
        if found["the"]:
            return Stretch.day(self._last(int(found["the"]), self._today + AHEAD))
        if found["night_before"]:
            return Stretch(self._anchor - DAY, self._anchor, Precisely.NIGHT)
        return Stretch.day(self._anchor)

    def _on(self, month: str, day: int, year: str | None, *, night: bool) -> Stretch | None:
        number = self._lexicon.months[month.casefold()]
        if year:
            found = date(int(year), number, day)
        elif self._today is None:
            return None
        else:
            latest = self._today + AHEAD
            years = (self._today.year - n for n in range(_LEAP))
            days = (d for y in years if (d := _date(y, number, day)) and d <= latest)
            found = next(days, date.min)
            if found == date.min:
                raise ValueError("no such day")  # the 31st of June
        if not night:
            return Stretch.day(found)
        return Stretch(found, found + DAY, Precisely.NIGHT)

    @staticmethod
    def _last(number: int, latest: date) -> date:
        """The latest day of a month with a number: "on the 20th"."""
        months = (latest - relativedelta(months=n) for n in range(_LONG_MONTHS))
        days = (_date(m.year, m.month, number) for m in months)
        found = next((d for d in days if d and d <= latest), None)
        if found is None:
            raise ValueError("no such day")  # the 32nd
        return found

    def _month(self, month: str, year: str | None) -> Stretch | None:
        number = self._lexicon.months[month.casefold()]
        if year is None and self._today is None:
            return None
        when = int(year) if year else 0
        if self._today is not None and not year:
            when = self._today.year - (number > self._today.month)
        _, days = calendar.monthrange(when, number)
        return Stretch(date(when, number, 1), date(when, number, days), Precisely.MONTH)

    def _number(self, count: str) -> int:
        return 1 if count == "a" else self._lexicon.numbers.index(count) + 1

    def _counted(self, found: re.Match[str], today: date, anchor: date) -> Stretch:
        count, unit, way = (found[name].casefold() for name in ("count", "unit", "way"))
        told = self._month_told if unit in ("month", "year") else None
        start = today if way == "ago" else told or anchor
        number = int(count) if count.isdigit() else self._number(count)
        back = relativedelta(**{_UNITS[unit]: number})  # type: ignore[arg-type] # a unit's name
        day = start + back if way == "later" else start - back
        match unit:
            case "day":
                return Stretch.day(day)
            case "week":
                return Stretch(day - 3 * DAY, day + 3 * DAY, Precisely.DAYS)
            case "month":
                _, days = calendar.monthrange(day.year, day.month)
                return Stretch(day.replace(day=1), day.replace(day=days), Precisely.MONTH)
            case _:
                return _year(day.year)


def _relative(words: str, today: date) -> Stretch:
    match words:
        case "yesterday":
            return Stretch.day(today - DAY)
        case "overnight" | "last night":
            return Stretch(today - DAY, today, Precisely.NIGHT)
        case "weekend" | "last weekend":
            saturday = today - ((today.weekday() - SATURDAY) % WEEK) * DAY
            return Stretch(saturday, saturday + DAY, Precisely.DAYS)
        case "last week" | "this week":
            monday = today - today.weekday() * DAY - (WEEK * DAY if words[0] == "l" else 0 * DAY)
            return Stretch(monday, monday + 6 * DAY, Precisely.DAYS)
        case "last month" | "this month":
            month = today - relativedelta(months=1) if words[0] == "l" else today
            _, days = calendar.monthrange(month.year, month.month)
            return Stretch(month.replace(day=1), month.replace(day=days), Precisely.MONTH)
        case "last year":
            return _year(today.year - 1)
        case "this year":
            return _year(today.year)
        case _:  # today, tonight, this morning
            return Stretch.day(today)


def _year(year: int) -> Stretch:
    return Stretch(date(year, 1, 1), date(year, 12, 31), Precisely.YEAR)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
