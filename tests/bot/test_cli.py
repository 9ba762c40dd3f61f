"""The commands, as somebody calls them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import pty
import socket
import sqlite3
import subprocess
import sys
import threading
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
import structlog

from bot.cli import VERSION, main
from bot.clock import utc_now
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from storage import migrate, subscribers
from storage.engine import open_database, sqlite_url

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
STORY = ROOT / "bot" / "sandbox" / "story"
TOKEN = "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


class Command(Protocol):
    def __call__(self, *args: str | Path) -> Ran: ...


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and no settings."""
    for name in os.environ:
        if name.startswith("WHOHOLDS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "whoholds"


@pytest.fixture
def whoholds(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command line in this process; logs are set up as before afterwards."""
    root = logging.getLogger()
    before = (root.level, root.handlers[:], sys.excepthook, threading.excepthook)
    unraisable = sys.unraisablehook

    def run(*args: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["whoholds", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), *printed)

    yield run
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.level, root.handlers[:], sys.excepthook, threading.excepthook = before
    sys.unraisablehook = unraisable


@pytest.fixture
def story(whoholds: Command) -> Command:
    """The command line, with the story imported."""
    assert whoholds("import", STORY).code == 0
    return whoholds


def objects(ran: Ran) -> list[dict[str, Any]]:
    assert ran.code == 0, ran
    return [json.loads(line) for line in ran.out.splitlines()]


# All commands

COMMANDS = ["run", "sandbox", "migrate", "import", "status", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str, whoholds: Command) -> None:
    ran = whoholds(command, "--help")
    assert ran.code == 0
    assert "Example:" in ran.out
    assert f"whoholds {command}" in ran.out.split("Example:")[1]


def test_help_names_every_command(whoholds: Command) -> None:
    out = whoholds("--help").out
    assert all(f"\n  {command} " in out for command in COMMANDS)
    assert whoholds().code != 0


def test_the_version_is_that_of_the_project(whoholds: Command) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    assert whoholds("--version").out == f"whoholds {VERSION}\n"


@pytest.mark.parametrize("args", [["fly"], ["status"], ["import"], ["status", "x", "--soon"]])
def test_a_command_that_is_none_exits_with_2(args: list[str], whoholds: Command) -> None:
    ran = whoholds(*args)
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", [["run"], ["status", "x"], ["import", "."], ["migrate"]])
def test_a_wrong_setting_stops_a_command_with_its_name(
    command: list[str], whoholds: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOHOLDS_TIMEZONE", "Mars")
    ran = whoholds(*command)
    assert ran.code == 2
    assert ran.err == (
        "whoholds: WHOHOLDS_TIMEZONE is 'Mars': expected an IANA time zone, such as Asia/Baghdad\n"
    )


def test_it_runs_as_a_module(data: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "status", "Rabia"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"whoholds: there is no database at {data}/whoholds.db yet")
    assert not data.exists()


def test_names_are_printed_even_where_the_terminal_has_no_letters_for_them(
    story: Command, data: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "status", "الوليد", "--as-of", "2014-06-23"],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0
    assert "Iraq–Syria border".encode() in ran.stdout


# The database


def test_migrate_says_from_what_to_what(whoholds: Command, data: Path) -> None:
    head = migrate.head()
    assert whoholds("migrate").out == f"the database went from nothing to revision {head}\n"
    assert (data / "whoholds.db").exists()
    assert whoholds("migrate").out == f"the database is at revision {head} already\n"


@pytest.mark.parametrize(
    "command", [["migrate"], ["import", str(STORY)], ["status", "rawa"]], ids=" ".join
)
def test_a_database_of_a_later_version_is_refused(
    command: list[str], whoholds: Command, data: Path
) -> None:
    whoholds("migrate")
    database = open_database(sqlite_url(data / "whoholds.db"))
    with database.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    ran = whoholds(*command)
    assert ran.code == 2
    assert "written by a later version" in ran.err
    assert ran.err.count("\n") == 1


def test_a_database_without_tables_has_to_be_migrated_before_a_question(
    whoholds: Command, data: Path
) -> None:
    open_database(sqlite_url(data / "whoholds.db")).close()
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert ran.err == "whoholds: the database has no tables yet: run `whoholds migrate`\n"


def test_a_damaged_database_is_refused_in_a_sentence(whoholds: Command, data: Path) -> None:
    data.mkdir()
    (data / "whoholds.db").write_bytes(b"no database at all" * 1000)
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert "restore it from a backup" in ran.err
    assert "Traceback" not in ran.err


def test_a_database_damaged_somewhere_is_not_said_to_be_well(whoholds: Command, data: Path) -> None:
    whoholds("import", STORY)
    path = data / "whoholds.db"
    with sqlite3.connect(path) as conn:
        (page,) = conn.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'reports'"
        ).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    ran = whoholds("migrate")
    assert ran.code == 2
    assert "damaged" in ran.err
    assert ran.out == ""


# import


def test_import_says_what_became_of_the_rows(whoholds: Command) -> None:
    first = whoholds("import", STORY)
    assert first.code == 0
    assert first.out.splitlines() == [
        "places   12 new",
        "parties  3 new",
        "sources  9 new",
        "reports  24 new",
    ]
    assert first.err == ""
    again = whoholds("import", STORY)
    assert again.out.splitlines()[3] == "reports  24 on record already"


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
        "reports  1 new, 1 rejected",
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


def test_alerts_are_not_sent_when_nobody_is_there_to_agree(
    whoholds: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whoholds("import", STORY / "places.csv")
    subscribe(data)
    with Path(os.devnull).open(encoding="utf-8") as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        ran = whoholds("import", "--alert", STORY)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "1 chat is subscribed and could be told of what these reports change.",
        "whoholds: nobody is here to agree to alerts being sent: add --yes, or leave --alert",
    ]
    assert "no report on record" in whoholds("status", "rawa").out


def test_alerts_can_be_agreed_to_beforehand(whoholds: Command) -> None:
    ran = whoholds("import", "--alert", "--yes", STORY)
    assert ran.code == 0
    assert ran.err == "0 chats are subscribed and could be told of what these reports change.\n"
    assert ran.out.splitlines()[-1].startswith("alerts   ")


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_on_a_terminal_it_asks_before_alerts_and_shows_progress(
    answer: str, code: int, data: Path
) -> None:
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "import", "--alert", str(STORY)],
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm"},
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
    assert b"0 chats are subscribed" in shown
    assert (b"24 new" in out) is (code == 0)
    assert (b"reports.csv" in shown) is (code == 0)
    assert (b"nothing was imported" in shown) is (code == 2)


# status


def test_status_tells_holder_standing_sureness_times_and_sources(story: Command) -> None:
    ran = story("status", "al walid", "--as-of", "2014-06-23")
    assert ran.code == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == "Al Waleed (crossing; Iraq–Syria border, Anbar)"
    assert "holder       militants, ahead of government of Iraq" in lines
    assert "standing     disputed: sources disagree on who holds it" in lines
    assert "since        2014-06-22" in lines
    assert "last report  2014-06-23" in lines
    assert "as of        2014-06-23 23:59 UTC" in lines
    assert any(line.startswith("confidence   7") and line.endswith("%") for line in lines)
    says, otherwise = lines.index("who says so"), lines.index("who says otherwise")
    assert "two officials at the crossing" in lines[says + 1]
    assert (
        "spokesman (by way of state television): taken by government of Iraq"
        in (lines[otherwise + 1])
    )
    assert lines[-1] == "1 more report does not count (--json tells which and why)"
    assert "\x1b" not in ran.out


def test_status_in_json_is_one_object_a_place(story: Command) -> None:
    (found,) = objects(story("status", "al-waleed", "--as-of", "2014-06-23", "--json"))
    assert list(found) == [
        "place",
        "name",
        "holder",
        "standing",
        "confidence",
        "since",
        "as_of",
        "reports",
    ]
    assert (found["place"], found["name"]) == ("al-waleed", "Al Waleed")
    assert (found["holder"], found["standing"]) == ("militants", "disputed")
    assert 0.5 < found["confidence"] < 1
    assert found["since"] == "2014-06-22T00:00:00Z"
    assert found["as_of"] == "2014-06-23T23:59:59Z"
    said = {r["id"]: r for r in found["reports"]}
    assert said["jun14-10-al-waleed"] == {
        "id": "jun14-10-al-waleed",
        "claim": "took",
        "party": "iraq",
        "source": "spokesman",
        "for": "iraq",
        "weight": said["jun14-10-al-waleed"]["weight"],
        "reasons": ["in its own side's favour", "reliability not known (F)"],
    }
    assert said["jun14-11-al-waleed"]["for"] == "militants"
    assert said["jun14-01-al-waleed"]["weight"] == 0


def test_an_area_is_told_place_by_place(story: Command) -> None:
    ran = story("status", "iraq-syria", "--as-of", "2014-06-23")
    assert ran.out.startswith("Iraq–Syria border (area, 3 places)\n")
    assert [line for line in ran.out.splitlines() if line.endswith(")") and line[0] != " "][1:] == [
        "Al Waleed (crossing; Iraq–Syria border, Anbar)",
        "Al-Qaim (crossing; Iraq–Syria border, Anbar)",
        "Rabia (crossing; Iraq–Syria border, Nineveh)",
    ]
    found = objects(story("status", "Iraq–Syria border", "--as-of", "2014-06-23", "--json"))
    assert {f["place"]: f["holder"] for f in found} == {
        "al-waleed": "militants",
        "al-qaim": "militants",
        "rabia": "kurdish",
    }


@pytest.mark.parametrize(
    ("as_of", "holder"),
    [
        ("2014-06-07", None),
        ("2014-06-21", "iraq"),
        ("2014-06-21T23:59:59", "iraq"),
        ("2014-06-22", "militants"),
        ("2014-06-22T03:00:00+03:00", "militants"),
        ("2014-06-23", "militants"),
        ("2015-06-23", None),
    ],
)
def test_as_of_tells_what_is_known_now_about_then(
    as_of: str, holder: str | None, story: Command
) -> None:
    (found,) = objects(story("status", "al waleed", "--as-of", as_of, "--json"))
    assert found["holder"] == holder


def test_without_as_of_evidence_has_aged_up_to_today(story: Command) -> None:
    (found,) = objects(story("status", "al waleed", "--json"))
    assert (found["holder"], found["standing"], found["confidence"]) == (None, "unknown", 0)
    assert "last known: militants" in story("status", "al waleed").out


def test_a_place_without_reports_says_so(whoholds: Command) -> None:
    whoholds("import", STORY / "places.csv")
    assert "no report on record" in whoholds("status", "Trebil").out
    (found,) = objects(whoholds("status", "Trebil", "--json"))
    assert (found["holder"], found["since"], found["reports"]) == (None, None, [])


@pytest.mark.parametrize("as_of", ["yesterday", "2014-13-01", ""])
def test_a_time_that_is_none_exits_with_2(as_of: str, story: Command) -> None:
    ran = story("status", "rawa", "--as-of", as_of)
    assert ran.code == 2
    assert ran.err.startswith("whoholds: --as-of: ")


def test_an_unknown_name_exits_with_2_and_what_is_similar(story: Command) -> None:
    ran = story("status", "rafah", "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("whoholds: no place is called 'rafah'; similar names:\n  ra")
    assert "  rawa    Rawa (town, IQ)\n" in ran.err
    assert story("status", "zzzzzz").err == "whoholds: no place is called 'zzzzzz'\n"


@pytest.mark.parametrize("name", ["", "\u202e", "x" * 5000, "<b>rawa</b>\x1b[31m", "\udcff"])
def test_a_hostile_name_exits_with_2(name: str, story: Command) -> None:
    ran = story("status", name)
    assert ran.code == 2
    assert len(ran.err) < 500
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err


def test_an_ambiguous_name_exits_with_2_and_the_candidates(story: Command, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text(
        "id,name,kind,countries\nrabia-town,Rabia,town,SY\n", encoding="utf-8"
    )
    story("import", tmp_path / "places.csv")
    ran = story("status", "RABIA!")
    assert ran.code == 2
    assert ran.err == (
        "whoholds: 'RABIA!' could be any of these; ask with the id:\n"
        "  rabia       Rabia (crossing, IQ, SY)\n"
        "  rabia-town  Rabia (town, SY)\n"
    )
    (found,) = objects(story("status", "rabia", "--json"))
    assert found["place"] == "rabia"
    (found,) = objects(story("status", "rabia-town", "--json"))
    assert found["place"] == "rabia-town"


def test_a_question_before_any_import_says_what_to_do(whoholds: Command) -> None:
    whoholds("migrate")
    ran = whoholds("status", "rawa")
    assert ran.code == 2
    assert "no place is on record yet: `whoholds import PATH` brings some" in ran.err


# run and sandbox


def test_run_without_a_token_says_how_to_get_one(whoholds: Command) -> None:
    ran = whoholds("run")
    assert ran.code == 2
    for part in ("WHOHOLDS_TELEGRAM_TOKEN", "@BotFather", "whoholds sandbox"):
        assert part in ran.err


@pytest.mark.parametrize("variable", ["WHOHOLDS_TELEGRAM_TOKEN", "WHOHOLDS_TELEGRAM_TOKEN_FILE"])
def test_the_sandbox_refuses_a_token(
    variable: str, whoholds: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv(variable, TOKEN if variable.endswith("TOKEN") else str(file))
    ran = whoholds("sandbox", "--no-browser")
    assert ran.code == 2
    assert "the sandbox must never come near a real bot" in ran.err
    assert TOKEN not in ran.err + ran.out


def test_a_port_in_use_is_said_in_a_sentence(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "bot", "sandbox", "--no-browser", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken by another program" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_real_bot_never_loads_the_sandbox() -> None:
    code = "import bot.cli, bot.app, sys; print([m for m in sys.modules if 'sandbox' in m])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "[]\n"


# doctor


def test_doctor_exits_with_1_on_a_problem_and_0_when_all_is_well(whoholds: Command) -> None:
    before = whoholds("doctor")
    assert before.code == 1
    (problem,) = [line for line in before.out.splitlines() if not line.startswith("ok ")]
    assert problem.startswith("problem  database: there is no database at ")
    whoholds("migrate")
    after = whoholds("doctor")
    assert after.code == 0
    assert all(line.startswith("ok       ") for line in after.out.splitlines())
    assert after.err == ""


def test_doctor_in_json_is_one_object_a_check(whoholds: Command) -> None:
    whoholds("migrate")
    found = objects(whoholds("doctor", "--json"))
    assert all(list(f) == ["check", "ok", "words"] and f["ok"] for f in found)


def test_doctor_never_shows_the_token(whoholds: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHOHOLDS_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("WHOHOLDS_TELEGRAM_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("WHOHOLDS_LOG_LEVEL", "DEBUG")
    whoholds("migrate")
    ran = whoholds("doctor")
    assert ran.code == 1
    assert "http://127.0.0.1:1 cannot be reached" in ran.out
    assert TOKEN.partition(":")[2] not in ran.out + ran.err


# A bot that runs


async def run_against_the_stand_in(token: str, env: dict[str, str]) -> Ran:
    """`whoholds run` at its most talkative until it polls (then SIGTERM) or ends by itself."""
    telegram = Telegram(TOKEN, now=utc_now, username="WhoHoldsBot")
    async with running(bot_api(telegram)) as url:
        settings = {"WHOHOLDS_TELEGRAM_TOKEN": token, "WHOHOLDS_TELEGRAM_API_URL": url, **env}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run"),
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed = asyncio.create_task(process.communicate())
        async with asyncio.timeout(60):
            while not printed.done() and not any(c.method == "getUpdates" for c in telegram.calls):
                await asyncio.wait({printed}, timeout=0.05)
            if not printed.done():
                process.terminate()
            out, err = await printed
    return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_a_bot_that_runs_never_prints_its_token_and_stops_when_told(
    log_format: str, data: Path
) -> None:
    env = {"WHOHOLDS_LOG_LEVEL": "DEBUG", "WHOHOLDS_LOG_FORMAT": log_format}
    ran = await run_against_the_stand_in(TOKEN, env)
    assert ran.code == 0
    assert "the bot runs" in ran.err
    assert "the bot stops" in ran.err
    assert "Traceback" not in ran.err
    assert TOKEN.partition(":")[2] not in ran.out + ran.err


async def test_a_token_that_telegram_refuses_stops_the_bot_with_a_sentence(data: Path) -> None:
    wrong = TOKEN.replace("123456789", "123456780")
    ran = await run_against_the_stand_in(wrong, {})
    assert ran.code == 2
    assert "WHOHOLDS_TELEGRAM_TOKEN: Telegram does not accept it" in ran.err
    assert "Traceback" not in ran.err
    assert TOKEN.partition(":")[2] not in ran.out + ran.err
