"""`import`, as somebody calls it: what it says, asks and exits with."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import utc_now
from storage import subscribers
from storage.engine import open_database, sqlite_url
from tests.bot.cli.conftest import ROOT, Command
from tests.builders import STORY


def test_import_says_what_became_of_the_rows(whoholds: Command) -> None:
    first = whoholds("import", STORY)
    assert first.code == 0
    assert first.out.splitlines() == [
        "places    12 new",
        "corridors 1 new",
        "parties   3 new",
        "sources   9 new",
        "reports   24 new",
    ]
    assert first.err == ""
    again = whoholds("import", STORY)
    assert again.out.splitlines()[4] == "reports   24 on record already"


def test_import_exits_with_1_and_says_where_rejected_rows_are(
    story: Command, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text(
        "id,place,claim,party,source,reported_at,refers_to,mood\n"
        "n1,rawa,denies,,agency,2014-06-24,later,\n"
        "n2,rafah,holds,iraq,agency,2014-06-24,,\n",
        encoding="utf-8",
    )
    ran = story("import", file)
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "reports   1 new, 1 rejected",
        "1 of the reports refer to a report that is not on record; that may still come",
    ]
    assert ran.err.splitlines() == [
        f"warning: {file}: the column 'mood' is not known and left out",
        f"the rejected rows, each with its reason, are in {tmp_path}/more.rejected.csv",
    ]


def test_a_path_that_cannot_be_imported_exits_with_2(whoholds: Command, tmp_path: Path) -> None:
    ran = whoholds("import", tmp_path / "nowhere.csv")
    assert ran.code == 2
    assert ran.err == f"whoholds: cannot read {tmp_path}/nowhere.csv: No such file or directory\n"


def subscribe(data: Path) -> None:
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        chat = subscribers.ensure(conn, 1, is_group=False, now=utc_now())
        subscribers.subscribe(conn, chat.id, "al-waleed", utc_now())
        subscribers.subscribe(conn, chat.id, "anbar", utc_now())
    database.close()


HEADER = "id,place,claim,party,source,reported_at\n"


@pytest.fixture
def news(story: Command, data: Path, tmp_path: Path) -> Path:
    """A file with a report that one chat would be alerted of, and one that cannot be used."""
    subscribe(data)
    now = utc_now()
    said = [f"{now - timedelta(days=n):%Y-%m-%dT%H:%M:%SZ}" for n in (0, 1)]
    file = tmp_path / "reports.csv"
    file.write_text(f"{HEADER}n1,al-waleed,holds,iraq,agency,{said[1]}\n")
    story("import", file)
    file.write_text(
        f"{HEADER}n2,al-waleed,took,militants,agency,{said[0]}\n"
        f"n3,nowhere,took,militants,agency,{said[0]}\n"
    )
    return file


def test_alerts_are_not_sent_when_nobody_is_there_to_agree(
    story: Command, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = story("status", "al-waleed").out
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        ran = story("import", "--alert", news)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "This would raise 1 alert and send to 1 chat.",
        "1 row would be rejected.",
        "whoholds: nobody is here to agree to alerts being sent: add --yes, or leave --alert",
    ]
    assert story("status", "al-waleed").out == before


def test_where_no_alert_would_be_raised_there_is_nothing_to_agree_to(
    story: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "reports.csv"
    file.write_text(
        f"{HEADER}n1,nowhere,holds,iraq,agency,2014-06-24\n"
        "n2,nowhere,holds,iraq,agency,2014-06-24\n"
    )
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        again = story("import", "--alert", STORY)
        rejected = story("import", "--alert", file)
    assert (again.code, again.err) == (0, "This raises no alert, and nobody is told anything.\n")
    assert again.out.splitlines()[-1] == "alerts    0, for 0 deliveries"
    assert rejected.code == 1
    assert rejected.err.splitlines()[:2] == [
        "This raises no alert, and nobody is told anything.",
        "2 rows would be rejected.",
    ]
    assert rejected.out.splitlines()[0] == "reports   2 rejected"


def test_alerts_can_be_agreed_to_beforehand(whoholds: Command) -> None:
    ran = whoholds("import", "--alert", "--yes", STORY)
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.splitlines()[-1].startswith("alerts    ")


@pytest.mark.parametrize(("answer", "code"), [("y", 1), ("n", 2)])
def test_on_a_terminal_it_asks_before_alerts_and_shows_progress(
    answer: str, code: int, news: Path
) -> None:
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "import", "--alert", str(news)],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "300"},  # a path is long
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(keyboard, 1000)
    os.write(keyboard, f"{answer}\n".encode())
    while True:
        try:
            shown += os.read(keyboard, 1000)
        except OSError:  # the other side has closed the terminal
            break
    out, _ = process.communicate(timeout=60)
    os.close(keyboard)
    assert process.returncode == code
    assert b"1 alert and send to 1 chat." in shown
    assert (b"1 new, 1 rejected" in out) is (code == 1)
    assert (b"reports.csv" in shown) is (code == 1)
    assert (b"nothing was imported" in shown) is (code == 2)
