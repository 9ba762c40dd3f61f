"""What an import would raise is found out first, and nothing of that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.importing.rehearsal import Rehearsed, rehearse
from storage import subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.tables import alerts, inbox, reports, statuses
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


def test_a_rehearsal_that_fails_leaves_nothing_either(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD)
    before = rows_of(filled)
    with filled.rehearsal() as stage:
        load(stage, file)
        assert rows_of(stage) != before
        with stage.connect() as conn:
            assert conn.scalar(sa.select(sa.func.count()).select_from(reports)) == 1
    assert rows_of(filled) == before
