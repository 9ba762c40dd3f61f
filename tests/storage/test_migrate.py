"""Bringing databases to the tables that the program works with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from storage import events, migrate
from storage import subscribers as chats
from storage.deliveries import ensure
from storage.engine import open_database, sqlite_url
from storage.model.errors import NewerDatabase, NotMigrated
from storage.tables import deliveries, inbox, menus, metadata, notices, subscribers
from tests.builders import load, story

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.engine import Database

RELEASED = ["0001"]
NOW = datetime(2014, 6, 24, tzinfo=UTC)


def test_the_migrations_make_the_tables_that_the_code_works_with(db: Database) -> None:
    with db.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []


def test_every_released_revision_upgrades_to_the_newest(tmp_path: Path) -> None:
    for revision in RELEASED:
        database = open_database(sqlite_url(tmp_path / f"{revision}.db"))
        migrate.upgrade(database, revision)
        assert migrate.revision(database) == revision
        migrate.upgrade(database)
        migrate.check_current(database)
        database.close()


def test_upgrading_twice_is_no_harm(db: Database) -> None:
    migrate.upgrade(db)
    assert migrate.revision(db) == migrate.head()


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "empty.db"))
    with pytest.raises(NotMigrated, match="whoholds migrate"):
        migrate.check_current(database)
    database.close()


def test_a_database_of_a_later_version_is_refused_and_left_alone(db: Database) -> None:
    with db.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match="later version"):
        migrate.upgrade(db)
    with pytest.raises(NewerDatabase):
        migrate.check_current(db)
    assert migrate.revision(db) == "9999"


# Rows of every table that belongs to chats, as they were before ids were used once only.
FILLED = """
INSERT INTO places (id, name, kind, countries) VALUES
    ('a', 'A', 'town', ''), ('b', 'B', 'town', '');
INSERT INTO subscribers (id, chat_id, is_group, active, joined_at) VALUES
    (1, 11, {false}, {true}, '2014-06-01'), (7, -77, {true}, {true}, '2014-06-02');
INSERT INTO subscriptions (subscriber_id, place_id, since) VALUES
    (1, 'a', '2014-06-01'), (7, 'a', '2014-06-01'), (7, 'b', '2014-06-01');
INSERT INTO ledger (subscriber_id, place_id, status, up_to, doubted) VALUES
    (7, 'a', '{{}}', 1, {false});
INSERT INTO alerts (id, kind, place_id, made_at, silent, body) VALUES
    (1, 'holder', 'a', '2014-06-03', {false}, '{{}}');
INSERT INTO broadcasts (alert_id, audience, cursor, up_to, made_at, addressed, sent, closed) VALUES
    (1, '{{}}', 0, 9, '2014-06-03', 2, 1, 0);
INSERT INTO deliveries (id, alert_id, subscriber_id, state, visible_at, leased, attempts, doubts,
    reason) VALUES (5, 1, 1, 'sent', '2014-06-03', {false}, 1, 0, ''),
    (8, 1, 7, 'pending', '2014-06-03', {true}, 1, 0, '')
"""
KEPT = ("subscribers", "subscriptions", "ledger", "alerts", "broadcasts", "deliveries")


@pytest.fixture
def before(empty_url: str) -> Iterator[Database]:
    """A database at the revision before, with rows in it."""
    database = open_database(empty_url)
    migrate.upgrade(database, "0013")
    false, true = ("0", "1") if database.is_sqlite else ("false", "true")
    with database.begin() as conn:
        for statement in FILLED.format(false=false, true=true).split(";"):
            conn.exec_driver_sql(statement)
    yield database
    database.close()


def rows(db: Database) -> dict[str, list[dict[str, object]]]:
    with db.connect() as conn:
        return {
            name: [
                {k: v for k, v in row.items() if k != "begun_by"}
                for row in conn.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1, 2").mappings()  # noqa: S608 - names of our own
            ]
            for name in KEPT
        }


def test_no_row_is_lost_when_ids_are_to_be_used_once_only(before: Database) -> None:
    kept = rows(before)
    assert [len(kept[name]) for name in KEPT] == [2, 3, 1, 1, 1, 2]
    migrate.upgrade(before)
    assert rows(before) == kept
    with before.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        begun = conn.execute(sa.select(deliveries.c.id).where(deliveries.c.begun_by.is_not(None)))
        assert begun.scalars().all() == [8]  # it was leased, and might be under way
    with before.begin() as conn:  # what belongs together goes together, as ever
        conn.execute(sa.delete(subscribers).where(subscribers.c.id == 7))
    assert [len(found) for found in rows(before).values()] == [1, 1, 0, 1, 1, 1]


def test_the_id_of_a_chat_or_a_delivery_never_comes_again(before: Database) -> None:
    migrate.upgrade(before)
    with before.begin() as conn:
        if not before.is_sqlite:  # ids that were given by hand are not counted there
            for name in ("subscribers", "deliveries"):
                conn.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), 9)")
        one = chats.ensure(conn, 12, is_group=False, now=NOW)
        assert one.id > 9  # a broadcast was for chats up to there
        ensure(conn, 1, one.id, NOW, None)
        first = conn.scalar(sa.select(sa.func.max(deliveries.c.id)))
        chats.forget(conn, 12)
        again = chats.ensure(conn, 12, is_group=False, now=NOW)
        ensure(conn, 1, again.id, NOW, None)
        second = conn.scalar(sa.select(sa.func.max(deliveries.c.id)))
    assert again.id > one.id
    assert (second or 0) > (first or 0) > 8


def test_reports_that_wait_for_the_check_still_wait_when_the_indexes_are_others(
    empty_url: str,
) -> None:
    database = open_database(empty_url)
    migrate.upgrade(database, "0018")
    world = story()
    with database.begin() as conn:
        load(conn, world)
        events.append(conn, world.reports, now=NOW, alert=True)
        waiting = conn.execute(inbox.select().order_by(inbox.c.id)).all()
    assert len(waiting) >= len(world.reports)
    migrate.upgrade(database)
    with database.begin() as conn:
        assert conn.execute(inbox.select().order_by(inbox.c.id)).all() == waiting
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert events.append(conn, world.reports, now=NOW, alert=True) == []
    same = {"report_id": waiting[0].report_id, "place_id": waiting[0].place_id, "alert": True}
    with pytest.raises(IntegrityError), database.begin() as conn:
        conn.execute(sa.insert(inbox).values(same))
    database.close()


# On PostgreSQL they are looked after all the time.
@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_a_migration_that_would_leave_rows_without_what_they_refer_to_changes_nothing(
    before: Database,
) -> None:
    kept = rows(before)
    with pytest.raises(IntegrityError, match="deliveries, ledger, subscriptions"):
        _rebuild(before, "DELETE FROM subscribers WHERE id = 7")
    assert rows(before) == kept
    with pytest.raises(IntegrityError), before.begin() as conn:  # they are looked after again
        conn.exec_driver_sql("UPDATE deliveries SET subscriber_id = 4711")


def _rebuild(db: Database, statement: str) -> None:
    with db.rebuilding() as conn:
        conn.exec_driver_sql(statement)


def test_notices_and_the_menus_of_editors_are_known_after_the_upgrade(empty_url: str) -> None:
    database = open_database(empty_url)
    migrate.upgrade(database, "0018")
    with database.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO editors VALUES (8, 'Bob', 7, 'Ann', '2014-06-22 00:00:00')"
        )
        conn.exec_driver_sql(
            "INSERT INTO notices (id, owner, kind, made_at, body, state, visible_at, attempts,"
            " reason) VALUES (1, 7, 'dead-letters', '2014-06-22 00:00:00', '{}', 'pending',"
            " '2014-06-22 00:00:00', 0, '')"
        )
    migrate.upgrade(database)
    with database.connect() as conn:
        assert conn.scalars(sa.select(notices.c.chat_id)).all() == [7]
        assert conn.scalars(sa.select(menus.c.user_id)).all() == [8]
    database.close()
