"""`backtest`, as somebody calls it: what is played, what is written, and what is refused."""

from __future__ import annotations

import csv
import gzip
import os
import signal
import tempfile
from typing import TYPE_CHECKING

import pytest

from bot.backtest.outcome import Outcome
from storage import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.backtest.play import Step
    from storage.engine import Database
    from tests.bot.cli.conftest import Command, Ran

PLACES = """\
id,name,kind,countries,lat,lon,part_of,aliases
valley,The Valley,area,,,,,
mill,Mill,town,,,,valley,
ford,Ford,town,,,,,
"""
PARTIES = "id,name,government_of\nblue,The Blues,\nred,The Reds,\n"
SOURCES = """\
id,name,kind,party,reliability
agency,An agency,media,,A
paper,A paper,media,,B
envoy,The envoy of the Reds,spokesman,red,C
"""
REPORTS = "id,place,claim,party,source,reported_at,refers_to"


class History:
    """A folder with a history of two towns, and what a backtest makes of it."""

    def __init__(self, folder: Path, whoholds: Command) -> None:
        self.folder = folder
        self.out = folder.parent / "changes.csv"
        self.alerts = folder.parent / "alerts.csv"
        self.whoholds = whoholds
        folder.mkdir()
        for name, text in (("places", PLACES), ("parties", PARTIES), ("sources", SOURCES)):
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def says(self, *rows: str) -> History:
        """Write the reports; each is given an id, its number from 1 on, before the row."""
        lines = [REPORTS, *(f"{n},{row}" for n, row in enumerate(rows, start=1))]
        (self.folder / "reports.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self

    def play(self, *options: str | Path) -> Ran:
        return self.whoholds(
            "backtest", self.folder, "--out", self.out, "--alerts", self.alerts, *options
        )

    def changes(self, place: str = "mill") -> list[tuple[str, str, str]]:
        """When, holder and standing of each change of these two that was written of a place."""
        found: list[tuple[str, str, str]] = []
        for row in read(self.out):
            if row["place"] == place and (not found or found[-1][1:] != told(row)):
                found.append((row["at"], *told(row)))
        return found


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def told(row: dict[str, str]) -> tuple[str, str]:
    return row["holder"], row["standing"]


@pytest.fixture
def history(tmp_path: Path, whoholds: Command) -> History:
    return History(tmp_path / "history", whoholds)


def test_reports_are_played_in_the_order_they_were_said(history: History, data: Path) -> None:
    history.says(
        "mill,took,red,agency,2020-03-05T12:00:00Z,",
        "ford,holds,blue,paper,2020-03-02T12:00:00Z,",
        "mill,holds,blue,agency,2020-03-01T12:00:00+02:00,",
    )
    assert history.play().code == 0
    assert history.out.read_text(encoding="utf-8").splitlines()[0] == (
        "place,at,holder,standing,confidence"
    )
    rows = [(r["place"], r["at"], *told(r)) for r in read(history.out)]
    assert rows == [
        ("mill", "2020-03-01T10:00:00Z", "blue", "likely"),
        ("ford", "2020-03-02T12:00:00Z", "blue", "likely"),
        ("mill", "2020-03-05T12:00:00Z", "red", "likely"),
    ]
    assert all(0 < float(r["confidence"]) < 1 for r in read(history.out))
    assert not data.exists()


def test_what_is_said_at_one_instant_becomes_known_together(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "mill,holds,blue,paper,2020-03-01,",
    )
    history.play()
    assert history.changes() == [("2020-03-01T00:00:00Z", "blue", "confirmed")]


def test_a_row_is_written_where_only_the_confidence_is_another(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "mill,holds,blue,agency,2020-03-09,",
    )
    history.play()
    rows = read(history.out)
    assert {told(row) for row in rows} == {("blue", "likely")}
    assert len({row["confidence"] for row in rows}) == len(rows) > 1


def test_what_follows_is_the_same_every_time(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "mill,took,red,paper,2020-03-04,",
        "mill,took,red,agency,2020-03-06,",
    )
    history.play()
    before = history.out.read_bytes(), history.alerts.read_bytes()
    history.play()
    assert (history.out.read_bytes(), history.alerts.read_bytes()) == before


def test_a_report_taken_back_corrects_the_alert_that_it_brought(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "mill,took,red,agency,2020-03-05,",
        "mill,retracts,,agency,2020-03-06,2",
        "ford,holds,blue,agency,2020-03-09,",
    )
    history.play()
    assert history.changes() == [
        ("2020-03-01T00:00:00Z", "blue", "likely"),
        ("2020-03-05T00:00:00Z", "red", "likely"),
        ("2020-03-06T00:00:00Z", "blue", "likely"),
    ]
    alerts = read(history.alerts)
    assert list(alerts[0]) == ["place", "at", "kind", "holder", "standing", "silent", "id", "about"]
    wrong = alerts[0]
    assert (wrong["place"], wrong["kind"], *told(wrong)) == ("mill", "holder", "red", "likely")
    (correction,) = [a for a in alerts if a["kind"] == "correction"]
    assert (correction["at"], *told(correction)) == ("2020-03-06T00:00:00Z", "blue", "likely")
    (withdrawal,) = [a for a in alerts if a["kind"] == "withdrawal"]
    assert correction["about"] == withdrawal["about"] == wrong["id"]
    assert (told(withdrawal), withdrawal["silent"]) == (("", ""), "yes")


def test_an_area_has_its_own_alerts(history: History) -> None:
    (history.folder / "places.csv").write_text(
        PLACES.replace("town,,", "town,IQ,"), encoding="utf-8"
    )
    (history.folder / "parties.csv").write_text(
        PARTIES.replace("The Blues,", "The Blues,IQ"), encoding="utf-8"
    )
    history.says("mill,holds,blue,agency,2020-03-01,", "mill,took,red,agency,2020-03-05,")
    history.play()
    (area,) = [a for a in read(history.alerts) if a["place"] == "valley"]
    assert (area["kind"], told(area), area["silent"]) == ("area-last", ("", ""), "no")


def test_a_policy_that_weighs_otherwise_finds_otherwise(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,")
    policy = tmp_path / "policy.toml"
    policy.write_text("worth_naming = 10", encoding="utf-8")
    history.play("--policy", policy)
    assert history.changes() == [("2020-03-01T00:00:00Z", "", "unknown")]
    monkeypatch.setenv("WHOHOLDS_POLICY", str(policy))
    history.play()
    assert history.changes() == [("2020-03-01T00:00:00Z", "", "unknown")]
    policy.with_name("other.toml").write_text("", encoding="utf-8")
    history.play("--policy", policy.with_name("other.toml"))
    assert history.changes() == [("2020-03-01T00:00:00Z", "blue", "likely")]


def test_time_alone_changes_what_is_told_when_it_is_due(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "mill,took,red,envoy,2020-03-03T00:00:00Z,",
        "ford,holds,blue,agency,2020-04-20,",
    )
    history.play()
    assert history.changes() == [
        ("2020-03-01T00:00:00Z", "blue", "likely"),
        ("2020-03-03T00:00:00Z", "blue", "disputed"),
        ("2020-03-17T00:00:00Z", "blue", "likely"),
    ]
    disputed, settled = (a for a in read(history.alerts) if a["place"] == "mill")
    assert (disputed["kind"], disputed["silent"]) == ("disputed", "no")
    assert (settled["kind"], settled["at"], settled["silent"]) == (
        "settled",
        "2020-03-17T00:00:00Z",
        "yes",
    )


def test_what_becomes_due_after_the_last_report_is_not_played(history: History) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,", "mill,took,red,envoy,2020-03-03,")
    history.play()
    assert history.changes()[-1] == ("2020-03-03T00:00:00Z", "blue", "disputed")


def test_the_sum_tells_how_it_went(history: History) -> None:
    history.says(
        "mill,holds,blue,agency,2020-03-01,",
        "ford,holds,blue,agency,2020-03-01,",
        "mill,took,red,envoy,2020-03-03,",
        "mill,took,red,agency,2020-03-05,",
        "mill,took,red,paper,2020-03-05,",
        "ford,took,red,envoy,2020-03-10,",
    )
    lines = history.play().out.splitlines()
    assert lines[:4] == ["places    3 new", "parties   2 new", "sources   3 new", "reports   6 new"]
    assert lines[4] == "played    6 reports of 10 days, 2020-03-01 to 2020-03-10"
    assert lines[5].startswith("changes   5 of holder or standing, in ")
    assert lines[6].startswith("alerts    0.3 a day (2 disputed, 1 holder")
    assert lines[7] == "disputes  1 over, median 2.0 days, and 1 in the end"
    assert lines[8] == (
        "delay     median 2.0 days, from the first claim of a new holder to the change (1 changes)"
    )
    assert lines[9].startswith("time      ")


def test_without_alerts_asked_for_none_are_written(history: History, whoholds: Command) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,")
    assert whoholds("backtest", history.folder, "--out", history.out).code == 0
    assert sorted(p.name for p in history.out.parent.iterdir()) == ["changes.csv", "history"]


def test_a_history_without_a_report_changes_nothing(history: History) -> None:
    ran = history.says().play()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "played    nothing: there is no report"
    assert history.out.read_text(encoding="utf-8") == "place,at,holder,standing,confidence\n"


def test_rows_that_cannot_be_taken_are_kept_and_the_others_played(history: History) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,", "weir,holds,blue,agency,2020-03-01,")
    ran = history.play()
    assert ran.code == 1
    assert "reports   1 new, 1 rejected" in ran.out
    kept = history.folder / "reports.rejected.csv"
    assert ran.err == f"the rejected rows, each with its reason, are in {kept}\n"
    assert read(kept)[0]["reason"] == "no place has the id 'weir'"
    assert history.changes() == [("2020-03-01T00:00:00Z", "blue", "likely")]


def test_a_file_may_be_packed_and_the_plain_one_comes_first(history: History) -> None:
    history.says("mill,holds,red,agency,2020-03-01,")
    plain = history.folder / "reports.csv"
    packed = history.folder / "reports.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    history.says("mill,holds,blue,agency,2020-03-01,")
    assert history.play().code == 0
    assert history.changes() == [("2020-03-01T00:00:00Z", "blue", "likely")]
    plain.unlink()
    assert history.play().code == 0
    assert history.changes() == [("2020-03-01T00:00:00Z", "red", "likely")]
    packed.write_bytes(gzip.compress(b"x" * 1000)[:-9])
    ran = history.play()
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"whoholds: cannot read {packed}: it is no gzip file, or a damaged one\n"


def test_a_place_that_cannot_be_assessed_is_told_of(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate.upgrade

    def upgrade_and_refuse_ford(database: Database) -> None:
        upgrade(database)
        with database.begin() as conn:
            conn.exec_driver_sql(
                "CREATE TRIGGER refused BEFORE INSERT ON status_history "
                "WHEN new.place_id = 'ford' BEGIN SELECT RAISE(ABORT, 'no such ford'); END"
            )

    monkeypatch.setattr(migrate, "upgrade", upgrade_and_refuse_ford)
    history.says("mill,holds,blue,agency,2020-03-01,", "ford,holds,blue,agency,2020-03-01,")
    ran = history.play()
    assert "warning: ford could not be assessed: IntegrityError: no such ford\n" in ran.err
    assert [row["place"] for row in read(history.out)] == ["mill"]


@pytest.mark.parametrize("missing", ["places", "parties", "sources", "reports"])
def test_a_history_that_lacks_a_file_is_refused(history: History, missing: str) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,")
    (history.folder / f"{missing}.csv").unlink()
    ran = history.play()
    assert ran.code == 2
    assert ran.err == (
        f"whoholds: the folder {history.folder} has no {missing}.csv: "
        "it needs places.csv, parties.csv, sources.csv, reports.csv\n"
    )
    assert not history.out.exists()


def test_what_is_no_history_is_refused(whoholds: Command, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "changes.csv")
    assert "is no folder: a history is" in whoholds("backtest", tmp_path / "nowhere", *out).err
    (tmp_path / "empty").mkdir()
    assert "holds none of places.csv" in whoholds("backtest", tmp_path / "empty", *out).err
    assert "--out" in whoholds("backtest", tmp_path).err


def test_nothing_is_written_where_it_would_do_harm(history: History) -> None:
    history.says("mill,holds,blue,agency,2020-03-01,")
    before = sorted(history.folder.parent.rglob("*"))
    reports = history.folder / "reports.csv"
    for out, alerts, why in (
        (reports, history.alerts, f"{reports} is part of the history: write to another file"),
        (history.out, reports, f"{reports} is part of the history: write to another file"),
        (history.folder, history.alerts, f"{history.folder} is a folder: name a file to write to"),
        (history.out, history.out, f"{history.out} cannot hold both: give --out and --alerts a"),
        (history.folder / "no" / "c.csv", history.alerts, "No such file or directory"),
    ):
        ran = history.whoholds("backtest", history.folder, "--out", out, "--alerts", alerts)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"whoholds: {why}")
    assert sorted(history.folder.parent.rglob("*")) == before


def test_a_policy_that_cannot_be_used_is_named_before_anything_is_played(
    history: History, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("worth_naming = 11", encoding="utf-8")
    ran = history.says("mill,holds,blue,agency,2020-03-01,").play("--policy", policy)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"whoholds: the policy file {policy}: worth_naming is 11: expected a number from 0 to 10\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_it_leaves_the_files_as_they_were(
    number: signal.Signals, history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    history.says("mill,holds,blue,agency,2020-03-01,", "mill,took,red,agency,2020-03-05,")
    history.out.write_text("of an earlier run", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    add = Outcome.add

    def interrupted(self: Outcome, step: Step) -> Iterator[tuple[str, ...]]:
        if self.first is not None:
            os.kill(os.getpid(), number)
        return add(self, step)

    monkeypatch.setattr(Outcome, "add", interrupted)
    handler = signal.getsignal(signal.SIGTERM)
    assert history.play().code != 0
    assert sorted(tmp_path.rglob("*")) == before
    assert history.out.read_text(encoding="utf-8") == "of an earlier run"
    assert signal.getsignal(signal.SIGTERM) is handler
