"""Opening a database, SQLite or PostgreSQL, and its transactions.

Everything is synchronous SQLAlchemy Core. From the event loop, `reading` and `writing` run a
function off the loop in one transaction; whoever calls them, or `begin`, owns the transaction.
On SQLite every writer starts with BEGIN IMMEDIATE and there is one writer at a time in a process.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from storage import sqlite
from storage.model.errors import DatabaseTrouble
from storage.reading_first import ReadFirst, knowing

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from contextlib import AbstractContextManager

# What storage functions take; handlers name it without knowing of SQLAlchemy.
Connection = sa.Connection

P = ParamSpec("P")
T = TypeVar("T")
# How often at most a transaction is tried that had to give way to one of another process.
MOST_TRIES = 3
# How often at most a function asks for what it has to read first.
MOST_ROUNDS = 20
DEADLOCK = "40P01"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
# What libpq takes as a password in the query of a URL as well.
PASSWORDS = ("password", "sslpassword")
READERS = 4


class Database:
    """An open database; close it when done."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._writer = threading.RLock()
        self._reads = ThreadPoolExecutor(READERS, "whoholds-read")
        self._writes = ThreadPoolExecutor(1, "whoholds-write")

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite (PostgreSQL otherwise)."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A writing transaction: committed at the end, rolled back on an error."""
        with self._writer, self.engine.connect() as conn:
            conn = conn.execution_options(whoholds_writes=True)
            with conn.begin():
                yield conn

    @contextmanager
    def in_bulk(self) -> Iterator[Callable[[], AbstractContextManager[sa.Connection]]]:
        """For who writes very much: yields what begins a writing transaction as `begin` does.

        On SQLite, pages that are written again and again wait longer in the log before they are put
        into their places, and no commit waits for the disk: should the power fail, all since some
        commit may be missing. When this ends without an error, or as soon as somebody else has
        committed, everything is on the disk. After each transaction whoever waits has their turn.
        """
        if not self.is_sqlite:
            yield self.begin
            return
        with self.engine.connect() as conn:
            raw: Any = conn.connection.dbapi_connection
            writes = conn.execution_options(whoholds_writes=True)

            @contextmanager
            def begin() -> Iterator[sa.Connection]:
                with self._writer, writes.begin():
                    yield writes
                time.sleep(sqlite.PAUSE)

            before = sqlite.in_bulk(raw)
            try:
                yield begin
            except BaseException:
                conn.invalidate()  # nobody else is given it
                raise
            sqlite.put(raw, before)
            with begin() as last:
                sqlite.write_anything(last)

    @contextmanager
    def rebuilding(self) -> Iterator[sa.Connection]:
        """A writing transaction in which SQLite lets tables be dropped and made anew: with foreign
        keys on, whatever belongs to a table's rows would be deleted along with it. They must hold
        in the end: raises IntegrityError otherwise, and nothing has changed.
        """
        if not self.is_sqlite:
            with self.begin() as conn:
                yield conn
            return
        with self._writer, self.engine.connect() as conn:
            # https://www.sqlite.org/lang_altertable.html#otheralter: before the transaction.
            raw: Any = conn.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF").close()
            try:
                conn = conn.execution_options(whoholds_writes=True)
                with conn.begin():
                    yield conn
                    sqlite.check_foreign_keys(conn)
            finally:
                raw.execute("PRAGMA foreign_keys=ON").close()

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """A reading transaction: one consistent view."""
        with self.engine.connect() as conn:
            if not self.is_sqlite:
                # Else every statement sees what was committed before it: a status and the newest
                # alert of its place would be of two different moments.
                conn = conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                yield conn

    async def writing(
        self,
        fn: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn(connection, …)` in one writing transaction, off the event loop.

        It may be run more than once: what it does but to the database must bear that. For what
        takes long to read it has `storage.reading_first.read_first`. Raises DatabaseTrouble where
        each time it is run it needs to read something else, since others write meanwhile.
        """
        known: dict[Hashable, Any] = {}

        def work() -> T:
            tries = 1
            while True:
                try:
                    with self.begin() as conn, knowing(conn, known):
                        return fn(conn, *args, **kwargs)
                except DBAPIError as error:
                    if tries == MOST_TRIES or not _gave_way(error):
                        raise
                tries += 1

        for _ in range(MOST_ROUNDS):
            try:
                return await asyncio.get_running_loop().run_in_executor(self._writes, work)
            except ReadFirst as first:
                # Not on the writer's thread: this process has but one.
                known[first.key] = await self.reading(first.read)
        raise DatabaseTrouble(
            "what has to be read before writing changes faster than it can be read "
            f"({MOST_ROUNDS} times now): try again when less is written"
        )

    async def reading(
        self,
        fn: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `fn(connection, …)` in one reading transaction, off the event loop."""

        def work() -> T:
            with self.connect() as conn:
                return fn(conn, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._reads, work)

    async def checkpoint(self) -> None:
        """On SQLite, move what was written from the log into the file, while others may write.

        Whoever commits when the log has grown to 1,000 pages does that in its own commit; after
        writing much, do it for them.
        """
        if self.is_sqlite:
            await asyncio.get_running_loop().run_in_executor(self._writes, self._checkpoint)

    def _checkpoint(self) -> None:
        # Not beside a writer: SQLite before 3.51.3 may damage the file when its log begins anew
        # while two connections write or move it (https://sqlite.org/wal.html, the WAL-reset bug).
        with self._writer, closing(self.engine.raw_connection()) as conn:
            conn.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()

    @contextmanager
    def rehearsal(self) -> Iterator[Database]:
        """A stand-in for this database in which everything can be tried; nothing of that stays.

        Of SQLite it is a copy, so that nobody waits meanwhile; on PostgreSQL a transaction that is
        rolled back in the end: whoever changes the same rows waits for it. Raises DatabaseTrouble
        where there is no room for a copy.
        """
        with self._copied() if self.is_sqlite else self._undone() as stage:
            yield stage

    @contextmanager
    def _copied(self) -> Iterator[Database]:
        with TemporaryDirectory(prefix="whoholds-") as folder:
            path = Path(folder) / "rehearsal.db"
            try:
                with closing(sqlite3.connect(path)) as copy, self.engine.connect() as conn:
                    # All at once, which is one view: in steps, every write would begin it anew.
                    cast("sqlite3.Connection", conn.connection.driver_connection).backup(copy)
            except sqlite3.Error as error:
                raise DatabaseTrouble(
                    f"cannot copy the database to {folder} to try there what would follow: {error} "
                    "(TMPDIR names the folder for such files)"
                ) from error
            stage = open_throwaway(path)
            try:
                yield stage
            finally:
                stage.close()

    @contextmanager
    def _undone(self) -> Iterator[Database]:
        with self.engine.connect() as conn:
            whole = conn.begin()
            stage = _Rehearsal(conn)
            try:
                yield stage
            finally:
                whole.rollback()
                stage.end()

    def close(self) -> None:
        """Wait for what is under way, then close every connection."""
        self._writes.shutdown()
        self._reads.shutdown()
        self.engine.dispose()


class _Rehearsal(Database):
    """Everything happens in the one transaction that it was made in, each write in a savepoint."""

    def __init__(self, conn: sa.Connection) -> None:
        super().__init__(conn.engine)
        self._conn = conn

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A part of the transaction: undone by itself on an error."""
        with self._conn.begin_nested():
            yield self._conn

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """What was written so far, too."""
        yield self._conn

    def end(self) -> None:
        """Let its threads go; the engine belongs to the real database."""
        self._writes.shutdown()
        self._reads.shutdown()


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite file."""
    return sa.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_throwaway(path: Path) -> Database:
    """An SQLite database for as long as a command runs: what it holds may be lost with the power.

    Raises DatabaseTrouble as `open_database` does.
    """
    url = sa.make_url(sqlite_url(path))
    engine = _sqlite(url)
    sa.event.listen(engine, "connect", sqlite.trust_the_system)
    return _checked(engine, url)


def open_database(url: str) -> Database:
    """Open the database at a SQLAlchemy URL (`sqlite:///…` or `postgresql://…`).

    Makes the folder of an SQLite file. Raises DatabaseTrouble with what to do about it when the
    URL is malformed or of another kind, or the database cannot be reached, read or written.
    """
    try:
        parsed = sa.make_url(url)
    except ArgumentError:
        raise DatabaseTrouble(
            "the database URL is malformed: expected sqlite:///path/to/file.db "
            "or postgresql://user:password@host/name"
        ) from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return _checked(_postgresql(parsed), parsed)
    if kind == "sqlite":
        return _checked(_sqlite(parsed), parsed)
    raise DatabaseTrouble(
        f"databases of the kind {kind!r} are not supported: use SQLite or PostgreSQL"
    )


def _postgresql(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged; what people sent is not
            connect_args={"options": "-c timezone=utc"},
        )
    except NoSuchModuleError as error:  # pragma: no cover - psycopg is a dependency
        raise DatabaseTrouble(str(error)) from error


def _sqlite(url: sa.URL) -> sa.Engine:
    path = url.database
    if not path or path == ":memory:":
        raise DatabaseTrouble("the SQLite database needs a file: sqlite:///path/to/file.db")
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseTrouble(f"cannot make the folder of the database {path}: {error}") from error
    # Without the driver's own transaction handling, which would start them deferred.
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": sqlite.BUSY_SECONDS},
    )
    sa.event.listen(engine, "connect", sqlite.set_up)
    sa.event.listen(engine, "begin", sqlite.begin)
    return engine


def _checked(engine: sa.Engine, url: sa.URL) -> Database:
    database = Database(engine)
    where = _without_passwords(url)
    try:
        with database.begin() as conn:
            conn.execute(sa.text("SELECT 1"))
            if database.is_sqlite:
                conn.exec_driver_sql("PRAGMA schema_version").fetchone()
    except DBAPIError as error:
        database.close()
        raise DatabaseTrouble(
            f"cannot use the database {where}: {error.orig}{_advice(error)}"
        ) from None
    return database


def query_passwords(url: sa.URL) -> tuple[str, ...]:
    """The passwords in the query of a URL (`?password=…`), beside the one before its host."""
    given = url.normalized_query
    return tuple(v for name in given if name.lower() in PASSWORDS for v in given[name])


def _gave_way(error: DBAPIError) -> bool:
    """Whether PostgreSQL broke a transaction off since it and another waited for each other."""
    return getattr(error.orig, "sqlstate", None) == DEADLOCK


def _without_passwords(url: sa.URL) -> str:
    hidden = {name: "hidden" for name in url.query if name.lower() in PASSWORDS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _advice(error: DBAPIError) -> str:
    text = str(error.orig).lower()
    for sign, advice in (
        ("not a database", "it is no SQLite file or a damaged one: restore it from a backup"),
        ("malformed", "the file is damaged: restore it from a backup"),
        ("readonly", "the file or its folder cannot be written: check its owner and rights"),
        ("unable to open", "check that the folder exists and can be written"),
        ("locked", "another program holds it: close that program"),
        ("refused", "is PostgreSQL running, and are host and port right?"),
        ("password", "check the user and the password"),
    ):
        if sign in text:
            return f" ({advice})"
    return ""
