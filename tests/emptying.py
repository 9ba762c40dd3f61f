"""A database of PostgreSQL that a test has used: made as it was when it was new."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

# Everything that a migration can make, row by row of the catalogue: objects of ours begin with this
# number. Left out of it is what changes by itself, or with the rows of a table.
WHAT_THERE_IS = """
SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (
    SELECT concat('class ', to_jsonb(c) - ARRAY[
            'relfilenode', 'relpages', 'reltuples', 'relallvisible', 'relallfrozen', 'relfrozenxid',
            'relminmxid'
        ]) AS x
        FROM pg_class c WHERE oid >= 16384
    UNION ALL SELECT concat('column ', c) FROM pg_attribute c WHERE attrelid >= 16384
    UNION ALL SELECT concat('default ', c) FROM pg_attrdef c
    UNION ALL SELECT concat('index ', c) FROM pg_index c WHERE indexrelid >= 16384
    UNION ALL SELECT concat('sequence ', c) FROM pg_sequence c
    UNION ALL SELECT concat('trigger ', c) FROM pg_trigger c
    UNION ALL SELECT concat('rule ', c) FROM pg_rewrite c WHERE oid >= 16384
    UNION ALL SELECT concat('policy ', c) FROM pg_policy c
    UNION ALL SELECT concat('constraint ', c) FROM pg_constraint c WHERE oid >= 16384
    UNION ALL SELECT concat('function ', c) FROM pg_proc c WHERE oid >= 16384
    UNION ALL SELECT concat('type ', c) FROM pg_type c WHERE oid >= 16384
    UNION ALL SELECT concat('label ', c) FROM pg_enum c
    UNION ALL SELECT concat('schema ', c) FROM pg_namespace c
        WHERE nspname NOT LIKE 'pg_temp_%%' AND nspname NOT LIKE 'pg_toast_temp_%%'
    UNION ALL SELECT concat('extension ', c) FROM pg_extension c
    UNION ALL SELECT concat('comment ', c) FROM pg_description c WHERE objoid >= 16384
    UNION ALL SELECT concat('setting ', setconfig) FROM pg_db_role_setting
        JOIN pg_database d ON d.oid = setdatabase WHERE datname = current_database()
    -- Whatever else there is depends on something, if only on its schema.
    UNION ALL SELECT concat('object ', c) FROM pg_depend c WHERE objid >= 16384
    -- The only rows that a new one has.
    UNION ALL SELECT concat('revision ', version_num) FROM alembic_version
    UNION ALL SELECT concat('row ', id) FROM place_version
) AS parts
"""
HAS_ROWS_OF_ITS_OWN = """
SELECT to_regclass('alembic_version') IS NOT NULL AND to_regclass('place_version') IS NOT NULL
"""
OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Without triggers: they refuse to delete reports, and look after what refers to what.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('alembic_version', 'place_version')
    LOOP
        EXECUTE 'DELETE FROM ' || quote_ident(name);
    END LOOP;
    UPDATE place_version SET version = 1;
    FOR name IN SELECT relname FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
    LOOP
        PERFORM setval(name::regclass, 1, false);
    END LOOP;
END $$
"""


def is_emptied(url: str, template: str) -> bool:
    """Take all rows out of a database, and end whoever is still connected to it; returns whether
    that was possible: it was made like the `template`, and nothing but rows has changed in it.
    """
    engine = _engine(url)
    try:
        with engine.connect() as conn:
            conn.exec_driver_sql(OTHERS)
            if not conn.exec_driver_sql(HAS_ROWS_OF_ITS_OWN).scalar():
                return False
            if what_there_is(conn) != _template(template):
                return False
            conn.exec_driver_sql(EMPTY)
        return True
    finally:
        engine.dispose()


def what_there_is(conn: sa.Connection) -> str:
    """A fingerprint of all that a database has but the rows of its tables."""
    fingerprint: str = conn.exec_driver_sql(WHAT_THERE_IS).scalar_one()
    return fingerprint


@lru_cache
def _template(url: str) -> str:
    engine = _engine(url)
    try:
        with engine.connect() as conn:
            return what_there_is(conn)
    finally:
        engine.dispose()


def _engine(url: str) -> sa.Engine:
    driver = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(driver, isolation_level="AUTOCOMMIT")
