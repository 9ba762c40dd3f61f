"""One row of a file → a place, party, source or report; or what is wrong with it, and where."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from storage.model.errors import BadInput
from storage.model.parties import Party
from storage.model.places import AREA, CORRIDOR, Place, check_id
from storage.model.reports import NEEDS_PARTY, Claim, Report
from storage.model.sources import Grade, Position, Source
from storage.model.times import Moment, parse_moment

if TYPE_CHECKING:
    from datetime import datetime

    from bot.importing.files import Row

LONGEST_NAME = 200
LONGEST_URL = 2000
LONGEST_QUOTE = 4000
MOST_IN_A_LIST = 500
FEWEST_IN_ORDER = 2
# Clocks and time zones differ; what lies further ahead was not said yet.
AHEAD = timedelta(days=1)

_COUNTRY = re.compile(r"[A-Z]{2}")
# Control characters, halves of characters, separators of lines (the categories Cc, Cs, Zl and Zp),
# and what turns or ends the direction of all the text after it, wherever that is shown.
_GARBLING = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# An address with a plain host, as nearly all are; whatever is unlike it is looked at more closely.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:/[^ ]*)?")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Corridor:
    """A corridor as it is given: itself, and the ids of its places in order."""

    place: Place
    places: tuple[str, ...]

    @property
    def id(self) -> str:
        """Its id."""
        return self.place.id


def read_place(row: Row) -> Place:
    """A place or area; raises BadInput naming the column. Whether areas exist is not looked at."""
    lat = _degrees(row, "lat", 90)
    lon = _degrees(row, "lon", 180)
    if (lat is None) != (lon is None):
        missing = "lat" if lat is None else "lon"
        raise BadInput("is missing: give both lat and lon, or neither", column=missing)
    place = Place(
        check_id(_needed(row, "id")),
        _name(row, "name"),
        _name(row, "kind").casefold(),
        _countries(row, "countries"),
        lat,
        lon,
        tuple(check_id(a, column="part_of") for a in _list(row, "part_of")),
        tuple(_plain(a, "aliases", LONGEST_NAME) for a in _list(row, "aliases")),
    )
    if place.is_corridor:
        raise BadInput("corridors stand in a list of their own, corridors.csv", column="kind")
    if place.is_area and place.part_of:
        raise BadInput("an area cannot be part of another area", column="part_of")
    return place


def is_area(row: Row) -> bool:
    """Whether the row of a list of places speaks of an area."""
    return row.get("kind").casefold() == AREA


def read_corridor(row: Row) -> Corridor:
    """A corridor; raises BadInput naming the column. Whether its places exist is not looked at."""
    ids = [check_id(i, column="places") for i in _needed(row, "places").split()]
    if len(ids) < FEWEST_IN_ORDER or len(ids) > MOST_IN_A_LIST:
        raise BadInput(
            f"lists {len(ids)}; a corridor has {FEWEST_IN_ORDER} to {MOST_IN_A_LIST} places",
            column="places",
        )
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise BadInput(f"lists {twice[0]!r} twice", column="places")
    aliases = tuple(_plain(a, "aliases", LONGEST_NAME) for a in _list(row, "aliases"))
    place = Place(check_id(_needed(row, "id")), _name(row, "name"), CORRIDOR, aliases=aliases)
    return Corridor(place, tuple(ids))


def read_party(row: Row) -> Party:
    """A party; raises BadInput naming the column. Its rank is given when it is kept."""
    return Party(
        _id(row, "id"),
        _name(row, "name"),
        _countries(row, "government_of"),
        _optional_id(row, "part_of"),
    )


def read_source(row: Row) -> Source:
    """A source; raises BadInput naming the column. No grade means that it cannot be judged (F)."""
    grade = row.get("reliability").upper()
    position = row.get("position").casefold()
    return Source(
        _id(row, "id"),
        _name(row, "name"),
        _name(row, "kind").casefold(),
        _optional_id(row, "party"),
        _member(Grade, grade, "reliability") if grade else Grade.F,
        _member(Position, position, "position") if position else Position.UNKNOWN,
    )


def read_report(row: Row, now: datetime) -> Report:
    """A report as told by the time `now` (UTC); raises BadInput naming the column."""
    get = row.fields.get
    occurred = get("occurred_at")
    refers_to, party = get("refers_to"), get("party")
    report = Report(
        _id(row, "id"),
        _place_id(_needed(row, "place")),
        _claim(_needed(row, "claim")),
        _id(row, "source"),
        _moment(_needed(row, "reported_at"), "reported_at"),
        _id(row, "party") if party else None,
        _moment(occurred, "occurred_at") if occurred else None,
        _plain(get("via", ""), "via", LONGEST_NAME),
        _url(get("url", "")),
        _plain(get("quote", ""), "quote", LONGEST_QUOTE),
        _id(row, "refers_to") if refers_to else None,
        _credibility(get("credibility", "")),
    )
    _check_times(report, now)
    _check_claim(report)
    return report


def _check_times(report: Report, now: datetime) -> None:
    reported, occurred = report.reported, report.occurred
    if reported.at > now and reported.at > now + AHEAD:
        raise BadInput(f"{reported} is still to come", column="reported_at")
    if occurred and occurred.at > reported.at and reported.surely_before(occurred):
        raise BadInput(f"{occurred} is after it was reported ({reported})", column="occurred_at")


def _check_claim(report: Report) -> None:
    if report.claim in NEEDS_PARTY and not report.party:
        raise BadInput(f"is missing: who {report.claim} the place?", column="party")
    if report.claim is Claim.RETRACTS and not report.refers_to:
        raise BadInput("is missing: which report is taken back?", column="refers_to")
    if report.claim is Claim.DENIES and not (report.refers_to or report.party):
        raise BadInput(
            "is missing: which report is denied? (or name the party that holds the place)",
            column="refers_to",
        )
    if report.refers_to == report.id:
        raise BadInput("a report cannot refer to itself", column="refers_to")


def _needed(row: Row, column: str) -> str:
    text = row.get(column)
    if not text:
        raise BadInput("is missing", column=column)
    return text


def _plain(text: str, column: str, longest: int) -> str:
    """The text, if it is not too long and holds nothing that could garble what it is shown in."""
    if len(text) <= longest and text.isprintable():
        return text  # as nearly all: what can garble is not printable
    if len(text) > longest:
        raise BadInput(f"has {len(text)} characters; at most {longest}", column=column)
    if found := _GARBLING.search(text):
        char = found[0]
        what = "a line break" if char in "\r\n" else f"the control character U+{ord(char):04X}"
        raise BadInput(f"contains {what}", column=column)
    return text


def _name(row: Row, column: str) -> str:
    return _plain(_needed(row, column), column, LONGEST_NAME)


def _id(row: Row, column: str) -> str:
    text = row.fields.get(column, "")
    if text and len(text) <= LONGEST_NAME and text.isprintable():
        return text
    text = _name(row, column)
    if not text.isprintable():
        raise BadInput("contains a character that cannot be seen", column=column)
    return text


# The same places, words and times come again and again; what cannot be used is not remembered.
@lru_cache(maxsize=50_000)
def _place_id(text: str) -> str:
    return check_id(text, column="place")


@lru_cache(maxsize=100)
def _claim(text: str) -> Claim:
    return _member(Claim, text.casefold(), "claim")


@lru_cache(maxsize=20_000)
def _moment(text: str, column: str) -> Moment:
    try:
        return parse_moment(text)
    except BadInput as error:
        raise BadInput(error.reason, column=column) from None


def _optional_id(row: Row, column: str) -> str | None:
    return _id(row, column) if row.get(column) else None


def _list(row: Row, column: str) -> list[str]:
    parts = dict.fromkeys(p for part in row.get(column).split("|") if (p := part.strip()))
    if len(parts) > MOST_IN_A_LIST:
        raise BadInput(f"lists {len(parts)}; at most {MOST_IN_A_LIST}", column=column)
    return list(parts)


def _countries(row: Row, column: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.upper() for code in _list(row, column)))
    for code in codes:
        if not _COUNTRY.fullmatch(code):
            raise BadInput(
                f"{code[:40]!r} is no ISO 3166 country code of two letters, such as IQ",
                column=column,
            )
    return codes


def _degrees(row: Row, column: str, most: int) -> float | None:
    text = row.get(column)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not -most <= number <= most:  # also refuses what is not a number
        raise BadInput(f"{text[:40]!r} is no number from -{most} to {most}", column=column)
    return number


def _member(words: type[E], text: str, column: str) -> E:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(w for w in words if w)
        raise BadInput(f"{text[:40]!r} is none of {known}", column=column) from None


def _url(text: str) -> str:
    _plain(text, "url", LONGEST_URL)
    if not text or _PLAIN_URL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text:
        raise BadInput(f"{text[:60]!r} is no http or https address", column="url")
    return text


def _credibility(text: str) -> int | None:
    if not text:
        return None
    if text not in ("1", "2", "3", "4", "5", "6"):
        raise BadInput(f"{text[:40]!r} is no grade from 1 to 6", column="credibility")
    return int(text)
