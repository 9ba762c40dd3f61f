"""Places, areas, parties and sources, kept and read back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from storage import places, sources
from storage.model.errors import UnknownPlace
from storage.model.parties import Party
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.engine import Database

WORLD = story()


@pytest.fixture
def filled(db: Database) -> Database:
    with db.begin() as conn:
        load(conn, WORLD)
    return db


def test_everything_reads_back_as_it_was_given(filled: Database) -> None:
    with filled.connect() as conn:
        kept = {p.id: p for p in places.all_places(conn)}
        assert sources.all_parties(conn) == WORLD.parties
        assert sources.get_sources(conn, WORLD.sources) == WORLD.sources
    assert kept == {
        p.id: replace(p, part_of=tuple(sorted(p.part_of)), aliases=tuple(sorted(p.aliases)))
        for p in WORLD.places.values()
    }


def test_giving_something_again_with_another_name_renames_it(filled: Database) -> None:
    renamed = replace(WORLD.places["rawa"], name="Rawah", aliases=("Rava",))
    with filled.begin() as conn:
        places.upsert_places(conn, [renamed])
        kept = places.get_place(conn, "rawa")
    assert kept.name == "Rawah"
    assert {"Rava", "Rawah", "راوة"} <= {*kept.aliases}


def test_an_unknown_place_is_an_error_that_names_it(filled: Database) -> None:
    with filled.connect() as conn, pytest.raises(UnknownPlace, match="nowhere"):
        places.get_place(conn, "nowhere")


def test_an_area_knows_its_places_and_a_place_its_areas_the_border_first(
    filled: Database,
) -> None:
    with filled.connect() as conn:
        inside = places.members(conn, "iraq-syria-border")
        of = places.areas_of(conn, ["al-waleed", "anbar"])
    assert [p.id for p in inside] == ["al-waleed", "al-qaim", "rabia"]
    assert [a.id for a in of["al-waleed"]] == ["iraq-syria-border", "anbar"]
    assert of["anbar"] == []


def test_a_party_keeps_its_rank_and_may_come_before_the_one_it_belongs_to(
    filled: Database,
) -> None:
    with filled.begin() as conn:
        sources.upsert_parties(
            conn,
            [
                Party("guards", "border guards", part_of="army"),
                Party("army", "the army", part_of="iraq"),
                replace(WORLD.parties["militants"], name="the militants"),
            ],
        )
        kept = sources.all_parties(conn)
    assert kept["militants"].rank == 1
    assert kept["militants"].name == "the militants"
    assert (kept["guards"].part_of, kept["guards"].rank) == ("army", 3)
