"""`whoholds policy`: the numbers in force, as a file to save, change and try; and former ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.common import get_ready, opened
from bot.policy_file import differences, load_policy, policy_of, policy_text
from storage import policies
from storage.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from pathlib import Path


def show_policy(file: Path | None) -> None:
    """Print the policy of a file, or the one in force, as TOML with every number explained.

    Raises SettingsError for a file that cannot be used.
    """
    settings = get_ready()
    policy = policy_of(settings) if file is None else load_policy(file)
    typer.echo(policy_text(policy), nl=False)


def show_history() -> None:
    """Print since when which policy was in force, oldest first, with what each changed."""
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        noted = policies.versions(conn)
    if not noted:
        typer.echo("no policy has been in force yet: it is noted when the bot starts")
    before = DEFAULT_POLICY
    for one in noted:
        changed = differences(before, one.policy)
        what = "" if changed else ": the default" if one is noted[0] else ": as before"
        typer.secho(f"since {one.since:%Y-%m-%d %H:%M:%S} UTC{what}", bold=True)
        for line in changed:
            typer.echo(f"  {line}")
        before = one.policy
