"""What an import would raise is found out first, and nothing of that stays."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.importing.rehearsal import Rehearsed, rehearse
from storage import addressing, subscribers
from storage.engine import open_database
from storage.model.errors import DatabaseTrouble
from storage.model.policy import DEFAULT_POLICY
from storage.tables import alerts, inbox, reports, statuses
from storage.tables import subscribers as chats
from tests.bot.importing.conftest import GOOD, NOW, REPORT, load, write

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

TOOK = "took,rabia,took,militants,agency,2014-06-24"


def subscribe(db: Database, *chats: int) -> None:
    with db.begin() as conn:
        for number in chats:
            chat = subscribers.ensure(conn, number, is_group=False, now=NOW)
            subscribers.subscribe(conn, chat.id, "rabia", NOW)


def rows_of(db: Database) -> list[int]:
    with db.connect() as conn:
        tables = (reports, inbox, alerts, statuses)
        return [conn.scalar(sa.select(sa.func.count()).select_from(t)) or 0 for t in tables]


def test_what_would_be_raised_is_what_is_raised_then(filled: Database, folder: Path) -> None:
    subscribe(filled, 1, 2)
    load(filled, write(folder / "past.csv", REPORT, GOOD))
    before = rows_of(filled)
    file = write(folder / "reports.csv", REPORT, TOOK, TOOK.replace("agency", "nobody"))
    file.with_name("reports.rejected.csv").write_text("line,column,reason\nof before\n")
    found = rehearse(filled, [file], now=NOW, policy=DEFAULT_POLICY)
    assert found == Rehearsed(alerts=1, chats=2, rejected=1)
    assert rows_of(filled) == before
    assert "of before" in file.with_name("reports.rejected.csv").read_text()
    result = load(filled, file, alert=True)
    assert (result.alerts, result.deliveries, result.rejected) == (1, 2, 1)


def test_all_chats_are_counted_however_few_are_addressed_at_once(
    filled: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addressing, "AT_ONCE", 2)
    subscribe(filled, *range(1, 6))
    load(filled, write(folder / "past.csv", REPORT, GOOD))
    file = write(folder / "reports.csv", REPORT, TOOK)
    assert rehearse(filled, [file], now=NOW, policy=DEFAULT_POLICY).chats == 5


def test_a_rehearsal_that_fails_leaves_nothing_either(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD)
    before = rows_of(filled)
    with filled.rehearsal() as stage:
        load(stage, file)
        assert rows_of(stage) != before
        with stage.connect() as conn:
            assert conn.scalar(sa.select(sa.func.count()).select_from(reports)) == 1
    assert rows_of(filled) == before


def test_others_write_during_a_rehearsal(filled: Database, database_url: str, folder: Path) -> None:
    other = open_database(database_url)
    with filled.rehearsal() as stage:
        load(stage, write(folder / "reports.csv", REPORT, GOOD))
        subscribe(other, 7)  # fails after a while where it has to wait for the end
        subscribe(filled, 8)
        with stage.connect() as conn:
            assert conn.scalar(sa.select(sa.func.count()).select_from(reports)) == 1
    other.close()
    with filled.connect() as conn:
        assert set(conn.scalars(sa.select(chats.c.chat_id))) == {7, 8}
        assert conn.scalar(sa.select(sa.func.count()).select_from(reports)) == 0


def test_a_rehearsal_leaves_no_copy_behind(
    filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    with filled.rehearsal():
        assert bool(list(room.iterdir())) == filled.is_sqlite
    assert not list(room.iterdir())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the other needs no copy
def test_without_room_for_a_copy_the_rehearsal_says_so(filled: Database) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(DatabaseTrouble, match="TMPDIR"), filled.rehearsal():
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
