"""Opening databases, and what their transactions promise."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from subprocess import PIPE
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, StatementError

from storage import engine, migrate
from storage.engine import MOST_ROUNDS, Database, open_database, open_throwaway, sqlite_url
from storage.model.errors import DatabaseTrouble
from storage.reading_first import ReadFirst, read_first
from storage.sqlite import IN_BULK, others_wrote
from storage.tables import places, subscribers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

NOW = datetime(2014, 6, 23, tzinfo=UTC)


def add(conn: sa.Connection, chat_id: int) -> None:
    conn.execute(
        sa.insert(subscribers).values(chat_id=chat_id, is_group=False, active=True, joined_at=NOW)
    )


def chats(db: Database) -> list[int]:
    with db.connect() as conn:
        return list(conn.scalars(sa.select(subscribers.c.chat_id).order_by("chat_id")))


def test_a_transaction_that_fails_leaves_nothing(db: Database) -> None:
    def half(conn: sa.Connection) -> None:
        add(conn, 1)
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError), db.begin() as conn:
        half(conn)
    assert chats(db) == []


async def test_reading_and_writing_work_off_the_event_loop(db: Database) -> None:
    loop_thread = threading.get_ident()
    await db.writing(add, 7)
    other = await db.reading(lambda _conn: threading.get_ident())
    assert chats(db) == [7]
    assert other != loop_thread


async def test_many_writers_at_once_all_get_through(db: Database) -> None:
    await asyncio.gather(*(db.writing(add, n) for n in range(50)))
    assert chats(db) == list(range(50))


def test_writers_in_two_processes_wait_for_each_other(database_url: str, db: Database) -> None:
    other = open_database(database_url)
    started = threading.Event()

    def write_later() -> None:
        started.set()
        with other.begin() as conn:
            add(conn, 2)

    thread = threading.Thread(target=write_later)
    with db.begin() as conn:
        add(conn, 1)
        thread.start()
        assert started.wait(10)
    thread.join()
    other.close()
    assert chats(db) == [1, 2]


def test_who_reads_sees_one_moment_however_long_it_takes(db: Database) -> None:
    number = sa.select(sa.func.count()).select_from(subscribers)
    with db.connect() as conn:
        assert conn.scalar(number) == 0
        with db.begin() as writer:
            add(writer, 1)
        assert conn.scalar(number) == 0
    assert chats(db) == [1]


def test_times_come_back_in_utc_and_one_without_a_zone_is_refused(db: Database) -> None:
    with db.begin() as conn:
        add(conn, 1)
        assert conn.scalar(sa.select(subscribers.c.joined_at)) == NOW
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="without a zone"), db.begin() as conn:
        conn.execute(sa.update(subscribers).values(joined_at=naive))


def test_sqlite_keeps_what_it_acknowledged_and_checks_references(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "x.db"))
    with database.connect() as conn:
        settings = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def settings_of(db: Database) -> dict[str, int]:
    with db.connect() as conn:
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in IN_BULK}


def test_who_writes_in_bulk_waits_for_the_disk_in_the_end_only(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "x.db"))
    migrate.upgrade(database)
    usual = settings_of(database)
    told: list[str] = []
    used: list[Any] = []
    with database.in_bulk() as begin:
        for number in range(3):
            with begin() as conn:
                add(conn, number)
                used.append(conn.connection.dbapi_connection)
        used[-1].set_trace_callback(told.append)
    for other in (database, open_database(sqlite_url(tmp_path / "x.db"))):
        assert chats(other) == [0, 1, 2]
        assert settings_of(other) == usual
        other.close()
    synced = told.index(f"PRAGMA synchronous={usual['synchronous']}")
    assert synced < told.index("PRAGMA user_version=0") < told.index("COMMIT")


def test_what_was_written_in_bulk_before_an_error_stays_and_nothing_else(db: Database) -> None:
    def half(begin: Callable[[], AbstractContextManager[sa.Connection]]) -> None:
        with begin() as conn:
            add(conn, 1)
        with begin() as conn:
            add(conn, 2)
            raise RuntimeError("stopped")

    usual = settings_of(db) if db.is_sqlite else {}
    with pytest.raises(RuntimeError, match="stopped"), db.in_bulk() as begin:
        half(begin)
    assert chats(db) == [1]
    assert (settings_of(db) if db.is_sqlite else {}) == usual


def test_who_waits_has_their_turn_while_another_writes_all_the_time(tmp_path: Path) -> None:
    one, other = (open_database(sqlite_url(tmp_path / "x.db")) for _ in range(2))
    migrate.upgrade(one)
    written = threading.Event()

    def write() -> None:
        with other.begin() as conn:
            add(conn, -1)
        written.set()

    waiting = threading.Thread(target=write)
    with one.in_bulk() as begin:
        for number in range(50):
            with begin() as conn:
                add(conn, number)
                if not number:
                    waiting.start()
                time.sleep(0.02)  # as long as it takes to write much
            if written.is_set():
                break
    seen = written.is_set()
    waiting.join()
    one.close()
    other.close()
    assert seen


# Locks the write-ahead log as SQLite does while it finds out what a killed process left in it:
# https://www.sqlite.org/walformat.html#locking_in_wal_mode
RECOVERING = """
import fcntl, sys
with open(sys.argv[1], "r+b", buffering=0) as index:
    for lock in (120, 122):
        fcntl.lockf(index, fcntl.LOCK_EX, 1, lock)
    index.write(bytes(96))
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_writer_waits_while_the_log_of_a_killed_process_is_put_in_order(tmp_path: Path) -> None:
    path = tmp_path / "whoholds.db"
    db = open_database(sqlite_url(path))
    migrate.upgrade(db)
    attempts: list[str] = []

    def attempt(_conn: Any, _cursor: Any, statement: str, *_: object) -> None:
        attempts.append(statement)
        if attempts.count("BEGIN IMMEDIATE") == 3:
            other.communicate()

    command = [sys.executable, "-c", RECOVERING, f"{path}-shm"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"locked\n"
        sa.event.listen(db.engine, "before_cursor_execute", attempt)
        with db.begin() as conn:
            add(conn, 1)
    assert chats(db) == [1]
    db.close()


def test_what_may_be_lost_anyway_is_not_written_more_carefully_in_bulk(tmp_path: Path) -> None:
    database = open_throwaway(tmp_path / "x.db")
    with database.in_bulk() as begin, begin() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 0
    database.close()


def test_whether_others_wrote_is_seen_by_who_could_make_them_wait(
    db: Database, database_url: str
) -> None:
    other = open_database(database_url)
    seen = []
    with db.in_bulk() as begin:
        for number in range(4):
            if number == 2:
                with other.begin() as conn:
                    add(conn, 99)
            with begin() as conn:
                seen.append(others_wrote(conn))
                add(conn, number)
    other.close()
    # At first it cannot be known; on PostgreSQL nobody waits.
    assert seen == ([True, False, True, False] if db.is_sqlite else [False] * 4)


def test_the_folder_of_an_sqlite_file_is_made(tmp_path: Path) -> None:
    open_database(sqlite_url(tmp_path / "new" / "folder" / "x.db")).close()
    assert (tmp_path / "new" / "folder" / "x.db").exists()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "malformed"),
        ("mysql://host/name", "not supported"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", "is PostgreSQL running"),
        ("postgresql://nobody@127.0.0.1:1/none?password=secret", "password=hidden"),
        ("postgresql://nobody@127.0.0.1:1/none?sslpassword=secret", "sslpassword=hidden"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(url: str, says: str) -> None:
    with pytest.raises(DatabaseTrouble, match=says) as caught:
        open_database(url)
    assert "secret" not in str(caught.value)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 100)
    with pytest.raises(DatabaseTrouble, match="damaged"):
        open_database(sqlite_url(path))


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseTrouble, match="cannot make the folder"):
        open_database(sqlite_url(tmp_path / "file" / "x.db"))


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseTrouble, match="unable to open"):
        open_database(sqlite_url(tmp_path))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
@pytest.mark.parametrize("tries", [1, 3])
async def test_of_two_processes_that_wait_for_each_other_one_gives_way_and_tries_again(
    db: Database, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    monkeypatch.setattr(engine, "MOST_TRIES", tries)
    other = open_database(db.engine.url.render_as_string(hide_password=False))
    for chat in (1, 2):
        await db.writing(add, chat)
    meeting = threading.Barrier(2)
    runs = Counter[int]()

    def touch(conn: sa.Connection, first: int, second: int) -> None:
        runs[first] += 1
        # Again, it waits for what the other one has, or it might get in its way once more.
        for chat in (first, second) if runs[first] == 1 else (second, first):
            row = sa.update(subscribers).where(subscribers.c.chat_id == chat)
            conn.execute(row.values(zone=f"by {first}"))
            if runs[first] == 1 and chat == first:
                meeting.wait(timeout=20)

    both = db.writing(touch, 1, 2), other.writing(touch, 2, 1)
    ended = await asyncio.gather(*both, return_exceptions=True)
    other.close()
    assert sum(isinstance(e, OperationalError) for e in ended) == (1 if tries == 1 else 0)
    assert sorted(runs.values()) == ([1, 1] if tries == 1 else [1, 2])


def number_of_places(conn: sa.Connection) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(places)) or 0


async def test_what_takes_long_to_read_is_read_before_the_transaction_that_needs_it(
    db: Database,
) -> None:
    def write(conn: sa.Connection) -> tuple[int, int]:
        conn.execute(sa.insert(places).values(id="a", name="A", kind="town", countries=[]))
        return read_first(conn, "places", number_of_places), number_of_places(conn)

    assert await db.writing(write) == (0, 1)
    assert await db.reading(number_of_places) == 1


def test_what_is_to_be_read_first_is_not_read_in_a_transaction_begun_by_hand(db: Database) -> None:
    with pytest.raises(ReadFirst, match="'places'"), db.begin() as conn:
        read_first(conn, "places", number_of_places)


async def test_what_is_to_be_read_first_and_changes_each_time_ends_with_an_error(
    db: Database,
) -> None:
    rounds = itertools.count()

    def write(conn: sa.Connection) -> int:
        number = next(rounds)
        add(conn, number)
        return read_first(conn, number, lambda _: number)

    with pytest.raises(DatabaseTrouble, match="changes faster than it can be read"):
        await db.writing(write)
    assert next(rounds) == MOST_ROUNDS
    assert chats(db) == []


async def test_what_was_read_first_is_known_to_that_function_alone(db: Database) -> None:
    with db.rehearsal() as stage:
        assert await stage.writing(read_first, "places", number_of_places) == 0
        with stage.begin() as conn:
            conn.execute(sa.insert(places).values(id="a", name="A", kind="town", countries=[]))
            with pytest.raises(ReadFirst, match="'places'"):
                read_first(conn, "places", number_of_places)
