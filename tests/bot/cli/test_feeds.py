"""`feeds`, `rejects` and `leads`, as somebody calls them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.feeds.config import load_feeds
from storage import feeds, leads
from storage.engine import open_database, sqlite_url
from storage.model.feeds import Lead
from tests.bot.cli.conftest import Command, objects

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "id,place,claim,party,source,reported_at\n"
GOOD = "a,rawa,holds,militants,agency,2014-06-23\n"
BAD = "b,Point Seven,took,iraq,agency,2014-06-23\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is read by the one feed there is."""
    path = tmp_path / "lists"
    path.mkdir()
    write(tmp_path, f'folder = "{path}"')
    monkeypatch.setenv("WHOHOLDS_FEEDS", str(tmp_path / "feeds.toml"))
    return path


def write(tmp_path: Path, *keys: str) -> None:
    text = "\n".join(["[feeds.desk]", 'kind = "reports"', *keys])
    (tmp_path / "feeds.toml").write_text(text)


def test_a_feed_can_be_read_now_and_what_follows_is_known_at_once(
    story: Command, folder: Path
) -> None:
    (folder / "1.csv").write_text(HEADER + GOOD + BAD)
    ran = story("feeds", "run", "desk")
    assert (ran.code, ran.out) == (0, "desk: 1 new, 1 rejected\n`whoholds rejects` tells why\n")
    assert "militants" in story("status", "rawa").out
    assert story("feeds", "run", "desk").out == "desk: nothing new\n"


def test_a_feed_that_cannot_be_read_exits_with_1_and_the_reason(
    story: Command, folder: Path
) -> None:
    (folder / "1.csv").write_text("nonsense\n")
    ran = story("feeds", "run", "desk")
    assert ran.code == 1
    assert ran.err.startswith("desk cannot be read: 1.csv: the list lacks the columns id")
    shown = story("feeds").out
    assert "never read yet; 0 items; next" in shown
    assert "FAILED once" in shown
    story("feeds", "run", "desk")
    assert "FAILED 2 times in a row" in story("feeds").out


def test_feeds_are_shown_in_words_and_as_json(story: Command, folder: Path, tmp_path: Path) -> None:
    (folder / "1.csv").write_text(HEADER + GOOD + BAD)
    assert story("feeds").out.startswith("desk: never read yet; 0 items; next ")
    story("feeds", "run", "desk")
    shown = story("feeds", "show").out
    assert "1 item; last new" in shown
    assert "1 row waiting" in shown
    (found,) = objects(story("feeds", "--json"))
    assert (found["name"], found["kind"], found["brought"]) == ("desk", "reports", 1)
    assert (found["rejects"], found["silent"], found["error"]) == (1, False, "")
    assert found["next_run"] > found["succeeded_at"]
    (tmp_path / "feeds.toml").write_text("")
    assert "not in the feeds file" in story("feeds").out
    (found,) = objects(story("feeds", "--json"))
    assert (found["kind"], found["next_run"]) == (None, None)


def test_without_feeds_the_command_says_how_to_have_some(story: Command) -> None:
    for args in (["feeds"], ["feeds", "check"]):
        assert "`whoholds feeds example` prints one" in story(*args).out
    ran = story("feeds", "run", "desk")
    assert ran.code == 2
    assert "no feed is called 'desk'" in ran.err


def test_the_example_is_a_feeds_file(whoholds: Command) -> None:
    assert tomllib.loads(whoholds("feeds", "example").out)["feeds"]["border-desk"]


def test_a_feeds_file_is_checked_against_what_is_on_record(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    assert story("feeds", "check").out == "1 feed; all that their blocks name is on record\n"
    write(
        tmp_path,
        f'folder = "{folder}"',
        'source = "nobody"',
        'places = {"Point 7" = "atlantis", "Point 8" = "rabia"}',
        'parties = {"ISIL" = "martians", "Army" = "iraq"}',
    )
    ran = story("feeds", "check")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        f"the feeds file {tmp_path / 'feeds.toml'}:",
        "[feeds.desk] source: no source has the id or name 'nobody'",
        "[feeds.desk] places: 'Point 7' means 'atlantis', and no place has that id",
        "[feeds.desk] parties: 'ISIL' means 'martians', and no party has that id",
    ]
    write(tmp_path, "every = 5")
    ran = story("feeds", "check")
    assert ran.code == 2
    assert "[feeds.desk] every: expected a time" in ran.out


OF_EVERY_SORT = """\
[feeds.desk]
kind = "reports"
url = "https://example.org/x.csv"
source = "nobody"

[feeds.events]
kind = "ucdp"
version = "25.1"
token = {env = "TOKEN_OF_EVENTS"}
places = {"Point 7" = "atlantis"}

[feeds.more]
kind = "acled"
username = "me@example.org"
password = {file = "/nowhere/password"}
every = 5
parties = {"ISIL" = "martians"}

[feeds.wire]
kind = "fax"
"""
WRONG_OF_EVERY_SORT = [
    "[feeds.events] token: the variable TOKEN_OF_EVENTS is not set or empty",
    '[feeds.more] every: expected a time in quotation marks, such as "15 minutes" or "2 days"',
    "[feeds.more] password: the file /nowhere/password cannot be read: No such file or directory",
    "[feeds.wire] kind is 'fax': expected one of reports, geojson, arcgis, acled, ucdp, news, "
    "reliefweb, gdelt, cap",
]


def test_all_that_is_wrong_with_a_feeds_file_is_told_at_once_under_its_name(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(OF_EVERY_SORT)
    ran = story("feeds", "check")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.splitlines() == [
        f"the feeds file {file}:",
        *WRONG_OF_EVERY_SORT,
        "[feeds.desk] source: no source has the id or name 'nobody'",
        "[feeds.events] places: 'Point 7' means 'atlantis', and no place has that id",
        "[feeds.more] parties: 'ISIL' means 'martians', and no party has that id",
    ]


def test_what_is_wrong_with_a_feeds_file_is_told_also_where_nothing_is_on_record_yet(
    whoholds: Command, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "feeds.toml"
    file.write_text(OF_EVERY_SORT)
    ran = whoholds("feeds", "check")
    assert ran.code == 2
    assert ran.out.splitlines() == [f"the feeds file {file}:", *WRONG_OF_EVERY_SORT]
    assert ran.err.startswith("whoholds: there is no database at ")


def test_a_feeds_file_that_lacks_a_secret_is_not_used(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "feeds.toml").write_text(OF_EVERY_SORT)
    ran = story("feeds", "run", "desk")
    assert ran.code == 2
    assert "[feeds.events] token: the variable TOKEN_OF_EVENTS is not set" in ran.err
    assert "[feeds.more] password: the file /nowhere/password" in ran.err


def test_a_feed_that_has_another_name_now_is_told_of_also_where_its_secret_is_missing(
    story: Command, folder: Path, tmp_path: Path, data: Path
) -> None:
    file = tmp_path / "feeds.toml"
    block = 'kind = "ucdp"\nversion = "25.1"\ntoken = {env = "TOKEN_OF_EVENTS"}\n'
    file.write_text(f"[feeds.events]\n{block}")
    events = load_feeds(file, {"TOKEN_OF_EVENTS": "a-token"}).blocks["events"]
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        feeds.succeeded(conn, "events", datetime(2014, 6, 23, tzinfo=UTC), events.reads)
    database.close()
    file.write_text(f"[feeds.conflict]\n{block}")
    assert story("feeds", "check").out.splitlines()[1:] == [
        "[feeds.conflict] token: the variable TOKEN_OF_EVENTS is not set or empty",
        "[feeds.conflict] say `whoholds feeds rename events conflict` first: events has read the "
        "same, and is in the feeds file no more; all that it brought would come again",
    ]


def test_an_empty_feeds_file_holds_no_feeds(
    whoholds: Command, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "feeds.toml").write_text("")
    ran = whoholds("feeds", "check")
    assert (ran.code, ran.err) == (0, "")
    assert "`whoholds feeds example` prints one" in ran.out


def test_rows_that_wait_are_listed_retried_and_dismissed(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    assert story("rejects").out == "no row waits\n"
    (folder / "1.csv").write_text(HEADER + BAD + BAD.replace("b,", "c,").replace("iraq", "mars"))
    story("feeds", "run", "desk")
    shown = story("rejects").out.splitlines()
    assert shown[0] == "1 desk b place: no place is surely meant by 'Point Seven'"
    found = objects(story("rejects", "--json"))
    assert [(f["id"], f["field"]) for f in found] == [(1, "place"), (2, "place")]
    assert found[0]["row"]["place"] == "Point Seven"
    ran = story("rejects", "retry", "all")
    assert (ran.code, ran.out) == (1, "0 rows went through, 2 still waiting\n")
    write(tmp_path, f'folder = "{folder}"', 'places = {"Point Seven" = "rabia"}')
    ran = story("rejects", "retry", "1")
    assert (ran.code, ran.out) == (0, "1 row went through, 0 still waiting\n")
    assert "government of Iraq" in story("status", "rabia").out
    assert story("rejects", "dismiss", "2").out == "1 row dismissed\n"
    assert story("rejects").out == "no row waits\n"
    assert story("rejects", "dismiss", "all").out == "0 rows dismissed\n"


@pytest.mark.parametrize("does", ["retry", "dismiss"])
def test_a_row_that_is_not_there_is_named(story: Command, does: str) -> None:
    ran = story("rejects", does, "7")
    assert (ran.code, ran.err) == (2, "whoholds: no row that waits has the number 7\n")
    ran = story("rejects", does, "1", "all")
    assert ran.err == "whoholds: 'all' is no number of a row; give numbers, or `all` alone\n"


def test_imported_rows_that_wait_are_told_of(story: Command, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text(HEADER + BAD.replace("Point Seven", "atlantis"))
    assert story("import", file).code == 1
    assert "1 row from imports: `whoholds rejects` lists what waits" in story("feeds").out
    (found,) = objects(story("rejects", "--json"))
    assert (found["origin"], found["raw"]) == ("import", {"file": str(file), "line": 2})


def test_leads_are_listed_newest_first(story: Command, data: Path) -> None:
    assert story("leads").out == "no leads\n"
    database = open_database(sqlite_url(data / "whoholds.db"))
    now = datetime(2014, 6, 23, tzinfo=UTC)
    with database.begin() as conn:
        given = [
            Lead("1", "One", "", "https://example.org/1", now),
            Lead("2", "Two", "", "", now.replace(day=24), now.replace(day=25)),
        ]
        leads.keep(conn, "wire", given, now)
        leads.withdraw(conn, "wire", {"1": None}, now)
    database.close()
    assert story("leads").out.splitlines() == [
        "2  2014-06-24 00:00  wire  Two",
        "1  2014-06-23 00:00  wire  WITHDRAWN One https://example.org/1",
    ]
    two, one = objects(story("leads", "--json"))
    assert (two["changed"], one["withdrawn"]) == ("2014-06-25T00:00:00Z", "2014-06-23T00:00:00Z")
    assert len(story("leads", "--most", "1").out.splitlines()) == 1


def test_a_feed_that_was_called_otherwise_in_the_file_only_says_what_to_do(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    (folder / "1.csv").write_text(HEADER + GOOD + BAD)
    story("feeds", "run", "desk")
    file = tmp_path / "feeds.toml"
    file.write_text(file.read_text().replace("[feeds.desk]", "[feeds.border]"))
    say = "say `whoholds feeds rename desk border` first: desk has read the same"
    ran = story("feeds", "check")
    assert ran.code == 1
    assert f"[feeds.border] {say}" in ran.out
    ran = story("feeds", "run", "border")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"border cannot be read: {say}")
    # That it was tried is in nobody's way.
    assert story("feeds", "rename", "desk", "border").code == 0
    assert story("feeds", "run", "border").out == "border: nothing new\n"
    assert len(objects(story("feeds", "--json"))) == 1


def test_a_feed_that_is_called_otherwise_goes_on_where_it_was(
    story: Command, folder: Path, tmp_path: Path
) -> None:
    (folder / "1.csv").write_text(HEADER + GOOD + BAD)
    story("feeds", "run", "desk")
    ran = story("feeds", "rename", "desk", "border")
    assert ran.out == "what desk has brought belongs to border now: call its block so as well\n"
    file = tmp_path / "feeds.toml"
    file.write_text(file.read_text().replace("[feeds.desk]", "[feeds.border]"))
    assert story("feeds", "run", "border").out == "border: nothing new\n"
    assert story("feeds").out.startswith("border: read ")
    assert "desk" not in story("feeds").out + story("rejects").out
    for old, new, why in (
        ("desk", "x", "no feed called 'desk' has been read; there are border"),
        ("border", "border", "a feed called 'border' has been read already"),
        ("border", "import", "'import' is no name for a feed"),
    ):
        ran = story("feeds", "rename", old, new)
        assert ran.code == 2
        assert why in ran.err
