"""Whatever a file of settings holds, it can be used or is refused with every problem named.

More examples than usual: see `tests.fuzzing`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.feeds import EXAMPLE
from bot.feeds.config import load_feeds
from bot.feeds.kinds import KINDS
from bot.policy_file import load_policy, policy_text
from bot.settings import SettingsError
from storage.model.policy import DEFAULT_POLICY, numbers
from tests.fuzzing import many, torn, values

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE_TEXT = EXAMPLE.read_text(encoding="utf-8")
ENV = {"ACLED_PASSWORD": "hush-hush", "UCDP_TOKEN": "hush-hush"}
KEYS = sorted({key for kind in KINDS.values() for key in kind.block.model_fields} - {"kind"})
NUMBERS = sorted(number.name for number in numbers())


def toml(value: Any) -> str:
    """A value as TOML has it; what it has no word for as an empty list."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value.encode("utf-8", "replace").decode())
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return f"{{{', '.join(f'{toml(k)} = {toml(v)}' for k, v in value.items())}}}"
        case _:
            return "[]"


def used(path: Path, text: str | bytes, what: str) -> None:
    """The file is used or refused; then every problem is told with the name of the file."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems: tuple[str, ...] = ()
    try:
        if what == "feeds":
            assert load_feeds(path, ENV).at_once >= 1
        else:
            load_policy(path)
    except SettingsError as error:
        problems = error.problems
    assert all(p.startswith(f"the {what} file {path}") for p in problems)
    assert not any("hush-hush" in p for p in problems)


@many
@given(torn(EXAMPLE_TEXT))
def test_anything_as_a_feeds_file(tmp_path: Path, body: bytes) -> None:
    used(tmp_path / "feeds.toml", body, "feeds")


@many
@given(
    st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), values, max_size=6),
    st.sampled_from(["desk", "import", "A", "ü"]) | st.text(max_size=50),
)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_anything_as_a_block(tmp_path: Path, kind: str, keys: dict[str, Any], name: str) -> None:
    lines = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in keys.items())
    text = f"[feeds.{toml(name)}]\nkind = {toml(kind)}\n{lines}"
    used(tmp_path / "feeds.toml", text, "feeds")


@many
@given(torn(policy_text(DEFAULT_POLICY)))
def test_anything_as_a_policy_file(tmp_path: Path, body: bytes) -> None:
    used(tmp_path / "policy.toml", body, "policy")


@many
@given(st.dictionaries(st.sampled_from(NUMBERS) | st.text(max_size=5), values, max_size=6))
def test_anything_as_numbers_of_a_policy(tmp_path: Path, given_: dict[str, Any]) -> None:
    text = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in given_.items())
    used(tmp_path / "policy.toml", text, "policy")
