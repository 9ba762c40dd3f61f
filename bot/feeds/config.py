"""The feeds file: TOML with a block for each feed, read as a whole or refused with every problem.

at_once = 4                       # how many feeds are read at the same time

[feeds.border-desk]
kind = "reports"
url = "https://example.org/reports.csv"
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bot.feeds.blocks import Block
from bot.feeds.kinds import KINDS
from bot.settings import SettingsError
from bot.toml_file import read_toml
from storage.model.feeds import IMPORT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from bot.settings import Settings

USUAL_AT_ONCE, MOST_AT_ONCE = 4, 32
# The keys by which any block names what must be on record.
NAMES = ("source", "places", "parties")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class FeedsFile:
    """The feeds there are, by name, and how many are read at once."""

    blocks: Mapping[str, Block]
    at_once: int = USUAL_AT_ONCE

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(s for block in self.blocks.values() for s in block.secrets)


@dataclass(frozen=True)
class Seen:
    """What a feeds file says, whether it can be used or not.

    `blocks` can be used, but for secrets that they may lack. `named` has all blocks of a known
    kind; of those that are wrong otherwise, only the source, the places and the parties that they
    name, as far as these can be read.
    """

    blocks: Mapping[str, Block]
    named: Mapping[str, Block]
    at_once: int
    problems: tuple[str, ...]


class _Unfit(Exception):
    """A block that cannot be used, for each of the `problems`; `names` has what it names."""

    def __init__(self, problems: list[str], names: Block | None = None) -> None:
        super().__init__(problems)
        self.problems = problems
        self.names = names


def feeds_of(settings: Settings, env: Mapping[str, str] | None = None) -> FeedsFile:
    """The feeds of the file in WHOHOLDS_FEEDS, none without it.

    Raises SettingsError with every problem of the file. `env` is where secrets are looked up
    (default: the environment of the process).
    """
    if settings.feeds is None:
        return FeedsFile({})
    return load_feeds(settings.feeds, os.environ if env is None else env)


def load_feeds(path: Path, env: Mapping[str, str]) -> FeedsFile:
    """The feeds that a file describes; raises SettingsError as `feeds_of` does."""
    seen = look_through(path, env)
    if seen.problems:
        raise SettingsError(tuple(f"the feeds file {path}: {p}" for p in seen.problems))
    return FeedsFile(seen.blocks, seen.at_once)


def look_through(path: Path, env: Mapping[str, str]) -> Seen:
    """All that a file says, and every problem of it; secrets are looked up in `env`.

    Raises SettingsError where it is no TOML.
    """
    given = read_toml(path, "the feeds file")
    problems: list[str] = []
    at_once = given.pop("at_once", USUAL_AT_ONCE)
    if not isinstance(at_once, int) or not 1 <= at_once <= MOST_AT_ONCE or at_once is True:
        problems.append(f"at_once is {at_once!r:.60}: expected a number from 1 to {MOST_AT_ONCE}")
    blocks = given.pop("feeds", {})
    problems += [_stray(name) for name in given]
    if not isinstance(blocks, dict):
        problems.append("feeds is no table: expected blocks such as [feeds.border-desk]")
        blocks = {}
    read: dict[str, Block] = {}
    named: dict[str, Block] = {}
    for name, block in blocks.items():
        try:
            read[name], wrong = _block(name, block, env)
            named[name] = read[name]
        except _Unfit as error:
            wrong = error.problems
            if error.names is not None:
                named[name] = error.names
        problems += [f"[feeds.{name[:60]}] {problem}" for problem in wrong]
    return Seen(read, named, at_once, tuple(problems))


def _stray(name: str) -> str:
    near = difflib.get_close_matches(name, ("feeds", "at_once"), n=1)
    hint = f"; did you mean {near[0]}?" if near else ": feeds stand in blocks such as [feeds.NAME]"
    return f"{name[:60]} is no key of it{hint}"


def wrong_name(name: str) -> str | None:
    """Why a feed cannot be called so; None where it can."""
    if NAME.fullmatch(name) and name != IMPORT:
        return None
    return "is no name for a feed: up to 40 of a–z, 0–9, '_' and '-', and not `import`"


def _block(name: str, given: Any, env: Mapping[str, str]) -> tuple[Block, list[str]]:
    """A block, and which secrets it lacks; raises _Unfit."""
    if (wrong := wrong_name(name)) is not None:
        raise _Unfit([wrong])
    if not isinstance(given, dict):
        raise _Unfit(["is no block: expected keys and values"])
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        was = f"kind is {kind!r:.60}" if "kind" in given else "lacks a kind"
        raise _Unfit([f"{was}: expected one of {', '.join(KINDS)}"])
    lacking: list[str] = []
    try:
        block = KINDS[kind].block.model_validate(given, context={"env": env, "lacking": lacking})
    except ValidationError as error:
        known = list(KINDS[kind].block.model_fields)
        found = error.errors(include_url=False, include_input=False)
        problems = list(dict.fromkeys(_told(e, kind, known) for e in found))
        wrong_keys = {e["loc"][0] for e in found if e["loc"]}
        names = {k: given[k] for k in NAMES if k in given and k not in wrong_keys}
        raise _Unfit([*problems, *lacking], Block.model_validate({"kind": kind, **names})) from None
    return block, lacking


def _told(error: ErrorDetails, kind: str, known: list[str]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "missing":
            return f"lacks {where}"
        case "extra_forbidden":
            near = difflib.get_close_matches(where, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; it has {', '.join(known)}"
            return f"{where[:60]} is no key of a feed of the kind {kind}{hint}"
        case "value_error":
            said = error["msg"].removeprefix("Value error, ")
            return f"{where}: {said}" if where else said
        case _:
            message = error["msg"]
            return f"{where}: {message[:1].lower()}{message[1:]}"
