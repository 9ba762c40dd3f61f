"""A million chats addressed while others write: run by hand, on a machine that is idle.

    deploy/run test tests/benchmarks/test_fanout.py                 # both databases, some minutes
    deploy/run test tests/benchmarks/test_fanout.py -k sqlite       # or postgresql

One process records news for a million subscribers and addresses them, in chunks as the bot does
and by one INSERT … SELECT; another one writes what the bot writes (a report, a subscription, what
was sent and what is leased next) at any moment, and measures how long each of its transactions
took, from asking for it until it might write (on PostgreSQL that is at once) and until it was
committed. A processor that others keep busy shows in the figures: run it with `nice -n -15` there.
`WHOHOLDS_BENCH_CHATS` takes fewer chats.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from storage.engine import sqlite_url
from tests.benchmarks import million
from tests.benchmarks.side_by_side import ROOT, percentile, table

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(1800)

CHATS = int(os.environ.get("WHOHOLDS_BENCH_CHATS", "1000000"))
QUIET_SECONDS = 5
TOO_LONG = 0.05
WAITS = (
    "beside",
    "transactions",
    *(f"{what} {share}" for what in ("to begin", "in all") for share in ("p50", "p99", "max")),
    "in all above 50 ms",
)
WORK = (
    "",
    "took",
    "of a processor",
    "transactions",
    "the check's",
    "median",
    "longest",
    "more memory",
)
WAYS = {"ours": "Who Holds, in chunks", "naive": "one INSERT … SELECT"}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_others_write_while_a_million_chats_are_addressed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    place = _files(tmp_path) if kind == "sqlite" else _server(request)
    waits, works, whole = [], [], {}
    with place as database:
        with database() as url, million.writer(url) as writer:
            time.sleep(QUIET_SECONDS)
            waits.append(_waits_row("nothing", million.stopped(writer)))
        for way, name in WAYS.items():
            with database() as url, million.writer(url) as writer:
                found = _run("address", url, way)
                took = million.stopped(writer)
            # Those that were under way or asked for while it went on.
            took = [t for t in took if t[0] < found["ended"] and t[0] + t[2] > found["began"]]
            waits.append(_waits_row(name, took))
            works.append(_work_row(name, found))
            whole[way] = [seconds for _, _, seconds in took]
            assert found["chats"] == CHATS
    with capsys.disabled():
        heading = f"{kind}: transactions of another process while {CHATS:,} chats are addressed"
        print(table(heading, WAITS, waits))
        print(table(f"{kind}: the addressing", WORK, works))
    assert percentile(whole["ours"], 99) < TOO_LONG
    assert max(whole["ours"]) < max(whole["naive"])


def _waits_row(name: str, took: list[tuple[float, float, float]]) -> tuple[str, ...]:
    begun, whole = [t[1] for t in took], [t[2] for t in took]
    above = sum(seconds > TOO_LONG for seconds in whole)
    return (
        name,
        f"{len(took):,}",
        *(_ms(s[k]) for s in (_figures(begun), _figures(whole)) for k in range(3)),
        f"{above} ({100 * above / len(took):.2f} %)",
    )


def _figures(seconds: list[float]) -> tuple[float, float, float]:
    # One statement may leave room for a single other transaction.
    if len(seconds) < 2:
        return seconds[0], seconds[0], seconds[0]
    return percentile(seconds, 50), percentile(seconds, 99), max(seconds)


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"


def _work_row(name: str, found: dict[str, float]) -> tuple[str, ...]:
    seconds = found["ended"] - found["began"]
    return (
        name,
        f"{seconds:.1f} s",
        f"{100 * found['processor'] / seconds:.0f} %",
        f"{found['chunks']:,}",
        _ms(found["first"]),
        _ms(found["usually_held"]),
        _ms(found["held"]),
        f"{found['megabytes']:.0f} MB",
    )


@contextmanager
def _files(folder: Path) -> Iterator[Any]:
    """Gives databases of their own, each with all the subscribers: SQLite files."""
    template = folder / "template.db"
    million.fill(sqlite_url(template), CHATS)

    @contextmanager
    def database() -> Iterator[str]:
        file = Path(shutil.copy(template, folder / "whoholds.db"))
        yield sqlite_url(file)
        for part in folder.glob("whoholds.db*"):
            part.unlink()

    yield database
    template.unlink()


@contextmanager
def _server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The same on a PostgreSQL server, which writes to the disk here as it does for real."""
    server = request.getfixturevalue("postgres_server")
    admin = sa.create_engine(
        sa.make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )

    def run(*statements: str) -> None:
        with admin.connect() as conn:
            for statement in statements:
                conn.exec_driver_sql(statement)

    def url_of(name: str) -> str:
        return sa.make_url(server).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def database() -> Iterator[str]:
        run("CREATE DATABASE bench TEMPLATE bench_template", "CHECKPOINT")
        yield url_of("bench")
        run("DROP DATABASE bench WITH (FORCE)")

    run("ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()")
    run("CREATE DATABASE bench_template TEMPLATE template0")
    million.fill(url_of("bench_template"), CHATS)
    yield database
    run("DROP DATABASE bench_template WITH (FORCE)")
    run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    admin.dispose()


def _run(*arguments: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.million", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
