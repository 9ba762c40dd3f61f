"""A database of PostgreSQL is used for the next test only as it was when it was new."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage.tables import subscribers
from tests.emptying import is_emptied, what_there_is

if TYPE_CHECKING:
    from storage.engine import Database

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NOW = datetime(2014, 6, 23, tzinfo=UTC)
CHANGES = (
    "ALTER TABLE feeds ALTER COLUMN reads SET DEFAULT 'everything'",
    "ALTER TABLE feeds ALTER COLUMN reads DROP DEFAULT",
    "ALTER TABLE notices ALTER COLUMN reason TYPE varchar(9)",
    "ALTER TABLE notices ALTER COLUMN reason DROP NOT NULL",
    "ALTER TABLE notices ADD CHECK (attempts < 9)",
    "ALTER TABLE notices DISABLE TRIGGER ALL",
    "ALTER TABLE notices SET (fillfactor = 50)",
    "ALTER TABLE notices ENABLE ROW LEVEL SECURITY",
    "GRANT SELECT ON notices TO PUBLIC",
    "COMMENT ON TABLE notices IS 'mine'",
    "DROP INDEX ix_notices_pending",
    "DROP INDEX ix_notices_pending; CREATE INDEX ix_notices_pending ON notices (visible_at)",
    "ALTER SEQUENCE notices_id_seq INCREMENT BY 10",
    "ALTER SEQUENCE notices_id_seq MAXVALUE 10",
    "CREATE TABLE mine (id int)",
    "CREATE VIEW mine AS SELECT 1 AS id",
    "CREATE SCHEMA mine",
    "CREATE TYPE mine AS ENUM ('a')",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OPERATOR @@@@ (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int)",
    "UPDATE alembic_version SET version_num = '0001'",
    "DELETE FROM place_version",
)


def test_whatever_a_test_changes_but_rows_is_noticed(db: Database) -> None:
    with db.engine.connect() as conn:
        new = what_there_is(conn)
        conn.rollback()
        for change in CHANGES:
            for statement in change.split("; "):
                conn.exec_driver_sql(statement)
            assert what_there_is(conn) != new, change
            conn.rollback()
        assert what_there_is(conn) == new


def test_a_setting_of_the_database_is_noticed(db: Database) -> None:
    with db.engine.connect() as conn:
        new = what_there_is(conn)
        name = conn.scalar(sa.func.current_database())
        conn.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET search_path = 'nowhere'")
        assert what_there_is(conn) != new
        conn.rollback()


def test_what_has_had_rows_is_emptied_and_begins_anew(db: Database, migrated_postgres: str) -> None:
    def join() -> int:
        with db.begin() as conn:
            values = {"chat_id": 1, "is_group": False, "active": True, "joined_at": NOW}
            added = sa.insert(subscribers).values(values).returning(subscribers.c.id)
            number: int = conn.execute(added).scalar_one()
            return number

    mine, template = (
        url.render_as_string(hide_password=False)
        for url in (db.engine.url, db.engine.url.set(database=migrated_postgres))
    )
    assert join() == 1
    with db.engine.connect() as conn:
        # What it does by itself in time.
        conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        conn.exec_driver_sql("TRUNCATE notices")
    db.engine.dispose()
    assert is_emptied(mine, template)
    assert join() == 1
