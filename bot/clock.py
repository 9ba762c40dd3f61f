"""The clock: the only place where the time is read; everything else is given it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, an aware datetime in UTC."""
    return datetime.now(UTC)
