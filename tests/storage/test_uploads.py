"""The pictures that Telegram has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage import uploads

if TYPE_CHECKING:
    from storage.engine import Database

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
BOT, ANOTHER = 8_000_000_001, 8_000_000_002


def test_a_picture_is_known_to_the_bot_that_uploaded_it(db: Database) -> None:
    with db.begin() as conn:
        assert uploads.find(conn, BOT, "d1") is None
        uploads.keep(conn, BOT, "d1", "f1", NOW)
        assert uploads.find(conn, BOT, "d1") == "f1"
        assert uploads.find(conn, ANOTHER, "d1") is None
        assert uploads.find(conn, BOT, "d2") is None


def test_of_two_uploads_of_a_picture_the_newer_one_counts(db: Database) -> None:
    with db.begin() as conn:
        uploads.keep(conn, BOT, "d1", "f1", NOW)
        uploads.keep(conn, BOT, "d1", "f2", NOW)
        uploads.forget(conn, BOT, "d1", "f1")
        assert uploads.find(conn, BOT, "d1") == "f2"
        uploads.forget(conn, BOT, "d1", "f2")
        assert uploads.find(conn, BOT, "d1") is None


def test_a_picture_of_long_ago_is_known_no_more(db: Database) -> None:
    with db.begin() as conn:
        uploads.keep(conn, BOT, "d1", "f1", NOW)
        uploads.keep(conn, BOT, "d2", "f2", NOW + uploads.KEPT)
        assert uploads.find(conn, BOT, "d1") == "f1"
        uploads.keep(conn, BOT, "d3", "f3", NOW + uploads.KEPT + timedelta(seconds=1))
        assert uploads.find(conn, BOT, "d1") is None
        assert uploads.find(conn, BOT, "d2") == "f2"
