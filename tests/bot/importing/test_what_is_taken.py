"""Importing files: what gets onto record, and who is told of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.importing.files import Kind
from storage import control, events, places, sources, subscribers
from storage.model.control import Standing
from storage.model.places import Place
from storage.model.times import Precision
from tests.bot.importing.conftest import GOOD, NOW, REPORT, counts, load, write, write_json
from tests.builders import STORY, story

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database


def test_a_folder_is_imported_whole(db: Database) -> None:
    world = story()
    result = load(db, STORY)
    assert result.rejected == 0
    assert result.rejected_files == ()
    assert counts(result, Kind.REPORTS) == (len(world.reports), 0, 0, 0)
    with db.connect() as conn:
        kept = {p.id: p for p in places.all_places(conn)}
        assert kept.keys() == world.places.keys() | {"euphrates-road"}
        road = places.members(conn, "euphrates-road")
        assert [p.id for p in road] == ["al-qaim", "rawa", "ana"]
        assert set(kept["al-waleed"].aliases) == set(world.places["al-waleed"].aliases)
        assert set(kept["al-waleed"].part_of) == {"iraq-syria-border", "anbar"}
        assert sources.all_parties(conn) == world.parties
        assert sources.get_sources(conn, world.sources) == world.sources
        said = {r.id: r for p in kept for r in events.reports_of(conn, p)}
        [sheet] = events.sheets(conn, world.reports, now=NOW, alert=False)
        assert not events.differing(conn, sheet)
        assert all(r.recorded_at == NOW for r in said.values())
        assert len(said) == len(world.reports)


def test_the_status_is_there_right_after_an_import(db: Database) -> None:
    result = load(db, STORY)
    assert result.places == 8
    with db.connect() as conn:
        status = control.status_of(conn, "al-waleed")
    assert status is not None
    assert (status.holder, status.standing) == ("militants", Standing.DISPUTED)


def test_importing_twice_changes_nothing(db: Database) -> None:
    load(db, STORY)
    with db.connect() as conn:
        before = control.history_of(conn, "al-waleed")
    again = load(db, STORY)
    assert [c.new + c.changed for c in again.counts.values()] == [0, 0, 0, 0, 0]
    assert counts(again, Kind.REPORTS) == (0, 0, len(story().reports), 0)
    with db.connect() as conn:
        assert control.history_of(conn, "al-waleed") == before


def test_files_can_be_given_in_any_order(db: Database) -> None:
    files = [STORY / f"{kind}.csv" for kind in ("reports", "sources", "places", "parties")]
    assert load(db, *files).rejected == 0


def test_a_file_given_twice_is_read_once(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD)
    assert counts(load(filled, file, folder), Kind.REPORTS) == (1, 0, 0, 0)


def test_a_file_of_another_name_is_known_by_its_columns(filled: Database, folder: Path) -> None:
    write(folder / "what-if.csv", REPORT, GOOD)
    write(folder / "who.csv", "id,name,government_of", "un,United Nations,")
    write(folder / "where.csv", "id,name,kind,countries", "hit,Hit,town,iq")
    write(folder / "says.csv", "id,name,kind,reliability", "paper,a newspaper,media,b")
    result = load(filled, *folder.iterdir())
    assert {kind: c.new for kind, c in result.counts.items()} == {
        Kind.PLACES: 1,
        Kind.PARTIES: 1,
        Kind.SOURCES: 1,
        Kind.REPORTS: 1,
    }


def test_optional_columns_may_be_absent(db: Database, folder: Path) -> None:
    write(folder / "places.csv", "id,name,kind", "rabia,Rabia,crossing")
    write(folder / "parties.csv", "id,name", "kurdish,Kurdish forces")
    write(folder / "sources.csv", "id,name,kind", "agency,a news agency,media")
    write(folder / "reports.csv", REPORT, GOOD)
    assert load(db, folder).rejected == 0
    with db.connect() as conn:
        assert places.get_place(conn, "rabia") == Place("rabia", "Rabia", "crossing")
        assert sources.get_sources(conn, ["agency"])["agency"].reliability == "F"


def test_text_is_read_as_a_spreadsheet_writes_it(filled: Database, folder: Path) -> None:
    file = folder / "reports.csv"
    file.write_bytes(
        "\ufeffID, Place ,claim,party,source,reported_at,quote\r\n"
        ' r1 ,RABIA,Holds,kurdish,agency,2014-06-23,"„ja“, said ""x"""\r\n'
        ",,,,,,\r\n\r\n".replace("RABIA", "rabia").encode()
    )
    assert counts(load(filled, file), Kind.REPORTS) == (1, 0, 0, 0)
    with filled.connect() as conn:
        assert events.get_reports(conn, ["r1"])["r1"].quote == '„ja“, said "x"'


def test_lists_and_codes_are_tidied(db: Database, folder: Path) -> None:
    write(
        folder / "places.csv",
        "id,name,kind,countries,lat,lon,part_of,aliases",
        "hit,Hit,Town, iq | sy|IQ ,33.6,42.8,anbar|,هيت | Heet||هيت",
        "anbar,Anbar,AREA,iq,,,,",
    )
    assert load(db, folder).rejected == 0
    with db.connect() as conn:
        place = places.get_place(conn, "hit")
    assert (place.kind, place.countries, place.part_of) == ("town", ("IQ", "SY"), ("anbar",))
    assert set(place.aliases) == {"هيت", "Heet"}


def test_reports_come_as_json_lines_too(filled: Database, folder: Path) -> None:
    file = write_json(
        folder / "reports.jsonl",
        {
            "id": "r1",
            "place": "rabia",
            "claim": "holds",
            "party": "kurdish",
            "source": "agency",
            "reported_at": "2014-06-23T10:00:00+03:00",
            "credibility": 2,
            "url": "https://example.org/a?b=1",
            "via": ["one", "two"],
            "occurred_at": None,
            "quote": "قالت",
        },
    )
    assert counts(load(filled, file), Kind.REPORTS) == (1, 0, 0, 0)
    with filled.connect() as conn:
        report = events.get_reports(conn, ["r1"])["r1"]
    assert (report.credibility, report.quote, report.occurred) == (2, "قالت", None)
    assert (report.url, report.via) == ("https://example.org/a?b=1", "one|two")
    assert report.reported.at == datetime(2014, 6, 23, 7, tzinfo=UTC)


def test_a_bare_date_means_the_day(filled: Database, folder: Path) -> None:
    load(filled, write(folder / "reports.csv", REPORT, GOOD))
    with filled.connect() as conn:
        assert events.get_reports(conn, ["good"])["good"].reported.precision is Precision.DAY


def test_what_is_known_of_a_place_party_or_source_can_be_changed(
    filled: Database, folder: Path
) -> None:
    write(folder / "places.csv", "id,name,kind,aliases", "rawa,Rāwa,town,Rawe")
    write(folder / "parties.csv", "id,name", "militants,ISIL and allies")
    write(folder / "sources.csv", "id,name,kind,reliability", "agency,an agency,agency,A")
    result = load(filled, folder)
    assert [counts(result, k) for k in (Kind.PLACES, Kind.PARTIES, Kind.SOURCES)] == [
        (0, 1, 0, 0)
    ] * 3
    with filled.connect() as conn:
        place = places.get_place(conn, "rawa")
        assert place.name == "Rāwa"
        assert {"Rawe", "راوة"} <= set(place.aliases)
        assert sources.all_parties(conn)["militants"].rank == 1
        assert sources.get_sources(conn, ["agency"])["agency"].reliability == "A"
    assert all(c.changed == 0 for c in load(filled, folder).counts.values())


def test_a_party_may_stand_before_the_one_it_belongs_to(db: Database, folder: Path) -> None:
    write(folder / "parties.csv", "id,name,part_of", "army,the army,state", "state,the state,")
    assert load(db, folder).rejected == 0
    with db.connect() as conn:
        assert sources.all_parties(conn)["army"].part_of == "state"


def test_a_report_may_refer_to_one_that_comes_later_or_never(
    filled: Database, folder: Path
) -> None:
    rows = [
        "d1,rabia,denies,,government,2014-06-23,good",
        "d2,rabia,denies,,government,2014-06-23,never",
        f"{GOOD},",
    ]
    result = load(filled, write(folder / "reports.csv", f"{REPORT},refers_to", *rows))
    assert counts(result, Kind.REPORTS) == (3, 0, 0, 0)
    assert result.unresolved == 1


def test_a_report_that_stands_twice_refers_to_a_missing_one_but_once(
    filled: Database, folder: Path
) -> None:
    denies = "d1,rabia,denies,,government,2014-06-23,never"
    first = write(folder / "reports.csv", f"{REPORT},refers_to", denies, denies)
    again = write(folder / "again.csv", f"{REPORT},refers_to", denies)
    assert load(filled, first, again).unresolved == 1


def test_what_comes_much_later_in_the_import_counts_as_on_record(
    filled: Database, folder: Path
) -> None:
    rows = ["d1,rabia,denies,,government,2014-06-23,r1400"]
    rows += [GOOD.replace("good", f"r{n}") + "," for n in range(1500)]
    result = load(filled, write(folder / "reports.csv", f"{REPORT},refers_to", *rows))
    assert counts(result, Kind.REPORTS) == (1501, 0, 0, 0)
    assert result.unresolved == 0


def _subscribe(db: Database) -> None:
    with db.begin() as conn:
        chat = subscribers.ensure(conn, 1, is_group=False, now=NOW)
        subscribers.subscribe(conn, chat.id, "al-waleed", NOW)


def _taken(folder: Path) -> Path:
    row = "took,al-waleed,took,militants,colonel,2014-06-23"
    return write(folder / "more.csv", REPORT, row)


def _known(folder: Path) -> Path:
    row = "held,al-waleed,holds,iraq,background,2014-06-08"
    return write(folder / "reports.csv", REPORT, row)


def test_what_is_imported_is_told_to_nobody(filled: Database, folder: Path) -> None:
    _subscribe(filled)
    load(filled, _known(folder))
    result = load(filled, _taken(folder))
    assert (result.alerts, result.deliveries) == (0, 0)
    with filled.connect() as conn:
        status = control.status_of(conn, "al-waleed")
    assert status is not None
    assert status.holder == "militants"


def test_with_alert_subscribers_are_told(filled: Database, folder: Path) -> None:
    _subscribe(filled)
    load(filled, _known(folder), alert=True)
    result = load(filled, _taken(folder), alert=True)
    assert result.alerts >= 1
    assert result.deliveries == 1
