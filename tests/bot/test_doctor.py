"""What `doctor` finds wrong with a set-up, and how it says to mend it."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.clock import utc_now
from bot.commands import doctor
from bot.commands.doctor import Finding, examine
from bot.importing import import_paths
from storage import deliveries, events, notices, outbox, subscribers
from storage.engine import open_database, sqlite_url
from storage.model.outages import Suspicion
from storage.outbox import Arrived, State
from storage.tables import alerts, silences, suspicions
from tests.builders import load, story

STORY = Path(__file__).parents[2] / "bot" / "sandbox" / "story"
HASH = "AAE0abcdefghijklmnopqrstuvwxyz-_012"
TOKEN = f"123456789:{HASH}"


@pytest.fixture
def file(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set-up in which all is well: a database with the story, and no token."""
    path = tmp_path / "data" / "whoholds.db"
    path.parent.mkdir()
    shutil.copy(migrated_file, path)
    monkeypatch.setenv("WHOHOLDS_DATABASE_URL", sqlite_url(path))
    database = open_database(sqlite_url(path))
    import_paths(database, [STORY], now=utc_now(), alert=False)
    database.close()
    return path


def problems() -> list[Finding]:
    return [found for found in examine() if not found.ok]


def only_problem() -> str:
    (found,) = problems()
    return f"{found.check}: {found.words}"


def test_a_good_set_up_is_well_without_a_token(file: Path) -> None:
    found = {f.check: f for f in examine()}
    assert [f.check for f in found.values() if not f.ok] == []
    assert list(found) == [
        "python",
        "settings",
        "time zone data",
        "data folder",
        "disk",
        "database",
        "integrity",
        "append-only reports",
        "check",
        "sources",
        "silent sources",
        "outbox",
        "clock",
        "telegram",
    ]
    assert str(file) in found["database"].words
    assert "The sandbox works without one" in found["telegram"].words


def test_wrong_settings_are_each_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOHOLDS_TIMEZONE", "Mars")
    monkeypatch.setenv("WHOHOLDS_TELEGRAM_TOKEN", "hunter2")
    words = [f.words for f in problems()]
    assert len(words) == 2
    assert any(w.startswith("WHOHOLDS_TIMEZONE is 'Mars'") for w in words)
    assert "hunter2" not in str(words)


def test_a_database_that_is_not_there_has_to_be_made(file: Path) -> None:
    file.unlink()
    assert only_problem() == (
        f"database: there is no database at {file} yet: `whoholds import PATH` makes it, "
        "and so does `whoholds migrate`"
    )
    assert not file.exists()


def test_a_database_without_tables_has_to_be_migrated(file: Path) -> None:
    file.unlink()
    open_database(sqlite_url(file)).close()
    assert only_problem() == ("database: the database has no tables yet: run `whoholds migrate`")


def test_a_database_of_a_later_version_is_a_problem(file: Path) -> None:
    with sqlite3.connect(file) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    conn.close()
    assert "was written by a later version of whoholds" in only_problem()


def test_a_file_that_is_no_database_is_a_problem(file: Path) -> None:
    file.write_bytes(b"something else " * 1000)
    assert "restore it from a backup" in only_problem()


def test_a_damaged_database_is_a_problem(file: Path) -> None:
    with sqlite3.connect(file) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = conn.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master "
            "WHERE name = 'ix_reports_place_id_reported_at'"
        ).fetchone()
    conn.close()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * size)
    found = only_problem()
    assert found.startswith(("integrity: the file is damaged", "database: "))
    assert "restore it from a backup" in found


def test_reports_that_could_be_changed_are_a_problem(file: Path) -> None:
    with sqlite3.connect(file) as conn:
        conn.execute("DROP TRIGGER reports_no_update")
    conn.close()
    assert only_problem() == (
        "append-only reports: reports_no_update is gone, so reports can be changed: "
        "restore a backup"
    )


def test_a_place_that_was_set_aside_is_a_problem_that_names_it(file: Path) -> None:
    database = open_database(sqlite_url(file))
    with database.begin() as conn:
        reports = story().reports
        load(conn, story())
        new = replace(reports[0], id="new")
        events.append(conn, [new], now=new.reported.latest, alert=True)
        events.set_aside(conn, reports[0].place, "ValueError: no such claim")
    database.close()
    found = only_problem()
    assert found.startswith(f"check: reports about {reports[0].place} (ValueError: no such claim)")


def test_a_clock_behind_the_record_is_a_problem(file: Path, tmp_path: Path) -> None:
    more = tmp_path / "reports.csv"
    more.write_text(
        "id,place,claim,party,source,reported_at\nlate,rawa,holds,iraq,agency,2014-06-24\n",
        encoding="utf-8",
    )
    database = open_database(sqlite_url(file))
    import_paths(database, [more], now=utc_now() + timedelta(days=3), alert=False)
    database.close()
    found = only_problem()
    assert found.startswith("clock: it says ")
    assert found.endswith("set the machine's clock")


def test_a_data_folder_that_will_be_made_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOHOLDS_DATABASE_URL", sqlite_url(tmp_path / "a" / "b" / "w.db"))
    found = {f.check: f for f in examine()}
    assert found["data folder"].ok
    assert "will be made" in found["data folder"].words
    assert not (tmp_path / "a").exists()


def test_a_data_folder_that_cannot_be_written_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.touch()
    monkeypatch.setenv("WHOHOLDS_DATABASE_URL", sqlite_url(in_the_way / "w.db"))
    words = next(f.words for f in problems() if f.check == "data folder")
    assert words == (
        f"{in_the_way} cannot be written (Not a directory): check its owner and rights, "
        "or set WHOHOLDS_DATABASE_URL"
    )


def test_a_full_disk_is_a_problem(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEEDED_BYTES", 10**18)
    assert "make room, at least" in only_problem()


def test_an_old_python_is_a_problem(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "NEEDED_PYTHON", (99,))
    assert only_problem().endswith("is too old: install Python 3.11 or newer")


def test_a_source_that_is_suspected_of_an_outage_is_a_problem(file: Path) -> None:
    database = open_database(sqlite_url(file))
    with database.begin() as conn:
        conn.execute(
            sa.insert(suspicions).values(
                source_id="agency",
                side_id="iraq",
                since=datetime(2014, 6, 23, 9, 0, tzinfo=UTC),
                until=datetime(2014, 6, 30, 9, 0, tzinfo=UTC),
                moved=30,
                backed=40,
                alert=True,
                made_at=datetime(2014, 6, 23, 9, 0, tzinfo=UTC),
            )
        )
    database.close()
    assert only_problem() == (
        "sources: agency moved 30 of 40 places from iraq at once, alone, 2014-06-23 09:00 UTC: "
        "see whether it still works; what it says of them is held aside"
    )


@pytest.mark.parametrize(("days", "ok"), [(59, False), (61, True)])
def test_silent_sources_are_a_problem_as_long_as_their_last_word_may_count(
    file: Path, days: int, *, ok: bool
) -> None:
    now = utc_now()
    since = now - timedelta(days=days)
    silence = {"source_id": "agency", "since": since, "rhythm_seconds": 9, "found_at": now}
    database = open_database(sqlite_url(file))
    with database.begin() as conn:
        conn.execute(sa.insert(silences), silence)
    database.close()
    found = {f.check: f for f in examine()}["silent sources"]
    assert found.ok is ok
    assert f"agency since {since:%Y-%m-%d %H:%M} UTC" in found.words
    assert found.words.startswith("reports no longer come in")


def test_an_owner_who_cannot_be_told_of_sources_is_a_problem(file: Path) -> None:
    now = utc_now()
    suspicion = Suspicion("agency", "iraq", now, now, 30, 40)
    database = open_database(sqlite_url(file))
    with database.begin() as conn:
        notices.tell_of_suspicion(conn, suspicion, [4711], now)
        (waiting,) = notices.lease(conn, now=now, limit=5, lease_for=timedelta(minutes=1))
        notices.give_up(conn, waiting, "Forbidden: chat not found")
    database.close()
    assert only_problem() == (
        "sources: owners could not be told: 4711 (Forbidden: chat not found): "
        "one whom Telegram refuses must write to the bot"
    )


def test_what_became_of_all_deliveries_is_told_and_dead_letters_are_a_problem(file: Path) -> None:
    assert {f.check: f for f in examine()}["outbox"] == Finding(
        "outbox", ok=True, words="0 wait, 0 were sent, 0 closed unsent; 0 may have come twice"
    )
    now = utc_now()
    database = open_database(sqlite_url(file))
    with database.begin() as conn:
        alert = {"kind": "holder", "place_id": "al-waleed", "made_at": now, "silent": False}
        alert_id = conn.scalar(sa.insert(alerts).values(body={}, **alert).returning(alerts.c.id))
        for chat in range(3):
            one = subscribers.ensure(conn, 1 + chat, is_group=False, now=now)
            deliveries.ensure(conn, alert_id or 0, one.id, now, None)
        sent, dead = outbox.lease(conn, now=now, limit=2, lease_for=timedelta(minutes=1))
        outbox.sent_all(conn, [Arrived(sent, 7, now)])
        outbox.end(conn, dead, State.DEAD, "Telegram says no", now)
    database.close()
    assert only_problem() == (
        "outbox: 1 wait, 1 were sent, 0 closed unsent; 0 may have come twice; "
        "1 dead letter: `whoholds outbox --dead` shows why"
    )


@pytest.mark.postgres
def test_a_set_up_on_postgresql_is_looked_at_too(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOHOLDS_DATABASE_URL", database_url)
    assert problems() == []
    database = open_database(database_url)
    name = "reports_no_delete" if database.is_sqlite else "reports_append_only ON reports"
    with database.begin() as conn:
        conn.exec_driver_sql(f"DROP TRIGGER {name}")
    database.close()
    assert "is gone, so reports can be changed" in only_problem()


def test_a_database_server_that_cannot_be_reached_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WHOHOLDS_DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/w")
    found = only_problem()
    assert "is PostgreSQL running, and are host and port right?" in found
    assert "hunter2" not in found
