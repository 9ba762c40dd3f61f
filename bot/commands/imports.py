"""`whoholds import`: files onto record, with what became of them said at the end."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from bot.importing import import_paths
from bot.importing.load import no_progress
from storage.model.errors import WhoHoldsError
from storage.tables import subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.progress import TaskID

    from bot.importing import ImportResult
    from storage.engine import Database


class NotAgreed(WhoHoldsError):
    """Alerts were asked for but nobody agreed to them being sent."""


def run_import(paths: Sequence[Path], *, alert: bool, agreed: bool) -> bool:
    """Import and print what became of the rows; returns whether all could be taken.

    With `alert`, asks first unless `agreed`; raises NotAgreed when the answer is no or nobody
    can be asked.
    """
    settings = get_ready()
    with opened(settings, make=True) as database:
        if alert:
            _ask(database, agreed=agreed)
        with _progress() as progress:
            result = import_paths(database, paths, now=utc_now(), alert=alert, progress=progress)
    _tell(result, alert=alert)
    return not result.rejected


def _ask(database: Database, *, agreed: bool) -> None:
    with database.connect() as conn:
        chats = conn.scalar(
            sa.select(sa.func.count(sa.distinct(subscriptions.c.subscriber_id)))
            .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
            .where(subscribers.c.active)
        )
    said = "1 chat is" if chats == 1 else f"{chats} chats are"
    typer.echo(f"{said} subscribed and could be told of what these reports change.", err=True)
    if agreed:
        return
    if not sys.stdin.isatty():
        raise NotAgreed("nobody is here to agree to alerts being sent: add --yes, or leave --alert")
    if not typer.confirm("Import and send alerts?", err=True):
        raise NotAgreed("nothing was imported")


@contextmanager
def _progress() -> Iterator[Callable[[Path, int], None]]:
    """A bar for each file on a terminal; elsewhere nothing."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[Path, TaskID] = {}

        def show(path: Path, read: int) -> None:
            if path not in tasks:
                tasks[path] = bars.add_task(path.name, total=path.stat().st_size)
            bars.update(tasks[path], completed=read)

        yield show


def _tell(result: ImportResult, *, alert: bool) -> None:
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
        typer.echo(f"{kind.value:<8} {', '.join(words) or 'none'}")
    if result.unresolved:
        typer.echo(
            f"{result.unresolved} of the reports refer to a report that is not on record; "
            "that may still come"
        )
    if alert:
        typer.echo(f"alerts   {result.alerts}, for {result.deliveries} deliveries")
    for path in result.rejected_files:
        typer.echo(f"the rejected rows, each with its reason, are in {path}", err=True)
