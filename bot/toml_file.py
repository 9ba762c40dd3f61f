"""Files of settings in TOML, as they are read."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bot.settings import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1_000_000  # bytes; whatever is larger is some other file


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """What stands in a file; `what` is what it is called where it cannot be used, as in "the
    policy file".

    Raises SettingsError if it cannot be read, is too large or no TOML.
    """
    try:
        with path.open("rb") as opened:
            text = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        why = error.strerror if isinstance(error, OSError) else "that is no path"
        raise SettingsError((f"{what} {path} cannot be read: {why}",)) from None
    if len(text) > LARGEST:
        raise SettingsError((f"{what} {path} is too large to be one",))
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except ValueError as error:  # no UTF-8, or no TOML
        raise SettingsError((f"{what} {path} is no TOML: {error}",)) from None
