"""Reports that were held back long enough are recorded; who was not asked before that, is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from handlers.context import reader_of
from handlers.holding import ask, let_go
from handlers.messages.holding import time_is_up
from handlers.reporting import asks_anew
from handlers.telling import tell
from storage import holds, places

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from handlers.context import Services

log = structlog.get_logger(__name__)


@dataclass
class Releaser:
    """Records what nobody stopped in time, and tells whoever wrote it; asks who is still to be."""

    services: Services
    bot: ExtBot[Any]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> None:
        """Record every report whose time is up; ask about the others whoever was not asked yet."""
        services = self.services
        database = services.database
        async with self._turn:
            for draft_id in await database.reading(holds.due, services.clock()):
                held = await database.writing(let_go, draft_id, None, services.clock())
                if held is None:
                    continue  # an editor was quicker
                log.info("a report that waited is recorded", report=held.draft.report_id)
                services.recorded()
                place = await database.reading(places.get_place, held.draft.place or "")
                reader = await database.reading(reader_of, held.draft.chat_id, services)
                await tell(self.bot, held.draft.chat_id, time_is_up(place.name, reader))

            for held, people in await database.writing(holds.still_to_ask, services.clock()):
                asks = await database.writing(asks_anew, services, held, services.clock())
                await ask(self.bot, services, held.draft.id, people, asks)

    async def finish(self) -> None:
        """Wait for what is under way, if anything."""
        async with self._turn:
            return
