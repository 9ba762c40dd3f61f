"""`whoholds wishes`: the places that people miss."""

from __future__ import annotations

import typer

from bot.commands.common import get_ready, opened
from handlers.messages.message import clean
from storage.memory import all_wishes


def show_wishes() -> None:
    """Print each place that people miss, with how many chats do and since when the last one."""
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        wishes = all_wishes(conn)
    if not wishes:
        typer.echo("nobody misses a place")
    for wish in wishes:
        chats = "1 chat" if wish.chats == 1 else f"{wish.chats} chats"
        typer.echo(f"{chats:>9}  {wish.last:%Y-%m-%d}  {clean(wish.query)}")
