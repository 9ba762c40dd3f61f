"""The check: statuses and history, whatever the order, the company and the trouble."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.watch import Checked, check
from storage import control, events
from storage.engine import open_database
from storage.model.changes import status_after
from storage.model.control import Standing
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment
from storage.tables import inbox
from storage.tables import reports as reports_table
from tests.bot.watch.conftest import ANN, WORLD, feed, look, sent_to
from tests.builders import clock_of, step_of

if TYPE_CHECKING:
    from storage.engine import Database


def test_reports_fed_twice_change_nothing(told: Database) -> None:
    for step in range(1, 15):
        feed(told, step)
    sent_to(told, ANN)
    for step in range(1, 15):
        assert feed(told, step) == Checked(0, (), 0, 0, more=False)
    assert sent_to(told, ANN) == []


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival_ends_in_the_same_statuses(told: Database, seed: int) -> None:
    reports = list(WORLD.reports)
    random.Random(seed).shuffle(reports)
    for report in reports:
        with told.begin() as conn:
            events.append(conn, [report], now=clock_of(15), alert=True)
        look(told, clock_of(15))
    with told.connect() as conn:
        found = control.statuses_of(conn, list(WORLD.places))
    assert {p: (s.holder, s.standing.value) for p, s in found.items()} == {
        "al-waleed": ("militants", "likely"),
        "al-qaim": ("militants", "likely"),
        "rabia": ("kurdish", "likely"),
        "trebil": ("iraq", "likely"),
        "tal-afar": ("militants", "disputed"),
        "tal-afar-airport": ("militants", "likely"),
        "rawa": ("militants", "confirmed"),
        "ana": ("militants", "confirmed"),
    }


def test_what_a_check_tells_of_is_what_it_wrote(told: Database) -> None:
    for step in range(1, 15):
        for change in feed(told, step).changes:
            with told.connect() as conn:
                assert control.status_of(conn, change.before.place) == status_after(change)


def test_a_check_that_fails_midway_leaves_everything_for_the_next(told: Database) -> None:
    feed(told, 1, 2, 3)
    reports = [r for r in WORLD.reports if step_of(r) == 7]
    with told.begin() as conn:
        events.append(conn, reports, now=clock_of(7), alert=True)
    with pytest.raises(RuntimeError, match="cut off"):
        check_and_fail(told)
    with told.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(inbox)) == 1
    assert look(told, clock_of(7)).alerts == 2


def check_and_fail(db: Database) -> None:
    with db.begin() as conn:
        check(conn, now=clock_of(7), policy=DEFAULT_POLICY)
        raise RuntimeError("cut off")


def test_several_checkers_and_writers_at_once_end_in_the_same_statuses(
    told: Database, database_url: str
) -> None:
    """Other processes import and check while the bot does: none blocks another, none is lost."""
    reports = [r for r in WORLD.reports if step_of(r) > 1]
    feed(told, 1)
    failures: list[Exception] = []

    def work(mine: list[Report]) -> None:
        database = open_database(database_url)
        try:
            for report in mine:
                with database.begin() as conn:
                    events.append(conn, [report], now=clock_of(15), alert=True)
                look(database, clock_of(15))
        except Exception as error:  # noqa: BLE001 - looked at below, in the test's own thread
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=(reports[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with told.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(inbox)) == 0
        status = control.status_of(conn, "al-waleed")
        versions = [e.version for e in control.history_of(conn, "al-waleed")]
    assert status is not None
    assert (status.holder, status.standing) == ("militants", Standing.LIKELY)
    assert versions == sorted(set(versions), reverse=True)
    assert look(told, clock_of(15)) == Checked(0, (), 0, 0, more=False)


def test_an_idle_check_looks_at_nothing(told: Database) -> None:
    assert look(told, clock_of(1)) == Checked(0, (), 0, 0, more=False)


def test_places_whose_time_has_come_are_looked_at_oldest_first(told: Database) -> None:
    feed(told, 1)
    with told.connect() as conn:
        due = control.due_for_recheck(conn, datetime(2014, 9, 1, tzinfo=UTC), 2)
        nothing = control.due_for_recheck(conn, clock_of(1), 2)
    assert len(due) == 2
    assert nothing == []


def test_a_place_that_cannot_be_assessed_does_not_keep_the_others_waiting(
    told: Database,
) -> None:
    feed(told, 1)
    with told.begin() as conn:  # as no import would leave it
        conn.execute(
            sa.insert(reports_table).values(
                id="broken",
                place_id="rawa",
                claim="unheard-of",
                source_id="agency",
                via="",
                reported_at=clock_of(7),
                reported_precision="instant",
                url="",
                quote="",
                recorded_at=clock_of(7),
            )
        )
        conn.execute(sa.insert(inbox).values(report_id="broken", place_id="rawa", alert=True))
    with capture_logs() as logged:
        feed(told, 7)
    assert [(line["event"], line["place"]) for line in logged] == [
        ("a place cannot be assessed", "rawa")
    ]
    assert sent_to(told, ANN) == [("holder", "al-waleed")]
    with told.connect() as conn:
        assert events.troubled(conn) == {"rawa": "ValueError: 'unheard-of' is not a valid Claim"}
    assert look(told, clock_of(7)) == Checked(0, (), 0, 0, more=False)


def refuse_history_of_rawa(db: Database, *, sqlite: str, postgresql: str) -> None:
    """Have the database do this, and not add a row, with what comes to Rawa's history."""
    with db.begin() as conn:
        if db.is_sqlite:
            conn.exec_driver_sql(
                "CREATE TRIGGER refused BEFORE INSERT ON status_history "
                f"WHEN new.place_id = 'rawa' BEGIN {sqlite}; END"
            )
            return
        conn.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {postgresql}; END $$"
        )
        conn.exec_driver_sql(
            "CREATE TRIGGER refused BEFORE INSERT ON status_history FOR EACH ROW "
            "WHEN (new.place_id = 'rawa') EXECUTE FUNCTION refuse()"
        )


def accept_it_again(db: Database) -> None:
    with db.begin() as conn:
        table = "" if db.is_sqlite else " ON status_history"
        conn.exec_driver_sql(f"DROP TRIGGER refused{table}")


def fallen(at: datetime) -> Report:
    return Report("fallen", "rawa", Claim.TOOK, "agency", Moment(at), "militants")


def test_a_place_whose_change_cannot_be_written_does_not_keep_the_others_waiting(
    told: Database,
) -> None:
    feed(told, 1)
    refuse_history_of_rawa(
        told,
        sqlite="SELECT RAISE(ABORT, 'no room for Rawa')",
        postgresql="RAISE EXCEPTION 'no room for Rawa'",
    )
    now = clock_of(7)
    with told.begin() as conn:
        events.append(conn, [fallen(now)], now=now, alert=True)
        before = control.status_of(conn, "rawa")
    with capture_logs() as logged:
        checked = feed(told, 7)
    assert [(line["event"], line["place"]) for line in logged] == [
        ("a place cannot be assessed", "rawa")
    ]
    assert [c.before.place for c in checked.changes] == ["al-waleed"]
    assert sent_to(told, ANN) == [("holder", "al-waleed")]
    with told.connect() as conn:
        (place_id, reason), *others = events.troubled(conn).items()
        assert (place_id, others) == ("rawa", [])
        assert "no room for Rawa" in reason
        assert "INSERT" not in reason
        assert control.status_of(conn, "rawa") == before
    assert look(told, now) == Checked(0, (), 0, 0, more=False)

    accept_it_again(told)
    again = Report("again", "rawa", Claim.HOLDS, "agency", Moment(clock_of(8)), "militants")
    with told.begin() as conn:
        events.append(conn, [again], now=clock_of(8), alert=True)
    (change,) = look(told, clock_of(8)).changes
    assert (change.before.place, change.after.holder) == ("rawa", "militants")
    assert set(change.new) == {"fallen", "again"}
    with told.connect() as conn:
        assert events.troubled(conn) == {}


def test_a_database_in_trouble_sets_no_place_aside(told: Database) -> None:
    """A failure that is no place's fault ends the check: the next one finds everything again."""
    feed(told, 1)
    refuse_history_of_rawa(
        told,
        sqlite="INSERT INTO nowhere VALUES (1)",
        postgresql="RAISE EXCEPTION 'no lock' USING ERRCODE = 'lock_not_available'",
    )
    with told.begin() as conn:
        events.append(conn, [fallen(clock_of(7))], now=clock_of(7), alert=True)
    with pytest.raises(OperationalError, match=r"nowhere|no lock"):
        feed(told, 7)
    accept_it_again(told)
    assert {c.before.place for c in look(told, clock_of(7)).changes} == {"al-waleed", "rawa"}
    with told.connect() as conn:
        assert events.troubled(conn) == {}
