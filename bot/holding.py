"""What waits for a second editor ends in time, and whoever was not asked about it, is."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from handlers.holding import ask, let_go
from handlers.regrading import asks_anew as grade_asks_anew
from handlers.regrading import end_in_vain
from handlers.report_steps import asks_anew
from storage import holds, regradings, roles
from storage.model.holds import HoldEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram.ext import ExtBot

    from handlers.context import Services
    from handlers.holding import Note
    from handlers.messages.message import Message
    from storage.model.roles import Actor

log = structlog.get_logger(__name__)


@dataclass
class Releaser:
    """Records reports that nobody stopped in time, ends grades that nobody gave; asks who is still
    to be.
    """

    services: Services
    bot: ExtBot[Any]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """End what waits and whose time is up, and what waits of who is no editor any more; ask
        about the rest whoever was not asked yet.
        """
        async with self._turn:
            await self._end()
            await self._ask()

    async def _end(self) -> None:
        services, database = self.services, self.services.database
        for draft_id in await database.reading(holds.due, services.owners, services.clock()):
            try:
                ended = await database.writing(
                    let_go, draft_id, None, services.owners, services.clock()
                )
            except Exception as error:
                if _is_out_of_reach(error):
                    raise
                # The others are recorded in time; this one waits on, for who can stop it.
                log.error("a report cannot be recorded", draft=draft_id, exc_info=error)
                continue
            if ended is None:
                continue  # an editor was quicker
            log.info("a report waits no more", report=ended.report, how=ended.how.value)
            if ended.how is HoldEnd.TIME_UP:
                services.recorded()
        for over in await database.writing(end_in_vain, services, services.clock()):
            log.info("a grade that was asked for is not given", source=over.source)

    async def _ask(self) -> None:
        services, database = self.services, self.services.database
        for held, people in await database.writing(holds.still_to_ask, services.clock()):
            with _one_of_many("a report", held.draft.id):
                asks = await database.writing(asks_anew, services, held, services.clock())
                await self._ask_people(holds.asked, held.draft.id, held.who, people, asks)
        for wanted, people in await database.writing(regradings.still_to_ask, services.clock()):
            with _one_of_many("a grade", wanted.id):
                wants = await database.writing(grade_asks_anew, services, wanted, services.clock())
                await self._ask_people(regradings.asked, wanted.id, wanted.who, people, wants)

    async def _ask_people(
        self, note: Note, number: int, who: Actor, people: tuple[int, ...], asks: Message | None
    ) -> None:
        """Ask those who are still editors, unless there is nothing to ask any more (None)."""
        services, database = self.services, self.services.database
        still = await database.reading(roles.others, services.owners, who.id)
        to_ask = still.intersection(people) if asks is not None else set()
        await database.writing(note, number, set(people) - to_ask)
        if asks is not None:
            await ask(self.bot, services, note, number, to_ask, asks)

    async def finish(self) -> None:
        """Wait for what is under way, if anything."""
        async with self._turn:
            return


def _is_out_of_reach(error: Exception) -> bool:
    """Whether the database cannot be worked with at all, be it for one or for another."""
    return isinstance(error, OperationalError | InterfaceError)


@contextmanager
def _one_of_many(what: str, number: int) -> Iterator[None]:
    """What fails about one that waits is logged, and the others have their turn."""
    try:
        yield
    except Exception as error:
        if _is_out_of_reach(error):
            raise
        log.error("nobody can be asked about what waits", what=what, number=number, exc_info=error)
