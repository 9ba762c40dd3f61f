"""Reports that are read many at a time: the same as one by one, and in whatever order they come."""

from __future__ import annotations

import gc
import sys
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importing.bulk import READ_AHEAD
from bot.importing.files import COLUMNS, Kind, Row
from bot.importing.reports import read_columns, read_report
from storage import events
from storage.columns import Columns, columns_of
from storage.model.errors import BadInput
from storage.tables import inbox, reports
from tests.bot.importing.conftest import NOW, REPORT, load, rejected, write

if TYPE_CHECKING:
    from pathlib import Path

    from storage.engine import Database

ALL = COLUMNS[Kind.REPORTS]
ORDINARY = {
    "id": ["a", "b", "c", "d"],
    "place": ["rabia", "al-waleed"],
    "claim": ["holds", "took", "Fighting"],
    "party": ["kurdish"],
    "source": ["agency"],
    "via": ["", "a paper"],
    "occurred_at": ["", "2014-06-20", "2014-06-22T10:00Z"],
    "reported_at": ["2014-06-23", "2014-06-22", "2014-06-23T10:00:00Z", "2014-06-24T10:00+03:00"],
    "url": ["", "https://news.example/1", "http://news.example/?a=b"],
    "quote": ["", "They hold it."],
    "refers_to": ["", "other"],
    "credibility": ["", "2"],
}
# Each is refused, or rare: whatever there is to be looked at.
UNUSUAL = {
    "id": ["", "a\u200b", "a" * 201],
    "place": ["", "no id", "a" * 49],
    "claim": ["", "sold", "denies", "retracts", "left"],
    "party": ["", "k\u202e", "k" * 201],
    "source": ["", "s\n"],
    "via": ["a\nb", "v" * 201, "a\u00a0b"],
    "occurred_at": ["yesterday", "2014-06-24", "1066-10-14", "2014-06-23T23:00Z"],
    "reported_at": ["", "soon", "2014-06-27", "2014-06-26T01:00Z", "2014-06-25T23:00Z"],
    "url": ["ftp://news.example", "https://[::1]/", "https://a/b c", "x" * 2001],
    "quote": ["a\x00b", "q" * 4001, "\u2028"],
    "refers_to": ["a", "r\n"],
    "credibility": ["7", "0", "one"],
}


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    """A few rows that are well formed, in most cases with something unusual in one of them."""
    number = draw(st.integers(1, 4))
    values = [[draw(st.sampled_from(ORDINARY[c])) for c in ALL] for _ in range(number)]
    if draw(st.booleans()):
        for value, one in zip(values, "abcd", strict=False):
            value[0] = one
    if draw(st.booleans()):
        column = draw(st.integers(0, len(ALL) - 1))
        draw(st.sampled_from(values))[column] = draw(st.sampled_from(UNUSUAL[ALL[column]]))
    error = draw(st.sampled_from([None, None, None, "cannot be read"]))
    rows = [Row(line, ALL, value) for line, value in enumerate(values, start=2)]
    return [*rows[:-1], rows[-1]._replace(error=error)]


def columns(read: Columns) -> dict[str, list[Any]]:
    return {f.name: list(getattr(read, f.name)) for f in fields(Columns)}


@given(some_rows())
def test_rows_read_by_column_are_what_they_are_one_by_one(rows: list[Row]) -> None:
    read = read_columns(rows, NOW)
    if read is not None:
        assert not any(row.error for row in rows)
        assert columns(read) == columns(columns_of([read_report(row, NOW) for row in rows]))


@given(some_rows())
def test_what_cannot_be_used_is_looked_at_row_by_row(rows: list[Row]) -> None:
    def can_be_used(row: Row) -> bool:
        try:
            return row.error is None and read_report(row, NOW) is not None
        except BadInput:
            return False

    if not all(map(can_be_used, rows)):
        assert read_columns(rows, NOW) is None


@pytest.mark.parametrize("column", ALL)
def test_rows_without_anything_unusual_are_read_by_column(column: str) -> None:
    plain = {c: ORDINARY[c][0] for c in ALL}
    for text in ORDINARY[column]:
        row = Row.of(2, plain | {column: text})
        assert read_columns([row], NOW) is not None, text


def test_rows_that_have_different_columns_are_read_by_column_all_the_same() -> None:
    short = {c: ORDINARY[c][0] for c in REPORT.split(",")}
    full = {c: ORDINARY[c][0] for c in ALL} | {"id": "b", "quote": "They hold it."}
    read = read_columns([Row.of(2, short), Row.of(3, full)], NOW)
    assert read is not None
    assert list(read.quotes) == ["", "They hold it."]
    assert astuple(read)[0] == ["a", "b"]


def said(number: int, place: str, rest: str = "holds,kurdish,agency,2014-06-23") -> str:
    return f"r{number},{place},{rest}"


@pytest.mark.parametrize("places", [("rabia", "al-waleed"), ("al-waleed", "rabia")])
def test_of_two_rows_with_one_id_the_first_is_taken(
    filled: Database, folder: Path, places: tuple[str, str]
) -> None:
    lines = [said(1, places[0]), said(2, places[1]), said(1, places[1])]
    result = load(filled, write(folder / "reports.csv", REPORT, *lines))
    assert [row["line"] for row in rejected(result)] == ["4"]
    with filled.connect() as conn:
        assert events.get_reports(conn, ["r1"])["r1"].place == places[0]


def test_a_row_that_is_on_record_already_is_found_among_new_ones(
    filled: Database, folder: Path
) -> None:
    load(filled, write(folder / "reports.csv", REPORT, said(1, "rabia"), said(2, "rabia")))
    other = said(2, "rabia", "took,kurdish,agency,2014-06-23")
    again = [said(1, "rabia"), other, said(3, "al-waleed")]
    result = load(filled, write(folder / "reports.csv", REPORT, *again))
    counts = result.counts[Kind.REPORTS]
    assert (counts.new, counts.unchanged, counts.rejected) == (1, 1, 1)
    (row,) = rejected(result)
    assert (row["line"], row["reason"].split(":")[0]) == (
        "3",
        "already on record with other content",
    )


@pytest.mark.slow
def test_many_rows_with_one_that_is_bad_are_all_on_record_but_that_one(
    filled: Database, folder: Path
) -> None:
    number = READ_AHEAD + 2000
    lines = [said(n, ("rabia", "al-waleed")[n % 2]) for n in range(number)]
    lines[5000] = said(5000, "nowhere")
    lines[9000] = said(9000, "rabia", "sold,kurdish,agency,2014-06-23")
    result = load(filled, write(folder / "reports.csv", REPORT, *lines))
    assert [(row["line"], row["column"]) for row in rejected(result)] == [
        ("5002", "place"),
        ("9002", "claim"),
    ]
    counts = result.counts[Kind.REPORTS]
    assert (counts.new, counts.rejected) == (number - 2, 2)
    with filled.connect() as conn:
        kept = conn.execute(reports.select()).all()
        assert {r.id for r in kept} == {f"r{n}" for n in range(number)} - {"r5000", "r9000"}
        assert conn.execute(inbox.select()).all() == []  # the check has seen them


def test_python_works_as_before_after_an_import(filled: Database, folder: Path) -> None:
    before = sys.getswitchinterval(), gc.get_threshold()
    load(filled, write(folder / "reports.csv", REPORT, said(1, "rabia")))
    assert (sys.getswitchinterval(), gc.get_threshold()) == before
