"""Reports that were held back long enough are recorded; who was not asked before that, is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from handlers.holding import ask, let_go
from handlers.reporting import asks_anew
from storage import holds, roles
from storage.model.holds import HoldEnd

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from handlers.context import Services

log = structlog.get_logger(__name__)


@dataclass
class Releaser:
    """Records what nobody stopped in time; asks who is still to be."""

    services: Services
    bot: ExtBot[Any]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """Record every report whose time is up, unless its writer is no editor any more; ask about
        the others whoever was not asked yet.
        """
        services = self.services
        database = services.database
        async with self._turn:
            for draft_id in await database.reading(holds.due, services.owners, services.clock()):
                ended = await database.writing(
                    let_go, draft_id, None, services.owners, services.clock()
                )
                if ended is None:
                    continue  # an editor was quicker
                log.info("a report waits no more", report=ended.report, how=ended.how.value)
                if ended.how is HoldEnd.TIME_UP:
                    services.recorded()

            for held, people in await database.writing(holds.still_to_ask, services.clock()):
                still = await database.reading(roles.others, services.owners, held.who.id)
                gone = [person for person in people if person not in still]
                await database.writing(holds.asked, held.draft.id, gone)
                asks = await database.writing(asks_anew, services, held, services.clock())
                await ask(self.bot, services, held.draft.id, still.intersection(people), asks)

    async def finish(self) -> None:
        """Wait for what is under way, if anything."""
        async with self._turn:
            return
