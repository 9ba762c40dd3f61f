"""`whoholds audit`: what owners and editors did."""

from __future__ import annotations

import json

import typer

from bot.commands.common import get_ready, opened
from handlers.messages.message import clean
from storage import audit
from storage.model.times import iso


def show_audit(*, as_json: bool) -> None:
    """Print every entry of the log, oldest first; as JSON one object a line. Times are UTC."""
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        entries = 0
        for entries, entry in enumerate(audit.in_order(conn), start=1):  # noqa: B007 - counted
            about = dict(entry.about)
            if as_json:
                found = {
                    "id": entry.id,
                    "at": iso(entry.at),
                    "actor": entry.actor.id,
                    "name": entry.actor.name,
                    "act": entry.act.value,
                    "about": about,
                }
                typer.echo(json.dumps(found, ensure_ascii=False))
            else:
                told = ", ".join(f"{what} {clean(value)}" for what, value in about.items() if value)
                typer.echo(
                    f"{entry.at:%Y-%m-%d %H:%M}  {clean(entry.actor.name)} [{entry.actor.id}]  "
                    f"{entry.act.value}{': ' if told else ''}{told}"
                )
    if not entries and not as_json:
        typer.echo("nothing has been done yet")
