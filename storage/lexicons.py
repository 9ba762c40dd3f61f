"""The lexicon of English that comes with the program, read from its files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from storage.model.drafting import Lexicon

_PACKAGE = "storage.model.drafting"


@cache
def english() -> Lexicon:
    """The words that English texts are read by."""
    return Lexicon.build(_read("english.toml"), _read("nations.toml"))


def _read(name: str) -> dict[str, Any]:
    text = resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
