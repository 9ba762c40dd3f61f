"""Importing files: rows that cannot be taken, each with line, column and reason."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from bot.importing.files import Kind
from storage import events, rejects, sources
from tests.bot.importing.conftest import GOOD, REPORT, counts, load, reasons, rejected, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.engine import Database

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


def test_a_row_is_taken_though_an_earlier_one_of_its_id_was_rejected(
    filled: Database, folder: Path
) -> None:
    nowhere = GOOD.replace("rabia", "nowhere")
    result = load(filled, write(folder / "reports.csv", REPORT, nowhere, GOOD, nowhere))
    assert counts(result, Kind.REPORTS) == (1, 0, 0, 2)
    assert [(line, column) for line, column, _ in reasons(result)] == [("2", "place"), ("4", "id")]
    with filled.connect() as conn:
        assert rejects.waiting(conn) == []
