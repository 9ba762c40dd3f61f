"""`whoholds feeds`: how the feeds are doing, and reading one now."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from bot.feeds.config import feeds_of, look_through, wrong_name
from bot.feeds.running import Feeds, plan_of, renamed
from bot.importing.load import check_until_done
from bot.policy_file import policy_of
from handlers.messages.message import clean
from storage import feeds, rejects
from storage.model.errors import BadInput
from storage.model.feeds import IMPORT, FeedState, former_name
from storage.model.times import iso
from storage.places import get_places
from storage.sources import all_parties, all_sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    import sqlalchemy as sa

    from bot.feeds.blocks import Block
    from bot.feeds.config import FeedsFile, Seen
    from bot.settings import Settings

EXAMPLE = Path(__file__).parents[1] / "feeds" / "example.toml"
NO_FEEDS = "no feeds: WHOHOLDS_FEEDS names no file; `whoholds feeds example` prints one"


def show_example() -> None:
    """Print a feeds file with a block of every kind."""
    typer.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)


def show_feeds(*, as_json: bool) -> None:
    """Print how each feed is doing, as JSON one object a line."""
    settings = get_ready()
    file = feeds_of(settings)
    now = utc_now()
    with opened(settings, make=False) as database, database.connect() as conn:
        states = feeds.states(conn)
        imported = rejects.counts(conn).get(IMPORT, 0)
    # One that the file does not name any more may have rows that wait.
    for name in dict.fromkeys((*file.blocks, *states)):
        state = states.get(name, FeedState(name))
        if as_json:
            typer.echo(json.dumps(_as_object(state, file.blocks.get(name), now)))
        else:
            typer.echo(_in_words(state, file.blocks.get(name), now))
    if not as_json:
        if not file.blocks and not states:
            typer.echo(NO_FEEDS)
        if imported:
            typer.echo(f"{_rows(imported)} from imports: `whoholds rejects` lists what waits")


def _as_object(state: FeedState, block: Block | None, now: datetime) -> dict[str, Any]:
    found = asdict(state)
    del found["cursor"], found["reads"]
    plan = plan_of(state.name, block) if block else None
    return {
        **{k: iso(v) if hasattr(v, "isoformat") else v for k, v in found.items()},
        "kind": block.kind if block else None,
        "next_run": iso(state.next_run(plan, now)) if plan else None,
        "silent": plan is not None and state.is_silent(plan, now),
    }


def _in_words(state: FeedState, block: Block | None, now: datetime) -> str:
    read = f"read {_when(state.succeeded_at)}" if state.succeeded_at else "never read yet"
    parts = [read, "1 item" if state.brought == 1 else f"{state.brought} items"]
    if state.item_at:
        parts.append(f"last new {_when(state.item_at)}")
    if state.rejects:
        parts.append(f"{_rows(state.rejects)} waiting")
    if block is None:
        parts.append("not in the feeds file (`whoholds feeds rename`, if it has another name now)")
    else:
        plan = plan_of(state.name, block)
        parts.append(f"next {_when(state.next_run(plan, now))}")
        if state.is_silent(plan, now):
            parts.append("SILENT for longer than usual")
    if state.failures:
        times = "once" if state.failures == 1 else f"{state.failures} times in a row"
        parts.append(f"FAILED {times}, last {_when(state.tried_at)}: {clean(state.error)}")
    return f"{state.name}: {'; '.join(parts)}"


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"


def check_feeds() -> int:
    """Print what is wrong with the feeds file, and between it and what is on record.

    Returns the exit code: 0 where nothing is, 1 where something is not on record, and 2 where the
    file cannot be used. Raises SettingsError where it is no TOML.
    """
    settings = get_ready()
    seen = look_through(settings.feeds, os.environ) if settings.feeds else None
    if seen is None or not (seen.blocks or seen.problems):
        typer.echo(NO_FEEDS)
        return 0
    problems = list(seen.problems)
    try:
        with opened(settings, make=False) as database, database.connect() as conn:
            for name, block in seen.named.items():
                problems += _problems(conn, name, block)
            problems += _renamed(feeds.states(conn), seen)
    finally:  # what is wrong with the file is so also where there is no database
        if problems:
            typer.echo("\n".join([f"the feeds file {settings.feeds}:", *problems]))
    if problems:
        return 2 if seen.problems else 1
    number = len(seen.blocks)
    feeds_ = "1 feed" if number == 1 else f"{number} feeds"
    typer.echo(f"{feeds_}; all that their blocks name is on record")
    return 0


def _problems(conn: sa.Connection, name: str, block: Block) -> Iterator[str]:
    where = f"[feeds.{name}]"
    sources = all_sources(conn)
    names = {s.name.casefold() for s in sources.values()}
    if block.source and block.source not in sources and block.source.casefold() not in names:
        yield f"{where} source: no source has the id or name {block.source!r}"
    known = get_places(conn, set(block.places.values()))
    for called, place_id in block.places.items():
        if place_id not in known:
            yield f"{where} places: {called!r} means {place_id!r}, and no place has that id"
    parties = all_parties(conn)
    for called, party_id in block.parties.items():
        if party_id not in parties:
            yield f"{where} parties: {called!r} means {party_id!r}, and no party has that id"


def _renamed(states: Mapping[str, FeedState], seen: Seen) -> Iterator[str]:
    for name, block in seen.blocks.items():
        former = former_name(states, name, block.reads, block.asks, seen.named)
        if former is not None:
            yield f"[feeds.{name}] {renamed(former, name)}"


def run_feed(name: str) -> bool:
    """Read a feed and print what it brought; False where it cannot be read.

    Raises BadInput for a name that no block has.
    """
    settings = get_ready()
    file = feeds_of(settings)
    if name not in file.blocks:
        there = ", ".join(file.blocks) or "none: WHOHOLDS_FEEDS names no file, or an empty one"
        raise BadInput(f"no feed is called {name!r}; there are {there}")
    return asyncio.run(_run(settings, file, name))


def rename_feed(old: str, new: str) -> None:
    """Call a feed otherwise on record; raises BadInput where the names do not fit."""
    if (wrong := wrong_name(new)) is not None:
        raise BadInput(f"{new[:60]!r} {wrong}")
    with opened(get_ready(), make=False) as database, database.begin() as conn:
        states = feeds.states(conn)
        if old not in states:
            raise BadInput(f"no feed called {old[:60]!r} has been read; there are {_list(states)}")
        if new in states and states[new].was_read:
            raise BadInput(
                f"a feed called {new!r} has been read already: what it brought is its own"
            )
        feeds.rename(conn, old, new)
    typer.echo(f"what {old} has brought belongs to {new} now: call its block so as well")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


async def _run(settings: Settings, file: FeedsFile, name: str) -> bool:
    policy = policy_of(settings)
    late_after = timedelta(hours=settings.late_hours)
    with opened(settings, make=True) as database:
        outcome = await Feeds(database, file, utc_now, late_after).run(name)
        if outcome is None:
            state = await database.reading(feeds.state, name)
            typer.echo(f"{name} cannot be read: {clean(state.error)}", err=True)
            return False
        await asyncio.to_thread(check_until_done, database, utc_now(), policy)
    parts = [f"{number} {_word(word, number)}" for word, number in vars(outcome).items() if number]
    typer.echo(f"{name}: {', '.join(parts) or 'nothing new'}")
    if outcome.rejected:
        typer.echo("`whoholds rejects` tells why")
    return True


def _word(word: str, number: int) -> str:
    return word.removesuffix("s") if word == "leads" and number == 1 else word
