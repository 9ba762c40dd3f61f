"""The lists that are ready to be loaded, and the commands that load and show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.gazetteer.lists import country_name, crossings, crossings_of, towns_of
from bot.importing import import_paths
from bot.importing.files import Kind
from storage import memory, places
from storage.engine import open_database, sqlite_url
from storage.gazetteer import adopt
from storage.model.errors import BadInput
from storage.model.geo import distance_km
from storage.model.places import CROSSINGS, GEONAMES, check_id
from storage.model.sameness import name_keys
from tests.bot.cli.conftest import Command, data, whoholds
from tests.bot.importing.conftest import NOW
from tests.builders import STORY

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

__all__ = ["data", "whoholds"]  # fixtures
# What the bot covers.
COUNTRIES = [
    "IQ",
    "SY",
    "JO",
    "TR",
    "IR",
    "KW",
    "SA",
    "LB",
    "IL",
    "PS",
    "EG",
    "UA",
    "PL",
    "MD",
    "RO",
    "RU",
    "BY",
]


def test_every_crossing_is_whole() -> None:
    listed = crossings()
    ids = {p.id for p in listed}
    assert len(ids) == len(listed)
    for place in listed:
        check_id(place.id)
        assert place.origin == CROSSINGS
        assert place.countries
        assert {*place.part_of} <= ids
        if not place.is_area:
            assert place.kind == "crossing"
            assert place.position is not None
            assert place.aliases, place.name


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_that_is_covered_has_crossings_and_towns(country: str) -> None:
    found = crossings_of([country])
    assert len([p for p in found if not p.is_area]) >= 3
    assert any(p.is_area for p in found)


def test_crossings_of_one_name_are_far_apart() -> None:
    listed = [p for p in crossings() if not p.is_area]
    for one in listed:
        for other in listed:
            if one.id < other.id and name_keys(one) & name_keys(other):
                assert one.position is not None
                assert other.position is not None
                assert distance_km(one.position, other.position) > 5, (one.id, other.id)


def test_towns_are_named_as_people_write_them() -> None:
    towns = {p.name: p for p in towns_of({"IQ"}, 15000)}
    ramadi = towns["Ramadi"]
    assert (ramadi.id, ramadi.kind, ramadi.origin) == ("gn-98717", "city", GEONAMES)
    assert "الرمادى" in ramadi.aliases
    assert "Рамади" in ramadi.aliases
    assert not {"XTM", "la ma di", "拉馬迪"} & {*ramadi.aliases}
    assert {p.kind for p in towns.values()} == {"town", "city"}


def test_a_code_that_is_no_country_is_refused() -> None:
    assert country_name("PS") == "Palestinian Territories"
    for code in ("XX", "iq", "IRQ", "001"):
        with pytest.raises(BadInput, match="no ISO 3166 country code"):
            country_name(code)


def test_the_storys_places_and_the_list_are_one_whichever_comes_first(db: Database) -> None:
    listed = crossings_of(["IQ"])
    import_paths(db, [STORY], now=NOW, alert=False)
    with db.begin() as conn:
        done = adopt(conn, listed)
        assert done.merged["al-waleed-crossing"] == "al-waleed"
        assert "trebil-crossing" in done.merged
        kept = places.get_place(conn, "al-waleed")
    assert (kept.name, kept.origin, kept.position) == ("Al Waleed", "", (33.42, 38.93))


def test_a_place_of_a_list_keeps_its_id_when_an_operator_brings_it_and_gets_its_words(
    db: Database,
) -> None:
    with db.begin() as conn:
        adopt(conn, crossings_of(["IQ"]))
    first = import_paths(db, [STORY], now=NOW, alert=False)
    assert first.rejected == 0
    with db.connect() as conn:
        kept = places.get_place(conn, "al-waleed")
        assert kept.id == "al-waleed-crossing"
        assert (kept.origin, kept.position) == ("", (33.42, 38.93))
        assert {"iraq-syria-border", "anbar"} <= {*kept.part_of}
        road = [p.id for p in places.members(conn, "euphrates-road")]
    assert road == ["al-qaim-crossing", "rawa", "ana"]
    again = import_paths(db, [STORY], now=NOW, alert=False)
    counts = again.counts
    assert counts[Kind.PLACES].new + counts[Kind.PLACES].changed == 0
    assert counts[Kind.CORRIDORS].new + counts[Kind.CORRIDORS].changed == 0
    assert counts[Kind.REPORTS].unchanged == first.counts[Kind.REPORTS].new
    assert again.rejected == 0


def test_countries_are_loaded_and_listed(whoholds: Command) -> None:
    before = whoholds("gazetteer", "list")
    assert before.code == 0
    assert "IQ  Iraq" in before.out
    ran = whoholds("gazetteer", "add", "jo", "--people", "15000")
    assert ran.code == 0
    assert ran.out.startswith("Jordan: 4 borders, 9 crossings, 34 towns\n")
    assert ran.out.splitlines()[-1] == "Towns: GeoNames (https://www.geonames.org), CC BY 4.0"
    again = whoholds("gazetteer", "add", "JO", "--people", "15000")
    assert "new" not in again.out
    [line] = [row for row in whoholds("gazetteer", "list").out.splitlines() if row[:2] == "JO"]
    assert line.split() == ["JO", "Jordan", "9", "9", "76", "34"]
    assert "no report on record" in whoholds("status", "Aqaba").out


def test_crossings_come_without_towns_where_that_is_asked_for(whoholds: Command) -> None:
    ran = whoholds("gazetteer", "add", "JO", "--no-towns")
    assert "0 towns" in ran.out
    assert "GeoNames" not in ran.out
    none = whoholds("gazetteer", "add", "FJ", "--no-towns")
    assert none.code == 2
    assert "no list has a place in Fiji" in none.err


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["XX"], "'XX' is no ISO 3166 country code"),
        (["JO", "--people", "7"], "--people: 7 is none of 500, 1000, 5000, 15000"),
    ],
)
def test_what_cannot_be_loaded_is_refused(whoholds: Command, args: list[str], problem: str) -> None:
    ran = whoholds("gazetteer", "add", *args)
    assert ran.code == 2
    assert problem in ran.err


def test_an_id_that_is_taken_is_told(whoholds: Command, tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("id,name,kind,countries\nomari-crossing,Omari Hill,hill,JO\n", encoding="utf-8")
    assert whoholds("import", file).code == 0
    ran = whoholds("gazetteer", "add", "JO", "--no-towns")
    assert "not loaded: the id omari-crossing is another place on record" in ran.err


def test_wishes_are_listed(whoholds: Command, data: Path) -> None:
    assert whoholds("migrate").code == 0
    assert whoholds("wishes").out == "nobody misses a place\n"
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        memory.wish(conn, 1, "Thule", "thule", NOW)
        memory.wish(conn, 2, "\u202eThule", "thule", NOW)
        memory.wish(conn, 1, "Xanadu", "xanadu", NOW)
    database.close()
    lines = whoholds("wishes").out.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "1"]
    assert [line.split()[-1] for line in lines] == ["Thule", "Xanadu"]


# Corridors in files.

PLACES = (
    "id,name,kind,countries\na,A-town,town,IQ\nb,B-town,town,SY\nc,C-town,town,SY\nn,North,area,\n"
)


def corridors(db: Database, folder: Path, *rows: str) -> tuple[int, int, list[str]]:
    """How many corridors were new and changed, and why others were rejected."""
    (folder / "places.csv").write_text(PLACES, encoding="utf-8")
    text = "\n".join(["id,name,places,aliases", *rows, ""])
    (folder / "corridors.csv").write_text(text, encoding="utf-8")
    result = import_paths(db, [folder], now=NOW, alert=False)
    rejected = [file.read_text(encoding="utf-8") for file in result.rejected_files]
    reasons = [line.split(",")[2] for text in rejected for line in text.splitlines()[1:]]
    counts = result.counts[Kind.CORRIDORS]
    return counts.new, counts.changed, reasons


def test_a_corridor_keeps_the_order_of_its_places(db: Database, tmp_path: Path) -> None:
    assert corridors(db, tmp_path, "r,The road,c a b,Old road") == (1, 0, [])
    with db.connect() as conn:
        road = places.get_place(conn, "r")
        assert [p.id for p in places.members(conn, "r")] == ["c", "a", "b"]
        assert road.is_corridor
        assert road.countries == ("SY", "IQ")
    assert corridors(db, tmp_path, "r,The road,c a b,") == (0, 0, [])
    assert corridors(db, tmp_path, "r,The road,b a,Old road") == (0, 1, [])
    with db.connect() as conn:
        assert [p.id for p in places.members(conn, "r")] == ["b", "a"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("r,Road,a", "lists 1; a corridor has 2 to 500 places"),
        ("r,Road,", "is missing"),
        ("r,Road,a a", "lists 'a' twice"),
        ("r,Road,a x", "no place has the id 'x'"),
        ("r,Road,a n", "'n' is area and no place"),
        ("a,Road,a b", "is on record as 'town': use another id"),
        ("r,Road,a ???", "'???' is no id: 1 to 48 of A–Z"),
    ],
)
def test_a_corridor_that_cannot_be_is_rejected_with_the_reason(
    db: Database, tmp_path: Path, row: str, reason: str
) -> None:
    _, _, [why] = corridors(db, tmp_path, f"{row},")
    assert why.strip('"').startswith(reason)


def test_a_list_of_places_has_no_corridors_and_no_parts_of_them(
    db: Database, tmp_path: Path
) -> None:
    corridors(db, tmp_path, "r,The road,c a b,")
    file = tmp_path / "more-places.csv"
    file.write_text(
        "id,name,kind,countries,part_of\nq,Q,corridor,,\nd,D-town,town,,r\n", encoding="utf-8"
    )
    result = import_paths(db, [file], now=NOW, alert=False)
    [rejected] = result.rejected_files
    text = rejected.read_text(encoding="utf-8")
    assert "corridors stand in a list of their own" in text
    assert "'r' is a corridor: list its places there" in text
