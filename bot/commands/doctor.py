"""`whoholds doctor`: what is wrong with the set-up, in words that tell how to mend it."""

from __future__ import annotations

import json
import platform
import shutil
import sqlite3
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer
from sqlalchemy.exc import DBAPIError

from bot import logs
from bot.clock import utc_now
from bot.commands.common import opened, sqlite_file
from bot.commands.telegram import ask_telegram
from bot.feeds.config import feeds_of
from bot.policy_file import policy_of
from bot.settings import SettingsError, load_settings
from storage import events, migrate, notices, outbox, silences, suspicions
from storage.model.errors import DatabaseTrouble
from storage.model.policy import DEFAULT_POLICY
from storage.tables import reports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bot.settings import Settings
    from storage.engine import Database
    from storage.model.policy import Policy

NEEDED_PYTHON = (3, 11)
NEEDED_BYTES = 200_000_000
# No clock that is right shows a time before this program was written.
WRITTEN = datetime(2025, 1, 1, tzinfo=UTC)
CLOCK_OFF = timedelta(minutes=2)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and what there is to say."""

    check: str
    ok: bool
    words: str


def run_doctor(*, as_json: bool) -> bool:
    """Print every finding, as JSON one object a line; returns whether all is well."""
    redact = logs.Redactor()
    logs.set_up(level="WARNING")
    well = True
    for found in examine():
        well = well and found.ok
        words = redact(found.words)
        if as_json:
            finding = {"check": found.check, "ok": found.ok, "words": words}
            typer.echo(json.dumps(finding, ensure_ascii=False))
        else:
            state = typer.style("ok     ") if found.ok else typer.style("problem", bold=True)
            typer.echo(f"{state}  {found.check}: {words}")
    return well


def examine() -> Iterator[Finding]:
    """Everything worth knowing about the set-up, one finding after the other."""
    yield _python()
    try:
        settings = load_settings()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("settings", ok=False, words=problem)
        return
    yield Finding("settings", ok=True, words="all are well formed")
    policy, findings = _policy(settings)
    yield from findings
    yield from _feeds(settings)
    yield _zones(settings)
    now = utc_now()
    file = sqlite_file(settings)
    if file is not None:
        yield from _folder(file.absolute().parent)
    yield from _database(settings, file, policy, now)
    if now < WRITTEN:
        yield Finding("clock", ok=False, words=f"it says {now:%Y-%m-%d}: set the machine's clock")
    for ok, words in ask_telegram(settings, now):
        yield Finding("telegram", ok, words)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < NEEDED_PYTHON:
        words = f"{version} is too old: install Python 3.11 or newer"
        return Finding("python", ok=False, words=words)
    return Finding("python", ok=True, words=f"{version}, SQLite {sqlite3.sqlite_version}")


def _feeds(settings: Settings) -> Iterator[Finding]:
    """Whether the feeds file can be used, if there is one."""
    if settings.feeds is None:
        return
    try:
        number = len(feeds_of(settings).blocks)
    except SettingsError as error:
        for problem in error.problems:
            yield Finding("feeds", ok=False, words=problem)
    else:
        feeds = "1 feed" if number == 1 else f"{number} feeds"
        words = f"{feeds} in {settings.feeds}; `whoholds feeds` tells how they are doing"
        yield Finding("feeds", ok=True, words=words)


def _policy(settings: Settings) -> tuple[Policy, list[Finding]]:
    """The policy to look by, and where it comes from, if not from this program."""
    try:
        policy = policy_of(settings)
    except SettingsError as error:
        problems = [Finding("policy", ok=False, words=problem) for problem in error.problems]
        return DEFAULT_POLICY, problems
    if settings.policy is None:
        return policy, []
    return policy, [Finding("policy", ok=True, words=f"by {settings.policy}")]


def _zones(settings: Settings) -> Finding:
    try:
        ZoneInfo("Asia/Baghdad")
    except (KeyError, OSError):
        words = "there is none: install the package tzdata (pip install tzdata)"
        return Finding("time zone data", ok=False, words=words)
    words = f"there; readers who chose none read times in {settings.timezone}"
    return Finding("time zone data", ok=True, words=words)


def _folder(folder: Path) -> Iterator[Finding]:
    """The folder of the database, or the nearest one above it that is there."""
    there = next(f for f in (folder, *folder.parents) if f.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        words = f"{there} cannot be written ({error.strerror}): check its owner and rights"
        yield Finding("data folder", ok=False, words=f"{words}, or set WHOHOLDS_DATABASE_URL")
    else:
        will_be = "" if there == folder else " (will be made)"
        yield Finding("data folder", ok=True, words=f"{folder}{will_be} can be written")
    free = shutil.disk_usage(there).free
    enough = free >= NEEDED_BYTES
    words = f"{free / 1e6:,.0f} MB free where the database lies"
    hint = "" if enough else f": make room, at least {NEEDED_BYTES / 1e6:.0f} MB"
    yield Finding("disk", enough, words + hint)


def _database(
    settings: Settings, file: Path | None, policy: Policy, now: datetime
) -> Iterator[Finding]:
    try:
        with opened(settings, make=False) as database:
            where = str(file) if file else "PostgreSQL"
            words = f"{where}, at revision {migrate.head()}"
            yield Finding("database", ok=True, words=words)
            with _as_finding("database"):
                yield _integrity(database)
                yield _append_only(database)
                yield _set_aside(database)
                yield _suspected(database)
                yield _silent(database, policy, now)
                yield _outbox(database)
                yield _recorded(database, now)
    except (DatabaseTrouble, _Trouble) as error:
        yield Finding("database", ok=False, words=str(error))


class _Trouble(Exception):
    """The database failed in the middle of being looked at."""


@contextmanager
def _as_finding(what: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _Trouble(f"{what} failed: {error.orig}: restore it from a backup") from None


def _integrity(database: Database) -> Finding:
    if not database.is_sqlite:
        return Finding("integrity", ok=True, words="PostgreSQL sees to it itself")
    with database.connect() as conn:
        found = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA quick_check(3)")]
    if found == ["ok"]:
        return Finding("integrity", ok=True, words="the file is whole")
    words = f"the file is damaged ({'; '.join(found)}): restore it from a backup"
    return Finding("integrity", ok=False, words=words)


def _append_only(database: Database) -> Finding:
    names = (
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'reports'")
        if database.is_sqlite
        else sa.text(
            "SELECT tgname FROM pg_trigger "
            "WHERE tgrelid = 'reports'::regclass AND NOT tgisinternal AND tgenabled <> 'D'"
        )
    )
    needed = (
        {"reports_no_update", "reports_no_delete"}
        if database.is_sqlite
        else {"reports_append_only"}
    )
    with database.connect() as conn:
        missing = needed - set(conn.scalars(names))
    if missing:
        words = f"{', '.join(sorted(missing))} is gone, so reports can be changed: restore a backup"
        return Finding("append-only reports", ok=False, words=words)
    return Finding("append-only reports", ok=True, words="the database refuses to change a report")


def _set_aside(database: Database) -> Finding:
    with database.connect() as conn:
        troubled = events.troubled(conn)
    if troubled:
        words = "; ".join(f"{place} ({reason})" for place, reason in sorted(troubled.items()))
        words = f"reports about {words} are set aside: they count again with the next report"
        return Finding("check", ok=False, words=words)
    return Finding("check", ok=True, words="every place can be assessed")


def _suspected(database: Database) -> Finding:
    with database.connect() as conn:
        suspected = suspicions.open_ones(conn)
        unsent = notices.unsent(conn)
    if suspected:
        words = "; ".join(
            f"{s.source} moved {s.moved} of {s.backed} places from {s.side} at once, alone, "
            f"{s.since:%Y-%m-%d %H:%M} UTC"
            for s in suspected
        )
        words = f"{words}: see whether it still works; what it says of them is held aside"
        return Finding("sources", ok=False, words=words)
    if unsent:
        words = "; ".join(f"{owner} ({reason})" for owner, reason in sorted(unsent.items()))
        words = (
            f"owners could not be told: {words}: one whom Telegram refuses must write to the bot"
        )
        return Finding("sources", ok=False, words=words)
    return Finding("sources", ok=True, words="none is suspected of an outage")


def _silent(database: Database, policy: Policy, now: datetime) -> Finding:
    """The silent sources: a problem as long as their last word may still count."""
    with database.connect() as conn:
        silent = silences.open_ones(conn)
    words = "; ".join(f"{s.source} since {s.since:%Y-%m-%d %H:%M} UTC" for s in silent)
    if any(s.since + policy.counts_for > now for s in silent):
        words = f"reports no longer come in: {words}: see whether its feed still works"
        return Finding("silent sources", ok=False, words=words)
    if silent:
        words = f"reports no longer come in, and their last word is too old to count: {words}"
        return Finding("silent sources", ok=True, words=words)
    return Finding("silent sources", ok=True, words="none; each is heard of as often as usual")


def _outbox(database: Database) -> Finding:
    """What became of all deliveries there ever were; dead letters are a problem."""
    with database.connect() as conn:
        found = outbox.counts(conn)
    words = (
        f"{found.pending:,} wait, {found.sent:,} were sent, {found.closed:,} closed unsent; "
        f"{found.doubts:,} may have come twice"
    )
    if found.dead:
        letters = "1 dead letter" if found.dead == 1 else f"{found.dead:,} dead letters"
        words = f"{words}; {letters}: `whoholds outbox --dead` shows why"
    return Finding("outbox", ok=not found.dead, words=words)


def _recorded(database: Database, now: datetime) -> Finding:
    with database.connect() as conn:
        newest = conn.scalar(sa.select(sa.func.max(reports.c.recorded_at)))
    if newest is not None and newest > now + CLOCK_OFF:
        words = (
            f"it says {now:%Y-%m-%d %H:%M} UTC, but reports were recorded at "
            f"{newest:%Y-%m-%d %H:%M}: set the machine's clock"
        )
        return Finding("clock", ok=False, words=words)
    return Finding("clock", ok=True, words=f"{now:%Y-%m-%d %H:%M} UTC")
