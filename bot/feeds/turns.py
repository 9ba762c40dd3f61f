"""Whose turn it is to ask a server: feeds of one server share it, also those of other processes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.feeds.fetching import FeedTrouble
from storage import feed_servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from storage.engine import Database


@dataclass(frozen=True)
class SharedTurns:
    """The turns that one feed takes: at least `pause` between any two requests to a server.

    `clock` tells the time (UTC).
    """

    database: Database
    clock: Callable[[], datetime]
    pause: timedelta

    async def wait(self, server: str) -> None:
        """Wait for the next turn; raises FeedTrouble where the server wants to be left alone."""
        now = self.clock()
        held = await self.database.reading(feed_servers.held_until, server)
        if held is not None and held > now:
            when = f"{held:%Y-%m-%d %H:%M} UTC"
            raise FeedTrouble(f"{server} asks to be left alone until {when}", not_before=held)
        if self.pause:
            turn = await self.database.writing(feed_servers.take_turn, server, self.pause, now)
            await asyncio.sleep((turn - now).total_seconds())

    async def hold(self, server: str, until: datetime) -> None:
        """The server wants to be left alone until then (UTC)."""
        await self.database.writing(feed_servers.hold, server, until)
