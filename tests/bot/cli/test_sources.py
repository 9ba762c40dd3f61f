"""`sources`, as somebody calls it: records, and grades that an operator fixes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import records, tables
from storage.engine import open_database, sqlite_url
from storage.model.record import Lesson, Past, Settlement, Stance
from tests.bot.cli.conftest import Command, objects

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2014, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def teach(data: Path) -> None:
    """Two places teach: the colonel claimed both, for different parties, before the agency."""
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        conn.execute(sa.delete(tables.lessons))  # what the story itself teaches
        for place, side, settled in (
            ("rawa", "militants", "militants"),
            ("ana", "kurdish", "iraq"),
        ):
            lessons = [
                Lesson(who, Stance.NEW, side, START, START + after * DAY, START + 9 * DAY)
                for who, after in (("colonel", 1), ("agency", 3.5))
            ]
            past = Past(lessons, [Settlement(START + 20 * DAY, settled)])
            records.keep_pasts(conn, {place: (past, False)})
    database.close()


def test_every_source_is_listed_those_with_most_claims_first(story: Command, data: Path) -> None:
    teach(data)
    lines = story("sources").out.splitlines()
    assert lines[:3] == [
        "claims  true  false  open  grade    source",
        "     2     1      1     0  B        a news agency  [agency]",
        "     2     1      1     0  C        a colonel of the border guards  [colonel]",
    ]
    assert len(lines) == 10
    assert len(objects(story("sources", "--json"))) == 9


def test_a_source_is_told_with_its_lead_and_its_claims_by_party(story: Command, data: Path) -> None:
    teach(data)
    assert story("sources", "colonel").out.splitlines() == [
        "a colonel of the border guards (officer, government of Iraq)",
        "  grade      C",
        "  claims     2 against a settled holder: 1 came true, 1 did not, 0 open",
        "  lead       2.5 days before the first other source (median)",
        "  last word  2014-06-23",
        "  reports    2",
        "  for Kurdish forces: 1 against a settled holder: 0 came true, 1 did not, 0 open",
        "  for militants: 1 against a settled holder: 1 came true, 0 did not, 0 open",
    ]
    assert "2.5 days after the first" in story("sources", "news agency").out
    assert "no other source has made the same" in story("sources", "captain").out
    (found,) = objects(story("sources", "show", "colonel", "--json"))
    assert found == {
        "source": "colonel",
        "name": "a colonel of the border guards",
        "kind": "officer",
        "party": "iraq",
        "grade": "C",
        "pinned": False,
        "claims": 2,
        "borne_out": 1,
        "refuted": 1,
        "open": 0,
        "median_lead_days": 2.5,
        "by_party": [
            {"party": "kurdish", "claims": 1, "borne_out": 0, "refuted": 1, "open": 0},
            {"party": "militants", "claims": 1, "borne_out": 1, "refuted": 0, "open": 0},
        ],
        "last_said": "2014-06-23",
        "reports": 2,
        "silent_since": None,
    }


def test_a_grade_is_pinned_with_another_one_and_unpinned(story: Command) -> None:
    ran = story("sources", "pin", "news agency", "--grade", "d")
    assert ran.out == "a news agency: grade D, pinned; its record does not move its weight\n"
    assert "grade      D, pinned: its record does" in story("sources", "agency").out
    assert "D pinned a news agency" in story("sources").out
    noted = story("audit").out
    assert "(command line) [0]  source-pinned: source a news agency, grade D, before B" in noted
    ran = story("sources", "unpin", "agency")
    assert ran.out == "a news agency: grade D, moved by its record again\n"
    ran = story("sources", "unpin", "agency")
    assert (ran.code, ran.err) == (2, "whoholds: a news agency is not pinned\n")
    ran = story("sources", "pin", "captain")
    assert ran.out.startswith("a captain of the border guards: grade C, pinned;")


def test_a_pinned_grade_is_what_a_status_weighs_by(story: Command) -> None:
    def weight() -> float:
        (found,) = objects(story("status", "rawa", "--as-of", "2014-06-22", "--json"))
        return max(float(r["weight"]) for r in found["reports"] if r["source"] == "agency")

    before = weight()
    story("sources", "pin", "agency", "--grade", "E")
    assert weight() < before


def test_what_names_no_source_or_several_exits_with_2_and_says_what_to_do(
    story: Command,
) -> None:
    ran = story("sources", "border guards")
    assert ran.code == 2
    assert "could be any of these; ask with the id:\n  captain  a captain of the" in ran.err
    ran = story("sources", "pin", "a kernel of the border guard")
    assert ran.code == 2
    assert "similar names:\n  colonel  a colonel of the border guards" in ran.err
    assert story("sources", "zzzzzz").err == "whoholds: no source is called 'zzzzzz'\n"
    ran = story("sources", "pin", "agency", "--grade", "Z")
    assert (ran.code, ran.err) == (2, "whoholds: --grade: 'Z' is no grade: expected A to F\n")


@pytest.mark.slow
def test_what_was_learned_is_learned_anew_from_the_reports(story: Command, data: Path) -> None:
    before = story("sources", "--json").out
    teach(data)
    assert story("sources", "--json").out != before
    ran = story("sources", "rebuild")
    assert ran.code == 0
    assert ran.out.startswith("learned anew from all reports: ")
    assert story("sources", "--json").out == before


def test_before_any_import_it_says_what_to_do(whoholds: Command) -> None:
    whoholds("migrate")
    hint = "no source is on record yet: `whoholds import PATH` brings some"
    assert whoholds("sources").out == f"{hint}\n"
    assert whoholds("sources", "--json").out == ""
    assert whoholds("sources", "agency").err == f"whoholds: {hint}\n"


def test_help_lists_what_can_be_done(whoholds: Command) -> None:
    ran = whoholds("sources", "--help")
    assert ran.code == 0
    for name in ("show", "pin", "unpin"):
        assert f"  {name} " in ran.out


def silence(data: Path, source: str, since: datetime) -> None:
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        conn.execute(
            sa.insert(tables.silences),
            {
                "source_id": source,
                "since": since,
                "rhythm_seconds": 1.5 * DAY.total_seconds(),
                "found_at": since + 5 * DAY,
            },
        )
    database.close()


def test_silent_sources_are_marked(story: Command, data: Path) -> None:
    silence(data, "colonel", START)
    listed = story("sources").out.splitlines()
    assert [line for line in listed if "SILENT" in line] == [
        "     1     1      0     0  C        a colonel of the border guards  [colonel]"
        "  SILENT since 2014-01-01"
    ]
    alone = story("sources", "colonel").out.splitlines()
    assert alone[-1] == (
        "  SILENT     since 2014-01-01 00:00 UTC: its reports no longer come in, usually every "
        "1.5 days"
    )
    since = {o["source"]: o["silent_since"] for o in objects(story("sources", "--json"))}
    assert since["colonel"] == "2014-01-01T00:00:00Z"
    assert since["agency"] is None


def test_a_status_that_rests_on_a_silent_source_says_so(story: Command, data: Path) -> None:
    silence(data, "colonel", datetime(2014, 6, 18, tzinfo=UTC))
    said = story("status", "Al Waleed", "--as-of", "2014-06-23").out
    assert "Silent since Wed 18 Jun: reports of a colonel of the border guards no longer" in said
    (now,) = objects(story("status", "Al Waleed", "--as-of", "2014-06-23", "--json"))
    (then,) = objects(story("status", "Al Waleed", "--as-of", "2014-06-22", "--json"))
    assert now["silent"] == [{"source": "colonel", "since": "2014-06-18T00:00:00Z"}]
    assert then["silent"] == []
