"""What the parsers of several formats need: JSON as it must be, and fields out of it as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.feeds.fetching import FeedTrouble
from storage.model.times import iso

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_json(body: bytes, where: str) -> Any:
    """The value of a JSON text; raises FeedTrouble, naming `where`, for anything else or half."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FeedTrouble(f"{where} is no JSON, or was cut: {error}"[:300]) from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no value of JSON")


def read_object(body: bytes, where: str) -> dict[str, Any]:
    """A JSON object; raises FeedTrouble as `read_json` does."""
    value = read_json(body, where)
    if not isinstance(value, dict):
        raise FeedTrouble(f"{where} is no JSON object")
    return value


def text_of(value: Any) -> str:
    """A value of JSON as a field of a row: text and numbers as they are, anything else empty."""
    match value:
        case bool():
            return ""
        case str():
            return value.strip()
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case _:
            return ""


def one_line(text: str, limit: int) -> str:
    """A text from outside on one line, cut where it is longer than `limit`: after a word, if there
    are any near.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) <= limit:
        return line
    fits = line[: limit - 1]
    word = fits.rpartition(" ")[0].rstrip()
    return (word if len(word) > limit // 2 else fits) + "…"


def from_milliseconds(number: float) -> str:
    """A time given in milliseconds since 1970, as `from_epoch` gives it."""
    try:
        return from_epoch(number / 1000)
    except OverflowError:  # more than any float
        return ""


def from_epoch(seconds: float) -> str:
    """A time given in seconds since 1970, as ISO 8601 in UTC; empty where it is none.

    To the second: finer than that nobody means it.
    """
    try:
        return iso(EPOCH + timedelta(seconds=int(seconds)))
    except (OverflowError, ValueError):
        return ""
