"""The log of what owners and editors did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from storage import audit
from storage.model.audit import Act
from storage.model.roles import Actor

if TYPE_CHECKING:
    from storage.engine import Database

NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)
ANN = Actor(7, "Ann")


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        for n in range(3):
            audit.note(conn, ANN, Act.ROLE_TAKEN, {"from": f"Editor {n}"}, NOW)
    return db


def test_entries_come_newest_first_by_parts_or_all_in_order(filled: Database) -> None:
    with filled.connect() as conn:
        assert audit.count(conn) == 3
        assert [e.about["from"] for e in audit.some(conn, 1, 5)] == ["Editor 1", "Editor 0"]
        first, *_ = audit.in_order(conn)
    assert (first.at, first.actor, first.act) == (NOW, ANN, Act.ROLE_TAKEN)
    assert first.about == {"from": "Editor 0"}


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 8", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_log(filled: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), filled.begin() as conn:
        conn.exec_driver_sql(statement)
    with filled.connect() as conn:
        assert audit.count(conn) == 3
