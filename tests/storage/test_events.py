"""The event store: what is recorded stays, once, and is seen once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage import events
from storage.engine import open_database
from storage.model.reports import Claim
from storage.model.times import parse_moment
from storage.tables import inbox, reports
from tests.builders import load, report, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.model.reports import Report

WORLD = story()
NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
        events.append(conn, WORLD.reports, now=NOW, alert=True)
    return db


def test_a_report_reads_back_as_it_was_recorded(filled: Database) -> None:
    with filled.connect() as conn:
        kept = events.get_reports(conn, [r.id for r in WORLD.reports])
    assert kept == {r.id: replace(r, recorded_at=NOW, known_at=NOW) for r in WORLD.reports}


def test_a_backfilled_report_counts_as_known_from_when_it_was_said(db: Database) -> None:
    past = report("agency", Claim.HOLDS, "iraq")
    future = report("agency", Claim.HOLDS, "iraq", said="2014-06-29")
    with db.begin() as conn:
        load(conn, WORLD)
        events.append(conn, [past, future], now=NOW, alert=False)
        kept = events.get_reports(conn, [past.id, future.id])
    assert kept[future.id].known_at == NOW
    assert kept[past.id].known_at == min(past.reported.latest, NOW)


def test_nothing_is_told_before_it_happened(db: Database) -> None:
    said = report("agency", Claim.HOLDS, "iraq", said="2014-06-22")
    foretold = replace(said, occurred=parse_moment("2014-06-23T00:00Z"))
    with db.begin() as conn:
        load(conn, WORLD)
        with pytest.raises(ValueError, match=f"'{said.id}' is of 2014-06-23T00:00:00Z, after"):
            events.append(conn, [foretold], now=NOW, alert=True)
        on_that_day = replace(said, occurred=parse_moment("2014-06-22T23:59Z"))
        assert events.append(conn, [on_that_day], now=NOW, alert=True) == [said.id]


def test_recording_again_records_nothing(filled: Database) -> None:
    with filled.begin() as conn:
        assert events.append(conn, WORLD.reports, now=NOW, alert=True) == []
        assert conn.scalar(sa.select(sa.func.count()).select_from(reports)) == len(WORLD.reports)


@pytest.mark.parametrize("statement", ["UPDATE reports SET quote = 'other'", "DELETE FROM reports"])
def test_the_database_itself_refuses_to_change_a_report(filled: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.begin() as conn:
        conn.exec_driver_sql(statement)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
def test_postgresql_refuses_to_empty_the_reports_too(filled: Database) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.begin() as conn:
        conn.exec_driver_sql("TRUNCATE reports CASCADE")


def differing(database: Database, *given: Report) -> set[str]:
    """The ids of those reports that are on record with another content."""
    with database.connect() as conn:
        [sheet] = events.sheets(conn, given, now=NOW, alert=False)
        return events.differing(conn, sheet)


def test_what_is_not_on_record_and_what_is_there_alike_does_not_differ(filled: Database) -> None:
    assert differing(filled, *WORLD.reports, replace(WORLD.reports[0], id="new")) == set()
    with filled.connect() as conn:
        assert events.known_ids(conn, [WORLD.reports[0].id, "new"]) == {WORLD.reports[0].id}


@pytest.mark.parametrize(
    "other",
    [
        {"place": "rabia"},
        {"claim": Claim.DENIES},
        {"party": None},
        {"source": "militants"},
        {"via": "another agency"},
        {"occurred": None},
        {"occurred": parse_moment("2014-06-21T06:00Z")},
        {"occurred": parse_moment("2014-06-21T00:00Z")},
        {"reported": parse_moment("2014-06-23T17:01Z")},
        {"reported": parse_moment("2014-06-23")},
        {"url": "https://agency.example/2"},
        {"quote": "something else"},
        {"refers_to": None},
        {"credibility": None},
    ],
    ids=str,
)
def test_a_report_with_another_content_under_a_known_id_is_found_out(
    filled: Database, other: dict[str, Any]
) -> None:
    said = report(
        "agency",
        Claim.HOLDS,
        "iraq",
        said="2014-06-23T17:00Z",
        occurred="2014-06-21",
        url="https://agency.example/1",
        quote="It is ours.",
        refers_to=WORLD.reports[0].id,
        credibility=2,
    )
    with filled.begin() as conn:
        assert events.append(conn, [said], now=NOW, alert=True) == [said.id]
    assert differing(filled, replace(said, **other), WORLD.reports[0]) == {said.id}


def test_the_inbox_holds_each_report_until_it_is_seen(filled: Database) -> None:
    with filled.begin() as conn:
        waiting = events.waiting(conn, 500)
        assert waiting.places == tuple(sorted({r.place for r in WORLD.reports}))
        assert not waiting.more
        assert events.waiting(conn, 3).more
        here = [r.id for r in events.reports_of(conn, "al-waleed")]
        events.seen(conn, {"al-waleed": here})
        assert "al-waleed" not in events.waiting(conn, 500).places
        assert {a for _, a in events.with_news(conn, ["al-waleed"])["al-waleed"]} == {None}
        assert {a for _, a in events.with_news(conn, ["rawa"])["rawa"]} == {True}


def test_nothing_is_recorded_without_its_place_in_the_inbox(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
    with pytest.raises(RuntimeError), db.begin() as conn:
        _record_and_fail(conn)
    with db.connect() as conn:
        for table in (reports, inbox):
            assert conn.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def _record_and_fail(conn: sa.Connection) -> None:
    events.append(conn, WORLD.reports, now=NOW, alert=True)
    raise RuntimeError("stopped")


def test_concurrent_writers_lose_no_report_and_double_none(database_url: str, db: Database) -> None:
    """Each writer records the same reports, and some of its own."""
    with db.begin() as conn:
        load(conn, WORLD)

    def record(writer: int) -> None:
        mine = open_database(database_url)
        for number in range(20):
            shared, own = f"shared-{number}", f"own-{writer}-{number}"
            with mine.begin() as conn:
                both = [replace(WORLD.reports[0], id=i) for i in (shared, own)]
                events.append(conn, both, now=NOW, alert=True)
        mine.close()

    threads = [threading.Thread(target=record, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.connect() as conn:
        recorded = set(conn.scalars(sa.select(reports.c.id)))
        waiting = list(conn.scalars(sa.select(inbox.c.report_id)))
    assert len(recorded) == 20 + 4 * 20
    assert sorted(waiting) == sorted(recorded)


def test_more_reports_than_a_statement_has_room_for_are_no_trouble(filled: Database) -> None:
    many = [f"report {n}" for n in range(70_000)] + [r.id for r in WORLD.reports]
    with filled.begin() as conn:
        assert len(events.get_reports(conn, many)) == len(WORLD.reports)
        events.seen(conn, {"al-waleed": many})
        assert "al-waleed" not in events.waiting(conn, 500).places


@pytest.mark.parametrize(
    ("said", "occurred", "is_since"),
    [
        ("2014-06-22", None, True),
        ("2014-06-19", None, False),
        ("2014-06-22", "2014-06-21", True),
        ("2014-06-22", "2014-06-01", False),
        ("2014-06-20", "2014-06-20T15:00Z", True),  # said on that day, no one knows when
        ("2014-06-20", "2014-06-20T11:00Z", False),
        ("2014-06-01", "2014-05-02", False),
    ],
)
def test_what_is_about_the_time_since_is_found_whenever_it_was_said(
    db: Database, said: str, occurred: str | None, is_since: bool
) -> None:
    cut = datetime(2014, 6, 20, 12, tzinfo=UTC)
    one = replace(
        report("agency", Claim.HOLDS, "iraq", said=said),
        occurred=parse_moment(occurred) if occurred else None,
    )
    with db.begin() as conn:
        load(conn, WORLD)
        events.append(conn, [one], now=NOW, alert=True)
        seen = {one.place: [one.id]}
        waiting = events.with_news(conn, [one.place], {one.place: cut})[one.place]
        assert [(r.id, alert) for r, alert in waiting] == [(one.id, True)]
        events.seen(conn, seen)
        found = events.with_news(conn, [one.place], {one.place: cut})[one.place]
    assert [(r.id, alert) for r, alert in found] == ([(one.id, None)] if is_since else [])
