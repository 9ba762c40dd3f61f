"""What reports name is asked for once in an import, and again when the places have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.importing.named import Named
from storage.model.places import Place
from storage.model.sources import Grade, Source
from storage.places import upsert_places
from storage.sources import upsert_sources
from tests.builders import clock_of

if TYPE_CHECKING:
    from storage.engine import Database


def test_a_place_that_comes_or_becomes_another_meanwhile_is_seen(db: Database) -> None:
    named = Named()
    with db.begin() as conn:
        named.look_up(conn, {"ford"}, {"desk"}, ())
        assert named.places == {}
        upsert_places(conn, [Place("ford", "Ford", "town", ("IQ",))])
        named.look_up(conn, {"ford"}, {"desk"}, ())
        assert named.places == {"ford": ("ford", False)}
        upsert_places(conn, [Place("ford", "Ford", "area", ("IQ",))])
        named.look_up(conn, {"ford"}, {"desk"}, ())
        assert named.places == {"ford": ("ford", True)}


def test_a_source_that_comes_meanwhile_is_seen(db: Database) -> None:
    named = Named()
    with db.begin() as conn:
        named.look_up(conn, {"ford"}, {"desk"}, ())
        assert named.sources == set()
        upsert_sources(conn, [Source("desk", "the desk", "media", None, Grade.B)], clock_of(1))
        named.look_up(conn, {"ford"}, {"desk"}, ())
        assert named.sources == {"desk"}
