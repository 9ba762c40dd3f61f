"""All commands: help, version, wrong arguments and settings, as somebody calls them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from bot.cli import VERSION
from tests.bot.cli.conftest import ROOT, Command

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [
    "run",
    "sandbox",
    "migrate",
    "import",
    "status",
    "find",
    "draft",
    "backtest",
    "policy",
    "doctor",
    "gazetteer",
    "wishes",
    "audit",
    "feeds",
    "rejects",
    "leads",
    "sources",
    "outbox",
]
GROUPS = ["feeds", "gazetteer", "outbox", "rejects", "sources"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str, whoholds: Command) -> None:
    ran = whoholds(command, "--help")
    assert ran.code == 0
    assert "Example:" in ran.out
    assert f"whoholds {command}" in ran.out.split("Example:")[1]


def test_help_names_every_command(whoholds: Command) -> None:
    listed = re.findall(r"^  (\w+) ", whoholds("--help").out.split("Commands:")[1], re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)
    assert whoholds().code != 0


@pytest.mark.parametrize("group", [[], *([name] for name in GROUPS)])
def test_a_list_of_commands_cuts_no_sentence(group: list[str], whoholds: Command) -> None:
    listed = whoholds(*group, "--help").out.split("Commands:")[1]
    assert "..." not in listed


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
