"""How much of a file goes into a transaction: little where somebody else might wait for it."""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.importing import bulk, import_paths
from storage import events, subscribers
from storage.engine import open_database
from storage.tables import inbox, reports
from tests.bot.importing.conftest import NOW, REPORT, load, reasons, write

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


def test_a_report_that_refers_to_an_earlier_one_waits_for_the_place_of_both(
    filled: Database, folder: Path
) -> None:
    # In the order of the places, what is denied would come after what denies it.
    denied = "about,rabia,holds,kurdish,agency,2014-06-23,"
    others = [f"{line}," for line in LINES[1 : 3 * BATCH : 2]]
    denies = "no,al-waleed,denies,kurdish,agency,2014-06-24,about"
    file = write(folder / "reports.csv", f"{REPORT},refers_to", denied, denies, *others)
    import_paths(filled, [file], now=NOW, alert=False, policy=None)
    with filled.connect() as conn:
        places = conn.scalars(sa.select(inbox.c.place_id).where(inbox.c.report_id == "no"))
        assert set(places) == {"rabia", "al-waleed"}


def test_rejected_rows_stand_in_the_order_of_the_file(filled: Database, folder: Path) -> None:
    # In the order of the places, they would come in two parts.
    lines = [line.replace("agency", "nobody") for line in LINES]
    result = load(filled, write(folder / "reports.csv", REPORT, *lines))
    assert [int(line) for line, *_ in reasons(result)] == list(range(2, len(lines) + 2))


def test_an_import_that_fails_leaves_no_thread_at_work(filled: Database, folder: Path) -> None:
    threads: set[threading.Thread] = set()

    def note(_path: Path, _bytes_read: int) -> None:
        threads.add(threading.current_thread())

    def fail(_conn: Any, _cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO inbox"):
            raise RuntimeError("no room")

    sa.event.listen(filled.engine, "before_cursor_execute", fail)
    file = write(folder / "reports.csv", REPORT, *LINES)
    # Its traceback holds everything that was under way.
    with pytest.raises(RuntimeError, match="no room") as _failed:
        import_paths(filled, [file], now=NOW, alert=False, progress=note)
    assert len(threads) == 1
    assert not any(thread.is_alive() for thread in threads)
