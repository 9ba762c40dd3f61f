"""What each place teaches, kept and read back; and grades that an operator fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import control, events, pins, records, source_records, sources
from storage.model.record import Lesson, Past, Settlement, Stance
from storage.model.reports import Claim
from storage.model.sources import Grade
from storage.model.times import parse_moment
from tests.builders import load, report, story

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story()
AT = datetime(2022, 3, 1, 6, 30, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)
LESSON = Lesson("agency", Stance.NEW, "militants", AT, AT + DAY, AT + 2 * DAY)


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
    return db


def test_the_record_of_a_source_is_from_all_places_and_its_reports(filled: Database) -> None:
    said = [
        report("agency", Claim.HOLDS, "iraq", said="2022-02-01"),
        report("agency", Claim.HOLDS, "iraq", said="2022-03-05"),
        report("agency", Claim.HOLDS, "iraq", said="2022-03-04T12:00:00Z"),
    ]
    with filled.begin() as conn:
        records.keep_pasts(
            conn, {"rawa": (Past([LESSON], [Settlement(AT + 9 * DAY, "militants")]), False)}
        )
        records.keep_pasts(conn, {"ana": (Past([LESSON]), False)})
        events.append(conn, said, now=AT, alert=False)
        found = source_records.source_record(conn, "agency")
    assert found.source == WORLD.sources["agency"]
    assert (found.claims, found.borne_out, found.refuted, found.open) == (2, 1, 0, 1)
    assert (found.reports, found.last_said) == (3, parse_moment("2022-03-05"))


def test_what_a_place_teaches_is_replaced_whole(filled: Database) -> None:
    with filled.begin() as conn:
        records.keep_pasts(conn, {"rawa": (Past([LESSON]), False)})
        records.keep_pasts(conn, {"rawa": (Past(), False)})
        assert source_records.source_record(conn, "agency").claims == 0


def test_what_a_place_teaches_is_not_written_again_where_it_is_the_same(filled: Database) -> None:
    past = Past([LESSON], [Settlement(AT, "militants")])
    written: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT"):
            written.append(statement)

    with filled.begin() as conn:
        records.keep_pasts(conn, {"rawa": (past, False), "ana": (Past(), True)})
        sa.event.listen(conn, "before_cursor_execute", note)
        records.keep_pasts(conn, {"rawa": (past, False), "ana": (Past(), True)})
        assert written == []
        records.keep_pasts(conn, {"rawa": (past, True), "ana": (past, True)})
        assert len(written) == 1
        assert records.past_of(conn, "ana") == replace(
            past, lessons=(LESSON,), settlements=(Settlement(AT, "militants"),)
        )


def test_sources_with_most_claims_come_first_and_every_source_is_there(filled: Database) -> None:
    with filled.begin() as conn:
        records.keep_pasts(conn, {"rawa": (Past([LESSON]), False)})
        listed = source_records.list_records(conn)
    assert listed[0].source.id == "agency"
    assert {r.source.id for r in listed} == WORLD.sources.keys()


def test_an_unknown_source_has_no_record(filled: Database) -> None:
    with filled.connect() as conn, pytest.raises(KeyError):
        source_records.source_record(conn, "nobody")


def test_a_pinned_grade_survives_the_next_import_of_the_sources(filled: Database) -> None:
    with filled.begin() as conn:
        pins.pin(conn, "agency", Grade.E, AT)
        sources.upsert_sources(conn, [replace(WORLD.sources["agency"], name="AGENCY")], AT)
        kept = sources.get_sources(conn, ["agency"])["agency"]
    assert (kept.name, kept.reliability, kept.pinned) == ("AGENCY", Grade.E, True)


def test_pinned_without_a_grade_it_keeps_its_own_and_unpinned_an_import_may_change_it(
    filled: Database,
) -> None:
    graded = replace(WORLD.sources["agency"], reliability=Grade.D)
    with filled.begin() as conn:
        pins.pin(conn, "agency", None, AT)
        pinned = sources.get_sources(conn, ["agency"])["agency"]
        pins.unpin(conn, "agency", AT)
        sources.upsert_sources(conn, [graded], AT)
        kept = sources.get_sources(conn, ["agency"])["agency"]
    assert pinned == replace(WORLD.sources["agency"], pinned=True)
    assert kept == graded


def test_whatever_rests_on_a_source_is_looked_at_again_when_it_is_pinned(filled: Database) -> None:
    with filled.begin() as conn:
        events.append(conn, [report("agency", Claim.HOLDS, "iraq")], now=AT, alert=False)
        control.lock_statuses(conn, ["al-waleed"], AT)
        pins.pin(conn, "agency", Grade.E, AT)
        assert control.due_for_recheck(conn, AT, 10) == ["al-waleed"]
