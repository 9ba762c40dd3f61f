"""Types of columns that SQLite and PostgreSQL do not both have."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Callable

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # SQLite numbers only INTEGER keys
Json = sa.JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, stored in UTC: SQLite drops offsets, so they are put back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without a zone: it would be guessed at."""
        utc = None if value is None else _checked(value)
        return utc.replace(tzinfo=None) if utc and dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        """An aware datetime in UTC."""
        return None if value is None else value.astimezone(UTC)

    def result_processor(
        self, dialect: sa.Dialect, coltype: object
    ) -> Callable[[Any], datetime | None] | None:
        """What reads a value of a row; from SQLite's text without a step in between: of all that
        is read of reports, times take longest.
        """
        if dialect.name == "sqlite":
            return _utc
        return super().result_processor(dialect, coltype)


def as_stored(value: datetime | None, *, sqlite: bool) -> str | datetime | None:
    """A time as the driver of the database takes it, where SQLAlchemy does not do that: the same
    as the type `UtcDateTime` stores.
    """
    if value is None:
        return None
    utc = _checked(value)
    # Without the zone, as SQLAlchemy's type for SQLite stores it.
    return utc.isoformat(" ", "microseconds")[: -len("+00:00")] if sqlite else utc


def _checked(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC)


# The same times come again and again: of the reports of one feed, of the looks of one check.
@lru_cache(maxsize=20_000)
def _utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


class Words(TypeDecorator[tuple[str, ...]]):
    """A short list of codes or ids in one column, separated by `|` as in the import format."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, _dialect: sa.Dialect) -> str:
        """The words, joined."""
        return "|".join(value or ())

    def process_result_value(self, value: Any, _dialect: sa.Dialect) -> tuple[str, ...]:
        """The words, apart."""
        return tuple(value.split("|")) if value else ()
