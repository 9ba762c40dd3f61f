"""`whoholds outbox`: what is on its way, what waits and what died, and another try for that."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from handlers.messages.message import clean
from storage import dead_letters, outbox
from storage.model.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

    from storage.engine import Connection
    from storage.model.progress import Broadcast, DeadLetter, Progress

LONGEST_ID = 18


def show_outbox(*, dead: bool, as_json: bool) -> None:
    """Print how far everything is, or with `dead` the dead letters; as JSON one object, or one a
    letter.
    """
    now = utc_now()
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        progress = outbox.progress(conn, now)
        letters = dead_letters.all_dead(conn) if dead else []
    if dead and as_json:
        for letter in letters:
            _print_json(asdict(letter))
    elif dead:
        for letter in letters:
            typer.echo(_letter(letter))
        if not letters:
            typer.echo("there are no dead letters")
    elif as_json:
        _print_json(_as_object(progress, now))
    else:
        _print(progress, now)


def retry_letters(which: str) -> None:
    """Have a dead letter (its id) or `all` of them sent again.

    Raises BadInput for an id that is none, or not that of a dead letter.
    """
    with opened(get_ready(), make=False) as database, database.begin() as conn:
        if which == "all":
            number = dead_letters.retry_all(conn, utc_now())
        else:
            number = dead_letters.retry(conn, [_dead_id(conn, which)], utc_now())
    letters = "1 dead letter is" if number == 1 else f"{number} dead letters are"
    typer.echo(f"{letters} tried again, as the net change since what each chat was last told")


def _dead_id(conn: Connection, which: str) -> int:
    if not which.isdecimal() or len(which) > LONGEST_ID:
        raise BadInput(f"{which[:30]!r} is no id: expected a number, or all", column="ID")
    state = dead_letters.state_of(conn, int(which))
    if state is None:
        raise BadInput(f"there is no delivery {which}", column="ID")
    if state is not outbox.State.DEAD:
        raise BadInput(f"the delivery {which} is {state.value}, not dead", column="ID")
    return int(which)


def _print(found: Progress, now: datetime) -> None:
    waits = f"waiting  {found.pending:,}: {found.urgent:,} with a sound, {found.silent:,} without"
    typer.echo(waits if found.pending else "waiting  nothing")
    if found.oldest_due_at is not None:
        typer.echo(f"due      {found.due:,}, the oldest since {found.oldest_due_at:%Y-%m-%d %H:%M}")
    typer.echo(f"dead     {found.dead:,}{' (--dead lists them)' if found.dead else ''}")
    typer.echo("of what is on its way, and of the last day:")
    typer.echo(f"sent     {found.sent:,} ({found.doubts:,} may have come twice)")
    typer.echo(f"closed   {found.closed:,}")
    for one in found.broadcasts:
        typer.echo(_broadcast(one, now))


def _broadcast(one: Broadcast, now: datetime) -> str:
    parts = [f"{one.sent:,} of {one.addressed + one.still_to_address:,} sent"]
    if one.closed or one.dead:
        parts.append(f"{one.closed:,} closed, {one.dead:,} dead")
    if one.left and (rate := one.per_second) is not None:
        parts.append(f"{rate:.1f} a second")
    if (end := one.expected_end(now)) is not None:
        parts.append(f"done about {end:%Y-%m-%d %H:%M}")
    return f"{one.alert_id:>7}  {clean(one.place)}, {one.kind.value}: {', '.join(parts)}"


def _letter(letter: DeadLetter) -> str:
    what = f"{clean(letter.place)}, {letter.kind.value}, of {letter.made_at:%Y-%m-%d %H:%M}"
    return f"{letter.id:>7}  {what}: {clean(letter.reason)}"


def _as_object(found: Progress, now: datetime) -> dict[str, Any]:
    rates = [
        {"per_second": one.per_second, "expected_end": one.expected_end(now)}
        for one in found.broadcasts
    ]
    told = asdict(found)
    told["broadcasts"] = [one | more for one, more in zip(told["broadcasts"], rates, strict=True)]
    return told


def _print_json(told: dict[str, Any]) -> None:
    typer.echo(json.dumps(told, default=_text, ensure_ascii=False))


def _text(value: datetime) -> str:
    return value.isoformat()
