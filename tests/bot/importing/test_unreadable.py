"""Importing files: rows, and whole files, that cannot even be read."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.importing import import_paths
from bot.importing.files import Kind
from storage import events, places
from storage.model.errors import BadInput
from tests.bot.importing.conftest import (
    GOOD,
    NOW,
    REPORT,
    counts,
    load,
    reasons,
    rejected,
    write,
    write_json,
)
from tests.builders import STORY

if TYPE_CHECKING:
    from storage.engine import Database


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
    with pytest.raises(BadInput, match=r"holds none of places\.csv, corridors\.csv"):
        load(db, folder)
    with pytest.raises(BadInput, match=r"cannot read .*nowhere\.csv: No such file"):
        load(db, folder / "nowhere.csv")
    with pytest.raises(BadInput, match="is no file that can be read"):
        load(db, Path(os.devnull))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [("id,source,claim,party,place,reported_at", "was changed meanwhile"), ("", "has no header")],
)
def test_a_file_that_has_other_columns_when_its_turn_comes_is_not_taken(
    filled: Database, folder: Path, columns: str, reason: str
) -> None:
    first = write(folder / "a.reports.csv", REPORT, GOOD)
    then = write(folder / "b.reports.csv", REPORT, GOOD.replace("good", "other"))

    def change(path: Path, _bytes_read: int) -> None:
        if path == first:
            write(then, *([columns, GOOD] if columns else []))

    with pytest.raises(BadInput, match=f"b.reports.csv {reason}"):
        import_paths(filled, [first, then], now=NOW, alert=False, progress=change)
    with filled.connect() as conn:
        assert events.known_ids(conn, ["good", "other"]) == {"good"}
