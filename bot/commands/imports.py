"""`whoholds import`: files onto record, with what became of them said at the end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from bot.commands.progress import bars, of_files
from bot.importing import import_paths
from bot.importing.rehearsal import rehearse
from bot.policy_file import policy_of
from storage.model.errors import WhoHoldsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.importing import ImportResult
    from bot.importing.rehearsal import Rehearsed
    from storage.engine import Database
    from storage.model.policy import Policy


class NotAgreed(WhoHoldsError):
    """Alerts were asked for but nobody agreed to them being sent."""


def run_import(paths: Sequence[Path], *, alert: bool, agreed: bool) -> bool:
    """Import and print what became of the rows; returns whether all could be taken.

    With `alert`, says what it would raise and asks first, unless `agreed` or there is nothing to
    agree to; raises NotAgreed when the answer is no or nobody can be asked.
    """
    settings = get_ready()
    policy = policy_of(settings)
    with opened(settings, make=True) as database:
        if alert and not agreed:
            _ask(database, paths, policy)
        with bars() as show:
            result = import_paths(
                database,
                paths,
                now=utc_now(),
                alert=alert,
                progress=of_files(show),
                policy=policy,
            )
    tell_rows(result)
    if alert:
        typer.echo(f"alerts    {result.alerts}, for {result.deliveries} deliveries")
    return not result.rejected


def _ask(database: Database, paths: Sequence[Path], policy: Policy) -> None:
    found = rehearse(database, paths, now=utc_now(), policy=policy)
    typer.echo(_would(found), err=True)
    if found.rejected:
        rows = "1 row" if found.rejected == 1 else f"{found.rejected} rows"
        typer.echo(f"{rows} would be rejected.", err=True)
    if not found.alerts:
        return
    if not sys.stdin.isatty():
        raise NotAgreed("nobody is here to agree to alerts being sent: add --yes, or leave --alert")
    if not typer.confirm("Import and send alerts?", err=True):
        raise NotAgreed("nothing was imported")


def _would(found: Rehearsed) -> str:
    if not found.alerts:
        return "This raises no alert, and nobody is told anything."
    alerts = "1 alert" if found.alerts == 1 else f"{found.alerts} alerts"
    chats = "1 chat" if found.chats == 1 else f"{found.chats} chats"
    return f"This would raise {alerts} and send to {chats}."


def tell_rows(result: ImportResult) -> None:
    """Print what became of the rows, and where those are that could not be taken."""
    for warning in result.warnings:
        typer.echo(f"warning: {warning}", err=True)
    for kind, counts in result.counts.items():
        parts = {
            "new": counts.new,
            "changed": counts.changed,
            "on record already": counts.unchanged,
            "rejected": counts.rejected,
        }
        words = [f"{number} {word}" for word, number in parts.items() if number]
        typer.echo(f"{kind.value:<9} {', '.join(words) or 'none'}")
    if result.unresolved:
        typer.echo(
            f"{result.unresolved} of the reports refer to a report that is not on record; "
            "that may still come"
        )
    for path in result.rejected_files:
        typer.echo(f"the rejected rows, each with its reason, are in {path}", err=True)
