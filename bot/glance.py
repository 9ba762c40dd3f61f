"""What the database tells of the bot's state, looked up every few seconds at most."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from storage import events, migrate, notices, outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa

    from storage.engine import Database
    from storage.model.progress import Progress
    from storage.outbox import State

# Seconds that a glance is good for, however often somebody asks.
KEPT = 5.0
# Seconds that somebody who asks is kept waiting for the database.
PATIENCE = 2.0


@dataclass(frozen=True)
class Glance:
    """The database at one moment. `current` tells whether its tables are those that this version
    works with; the outbox, the inbox and the notices to owners are in numbers. `at` is when (UTC).
    """

    at: datetime
    current: bool
    progress: Progress
    inbox: int
    notices: dict[State, int]


class Trouble(Exception):
    """The database cannot be looked at; the message says why, and holds no address."""


@dataclass
class Glancer:
    """Looks at a database for everybody who asks; `clock` tells the time (UTC)."""

    database: Database
    clock: Callable[[], datetime]
    kept: float = KEPT
    patience: float = PATIENCE
    _looking: asyncio.Task[Glance] | None = None
    _good_until: float = 0.0
    _head: str = field(default_factory=migrate.head)

    async def glance(self) -> Glance:
        """The latest look, or a new one where that is too old. Raises Trouble.

        A look that hangs is waited for by everybody: a second one would only hang beside it.
        """
        loop = asyncio.get_running_loop()
        if self._looking is None or (self._looking.done() and loop.time() >= self._good_until):
            self._looking = asyncio.create_task(self._look())
            self._good_until = loop.time() + self.kept
        # The look goes on for the others when one of those who wait goes away.
        await asyncio.wait({self._looking}, timeout=self.patience)
        if not self._looking.done():
            raise Trouble("it does not answer")
        try:
            return self._looking.result()
        except SQLAlchemyError as error:
            # Its text may hold addresses and names.
            kind = error.orig if isinstance(error, DBAPIError) else error
            raise Trouble(f"it cannot be used ({type(kind).__name__})") from None

    async def end(self) -> None:
        """Wait for the look under way, if any, so that the database can be closed."""
        if self._looking is not None:
            await asyncio.wait({self._looking})

    async def _look(self) -> Glance:
        return await self.database.reading(_look, self.clock(), self._head)


def _look(conn: sa.Connection, now: datetime, head: str) -> Glance:
    return Glance(
        now,
        migrate.revision_of(conn) == head,
        outbox.progress(conn, now),
        events.number_waiting(conn),
        notices.counts(conn),
    )
