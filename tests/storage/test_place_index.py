"""One index of names for all questions: current, whoever changed the places."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import migrate, places
from storage.airports import with_codes
from storage.engine import Connection, Database, open_database, sqlite_url
from storage.model.names import Found, NotFound, resolve
from storage.model.places import Place
from storage.place_changes import changed_since, current_version, mark_changed
from storage.place_index import PlaceIndex
from storage.tables import aliases, areas
from storage.tables import places as places_table
from tests.builders import story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WORLD = story()


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        places.upsert_places(conn, WORLD.places.values())
    return db


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """The same database, as another process has it open."""
    database = open_database(database_url)
    yield database
    database.close()


def found(database: Database, index: PlaceIndex, query: str) -> str | None:
    with database.connect() as conn:
        answer = resolve(query, index.current(conn))
    return answer.place.id if isinstance(answer, Found) else None


def test_what_another_process_imports_is_known_from_the_next_question_on(
    filled: Database, other: Database
) -> None:
    index = PlaceIndex()
    assert found(filled, index, "rawah") == "rawa"
    with other.begin() as conn:
        places.upsert_places(conn, [replace(WORLD.places["rawa"], aliases=("Qunfudh",))])
        places.upsert_places(conn, [Place("faw", "Al Faw", "town")])
    assert found(filled, index, "qunfudh") == "rawa"
    assert found(filled, index, "faw") == "faw"
    assert found(filled, index, "rawah") == "rawa"


def test_every_way_to_change_a_place_is_known_from_the_next_question_on(filled: Database) -> None:
    index = PlaceIndex()

    def known() -> Place:
        with filled.connect() as conn:
            answer = resolve("rawah", index.current(conn))
        assert isinstance(answer, Found)
        return answer.place

    def seen(change: Callable[[Connection], None]) -> Place:
        with filled.connect() as conn:
            before = current_version(conn)
        with filled.begin() as conn:
            change(conn)
            assert current_version(conn) > before
        return known()

    assert "Qunfudh" in seen(lambda c: places.add_aliases(c, {"rawa": ["Qunfudh"]})).aliases
    assert "nineveh" in seen(lambda c: places.put_into_areas(c, [("nineveh", "rawa")])).part_of
    with filled.begin() as conn:
        places.upsert_places(conn, [Place("road", "Road", "corridor")])
    assert "road" in seen(lambda c: places.put_in_order(c, "road", ["ana", "rawa"])).part_of
    assert "road" not in seen(lambda c: places.put_in_order(c, "road", ["ana"])).part_of
    seen(lambda c: places.add_other_ids(c, {"rawa-2": "rawa"}))


def test_nothing_is_read_anew_while_no_place_has_changed(filled: Database) -> None:
    index = PlaceIndex()
    with filled.connect() as conn:
        first = index.current(conn)
        assert index.current(conn) is first
    with filled.begin() as conn:
        places.upsert_places(conn, [])
    with filled.connect() as conn:
        assert index.current(conn) is first


def test_a_change_that_was_rolled_back_is_not_known(filled: Database) -> None:
    def change() -> None:
        with filled.begin() as conn:
            places.upsert_places(conn, [Place("faw", "Al Faw", "town")])
            raise RuntimeError

    index = PlaceIndex()
    with pytest.raises(RuntimeError):
        change()
    assert found(filled, index, "faw") is None


def test_a_place_that_was_deleted_is_forgotten(filled: Database) -> None:
    index = PlaceIndex()
    assert found(filled, index, "ana") == "ana"
    with filled.begin() as conn:
        for table in (aliases, areas):
            conn.execute(table.delete().where(table.c.place_id == "ana"))
        conn.execute(places_table.delete().where(places_table.c.id == "ana"))
        mark_changed(conn, ["ana"])
    assert found(filled, index, "ana") is None


def test_an_empty_database_has_an_index_of_nothing(db: Database) -> None:
    with db.connect() as conn:
        index = PlaceIndex().current(conn)
    assert not index
    assert resolve("rawa", index) == NotFound()


def test_changes_are_numbered_in_their_order(db: Database) -> None:
    with db.begin() as conn:
        before = current_version(conn)
        mark_changed(conn, ["b", "a", "b"])
        mark_changed(conn, ["c"])
        mark_changed(conn, [])
        assert current_version(conn) == before + 2
        assert changed_since(conn, before) == ["a", "b", "c"]
        mark_changed(conn, ["a"])
        assert changed_since(conn, before + 2) == ["a"]


def test_places_from_before_changes_were_numbered_are_known(tmp_path: Path) -> None:
    database = open_database(sqlite_url(tmp_path / "old.db"))
    migrate.upgrade(database, "0001")
    with database.begin() as conn:
        conn.execute(
            sa.text(
                "INSERT INTO places (id, name, kind, countries) VALUES ('b', 'Ban', 'town', '')"
            )
        )
    migrate.upgrade(database)
    assert found(database, PlaceIndex(), "ban") == "b"
    database.close()


BAGHDAD = Place("bgw", "Baghdad airport", "airport", ("IQ",), 33.262, 44.235)


def test_an_airport_is_found_by_its_codes(db: Database) -> None:
    with db.begin() as conn:
        places.upsert_places(conn, [BAGHDAD])
    index = PlaceIndex()
    assert found(db, index, "ORBI") == "bgw"
    assert found(db, index, "bgw") == "bgw"


@pytest.mark.parametrize(
    "place",
    [
        replace(BAGHDAD, lat=None),
        replace(BAGHDAD, lat=34.0),
        replace(BAGHDAD, countries=()),
        replace(BAGHDAD, countries=("XX",)),
        replace(BAGHDAD, name="Baghdad", kind="town"),
    ],
)
def test_a_place_that_is_no_known_airport_gets_no_codes(place: Place) -> None:
    assert with_codes([place]) == [place]


def test_codes_come_after_the_names_that_were_given_and_only_once() -> None:
    named = replace(BAGHDAD, name="Baghdad air base", kind="base", aliases=("BGW", "بغداد"))
    assert [p.aliases for p in with_codes([named])] == [("BGW", "بغداد", "ORBI")]
