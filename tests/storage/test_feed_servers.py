"""Turns at a server: one after the other, whoever takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage import feed_servers

if TYPE_CHECKING:
    from storage.engine import Database

NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)
PAUSE = timedelta(seconds=5)


def test_each_turn_comes_a_pause_after_the_one_before(db: Database) -> None:
    with db.begin() as conn:
        turns = [feed_servers.take_turn(conn, "a", PAUSE, NOW) for _ in range(3)]
        assert turns == [NOW, NOW + PAUSE, NOW + 2 * PAUSE]
        assert feed_servers.take_turn(conn, "b", PAUSE, NOW) == NOW
        late = NOW + timedelta(minutes=1)
        assert feed_servers.take_turn(conn, "a", PAUSE, late) == late


def test_a_clock_that_was_ahead_holds_nobody_up(db: Database) -> None:
    with db.begin() as conn:
        feed_servers.take_turn(conn, "a", PAUSE, NOW + timedelta(days=900))
        assert feed_servers.take_turn(conn, "a", PAUSE, NOW) == NOW


def test_a_server_is_held_until_it_says(db: Database) -> None:
    with db.begin() as conn:
        assert feed_servers.held_until(conn, "a") is None
        feed_servers.take_turn(conn, "a", PAUSE, NOW)
        for minutes in (5, 2):
            feed_servers.hold(conn, "a", NOW + timedelta(minutes=minutes))
        assert feed_servers.held_until(conn, "a") == NOW + timedelta(minutes=2)
