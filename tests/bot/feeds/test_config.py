"""The feeds file: what cannot be used is named with file, block and key."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.commands.feeds import EXAMPLE
from bot.feeds.config import feeds_of, load_feeds
from bot.feeds.kinds import KINDS
from bot.feeds.kinds.reliefweb import ReliefWebBlock
from bot.feeds.kinds.reports import ReportsBlock
from bot.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {name: f"secret-of-{name}" for name in ("ACLED_PASSWORD", "UCDP_TOKEN")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "feeds.toml"


def problems(file: Path, text: str) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_feeds(file, {})
    found = caught.value.problems
    assert all(p.startswith(f"the feeds file {file}") for p in found)
    return [p.removeprefix(f"the feeds file {file}").removeprefix(": ") for p in found]


BLOCK = '[feeds.desk]\nkind = "reports"\nurl = "https://example.org/x.csv"\n'


def test_the_example_has_every_kind_and_can_be_used() -> None:
    read = load_feeds(EXAMPLE, SECRETS)
    assert {block.kind for block in read.blocks.values()} == set(KINDS)


def test_what_a_block_leaves_out_has_its_usual_value(file: Path) -> None:
    file.write_text(BLOCK, encoding="utf-8-sig")
    read = load_feeds(file, {})
    block = read.blocks["desk"]
    assert isinstance(block, ReportsBlock)
    assert (block.every, block.timeout) == (timedelta(minutes=15), timedelta(minutes=2))
    assert (block.largest, block.private_addresses, read.at_once) == (50_000_000, False, 4)


def test_without_a_file_there_are_no_feeds(file: Path) -> None:
    assert feeds_of(load_settings({})).blocks == {}
    file.write_text(BLOCK, encoding="utf-8")
    assert list(feeds_of(load_settings({"WHOHOLDS_FEEDS": str(file)}), {}).blocks) == ["desk"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('evry = "1 hour"', "evry is no key of a feed of the kind reports; did you mean every?"),
        ('every = "15 mins"', 'every: expected a time in quotation marks, such as "15 minutes"'),
        ("every = 15", 'every: expected a time in quotation marks, such as "15 minutes"'),
        ('every = "0 seconds"', 'every: expected a time from "1 second" to "3650 days"'),
        ("largest_mb = 0", "largest_mb: input should be greater than 0"),
        ("private_addresses = 1", "private_addresses: input should be a valid boolean"),
        ("source = 5", "source: input should be a valid string"),
        ('folder = "/nowhere"', "folder: /nowhere is no folder that is there"),
        ('format = "xml"', "format: input should be 'csv' or 'jsonl'"),
        ("places = {x = 5}", "places.x: input should be a valid string"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(line: str, said: str, file: Path) -> None:
    (problem,) = problems(file, BLOCK + line)
    assert problem.startswith(f"[feeds.desk] {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[feeds.desk]\nkind = "reports"\n', "[feeds.desk] expected one of url and folder"),
        ("[feeds.desk]\n", "[feeds.desk] lacks a kind: expected one of reports"),
        ('[feeds.desk]\nkind = "fax"\n', "[feeds.desk] kind is 'fax': expected one of reports"),
        ("[feeds.import]\n", "[feeds.import] is no name for a feed"),
        ("[feeds.'A b']\n", "[feeds.A b] is no name for a feed"),
        ("feeds = 5\n", "feeds is no table"),
        ("[feeds]\ndesk = 5\n", "[feeds.desk] is no block"),
        ("[feed.desk]\n", "feed is no key of it; did you mean feeds?"),
        ("mood = 1\n", "mood is no key of it: feeds stand in blocks such as [feeds.NAME]"),
        ("at_once = 0\n", "at_once is 0: expected a number from 1 to 32"),
        ("at_once = true\n", "at_once is True: expected"),
        ("at_once: 5", " is no TOML: "),
        ("#" * 1_000_001, " is too large to be one"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, said: str, file: Path) -> None:
    assert problems(file, text)[0].startswith(said)


RELIEFWEB = '[feeds.relief]\nkind = "reliefweb"\nappname = "x"\n'


@pytest.mark.parametrize("day", ["2026-13-45", "soon", "2026-01-31T10:00:00Z"])
def test_a_day_that_is_none_is_refused(day: str, file: Path) -> None:
    (problem,) = problems(file, f'{RELIEFWEB}since = "{day}"\n')
    assert problem == "[feeds.relief] since: expected a day, such as 2026-01-31"


@pytest.mark.parametrize("day", ['"2026-01-31"', "2026-01-31"])
def test_a_day_may_stand_with_or_without_quotation_marks(day: str, file: Path) -> None:
    file.write_text(f"{RELIEFWEB}since = {day}\n", encoding="utf-8")
    block = load_feeds(file, {}).blocks["relief"]
    assert isinstance(block, ReliefWebBlock)
    assert block.since == "2026-01-31"


@pytest.mark.parametrize(
    "url", ["ftp://example.org/x", "https://me:pw@example.org/x", "example.org", "https://[x", "/x"]
)
def test_an_address_that_is_none_is_not_repeated(url: str, file: Path) -> None:
    (problem,) = problems(file, f'[feeds.desk]\nkind = "reports"\nurl = "{url}"\n')
    assert problem == (
        "[feeds.desk] url: expected an http or https address without user and password"
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_feeds(tmp_path / "nowhere", {})
    with pytest.raises(SettingsError, match="cannot be read: that is no path"):
        load_feeds(tmp_path / "\0", {})


# -------------------------------------------------------------------------------------- secrets


UCDP = '[feeds.desk]\nkind = "ucdp"\nversion = "25.1"\n'


def test_a_secret_comes_from_a_variable_or_a_file(file: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("from-a-file\n", encoding="utf-8")
    for where, value in ((f'{{file = "{secret}"}}', "from-a-file"), ('{env = "T"}', "from-env")):
        file.write_text(f"{UCDP}token = {where}\n", encoding="utf-8")
        read = load_feeds(file, {"T": "from-env"})
        assert read.secrets == (value,)
        assert value not in repr(read)


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ('"in-clear"', 'expected where the secret is, {env = "NAME"} or {file = "PATH"}'),
        ('{env = "T", file = "x"}', "expected where the secret is"),
        ('{vault = "T"}', "expected where the secret is"),
        ("{env = 5}", "expected where the secret is"),
        ('{env = "T"}', "the variable T is not set or empty"),
        ('{file = "/nowhere/token"}', "the file /nowhere/token cannot be read: No such file"),
        ('{file = "EMPTY"}', "EMPTY is not set or empty"),
        ('{file = "LONG"}', "LONG is too long to be a secret"),
        ('{file = "BINARY"}', "BINARY cannot be read: it is no text"),
    ],
)
def test_a_secret_that_is_not_there_is_named_and_none_is_repeated(
    token: str, said: str, file: Path, tmp_path: Path
) -> None:
    for name, content in (("EMPTY", b"\n"), ("LONG", b"x" * 10_001), ("BINARY", b"\xff")):
        (tmp_path / name).write_bytes(content)
        token = token.replace(f'"{name}"', f'"{tmp_path / name}"')
    (problem,) = problems(file, f"{UCDP}token = {token}\n")
    assert problem.startswith("[feeds.desk] token: ")
    assert said in problem
    assert "in-clear" not in problem
