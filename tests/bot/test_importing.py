"""Importing files: what gets onto record, what is refused and why, and what follows."""

from __future__ import annotations

import csv
import json
import os
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.importing import ImportResult, import_paths
from bot.importing.files import Kind
from storage import control, events, places, sources, subscribers
from storage.model.control import Standing
from storage.model.errors import BadInput, WhoHoldsError
from storage.model.places import Place
from storage.model.times import Precision
from tests.builders import STORY, story

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.engine import Database

NOW = datetime(2014, 6, 25, tzinfo=UTC)
REPORT = "id,place,claim,party,source,reported_at"
GOOD = "good,rabia,holds,kurdish,agency,2014-06-23"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def filled(db: Database) -> Database:
    """A database with the places, parties and sources of the story, and no report."""
    load(db, *(STORY / f"{kind}.csv" for kind in ("places", "parties", "sources")))
    return db


def load(db: Database, *paths: Path, alert: bool = False, now: datetime = NOW) -> ImportResult:
    return import_paths(db, paths, now=now, alert=alert)


def write(path: Path, *lines: str) -> Path:
    """A file of lines; a surrogate stands for a byte that is not UTF-8."""
    text = "".join(f"{line}\n" for line in lines)
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    return path


def write_json(path: Path, *objects: Any) -> Path:
    return write(path, *(json.dumps(o, ensure_ascii=False) for o in objects))


def rejected(result: ImportResult) -> list[dict[str, str]]:
    """The rows of every file of rejected rows."""
    rows: list[dict[str, str]] = []
    for path in result.rejected_files:
        with path.open(encoding="utf-8", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def reasons(result: ImportResult) -> list[tuple[str, str, str]]:
    return [(row["line"], row["column"], row["reason"]) for row in rejected(result)]


def counts(result: ImportResult, kind: Kind) -> tuple[int, int, int, int]:
    found = result.counts[kind]
    return (found.new, found.changed, found.unchanged, found.rejected)


# What gets onto record


def test_a_folder_is_imported_whole(db: Database) -> None:
    world = story()
    result = load(db, STORY)
    assert result.rejected == 0
    assert result.rejected_files == ()
    assert counts(result, Kind.REPORTS) == (len(world.reports), 0, 0, 0)
    with db.connect() as conn:
        kept = {p.id: p for p in places.all_places(conn)}
        assert kept.keys() == world.places.keys()
        assert set(kept["al-waleed"].aliases) == set(world.places["al-waleed"].aliases)
        assert set(kept["al-waleed"].part_of) == {"iraq-syria-border", "anbar"}
        assert sources.all_parties(conn) == world.parties
        assert sources.get_sources(conn, world.sources) == world.sources
        said = {r.id: r for p in kept for r in events.reports_of(conn, p)}
        assert not events.differing(conn, world.reports)
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
    assert [c.new + c.changed for c in again.counts.values()] == [0, 0, 0, 0]
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


def test_what_comes_much_later_in_the_import_counts_as_on_record(
    filled: Database, folder: Path
) -> None:
    rows = ["d1,rabia,denies,,government,2014-06-23,r1400"]
    rows += [GOOD.replace("good", f"r{n}") + "," for n in range(1500)]
    result = load(filled, write(folder / "reports.csv", f"{REPORT},refers_to", *rows))
    assert counts(result, Kind.REPORTS) == (1501, 0, 0, 0)
    assert result.unresolved == 0


# Alerts


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


# Rows that cannot be taken

BAD_REPORTS = [
    ("id", "", "is missing"),
    ("id", "x" * 201, "has 201 characters; at most 200"),
    ("id", "a\u200bb", "contains a character that cannot be seen"),
    ("id", "a\u202eb", "contains the control character U+202E"),
    ("place", "", "is missing"),
    ("place", "no/id", "'no/id' is no id"),
    ("place", "rafah", "no place has the id 'rafah'"),
    ("place", "anbar", "'anbar' is an area: report on its places"),
    ("claim", "", "is missing"),
    ("claim", "owns", "'owns' is none of holds, took, left, fighting, denies, retracts"),
    ("party", "", "is missing: who holds the place?"),
    ("party", "martians", "no party has the id 'martians'"),
    ("source", "", "is missing"),
    ("source", "nobody", "no source has the id 'nobody'"),
    ("reported_at", "", "is missing"),
    ("reported_at", "yesterday", "'yesterday' is not a time"),
    ("reported_at", "2014-06-27", "2014-06-27 is still to come"),
    ("reported_at", "0001-01-01T00:00:00+10:00", "is outside the years 1900 to 2199"),
    ("occurred_at", "22.6.2014", "'22.6.2014' is not a time"),
    ("occurred_at", "2014-06-24", "2014-06-24 is after it was reported (2014-06-23)"),
    ("url", "ftp://host/x", "'ftp://host/x' is no http or https address"),
    ("url", "javascript:alert(1)", "is no http or https address"),
    ("url", "http://[", "is no http or https address"),
    ("url", "https://host/a b", "is no http or https address"),
    ("url", "https://host/" + "x" * 2000, "has 2013 characters; at most 2000"),
    ("quote", "x" * 4001, "has 4001 characters; at most 4000"),
    ("quote", "two\nlines", "contains a line break"),
    ("quote", "bell\a", "contains the control character U+0007"),
    ("quote", "nul\0", "contains the control character U+0000"),
    ("via", "x" * 201, "has 201 characters; at most 200"),
    ("refers_to", "bad", "a report cannot refer to itself"),
    ("credibility", "7", "'7' is no grade from 1 to 6"),
    ("credibility", "1.0", "'1.0' is no grade from 1 to 6"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_REPORTS)
def test_a_bad_report_is_rejected_with_line_column_and_reason(
    column: str, value: str, reason: str, folder: Path, migrated_world: Database
) -> None:
    row = dict.fromkeys(("occurred_at", "url", "quote", "via", "refers_to", "credibility"), "")
    row |= dict(zip(REPORT.split(","), GOOD.split(","), strict=True))
    row["id"] = "bad"
    row[column] = value
    file = folder / "reports.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(dict(zip(REPORT.split(","), GOOD.split(","), strict=True)))
        writer.writerow(row)
    result = load(migrated_world, file)
    assert counts(result, Kind.REPORTS)[3] == 1
    (bad,) = rejected(result)
    assert (bad["line"], bad["column"]) == ("3", column)
    assert reason in bad["reason"]
    assert {k: bad[k] for k in row} == {k: v.strip() for k, v in row.items()}


@pytest.fixture(scope="module")
def migrated_world(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> Iterator[Database]:
    """One database for many bad rows: none of them changes it."""
    import shutil

    from storage.engine import open_database, sqlite_url

    path = tmp_path_factory.mktemp("world") / "whoholds.db"
    database = open_database(sqlite_url(Path(shutil.copy(migrated_file, path))))
    load(database, *(STORY / f"{kind}.csv" for kind in ("places", "parties", "sources")))
    yield database
    database.close()


@pytest.mark.parametrize(
    ("claim", "column", "reason"),
    [
        ("took", "party", "who took the place?"),
        ("left", "party", "who left the place?"),
        ("retracts", "refers_to", "which report is taken back?"),
        ("denies", "refers_to", "which report is denied? (or name the party that holds the place)"),
    ],
)
def test_a_claim_needs_what_it_speaks_of(
    claim: str, column: str, reason: str, folder: Path, migrated_world: Database
) -> None:
    row = f"x,rabia,{claim},,agency,2014-06-23"
    result = load(migrated_world, write(folder / "reports.csv", REPORT, row))
    assert reasons(result) == [("2", column, f"is missing: {reason}")]


@pytest.mark.parametrize(
    ("occurred", "reported"),
    [
        ("2014-06-23", "2014-06-23T05:00:00Z"),
        ("2014-06-23T17:00:00Z", "2014-06-23"),
        ("2014-06-23", "2014-06-23"),
        ("2014-06-23T23:30:00+03:00", "2014-06-23T20:30:00Z"),
    ],
)
def test_times_of_one_day_do_not_contradict_each_other(
    occurred: str, reported: str, folder: Path, migrated_world: Database
) -> None:
    row = f"same-day-{occurred}-{reported},rabia,holds,kurdish,agency,{reported},{occurred}"
    file = write(folder / "reports.csv", f"{REPORT},occurred_at", row)
    assert load(migrated_world, file).rejected == 0


BAD_PLACES = [
    ("id", "über", "'über' is no id"),
    ("id", "x" * 49, "is no id"),
    ("name", "", "is missing"),
    ("name", "x" * 201, "at most 200"),
    ("name", "Al \u202eWaleed", "contains the control character U+202E"),
    ("name", "Al \u2069Waleed", "contains the control character U+2069"),
    ("name", "a\tb", "contains the control character U+0009"),
    ("kind", "", "is missing"),
    ("countries", "Iraq", "'IRAQ' is no ISO 3166 country code of two letters, such as IQ"),
    ("countries", "IQ;SY", "is no ISO 3166 country code"),
    ("lat", "91", "'91' is no number from -90 to 90"),
    ("lat", "nan", "'nan' is no number from -90 to 90"),
    ("lat", "", "is missing: give both lat and lon, or neither"),
    ("lon", "-180.5", "'-180.5' is no number from -180 to 180"),
    ("lon", "42°E", "is no number from -180 to 180"),
    ("lon", "", "is missing: give both lat and lon, or neither"),
    ("part_of", "rawa", "'rawa' is no area"),
    ("part_of", "nowhere", "no area has the id 'nowhere'"),
    ("part_of", "no where", "'no where' is no id"),
    ("aliases", "ok|" + "x" * 201, "at most 200"),
    ("aliases", "|".join(str(n) for n in range(501)), "lists 501; at most 500"),
]


@pytest.mark.parametrize(("column", "value", "reason"), BAD_PLACES)
def test_a_bad_place_is_rejected_with_line_column_and_reason(
    column: str, value: str, reason: str, folder: Path, migrated_world: Database
) -> None:
    row = dict.fromkeys(("id", "name", "kind", "countries", "lat", "lon", "part_of", "aliases"), "")
    row |= {"id": "bad", "name": "Bad", "kind": "town", "lat": "33", "lon": "42", column: value}
    file = folder / "places.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerow(row)
    (bad,) = rejected(load(migrated_world, file))
    assert (bad["line"], bad["column"]) == ("2", column)
    assert reason in bad["reason"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["id,name,kind,part_of", "new,New,area,anbar"],
            ("2", "part_of", "an area cannot be part of another area"),
        ),
        (
            ["id,name,kind", "rawa,Rawa,area"],
            ("2", "kind", "is on record as 'town': use another id"),
        ),
        (
            ["id,name,kind", "anbar,Anbar,town"],
            ("2", "kind", "is on record as 'area': use another id"),
        ),
        (
            ["id,name,kind", "rawa,Rawa,town", "rawa,Rawah,town"],
            ("3", "id", "stands in the import already, with other content"),
        ),
        (
            ["id,name,government_of", "x,X,Iraq"],
            ("2", "government_of", "'IRAQ' is no ISO 3166 country code of two letters, such as IQ"),
        ),
        (
            ["id,name,government_of,part_of", "x,X,,y"],
            ("2", "part_of", "no party has the id 'y'"),
        ),
        (
            ["id,name,government_of,part_of", "x,X,,x"],
            ("2", "part_of", "the party would belong to itself, by way of others"),
        ),
        (
            ["id,name,kind,reliability", "x,X,media,G"],
            ("2", "reliability", "'G' is none of A, B, C, D, E, F"),
        ),
        (
            ["id,name,kind,reliability,position", "x,X,media,,there"],
            ("2", "position", "'there' is none of scene, away"),
        ),
        (
            ["id,name,kind,reliability,party", "x,X,media,,martians"],
            ("2", "party", "no party has the id 'martians'"),
        ),
    ],
)
def test_what_contradicts_the_record_is_rejected(
    lines: Sequence[str], expected: tuple[str, str, str], folder: Path, migrated_world: Database
) -> None:
    columns = lines[0].split(",")
    kind = "parties" if "government_of" in columns else "places"
    kind = "sources" if "reliability" in columns else kind
    result = load(migrated_world, write(folder / f"{kind}.csv", *lines))
    assert reasons(result) == [expected]


def test_parties_that_belong_to_a_rejected_one_are_rejected_too(
    filled: Database, folder: Path
) -> None:
    rows = ["a,A,b", "b,B,c", "c,C,b", "d,D,e", "e,E,nobody", "f,F,iraq"]
    result = load(filled, write(folder / "parties.csv", "id,name,part_of", *rows))
    assert [row["id"] for row in rejected(result)] == ["a", "b", "c", "d", "e"]
    with filled.connect() as conn:
        assert sources.all_parties(conn)["f"].part_of == "iraq"


def test_a_place_of_a_rejected_area_is_rejected(db: Database, folder: Path) -> None:
    rows = ["hit,Hit,town,anbar", "anbar,,area,", "ana,Ana,town,"]
    result = load(db, write(folder / "places.csv", "id,name,kind,part_of", *rows))
    assert reasons(result) == [
        ("2", "part_of", "no area has the id 'anbar'"),
        ("3", "name", "is missing"),
    ]
    assert counts(result, Kind.PLACES) == (1, 0, 0, 2)


def test_a_report_is_never_changed_by_another_of_its_id(filled: Database, folder: Path) -> None:
    file = folder / "reports.csv"
    load(filled, write(file, REPORT, GOOD))
    result = load(filled, write(file, REPORT, GOOD.replace("kurdish", "militants")))
    (bad,) = rejected(result)
    assert bad["column"] == "id"
    assert bad["reason"].startswith("already on record with other content")
    with filled.connect() as conn:
        assert events.get_reports(conn, ["good"])["good"].party == "kurdish"


def test_one_id_twice_in_a_file_counts_once_or_is_rejected(filled: Database, folder: Path) -> None:
    other = GOOD.replace("kurdish", "militants")
    result = load(filled, write(folder / "reports.csv", REPORT, GOOD, GOOD, other))
    assert counts(result, Kind.REPORTS) == (1, 0, 1, 1)
    assert reasons(result) == [("4", "id", "stands in the import already, with other content")]


# Rows that cannot even be read


def test_a_row_of_another_width_is_rejected_as_a_whole(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD + ",more", "x,rabia", GOOD)
    assert reasons(load(filled, file)) == [
        ("2", "", "has 7 fields, but the header 6"),
        ("3", "", "has 2 fields, but the header 6"),
    ]


def test_bytes_that_are_not_utf_8_spoil_only_their_row(filled: Database, folder: Path) -> None:
    file = folder / "reports.csv"
    bad = GOOD.encode().replace(b"good", b"caf\xe9")
    file.write_bytes(REPORT.encode() + b"\n" + bad + b"\n" + GOOD.encode() + b"\n")
    result = load(filled, file)
    assert counts(result, Kind.REPORTS) == (1, 0, 0, 1)
    written = result.rejected_files[0].read_bytes()
    assert b"2,,is not UTF-8 text,caf\xe9,rabia" in written


def test_a_quotation_mark_never_closed_does_not_lose_what_follows(
    filled: Database, folder: Path
) -> None:
    many = [GOOD.replace("good", f"r{n}") for n in range(6000)]
    file = write(folder / "reports.csv", REPORT, '"x,rabia,holds', *many)
    result = load(filled, file)
    bad = rejected(result)
    assert bad[0]["line"] == "2"
    found = re.match(
        r"cannot be read up to line (\d+): a quotation mark was left open and has swallowed "
        r"the (\d+) lines after it",
        bad[0]["reason"],
    )
    assert found is not None
    assert int(found[1]) == 2 + int(found[2]) > 1000
    assert result.counts[Kind.REPORTS].new > 1000


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            ['"x,rabia,holds,kurdish,agency,2014-06-23', "a", "b", "c"],
            "a quotation mark was left open and has swallowed the 3 lines after it",
        ),
        (
            ['x,rabia,holds,kurdish,agency,"2014-06-23', "a"],
            "a quotation mark was left open and has swallowed the line after it",
        ),
        (
            ['x,rabia,holds,kurdish,agency,"2014-06-23'],
            "a quotation mark was left open",
        ),
        (
            ['"x,rabia,holds', "a", 'b,"'],
            "has 1 fields, but the header 6; a quotation mark was left open and has swallowed "
            "the 2 lines after it",
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_row_that_swallowed_others_says_how_many(
    lines: list[str], reason: str, end: str, filled: Database, folder: Path
) -> None:
    file = folder / "reports.csv"
    file.write_text("\n".join([REPORT, GOOD, *lines]) + end, encoding="utf-8")
    result = load(filled, file)
    assert reasons(result) == [("3", "", reason)]
    assert result.counts[Kind.REPORTS].new == 1


@pytest.mark.parametrize("end", ["\n", "", "\r\n", "\n\n"])
def test_a_quotation_mark_closed_at_the_very_end_is_well(
    end: str, filled: Database, folder: Path
) -> None:
    file = folder / "reports.csv"
    quoted = GOOD.replace("2014-06-23", '"2014-06-23"')
    file.write_text(f"{REPORT}\n{quoted}{end}", encoding="utf-8", newline="")
    assert counts(load(filled, file), Kind.REPORTS) == (1, 0, 0, 0)


def test_links_that_lead_in_a_circle_or_nowhere_are_files_that_cannot_be_read(
    db: Database, folder: Path
) -> None:
    circle = folder / "reports.csv"
    circle.symlink_to(circle)
    for path in (circle, folder):
        with pytest.raises(BadInput, match=r"cannot read .*reports\.csv: Too many levels"):
            load(db, path)
    circle.unlink()
    circle.symlink_to(folder / "nowhere.csv")
    with pytest.raises(BadInput, match=r"cannot read .*reports\.csv: No such file"):
        load(db, folder)


def test_a_quoted_line_break_does_not_shift_the_line_numbers(
    filled: Database, folder: Path
) -> None:
    rows = ['a,rabia,holds,kurdish,agency,2014-06-23,"one', 'two"', "b,rabia,holds,,agency,x,"]
    result = load(filled, write(folder / "reports.csv", f"{REPORT},quote", *rows))
    assert [(line, column) for line, column, _ in reasons(result)] == [
        ("2", "quote"),
        ("4", "reported_at"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is no JSON object"),
        ('"text"', "is no JSON object; it begins '\"text\"'"),
        ('{"id": {}}', "'id' is neither text nor a list of texts"),
        ('{"id": true}', "'id' is neither text nor a list of texts"),
        ('{"id": 1.5}', "'id' is neither text nor a list of texts"),
        ('{"id": ["a", 1]}', "'id' is neither text nor a list of texts"),
        ('{"id": "a", "id": "b"}', "a name stands twice in it"),
        ("[" * 100_000, "is no JSON object"),
        ('{"id": "caf\udce9"}', "is not UTF-8 text"),
        ('{"id": ' + "9" * 5000 + "}", "is no JSON object"),
        ('{"id": "\\ud800"}', "'id' holds half a character, written as an escape"),
        ('{"id": "' + "x" * 3_000_001 + '"}', "is longer than 1000000 characters"),
    ],
)
def test_a_line_that_is_no_report_in_json_is_rejected(
    line: str, reason: str, folder: Path, migrated_world: Database
) -> None:
    good = dict(zip(REPORT.split(","), GOOD.split(","), strict=True))
    file = write(folder / "reports.jsonl", line, "", json.dumps(good))
    result = load(migrated_world, file)
    ((number, _, said),) = reasons(result)
    assert number == "1"
    assert reason in said
    assert counts(result, Kind.REPORTS)[3] == 1


def test_unknown_columns_are_warned_about_and_left_out(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", f"{REPORT},colour", f"{GOOD},blue")
    assert load(filled, file).warnings == (
        f"{file}: the column 'colour' is not known and left out",
    )
    good = dict(zip(REPORT.split(","), GOOD.split(","), strict=True))
    lines = write_json(folder / "r.jsonl", good | {"colour": "blue"}, good | {"colour": "red"})
    assert load(filled, lines).warnings == (
        f"{lines}: the column 'colour' is not known and left out",
    )


# Files of rejected rows


def test_rejected_rows_can_be_mended_and_imported_again(filled: Database, folder: Path) -> None:
    bad = GOOD.replace("good", "bad").replace("agency", "nobody")
    first = load(filled, write(folder / "reports.csv", REPORT, GOOD, bad))
    (path,) = first.rejected_files
    assert path == folder / "reports.rejected.csv"
    text = path.read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"line,column,reason,{REPORT}"
    path.write_text(text.replace("nobody,", "agency,"), encoding="utf-8")
    again = load(filled, path)
    assert counts(again, Kind.REPORTS) == (1, 0, 0, 0)
    assert again.warnings == ()
    assert path.exists()


def test_what_stays_bad_after_mending_is_rejected_again(filled: Database, folder: Path) -> None:
    bad = GOOD.replace("agency", "nobody")
    (path,) = load(filled, write(folder / "reports.csv", REPORT, bad)).rejected_files
    again = load(filled, path)
    assert again.rejected_files == (folder / "reports.rejected.rejected.csv",)
    assert rejected(again)[0]["source"] == "nobody"
    assert list(rejected(again)[0])[:4] == ["line", "column", "reason", "id"]


def test_a_file_of_rejected_rows_goes_when_an_import_has_none(
    filled: Database, folder: Path
) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    (path,) = load(filled, file).rejected_files
    load(filled, write(file, REPORT, GOOD))
    assert not path.exists()


def test_a_file_that_only_has_the_name_of_rejected_rows_stays(
    filled: Database, folder: Path
) -> None:
    mine = write(folder / "reports.rejected.csv", "my own notes")
    load(filled, write(folder / "reports.csv", REPORT, GOOD))
    assert mine.exists()


def test_rejected_rows_never_overwrite_a_file_that_is_being_imported(
    filled: Database, folder: Path
) -> None:
    bad = GOOD.replace("agency", "nobody")
    file = write(folder / "reports.csv", REPORT, bad)
    mended = write(folder / "reports.rejected.csv", f"line,column,reason,{REPORT}", f"2,,,{GOOD}")
    result = load(filled, file, mended)
    assert counts(result, Kind.REPORTS) == (1, 0, 0, 1)
    assert result.rejected_files == (folder / "reports-2.rejected.csv",)
    assert GOOD in mended.read_text(encoding="utf-8")


def test_rejected_rows_that_can_be_written_nowhere_stop_the_import(
    filled: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    for closed in (folder, tmp_path):
        (closed / "reports.rejected.csv").mkdir()
    with pytest.raises(WhoHoldsError, match="rows were rejected but cannot be written"):
        load(filled, file)


def test_rejected_rows_of_two_formats_side_by_side_have_two_files(
    filled: Database, folder: Path
) -> None:
    write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    write(folder / "reports.jsonl", "{}")
    assert {p.name for p in load(filled, folder).rejected_files} == {
        "reports.rejected.csv",
        "reports.jsonl.rejected.csv",
    }


def test_rejected_rows_go_to_the_working_folder_when_theirs_cannot_be_written(
    filled: Database, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = write(folder / "reports.csv", REPORT, GOOD.replace("agency", "nobody"))
    (folder / "reports.rejected.csv").mkdir()
    (path,) = load(filled, file).rejected_files
    assert path == Path("reports.rejected.csv")
    assert "nobody" in path.read_text(encoding="utf-8")


# Files that cannot be imported at all


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("reports.csv", b"", "has no header"),
        ("reports.csv", b",,\n", "has no header"),
        ("reports.csv", b"id,place\n", "lacks the columns claim, source, reported_at"),
        ("reports.csv", b"id;place;claim\n", "is not separated by commas"),
        ("reports.csv", b"id,id,place\n", "names a column twice: id"),
        ("reports.csv", "id,place".encode("utf-16"), "is not UTF-8 text"),
        ("reports.csv", b'"' + b"x" * 140_000, "has a first line that is no CSV header"),
        ("data.csv", b"id,name\n", "could hold anything: name it places.csv"),
    ],
)
def test_a_file_without_the_right_header_stops_the_import_before_it_begins(
    name: str, content: bytes, reason: str, folder: Path, db: Database
) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(BadInput, match=reason):
        load(db, STORY, folder / name)
    with db.connect() as conn:
        assert places.all_places(conn) == []


def test_a_path_that_holds_nothing_stops_the_import(db: Database, folder: Path) -> None:
    with pytest.raises(BadInput, match=r"holds none of places\.csv, parties\.csv"):
        load(db, folder)
    with pytest.raises(BadInput, match=r"cannot read .*nowhere\.csv: No such file"):
        load(db, folder / "nowhere.csv")
    with pytest.raises(BadInput, match="is no file that can be read"):
        load(db, Path(os.devnull))


# Large files


def test_progress_tells_how_far_each_file_is_read(filled: Database, folder: Path) -> None:
    file = write(folder / "reports.csv", REPORT, GOOD)
    told: list[tuple[Path, int]] = []
    import_paths(
        filled,
        [file],
        now=NOW,
        alert=False,
        progress=lambda path, read: told.append((path, read)),
    )
    assert told[-1] == (file, file.stat().st_size)


def test_a_large_file_needs_no_more_memory_than_a_small_one(
    migrated_world: Database, folder: Path
) -> None:
    def peak(rows: int) -> int:
        begin = NOW - timedelta(days=400)
        file = write(
            folder / "reports.csv",
            REPORT,
            *(
                # All rejected: what is measured is the reading, not the database.
                f"big-{n},nowhere,holds,kurdish,agency,{begin:%Y-%m-%d}"
                for n in range(rows)
            ),
        )
        tracemalloc.start()
        try:
            assert load(migrated_world, file).counts[Kind.REPORTS].rejected == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1000)
    assert peak(12_000) < 1.5 * peak(3000)
