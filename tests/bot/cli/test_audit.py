"""`audit`, as somebody calls it: what owners and editors did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage import audit
from storage.engine import open_database, sqlite_url
from storage.model.audit import Act
from storage.model.roles import Actor
from tests.bot.cli.conftest import Command, objects

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)


def test_every_entry_is_listed_oldest_first(whoholds: Command, data: Path) -> None:
    whoholds("migrate")
    assert whoholds("audit").out == "nothing has been done yet\n"
    assert whoholds("audit", "--json").out == ""
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        audit.note(conn, Actor(7, "Ann\n(@ann)"), Act.INVITED, {}, NOW)
        audit.note(conn, Actor(8, "Bob"), Act.ROLE_GIVEN, {"by": "Ann", "as": ""}, NOW)
    database.close()
    assert whoholds("audit").out.splitlines() == [
        "2014-06-23 14:00  Ann (@ann) [7]  invited",
        "2014-06-23 14:00  Bob [8]  role-given: by Ann",
    ]
    assert objects(whoholds("audit", "--json"))[1] == {
        "id": 2,
        "at": "2014-06-23T14:00:00Z",
        "actor": 8,
        "name": "Bob",
        "act": "role-given",
        "about": {"by": "Ann", "as": ""},
    }
