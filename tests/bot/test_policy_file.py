"""The policy in a file: what is printed can be read, and what cannot be used is named."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.policy_file import load_policy, policy_of, policy_text
from bot.settings import SettingsError, load_settings
from storage.model.policy import DEFAULT_POLICY, Policy, numbers
from storage.model.sources import Grade

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def problems(file: Path, text: str) -> tuple[str, ...]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_policy(file)
    return caught.value.problems


def other(policy: Policy) -> Policy:
    """A policy that differs from another in every number."""
    values: dict[str, Any] = {}
    for number in numbers():
        old = getattr(policy, number.name)
        match old:
            case timedelta():
                values[number.name] = old + timedelta(hours=1, microseconds=3)
            case frozenset():
                values[number.name] = old ^ {Grade.A, Grade.F}
            case int():
                values[number.name] = old + 1
            case float():
                values[number.name] = old * 0.99
            case _:
                values[number.name] = {g: w * 0.9 for g, w in old.items()}
    return replace(policy, **values)


def test_what_is_printed_reads_as_the_same_policy(file: Path) -> None:
    for policy in (DEFAULT_POLICY, other(DEFAULT_POLICY)):
        file.write_text(policy_text(policy), encoding="utf-8")
        assert load_policy(file) == policy


def test_every_number_is_printed_with_its_explanation() -> None:
    text = policy_text(DEFAULT_POLICY)
    assert list(tomllib.loads(text)) == [
        *(f.name for f in fields(Policy) if f.name != "grade_weight"),
        "grade_weight",
    ]
    assert all(n.meaning.endswith(".") for n in numbers())
    comments = " ".join(re.findall(r"^# (.*)", text, re.MULTILINE))
    assert all(n.meaning in comments for n in numbers())
    assert max(map(len, text.splitlines())) <= 100


def test_a_number_that_was_changed_is_printed_with_what_it_is_by_default() -> None:
    text = policy_text(replace(DEFAULT_POLICY, kept_after=timedelta(hours=36)))
    assert '(by default "3 days")\nkept_after = "36 hours"\n' in text
    assert text.count("(by default") == 1


def test_every_default_lies_within_its_own_bounds(file: Path) -> None:
    file.write_text(policy_text(DEFAULT_POLICY), encoding="utf-8")
    assert load_policy(file) == DEFAULT_POLICY


def test_what_a_file_leaves_out_keeps_its_default(file: Path) -> None:
    file.write_text("believe_at = 0.9\n[grade_weight]\nF = 1\n", encoding="utf-8-sig")
    weights = {**DEFAULT_POLICY.grade_weight, Grade.F: 1.0}
    assert load_policy(file) == replace(DEFAULT_POLICY, believe_at=0.9, grade_weight=weights)
    file.write_text("", encoding="utf-8")
    assert load_policy(file) == DEFAULT_POLICY


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("7 days", timedelta(days=7)),
        ("1 day", timedelta(days=1)),
        ("36 hours", timedelta(hours=36)),
        (" 1.5 days ", timedelta(hours=36)),
        ("1hour", timedelta(hours=1)),
    ],
)
def test_a_time_is_a_number_of_days_or_hours(text: str, time: timedelta, file: Path) -> None:
    file.write_text(f'kept_after = "{text}"', encoding="utf-8")
    assert load_policy(file).kept_after == time


TIMES = 'days or hours in quotation marks, such as "7 days" or "36 hours", from "1 hour" to "3650'
GRADES = "with grades of A, B, C, D, E, F, each a number from 0 to 10"


@pytest.mark.parametrize(
    ("line", "shown", "expected"),
    [
        ("believe_at = 1.5", "1.5", "a number from 0.5 to 0.999"),
        ("believe_at = 0.2", "0.2", "a number from 0.5 to 0.999"),
        ("believe_at = nan", "nan", "a number from 0.5 to 0.999"),
        ('believe_at = "0.8"', "'0.8'", "a number from 0.5 to 0.999"),
        ("at_scene = true", "True", "a number from 0 to 10"),
        ("at_scene = inf", "inf", "a number from 0 to 10"),
        ("answered_by = 2.5", "2.5", "a whole number from 1 to 1000"),
        ("answered_by = false", "False", "a whole number from 1 to 1000"),
        ("answered_by = 0", "0", "a whole number from 1 to 1000"),
        ("half_life = 30", "30", TIMES),
        ('half_life = "30"', "'30'", TIMES),
        ('half_life = "a month"', "'a month'", TIMES),
        ('half_life = "-1 day"', "'-1 day'", TIMES),
        ('half_life = "0 days"', "'0 days'", TIMES),
        ('half_life = "3651 days"', "'3651 days'", TIMES),
        (f'half_life = "{"9" * 50} days"', f"'{'9' * 50} days'", TIMES),
        ('half_life = "٣ days"', "'٣ days'", TIMES),
        ("confirming = true", "True", "a list of grades of A, B, C, D, E, F"),
        ('confirming = ["A", "G"]', "['A', 'G']", "a list of grades of A, B, C, D, E, F"),
        ("confirming = [[]]", "[[]]", "a list of grades of A, B, C, D, E, F"),
        ("grade_weight = 1", "1", f"a table {GRADES}"),
        ("grade_weight = {A = 11}", "{'A': 11}", f"a table {GRADES}"),
        ("grade_weight = {G = 1}", "{'G': 1}", f"a table {GRADES}"),
        ('grade_weight = {A = "1"}', "{'A': '1'}", f"a table {GRADES}"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_expected(
    line: str, shown: str, expected: str, file: Path
) -> None:
    (said,) = problems(file, line)
    assert said.startswith(f"the policy file {file}: {line.split()[0]} is {shown}: expected ")
    assert expected in said


def test_a_key_that_is_none_is_named_with_the_nearest(file: Path) -> None:
    assert problems(file, "beleive_at = 0.8\nxyzzy = 1\n[grade_weights]\nA = 1\n") == tuple(
        f"the policy file {file}: {said}"
        for said in (
            "beleive_at is no number of the policy; did you mean believe_at?",
            "grade_weights is no number of the policy; did you mean grade_weight?",
            "xyzzy is no number of the policy; `whoholds policy` prints all there are",
        )
    )


def test_a_file_that_is_no_policy_is_named(file: Path, tmp_path: Path) -> None:
    (said,) = problems(file, "believe_at: 0.8\n")
    assert said.startswith(f"the policy file {file} is no TOML: ")
    assert "line 1" in said
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="is no TOML"):
        load_policy(file)
    assert problems(file, "#" * 1_000_001) == (f"the policy file {file} is too large to be one",)
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_policy(tmp_path / "nowhere")
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_policy(tmp_path)
    with pytest.raises(SettingsError, match="cannot be read: that is no path"):
        load_policy(tmp_path / "\0")


def test_the_policy_in_force_is_that_of_the_setting(file: Path) -> None:
    assert policy_of(load_settings({})) is DEFAULT_POLICY
    file.write_text("believe_at = 0.9", encoding="utf-8")
    settings = load_settings({"WHOHOLDS_POLICY": str(file)})
    assert policy_of(settings) == replace(DEFAULT_POLICY, believe_at=0.9)
