"""`whoholds policy`: the numbers in force, as a file to save, change and try."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.common import get_ready
from bot.policy_file import load_policy, policy_of, policy_text

if TYPE_CHECKING:
    from pathlib import Path


def show_policy(file: Path | None) -> None:
    """Print the policy of a file, or the one in force, as TOML with every number explained.

    Raises SettingsError for a file that cannot be used.
    """
    settings = get_ready()
    policy = policy_of(settings) if file is None else load_policy(file)
    typer.echo(policy_text(policy), nl=False)
