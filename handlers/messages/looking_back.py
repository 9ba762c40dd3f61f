"""Answers about another time than now: what says so, and what is said to a time that is none.

`as of` asks what is believed today about then; `known at` what this bot knew then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from babel.dates import format_date

from handlers.messages.message import Message, one_message, outside
from handlers.messages.words import place_label, show_exactly

if TYPE_CHECKING:
    from datetime import date

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.places import Place

TIME_LIMIT = 60


@dataclass(frozen=True)
class When:
    """The time that a question is about, and by what was known when (UTC); None for now."""

    as_of: datetime | None = None
    known_at: datetime | None = None

    def at(self, now: datetime) -> datetime:
        """The time that the question is about."""
        return self.as_of or self.known_at or now

    @property
    def is_now(self) -> bool:
        """Whether it is an ordinary question."""
        return self == NOW


NOW = When()


# Seconds since 1900, in seven digits of base 36: short enough for a button with the longest id.
_BEGIN = datetime(1900, 1, 1, tzinfo=UTC)
_AS_OF, _KNOWN_AT = "@", "~"
_CODE = re.compile(r"(?:@([0-9a-z]{7}))?(?:~([0-9a-z]{7}))?")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def code_of(when: When) -> str:
    """A time as it goes behind the id of a place on a button; empty for now."""
    as_of = f"{_AS_OF}{_encoded(when.as_of)}" if when.as_of else ""
    known_at = f"{_KNOWN_AT}{_encoded(when.known_at)}" if when.known_at else ""
    return as_of + known_at


def apart(text: str) -> tuple[str, When] | None:
    """The id and the time on a button; None where that is not how a time is written."""
    at = min((text.index(mark) for mark in (_AS_OF, _KNOWN_AT) if mark in text), default=len(text))
    code = _CODE.fullmatch(text[at:])
    if code is None:
        return None
    as_of, known_at = (_decoded(digits) if digits else None for digits in code.groups())
    return text[:at], When(as_of, known_at)


def _encoded(instant: datetime) -> str:
    number, digits = int((instant - _BEGIN).total_seconds()), ""
    for _ in range(7):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def _decoded(digits: str) -> datetime:
    return _BEGIN + timedelta(seconds=int(digits, len(_DIGITS)))


class Trouble(StrEnum):
    """What is wrong with a time that somebody typed."""

    NONE_GIVEN = "none-given"
    TWICE = "twice"
    UNREADABLE = "unreadable"
    TWO_DATES = "two-dates"  # 5/6: the readings are given
    SHORT_YEAR = "short-year"
    WEEKDAY = "weekday"  # the day is another one
    ZONE = "zone"
    NO_SUCH_HOUR = "no-such-hour"  # the clocks were put forward
    TWO_HOURS = "two-hours"  # the clocks were put back
    FUTURE = "future"
    TOO_EARLY = "too-early"
    ORDER = "order"  # about a time after what is known


class BadTime(Exception):
    """A time that cannot be used: what was typed, what is wrong, and what it may mean."""

    def __init__(self, trouble: Trouble, text: str = "", readings: tuple[date, ...] = ()) -> None:
        super().__init__(trouble, text)
        self.trouble = trouble
        self.text = text
        self.readings = readings


def not_now(telling: Telling, when: When) -> list[Markup]:
    """The first line of an answer that is not about now; nothing for one that is."""
    say = telling.reader.say
    if when.is_now:
        return []
    if when.known_at is None:
        at = show_exactly(telling, when.at(telling.now))
        return [say("<b>Not now: as of {at}</b>, by what is known today.", at=at)]
    if when.as_of is None:
        known = show_exactly(telling, when.known_at)
        return [say("<b>Not now: what this bot knew on {known}</b>.", known=known)]
    at = show_exactly(telling, when.as_of)
    known = show_exactly(telling, when.known_at)
    return [
        say("<b>Not now: as of {at}</b>, by what this bot knew on {known}.", at=at, known=known)
    ]


def too_many_places(area: Place, most: int, reader: Reader) -> Message:
    """An area with more places than can be looked back at in one go."""
    line = reader.count(
        "{area} has more than {n} place: please ask about one of them.",
        "{area} has more than {n} places: please ask about one of them.",
        most,
        area=place_label(area),
    )
    return one_message([line])


def only_questions(reader: Reader) -> Message:
    """A command that changes something, with a time in the past."""
    line = reader.say("“As of” and “known at” go with questions: /status, /why and /history.")
    return one_message([line])


def bad_time(error: BadTime, reader: Reader) -> Message:
    """What is wrong with a time that somebody typed, and examples of good ones."""
    return one_message(
        [
            what_is_wrong(error, reader),
            reader.say(
                "Times can be typed like this: {examples}.",
                examples=reader.all_of(
                    [
                        reader.say("<code>{example}</code>", example=example)
                        for example in ("22 June 2014", "2014-06-22 18:00", "yesterday 18:00")
                    ]
                ),
            ),
        ]
    )


def what_is_wrong(error: BadTime, reader: Reader) -> Markup:
    """What is wrong with a time that somebody typed, in a sentence."""
    say = reader.say
    text = outside(error.text, TIME_LIMIT)
    match error.trouble:
        case Trouble.NONE_GIVEN:
            return say("As of when? Type a time after it.")
        case Trouble.TWICE:
            return say("Two times of one kind are one too many.")
        case Trouble.TWO_DATES:
            first, second = (
                format_date(day, "d MMMM y", locale=reader.locale) for day in error.readings
            )
            return say(
                "“{text}” could be {first} or {second}: please name the month.",
                text=text,
                first=first,
                second=second,
            )
        case Trouble.SHORT_YEAR:
            return say("Please type the year of “{text}” with four digits.", text=text)
        case Trouble.WEEKDAY:
            [day] = error.readings
            weekday = format_date(day, "EEEE", locale=reader.locale)
            return say("The day of “{text}” is a {weekday}.", text=text, weekday=weekday)
        case Trouble.ZONE:
            return say(
                "I do not know the time zone in “{text}”. Leave it out, or type it as +03:00.",
                text=text,
            )
        case Trouble.NO_SUCH_HOUR:
            return say("The clocks were put forward: there was no “{text}” that day.", text=text)
        case Trouble.TWO_HOURS:
            return say(
                "The clocks were put back: “{text}” came twice that day. Add +03:00 or the like.",
                text=text,
            )
        case Trouble.FUTURE:
            return say("“{text}” is still to come, and I only know what was reported.", text=text)
        case Trouble.TOO_EARLY:
            return say("“{text}” is before the year 1900.", text=text)
        case Trouble.ORDER:
            return say("What was known at a time cannot be as of a later one.")
    return say("I cannot read “{text}” as a time.", text=text)
