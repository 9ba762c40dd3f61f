"""Notices to the bot's owners: leased, sent, and recorded how each ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.delivery.lanes import Lane
from bot.delivery.outcome import Step, decide
from bot.delivery.pacing import NotYet
from handlers.messages.message import Reader
from handlers.messages.notices import notice
from storage import dead_letters, notices, subscribers
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import sqlalchemy as sa
    from telegram.ext import ExtBot

    from handlers.messages.message import Message
    from storage.engine import Database
    from storage.notices import Waiting

# There are few owners and few notices; whatever does not fit comes with the next turn.
AT_ONCE = 20
LEASE = timedelta(minutes=2)
CANNOT_TELL = "a notice cannot be put into words"
log = structlog.get_logger(__name__)


@dataclass
class Notifier:
    """Sends notices; `clock` tells the time (UTC), `zone` is for owners who have chosen none.

    `owners` are told of dead letters.
    """

    database: Database
    bot: ExtBot[str]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    owners: frozenset[int] = frozenset()
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self) -> None:
        """Send what is due, once each; what fails for now is due again later."""
        async with self._turn:
            await self.database.writing(dead_letters.tell_owners, self.owners, self.clock())
            waiting = await self.database.writing(
                notices.lease, now=self.clock(), limit=AT_ONCE, lease_for=LEASE
            )
            for each in waiting:
                await self._send(each)

    async def finish(self) -> None:
        """Wait for what is under way, if anything is."""
        async with self._turn:
            return

    async def _send(self, waiting: Waiting) -> None:
        writing = self.database.writing
        try:
            message = await self.database.reading(_composed, waiting, self.zone)
        except DBAPIError:
            raise
        except Exception as error:
            # The others go out; the doctor tells of this one.
            log.error("a notice cannot be told", notice=waiting.id, exc_info=error)
            await writing(
                notices.give_up, waiting, f"{CANNOT_TELL}: {type(error).__name__}: {error}"
            )
            return
        try:
            await self.bot.send_message(
                waiting.owner,
                message.text,
                parse_mode=ParseMode.HTML,
                disable_notification=message.silent,
                rate_limit_args=Lane.URGENT.value,
            )
        except NotYet as wait:
            at = self.clock() + timedelta(seconds=wait.seconds)
            await writing(notices.retry, waiting, at, "waiting for Telegram's limits")
        except TelegramError as error:
            await self._failed(waiting, error)
        else:
            await writing(notices.sent, waiting, self.clock())

    async def _failed(self, waiting: Waiting, error: TelegramError) -> None:
        outcome = decide(error, attempts=waiting.attempts, is_edit=False)
        log.error("a notice did not reach an owner", owner=waiting.owner, reason=outcome.reason)
        if outcome.step in (Step.WAIT, Step.AGAIN, Step.STOP):
            at = self.clock() + outcome.wait
            await self.database.writing(notices.retry, waiting, at, outcome.reason)
        else:
            await self.database.writing(notices.give_up, waiting, outcome.reason)


def _composed(conn: sa.Connection, waiting: Waiting, zone: ZoneInfo) -> Message:
    chat = subscribers.find(conn, waiting.owner)
    chosen = chat.zone if chat else None
    told = notices.read(conn, waiting)
    return notice(told, all_parties(conn), Reader(ZoneInfo(chosen) if chosen else zone))
