"""`doctor`, as somebody calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bot.cli.conftest import TOKEN, Command, objects

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


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


def test_doctor_looks_at_the_feeds_file(
    whoholds: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "feeds.toml"
    monkeypatch.setenv("WHOHOLDS_FEEDS", str(file))
    whoholds("migrate")
    file.write_text('[feeds.desk]\nkind = "reports"\nurl = "https://example.org/x.csv"\n')
    told = f"feeds: 1 feed in {file}; `whoholds feeds` tells how they are doing"
    assert f"ok       {told}" in whoholds("doctor").out
    file.write_text('[feeds.desk]\nkind = "fax"\n')
    ran = whoholds("doctor")
    assert ran.code == 1
    assert f"problem  feeds: the feeds file {file}: [feeds.desk] kind is 'fax'" in ran.out
