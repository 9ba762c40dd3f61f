"""The house keeps its shape: what the import contracts in pyproject.toml cannot see."""

import ast
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("bot", "handlers", "storage")
FOLDERS = {*FLOORS, "tests", "deploy"}
LEFT_BY_TOOLS = {"__pycache__", "build", "dist", "htmlcov"}


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_is_a_package_with_a_docstring_only(floor: str) -> None:
    tree = ast.parse((ROOT / floor / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1, "a layers contract does not look into it, so it holds no code"


def test_every_top_level_folder_has_a_place_in_the_design() -> None:
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
    assert folders - LEFT_BY_TOOLS == FOLDERS


@pytest.mark.parametrize("script", [".ci/run", "deploy/run"])
def test_a_script_can_be_started(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-test.txt"])
def test_a_lock_pins_and_names_no_package_index(lock: str) -> None:
    text = (ROOT / "deploy" / lock).read_text(encoding="utf-8")
    entries = [line for line in text.splitlines() if line and line[0] not in "# "]
    assert entries
    assert [line for line in entries if "==" not in line or not line.endswith("\\")] == []
    assert "://" not in text
