"""Notices to owners and editors: leased, sent, and recorded how each ended."""

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

from bot.delivery.calls import LEASE
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
CANNOT_TELL = "a notice cannot be put into words"
log = structlog.get_logger(__name__)


@dataclass
class Notifier:
    """Sends notices; `clock` tells the time (UTC), `zone` is for chats that have chosen none.

    `owners` are told of dead letters. What a process that was killed had taken is due again after
    `lease_for`.
    """

    database: Database
    bot: ExtBot[str]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    owners: frozenset[int] = frozenset()
    lease_for: timedelta = LEASE
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(self) -> None:
        """Send what is due, once each; what fails for now is due again later."""
        async with self._turn:
            await self.database.writing(dead_letters.tell_owners, self.owners, self.clock())
            for _ in range(AT_ONCE):
                # One by one: of a process that was killed only that one waits for its lease.
                waiting = await self.database.writing(
                    notices.lease, now=self.clock(), limit=1, lease_for=self.lease_for
                )
                if not waiting:
                    return
                await self._send(waiting[0])

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
                waiting.chat_id,
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
        log.error("a notice did not reach anybody", chat=waiting.chat_id, reason=outcome.reason)
        if outcome.new_chat_id is not None:
            moved = subscribers.migrate_chat
            await self.database.writing(moved, waiting.chat_id, outcome.new_chat_id)
            await self.database.writing(notices.retry, waiting, self.clock(), outcome.reason)
        elif outcome.step in (Step.WAIT, Step.AGAIN, Step.STOP):
            at = self.clock() + outcome.wait
            await self.database.writing(notices.retry, waiting, at, outcome.reason)
        else:
            await self.database.writing(notices.give_up, waiting, outcome.reason)


def _composed(conn: sa.Connection, waiting: Waiting, zone: ZoneInfo) -> Message:
    chat = subscribers.find(conn, waiting.chat_id)
    chosen = chat.zone if chat else None
    told = notices.read(conn, waiting)
    return notice(told, all_parties(conn), Reader(ZoneInfo(chosen) if chosen else zone))
