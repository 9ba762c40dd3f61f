"""`policy`, and the file that WHOHOLDS_POLICY names, as somebody uses them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.commands.doctor import examine
from bot.policy_file import policy_text
from storage.model.policy import DEFAULT_POLICY
from tests.bot.cli.conftest import Command, objects
from tests.builders import STORY

if TYPE_CHECKING:
    from pathlib import Path

# By which no claim is worth naming a holder for.
DEAF = "worth_naming = 10\n"


@pytest.fixture
def deaf(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(DEAF, encoding="utf-8")
    return path


def test_policy_prints_the_policy_in_force(
    whoholds: Command, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert whoholds("policy").out == policy_text(DEFAULT_POLICY)
    by_option = whoholds("policy", "--policy", deaf)
    assert (by_option.code, by_option.err) == (0, "")
    assert "worth_naming = 10.0\n" in by_option.out
    monkeypatch.setenv("WHOHOLDS_POLICY", str(deaf))
    assert whoholds("policy").out == by_option.out


def test_what_is_answered_and_imported_follows_the_policy_in_force(
    story: Command, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def holder() -> str:
        (found,) = objects(story("status", "rabia", "--as-of", "2014-06-23", "--json"))
        return str(found["holder"])

    assert holder() == "kurdish"
    monkeypatch.setenv("WHOHOLDS_POLICY", str(deaf))
    assert holder() == "None"


@pytest.mark.parametrize("command", [["run"], ["status", "x"], ["import", STORY], ["policy"]])
def test_a_policy_that_cannot_be_used_stops_a_command_with_its_place(
    command: list[str], whoholds: Command, data: Path, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf.write_text("worth_naming = 11", encoding="utf-8")
    monkeypatch.setenv("WHOHOLDS_POLICY", str(deaf))
    monkeypatch.setenv("WHOHOLDS_TELEGRAM_TOKEN", "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012")
    ran = whoholds(*command)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1] == (
        f"whoholds: the policy file {deaf}: worth_naming is 11: expected a number from 0 to 10"
    )
    assert not (data / "whoholds.db").exists()


def test_doctor_tells_where_the_policy_comes_from(
    data: Path, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def policies() -> list[tuple[bool, str]]:
        return [(f.ok, f.words) for f in examine() if f.check == "policy"]

    assert policies() == []
    monkeypatch.setenv("WHOHOLDS_POLICY", str(deaf))
    assert policies() == [(True, f"by {deaf}")]
    deaf.write_text("worth = 1", encoding="utf-8")
    ((ok, words),) = policies()
    assert not ok
    assert words.startswith(f"the policy file {deaf}: worth is no number")


def test_policy_history_tells_since_when_which_numbers_were_in_force(
    story: Command, deaf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHOHOLDS_POLICY", str(deaf))
    assert story("import", STORY).code == 0
    deaf.write_text("[grade_weight]\nB = 2\n", encoding="utf-8")
    assert story("import", STORY).code == 0
    assert story("import", STORY).code == 0
    lines = story("policy", "--history").out.splitlines()
    assert [line for line in lines if line.startswith("  ")] == [
        "  worth_naming = 10.0 (before: 0.25)",
        "  grade_weight.B = 2.0 (before: 1.6)",
        "  worth_naming = 0.25 (before: 10.0)",
    ]
    heads = [line for line in lines if not line.startswith("  ")]
    assert len(heads) == 3
    assert re.fullmatch(r"since 20..-..-.. ..:..:.. UTC: the default", heads[0])


def test_policy_history_before_the_bot_ever_ran(whoholds: Command) -> None:
    assert whoholds("migrate").code == 0
    ran = whoholds("policy", "--history")
    assert ran.out == "no policy has been in force yet: it is noted when the bot starts\n"
    both = whoholds("policy", "--history", "--policy", "x.toml")
    assert both.code == 2
    assert "either --policy or --history" in both.err
