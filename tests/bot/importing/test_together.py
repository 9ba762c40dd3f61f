"""How much of a file goes into a transaction: little where somebody else might wait for it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.importing import bulk
from storage import events, subscribers
from storage.engine import open_database
from storage.tables import reports
from tests.bot.importing.conftest import NOW, REPORT, load, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.engine import Database

BATCH = 10
LINES = [
    f"r{n},{('rabia', 'al-waleed')[n % 2]},holds,kurdish,agency,2014-06-23" for n in range(600)
]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BATCH", BATCH)
    monkeypatch.setattr(bulk, "ALONE", 6)


def transactions(
    db: Database, folder: Path, before: Callable[[int], None] = lambda _number: None
) -> list[int]:
    """How many reports each transaction of an import records; first something else is done, with
    the number of those that have.
    """
    totals = [0]

    def execute(_conn: Any, _cursor: Any, statement: str, *_: object) -> None:
        if statement == "BEGIN IMMEDIATE":
            before(len(totals) - 1)

    def commit(conn: sa.Connection) -> None:
        number = conn.scalar(sa.select(sa.func.count()).select_from(reports)) or 0
        if number > totals[-1]:
            totals.append(number)

    sa.event.listen(db.engine, "before_cursor_execute", execute)
    sa.event.listen(db.engine, "commit", commit)
    load(db, write(folder / "reports.csv", REPORT, *LINES))
    sa.event.remove(db.engine, "before_cursor_execute", execute)
    sa.event.remove(db.engine, "commit", commit)
    return [after - before for before, after in pairwise(totals)]


def test_the_longer_nobody_else_writes_the_more_goes_into_a_transaction(
    filled: Database, folder: Path
) -> None:
    sizes = transactions(filled, folder)
    assert sum(sizes) == len(LINES)
    assert sizes[:5] == [BATCH] * 5
    assert set(sizes[7:-1]) == {bulk.TOGETHER * BATCH}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_has_written_waits_for_little_from_then_on(
    filled: Database, folder: Path, database_url: str
) -> None:
    other = open_database(database_url)
    wrote: list[int] = []

    def write_once(number: int) -> None:
        if number == 10 and not wrote:
            wrote.append(number)
            with other.begin() as conn:
                subscribers.ensure(conn, 1, is_group=False, now=NOW)

    sizes = transactions(filled, folder, write_once)
    other.close()
    assert sum(sizes) == len(LINES)
    # This one had begun to be read.
    assert sizes[9:11] == [bulk.TOGETHER * BATCH] * 2
    assert sizes[11:15] == [BATCH] * 4
