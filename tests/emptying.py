"""A database of PostgreSQL that a test has used: made as it was when it was new."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

# Everything that a migration makes, by its number and what may be changed of it.
WHAT_THERE_IS = """
SELECT md5(string_agg(x, ',' ORDER BY x)) FROM (
    SELECT concat('class ', oid, relname, relkind) AS x FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat('column ', attrelid, attname, atttypid, attnotnull, atthasdef)
        FROM pg_attribute WHERE attnum > 0 AND attrelid >= 16384
    UNION ALL SELECT concat('trigger ', oid, tgname, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat('rule ', oid, rulename) FROM pg_rewrite WHERE oid >= 16384
    UNION ALL SELECT concat('constraint ', oid, conname, convalidated) FROM pg_constraint
    UNION ALL SELECT concat('function ', oid, md5(prosrc)) FROM pg_proc WHERE oid >= 16384
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
            if conn.exec_driver_sql(WHAT_THERE_IS).scalar() != _template(template):
                return False
            conn.exec_driver_sql(EMPTY)
        return True
    finally:
        engine.dispose()


@lru_cache
def _template(url: str) -> str | None:
    engine = _engine(url)
    try:
        with engine.connect() as conn:
            there_is: str | None = conn.exec_driver_sql(WHAT_THERE_IS).scalar()
            return there_is
    finally:
        engine.dispose()


def _engine(url: str) -> sa.Engine:
    driver = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(driver, isolation_level="AUTOCOMMIT")
