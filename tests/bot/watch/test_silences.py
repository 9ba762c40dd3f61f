"""The check: a source whose reports no longer come in is silent, which is not calm."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.watch import check
from storage import events, silences
from storage.model.parties import Party
from storage.model.places import Place
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.silence import Silence
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.tables import notices
from tests.builders import World, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.engine import Database
    from storage.model.policy import Policy

START = datetime(2022, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORLD = World(
    {t: Place(t, t, "town", ("UA",), None, None, (), ()) for t in ("izium", "lyman")},
    {p.id: p for p in (Party("red", "Red"), Party("tan", "Tan"))},
    {
        s.id: s
        for s in (
            Source("map", "a map", "analyst", None, Grade.B),
            Source("other", "another map", "media", None, Grade.B),
        )
    },
    (),
)
OWNERS = (7, 8)


@pytest.fixture
def world(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
    return db


def say(
    db: Database,
    day: float,
    source: str = "map",
    *,
    said: Sequence[float] = (),
    alert: bool = True,
) -> None:
    """Record on a day what a source said then, or on the days given, of two towns."""
    batch = [
        Report(
            f"{source}-{day}-{at}-{town}",
            town,
            Claim.HOLDS,
            source,
            Moment(START + at * DAY),
            "red",
        )
        for at in said or (day,)
        for town in WORLD.places
    ]
    with db.begin() as conn:
        events.append(conn, batch, now=START + day * DAY, alert=alert)


def look(
    db: Database, day: float, *, since: float = 0, policy: Policy = DEFAULT_POLICY
) -> list[tuple[str, bool]]:
    """The silences that began (True) or ended (False) in a check on a day, by source."""
    with db.begin() as conn:
        found = check(
            conn,
            now=START + day * DAY,
            policy=policy,
            owners=OWNERS,
            listening_since=START + (since - 1) * DAY,
        )
    return [(s.source, s.ended_at is None) for s in found.silences]


def daily(db: Database, days: int = 8, source: str = "map") -> None:
    """A source says something every day, and each time the check looks."""
    for day in range(days):
        say(db, day, source)
        assert look(db, day) == []


def noticed(db: Database) -> list[tuple[int, str, str]]:
    with db.connect() as conn:
        rows = conn.execute(sa.select(notices).order_by(notices.c.id))
        return [(r.chat_id, r.kind, r.source_id) for r in rows]


def test_owners_are_told_once_when_a_source_goes_silent_and_once_when_it_is_back(
    world: Database,
) -> None:
    daily(world)
    say(world, 9, "other")
    assert look(world, 9.9) == []
    assert look(world, 10) == [("map", True)]
    assert noticed(world) == [(7, "silent", "map"), (8, "silent", "map")]
    for day in (10.001, 11, 12.5, 20, 90):
        assert look(world, day) == []
    say(world, 91)
    assert look(world, 91.001) == [("map", False)]
    assert noticed(world)[2:] == [(7, "back", "map"), (8, "back", "map")]
    assert look(world, 91.002) == []
    assert look(world, 92) == []
    assert len(noticed(world)) == 4


def test_a_silence_is_kept_with_when_the_source_was_heard_of_last(world: Database) -> None:
    daily(world)
    look(world, 10)
    found = Silence("map", START + 7 * DAY, DAY, START + 10 * DAY)
    with world.connect() as conn:
        assert silences.open_ones(conn) == [found]
        assert silences.silent_at(conn, ["map", "other"], START + 10 * DAY) == {"map": found}
        assert silences.silent_at(conn, ["other"], START + 10 * DAY) == {}


def test_what_was_known_then_of_a_silence_can_be_told_later(world: Database) -> None:
    daily(world)
    look(world, 10)
    say(world, 12)
    look(world, 12)
    with world.connect() as conn:
        silent = [
            day
            for day in (9, 10, 11, 12, 13)
            if silences.silent_at(conn, ["map"], START + day * DAY)
        ]
        assert silences.open_ones(conn) == []
    assert silent == [10, 11]


def test_a_source_that_goes_silent_again_is_told_of_again(world: Database) -> None:
    daily(world)
    look(world, 10)
    say(world, 12)
    assert look(world, 12) == [("map", False)]
    assert look(world, 16) == [("map", True)]


def test_who_was_heard_of_and_is_silent_again_while_nobody_looked_is_told_both(
    world: Database,
) -> None:
    daily(world)
    look(world, 10)
    say(world, 12)
    assert look(world, 30) == [("map", False)]
    assert look(world, 30.001) == [("map", True)]


def test_a_source_that_is_imported_in_bulk_once_a_week_is_silent_after_three(
    world: Database,
) -> None:
    for week in range(8):
        days = [7 * week - n for n in range(7)]
        say(world, 7 * week, said=days, alert=False)
        assert look(world, 7 * week) == []
    assert look(world, 69) == []
    assert look(world, 70) == [("map", True)]


def test_an_archive_makes_no_rhythm(world: Database) -> None:
    say(world, 100, said=range(60), alert=False)
    assert [look(world, day) for day in (100, 110, 200)] == [[], [], []]


def test_an_archive_ends_no_silence(world: Database) -> None:
    daily(world)
    assert look(world, 10) == [("map", True)]
    say(world, 300, said=(8, 9), alert=False)
    assert [look(world, day) for day in (300, 303)] == [[], []]


def test_a_source_that_never_said_anything_is_not_silent(world: Database) -> None:
    assert [look(world, day) for day in (0, 3, 100)] == [[], [], []]


def test_a_late_report_is_heard_at_the_next_look_even_if_it_is_not_the_newest(
    world: Database,
) -> None:
    daily(world)
    look(world, 10)
    say(world, 11, said=(6.5,))
    assert look(world, 11) == []
    assert look(world, 12) == [("map", False)]


def test_reports_that_wait_for_the_check_have_been_heard(world: Database) -> None:
    daily(world)
    with world.begin() as conn:
        say_first = [
            Report(f"wait-{n}", "izium", Claim.HOLDS, "other", Moment(START + 10 * DAY), "red")
            for n in range(600)
        ]
        events.append(conn, say_first, now=START + 10 * DAY, alert=False)
    say(world, 10)
    assert look(world, 10.5) == []


def test_after_a_start_there_is_an_hour_to_collect_what_came_meanwhile(world: Database) -> None:
    daily(world)
    assert look(world, 20, since=21) == []
    assert look(world, 20.01, since=21) == []
    say(world, 20.02)
    assert look(world, 20.05, since=21) == []


def test_who_is_not_heard_of_in_that_hour_is_silent_then(world: Database) -> None:
    daily(world)
    assert look(world, 20, since=21) == []
    assert look(world, 20 + 1 / 24, since=21) == [("map", True)]


def test_only_a_process_that_collects_calls_a_source_silent(world: Database) -> None:
    daily(world)
    with world.begin() as conn:
        found = check(conn, now=START + 50 * DAY, policy=DEFAULT_POLICY, owners=OWNERS)
    assert (found.silences, noticed(world)) == ((), [])


def test_another_policy_is_followed_after_a_look_at_every_source(world: Database) -> None:
    daily(world)
    patient = replace(DEFAULT_POLICY, silent_after=10.0)
    with world.begin() as conn:
        silences.look_again(conn, START + 8 * DAY)
    assert look(world, 8, policy=patient) == []
    assert look(world, 11, policy=patient) == []
    assert look(world, 17, policy=patient) == [("map", True)]
    # Less patience does not bring it back, only a report does.
    more = replace(DEFAULT_POLICY, silent_after=100.0)
    with world.begin() as conn:
        silences.look_again(conn, START + 18 * DAY)
    assert look(world, 18, policy=more) == []
    with world.connect() as conn:
        assert len(silences.open_ones(conn)) == 1


def test_many_sources_are_looked_at_in_turn(world: Database) -> None:
    crowd = {f"s{n:02}": Source(f"s{n:02}", f"source {n}", "media") for n in range(25)}
    with world.begin() as conn:
        load(conn, replace(WORLD, sources=crowd))
    for day in range(8):
        for source in crowd:
            say(world, day, source)
    found = [s for turn in range(3) for s in look(world, 10.5 + turn / 1000)]
    assert sorted(found) == [(s, True) for s in crowd]


def test_a_check_that_finds_no_source_due_asks_once_and_writes_nothing(world: Database) -> None:
    daily(world)
    look(world, 10)
    asked: list[str] = []
    sa.event.listen(world.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    assert look(world, 10.01) == []
    of_silences = [q for q in asked if "hearings" in q or "silences" in q]
    assert len(of_silences) == 1
    assert of_silences[0].startswith("SELECT sources.id")
