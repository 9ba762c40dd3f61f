"""The README says what is so: its tables, commands and links are held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli import app
from bot.feeds.kinds import KINDS
from bot.importing.files import COLUMNS, Kind
from bot.settings import settings_table
from handlers.register import COMMANDS, Who
from tests.storage.model.drafting.scoring import Marks, mark

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def between(name: str) -> list[str]:
    """The rows of a marked table, without its two lines of heading."""
    found = re.search(rf"<!-- {name}:.*?-->\n(.*?)<!-- /{name} -->", README, re.DOTALL)
    assert found, f"the README has lost its table of {name}"
    return found[1].strip().splitlines()[2:]


def test_the_table_of_commands_is_the_bots_own() -> None:
    assert between("commands") == [
        f"| `{c.example}` | {c.description}"
        + {
            Who.ADMINS: " (in groups: admins)",
            Who.EDITORS: " (editors)",
            Who.OWNERS: " (owners)",
        }.get(c.who, "")
        + " |"
        for c in COMMANDS
    ]


def test_the_table_of_settings_is_the_programs_own() -> None:
    assert between("settings") == [
        f"| `{row.name}` | {row.default} | {row.meaning} |" for row in settings_table()
    ]


def test_the_figures_of_drafts_are_those_that_are_measured() -> None:
    kept = {
        "kept apart": "held_apart",
        "the rules were made on: short ones": "development",
        "the rules were made on: like an agency's": "wire",
    }
    assert between("drafts") == [_figures(called, mark(name)) for called, name in kept.items()]


def _figures(called: str, marks: Marks) -> str:
    scores = (marks.claims, marks.speakers, marks.times)
    measured = (f"{score.precision:.2f}, {score.recall:.2f}" for score in scores)
    return f"| {called} | {marks.claims.expected} | {' | '.join(measured)} |"


def test_every_command_line_in_it_exists() -> None:
    known = set(get_command(app).commands)  # type: ignore[attr-defined] # a group has commands
    used = set(re.findall(r"^ *deploy/run ([a-z]+)", README, re.MULTILINE))
    assert used - {"test"} <= known
    assert {"import", "status", "doctor"} <= used


@pytest.mark.parametrize("link", re.findall(r"\]\(((?!http)[^)#]+)\)", README))
def test_every_file_it_points_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_its_picture_is_there_and_small() -> None:
    (picture,) = re.findall(r'<img src="([^"]+)"', README)
    assert 10_000 < (ROOT / picture).stat().st_size < 150_000


@pytest.mark.parametrize("kind", list(Kind))
def test_the_columns_of_every_file_are_told(kind: Kind) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{kind.value}.csv`"))
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", row))))
    assert set(COLUMNS[kind]) <= told


def test_every_kind_of_feed_is_told() -> None:
    section = README.partition("### Feeds")[2].partition("### Files to import")[0]
    assert re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE) == list(KINDS)


def test_every_module_on_its_map_is_there() -> None:
    block = re.search(r"```\nbot/.*?```", README, re.DOTALL)
    assert block
    floor = ""
    for line in block[0].splitlines()[1:-1]:
        name = line.split()[0]
        if not line.startswith(" "):
            floor = name
        path = ROOT / name if not line.startswith(" ") else ROOT / floor / name
        assert path.exists(), line
