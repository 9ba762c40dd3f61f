"""Goes on addressing alerts that are for more chats than one transaction should take."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from bot.delivery.idling import idle
from bot.delivery.outcome import backoff
from storage import addressing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa

    from storage.engine import Database

# Seconds that a chunk should hold its locks: where the machine is slow or busy, it is made smaller.
WANTED = 0.01
# Seconds between two chunks, in which others get to write. On SQLite another process does not
# queue but asks again, 1, 3, 8, 18, 33 and 53 ms after it asked first (`sqliteDefaultBusyCallback`
# in SQLite's main.c): a shorter pause could pass between two of these, again and again.
PAUSE = 0.02
# Fewer would not be faster: by then it is the commit that takes its time.
SMALLEST = 200
# Seconds after which an idle one looks for what another process has left to be done.
IDLE = 1.0
log = structlog.get_logger(__name__)


@dataclass
class FanOut:
    """Addresses alerts chunk by chunk, a transaction each, the oldest of a place first.

    `clock` tells the time in the world (UTC); `found` is called when there is more to send. What
    broke off goes on from where it was.
    """

    database: Database
    clock: Callable[[], datetime]
    found: Callable[[], None]
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def wake(self) -> None:
        """Say that there may be more to address."""
        self._woken.set()

    def stop(self) -> None:
        """Ask `run` to end after the chunk under way."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Address until stopped."""
        troubles, size = 0, addressing.CHUNK
        while not self._stopping:
            self._woken.clear()
            try:
                began = await self.database.writing(_next_chunk, self.clock(), size)
                took = time.monotonic() - began if began else 0.0
                if began:
                    await self.database.checkpoint()
            except addressing.Overtaken:
                log.info(
                    "an alert was withdrawn while it was addressed, or another process goes on"
                )
                await asyncio.sleep(PAUSE)
                continue
            except DBAPIError as error:
                troubles += 1
                log.error("the database cannot be used", error=str(error.orig), tries=troubles)
                await idle(self._woken, backoff(troubles).total_seconds())
                continue
            except Exception as error:
                # Without it nobody further would be addressed, and nobody would know.
                troubles += 1
                log.error("alerts cannot be addressed", tries=troubles, exc_info=error)
                await idle(self._woken, backoff(troubles).total_seconds())
                continue
            troubles = 0
            if began is None:
                await idle(self._woken, IDLE)
            else:
                self.found()
                size = next_size(size, took)
                await asyncio.sleep(PAUSE)


def next_size(size: int, took: float) -> int:
    """How many chats to address next, after `size` of them took so many seconds."""
    fits = int(size * WANTED / max(took, WANTED / 2))
    return max(SMALLEST, min(fits, 2 * size, addressing.CHUNK))


def _next_chunk(conn: sa.Connection, now: datetime, size: int) -> float | None:
    """Address a chunk; returns when it began (monotonic clock), None if there was nothing to do."""
    began = time.monotonic()
    alert_id = addressing.next_unfinished(conn)
    if alert_id is None:
        return None
    done = addressing.go_on(conn, alert_id, now, at_most=size)
    log.debug("chats addressed", alert=alert_id, chats=done)
    return began
