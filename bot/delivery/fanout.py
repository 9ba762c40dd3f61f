"""Goes on addressing alerts that are for more chats than one transaction should take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from bot.delivery.outcome import backoff
from storage import addressing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa

    from storage.engine import Database

# Seconds between two chunks at least, in which others get to write.
PAUSE = 0.005
# Seconds that a chunk should take: where the machine is slow or busy, it is made smaller.
WANTED = 0.02
SMALLEST = 50
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
        troubles = 0
        clock, size = asyncio.get_running_loop().time, addressing.CHUNK
        while not self._stopping:
            self._woken.clear()
            began = clock()
            try:
                done = await self.database.writing(_next_chunk, self.clock(), size)
            except DBAPIError as error:
                troubles += 1
                log.error("the database cannot be used", error=str(error.orig), tries=troubles)
                await self._idle(backoff(troubles).total_seconds())
                continue
            except Exception as error:
                # Without it nobody further would be addressed, and nobody would know.
                troubles += 1
                log.error("alerts cannot be addressed", tries=troubles, exc_info=error)
                await self._idle(backoff(troubles).total_seconds())
                continue
            troubles = 0
            if done is None:
                await self._idle(IDLE)
            else:
                self.found()
                took = clock() - began
                size = next_size(size, took)
                # As long as it took, too: another process asks SQLite now and then only.
                await asyncio.sleep(max(PAUSE, took))

    async def _idle(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return


def next_size(size: int, took: float) -> int:
    """How many chats to address next, after `size` of them took so many seconds."""
    fits = int(size * WANTED / max(took, PAUSE))
    return max(SMALLEST, min(fits, 2 * size, addressing.CHUNK))


def _next_chunk(conn: sa.Connection, now: datetime, size: int) -> int | None:
    """How many chats were addressed; None where there was nothing to do."""
    alert_id = addressing.next_unfinished(conn)
    if alert_id is None:
        return None
    done = addressing.go_on(conn, alert_id, now, at_most=size)
    log.debug("chats addressed", alert=alert_id, chats=done)
    return done
