"""`whoholds backtest`: a history played through the live check, and what would have been told."""

from __future__ import annotations

import csv
import os
import signal
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any

import typer

from bot import garbage
from bot.backtest.outcome import ALERT_COLUMNS, CHANGE_COLUMNS, DAY, Outcome, alert_row
from bot.backtest.play import play
from bot.clock import utc_now
from bot.commands.common import get_ready
from bot.commands.imports import tell_rows
from bot.commands.progress import bars, of_files
from bot.importing import import_paths
from bot.importing.files import Kind, find_files
from bot.policy_file import load_policy, policy_of
from storage import events, migrate
from storage.engine import open_throwaway
from storage.model.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from bot.commands.progress import Show
    from bot.importing import ImportResult
    from bot.importing.files import InputFile
    from storage.engine import Database
    from storage.model.policy import Policy


def run_backtest(folder: Path, out: Path, alerts: Path | None, policy_file: Path | None) -> bool:
    """Play the history in a folder, write what changed, and print the sum of it.

    Returns whether all rows could be taken. Raises BadInput for a folder that is no history or a
    file that cannot be written, and SettingsError for a policy that cannot be used. Broken off, it
    leaves no file.
    """
    settings = get_ready()
    policy = policy_of(settings) if policy_file is None else load_policy(policy_file)
    files = _history(folder)
    _refuse(out, alerts, files)
    begun = time.monotonic()
    with _broken_off_alike(), garbage.in_bulk(), ExitStack() as stack:
        rows = _writer(stack.enter_context(_whole(out)))
        rows.writerow(CHANGE_COLUMNS)
        alert_rows: Any = _writer(stack.enter_context(_whole(alerts))) if alerts else None
        if alert_rows:
            alert_rows.writerow(ALERT_COLUMNS)
        show = stack.enter_context(bars())
        result, outcome, troubled = _play(files, policy, show, rows, alert_rows)
    tell_rows(result)
    for place, reason in sorted(troubled.items()):
        typer.echo(f"warning: {place} could not be assessed: {reason}", err=True)
    for line in _sum(outcome, time.monotonic() - begun):
        typer.echo(line)
    return not result.rejected


def _play(
    files: Sequence[InputFile], policy: Policy, show: Show, rows: Any, alert_rows: Any
) -> tuple[ImportResult, Outcome, dict[str, str]]:
    """Read the history into one database, to check and sort it, and live through it in another."""
    outcome = Outcome()
    with (
        tempfile.TemporaryDirectory(prefix="whoholds-backtest-") as temporary,
        _database(Path(temporary) / "history.db") as history,
        _database(Path(temporary) / "played.db") as played,
    ):
        paths = [f.path for f in files]
        now = utc_now()
        result = import_paths(
            history, paths, now=now, alert=False, progress=of_files(show), policy=None
        )
        setting = [f.path for f in files if f.kind is not Kind.REPORTS]
        import_paths(played, setting, now=now, alert=False, policy=None)
        with history.connect() as conn:
            for step in play(played, events.in_order(conn), policy):
                rows.writerows(outcome.add(step))
                if alert_rows:
                    alert_rows.writerows(map(alert_row, step.alerts))
                show("playing", outcome.reports, result.counts[Kind.REPORTS].new)
        with played.connect() as conn:
            troubled = events.troubled(conn)
    return result, outcome, troubled


def _writer(stream: IO[str]) -> Any:  # csv has no public type for its writers
    return csv.writer(stream, lineterminator="\n")


@contextmanager
def _database(path: Path) -> Iterator[Database]:
    database = open_throwaway(path)
    try:
        migrate.upgrade(database)
        yield database
    finally:
        database.close()


def _history(folder: Path) -> list[InputFile]:
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: a history is a folder with {_NAMES}")
    files = find_files([folder])
    missing = [f"{kind}.csv" for kind in _NEEDED if kind not in {f.kind for f in files}]
    if missing:
        raise BadInput(f"the folder {folder} has no {' and no '.join(missing)}: it needs {_NAMES}")
    return files


_NEEDED = [kind for kind in Kind if kind is not Kind.CORRIDORS]  # many a history has no roads
_NAMES = ", ".join(f"{kind}.csv" for kind in _NEEDED)


def _refuse(out: Path, alerts: Path | None, files: Sequence[InputFile]) -> None:
    """Never write over what is read, nor one file over the other."""
    inputs = {f.path.resolve() for f in files}
    for path in (out, *([alerts] if alerts else [])):
        if path.resolve() in inputs:
            raise BadInput(f"{path} is part of the history: write to another file")
        if path.is_dir():
            raise BadInput(f"{path} is a folder: name a file to write to")
    if alerts and alerts.resolve() == out.resolve():
        raise BadInput(f"{out} cannot hold both: give --out and --alerts a file each")


@contextmanager
def _whole(path: Path) -> Iterator[IO[str]]:
    """A file that is there when all of it is written, and not before."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _broken_off_alike() -> Iterator[None]:
    """Let SIGTERM end this as Ctrl-C does, so that nothing is left lying about."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _sum(outcome: Outcome, seconds: float) -> Iterator[str]:
    if outcome.first is None or outcome.last is None:
        yield "played    nothing: there is no report"
        return
    span = f"{outcome.first:%Y-%m-%d} to {outcome.last:%Y-%m-%d}"
    yield f"played    {outcome.reports} reports of {outcome.days} days, {span}"
    yield f"changes   {outcome.changes} of holder or standing, in {outcome.rows} rows"
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(outcome.alerts.items()))
    yield f"alerts    {outcome.messages / outcome.days:.2g} a day ({kinds or 'none'})"
    open_ones = f", and {outcome.still_disputed} in the end" if outcome.still_disputed else ""
    yield f"disputes  {len(outcome.disputes)} over, {_median(outcome.disputes)}{open_ones}"
    yield (
        f"delay     {_median(outcome.delays)}, from the first claim of a new holder to the change "
        f"({len(outcome.delays)} changes)"
    )
    yield f"time      {seconds:.1f} s"


def _median(times: list[timedelta]) -> str:
    return f"median {median(t / DAY for t in times):.1f} days" if times else "no median"
