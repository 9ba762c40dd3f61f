"""What is deployed says what is so: its settings are held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.settings import settings_table

DEPLOY = Path(__file__).parents[1] / "deploy"
FILES = ["Dockerfile", "compose.yaml", "whoholds.env.example", "whoholds.service"]


@pytest.mark.parametrize("name", FILES)
def test_every_setting_in_it_exists(name: str) -> None:
    used = set(re.findall(r"WHOHOLDS_[A-Z_]+", (DEPLOY / name).read_text(encoding="utf-8")))
    assert {setting.removesuffix("_FILE") for setting in used} <= {r.name for r in settings_table()}


def test_the_example_of_settings_begins_with_the_owners_and_sets_nothing() -> None:
    lines = (DEPLOY / "whoholds.env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
    assert next(line for line in lines if line.startswith("#WHOHOLDS_")).startswith(
        "#WHOHOLDS_OWNERS="
    )
