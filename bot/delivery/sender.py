"""The sender: leases deliveries from the outbox, sends them, and records how each ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError
from telegram import LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.delivery.outcome import Outcome, Step, backoff, decide
from bot.delivery.pacing import NotYet, Pacer
from bot.delivery.telling import told
from handlers.keyboard import inline_keyboard
from handlers.messages.message import plain
from storage import outbox, subscribers
from storage.model.deliveries import AS_IT_IS, GiveWay
from storage.outbox import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import sqlalchemy as sa
    from telegram import InlineKeyboardMarkup
    from telegram.ext import ExtBot

    from handlers.messages.message import Message
    from storage.engine import Database
    from storage.model.deliveries import Content
    from storage.outbox import Delivery

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger(__name__)

# At most so many calls under way at once: httpx's pool slows down with many connections.
AT_ONCE = 16
# Longer than one call can take with all its time-outs, so that only a crash lets a lease run out.
LEASE = timedelta(seconds=30)
# How often an idle sender looks for what another process has put into the outbox.
IDLE = 0.2


class TokenRefused(Exception):
    """Telegram does not accept the bot's token any more."""


@dataclass
class Sender:
    """Sends what is due; `clock` tells the time (UTC) that leases run by, `zone` is for readers
    who have chosen none, and `username` is the bot's, for links (none without it).
    """

    database: Database
    bot: ExtBot[str]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    lease_for: timedelta = LEASE
    username: str = ""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _stopping: bool = False
    _refused: str | None = None

    def wake(self) -> None:
        """Say that something may be due: an idle sender looks at once."""
        self._woken.set()

    def stop(self) -> None:
        """Ask `run` to end once what is under way has its outcome on record."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped. Raises TokenRefused if Telegram refuses the token."""
        troubles = 0
        while not self._stopping:
            self._woken.clear()
            try:
                leased = await self._lease()
            except DBAPIError as error:
                # The database is away for a while; everything in it waits there.
                troubles += 1
                log.error("the database cannot be used", error=str(error.orig), tries=troubles)
                await self._idle(backoff(troubles).total_seconds())
                continue
            troubles = 0
            for delivery in leased:
                task = asyncio.create_task(self._deliver(delivery))
                self._running.add(task)
                task.add_done_callback(self._ended)
            if not leased or len(self._running) == AT_ONCE:
                await self._idle(IDLE)
        if self._running:
            await asyncio.wait(self._running)
        if self._refused is not None:
            raise TokenRefused(self._refused)

    async def _lease(self) -> list[Delivery]:
        free = AT_ONCE - len(self._running)
        if not free:
            return []
        return await self.database.writing(
            outbox.lease, now=self.clock(), limit=free, lease_for=self.lease_for
        )

    async def _idle(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The message may be out while its outcome is not on record: the lease will run out,
            # and the next try counts it as in doubt.
            log.error("the outcome of a delivery was not recorded", exc_info=error)

    async def _deliver(self, delivery: Delivery) -> None:
        if delivery.is_edit and delivery.about_message is None:
            reason = "the message to edit was never sent"
            await self.database.writing(outbox.end, delivery, State.CLOSED, reason)
            return
        try:
            telling = await self.database.reading(
                told, delivery, self.zone, self.username, self.clock()
            )
            if isinstance(telling, GiveWay):
                await self.database.writing(outbox.give_way, delivery, telling, self.clock())
                return
            message = telling.message
            buttons = inline_keyboard(message)
        except DBAPIError as error:
            await self._unread(delivery, error)
            return
        except Exception as error:
            log.error("an alert cannot be told", delivery=delivery.id, exc_info=error)
            reason = f"{type(error).__name__}: {error}"
            await self.database.writing(outbox.end, delivery, State.DEAD, reason)
            return
        try:
            message_id = await self._send(delivery, message, buttons)
        except NotYet as wait:
            await self._later(delivery, wait.seconds, "waiting for Telegram's limits")
        except TelegramError as error:
            outcome = decide(error, attempts=delivery.attempts, is_edit=delivery.is_edit)
            await self._record(delivery, outcome, telling.content)
        except Exception as error:
            # Nothing that Telegram said: the message may be out, so it is no dead letter.
            log.error("a call failed in an unknown way", delivery=delivery.id, exc_info=error)
            seconds = backoff(delivery.attempts).total_seconds()
            why = type(error).__name__
            await self._later(delivery, seconds, why, in_doubt=True, content=telling.content)
        else:
            at = self.clock()
            await self.database.writing(outbox.sent, delivery, message_id, at, telling.content)

    async def _unread(self, delivery: Delivery, error: DBAPIError) -> None:
        """Put back what the database could not tell for now: nothing has gone out."""
        wait = backoff(delivery.attempts).total_seconds()
        reason = f"the database cannot be used: {error.orig}"
        try:
            await self._later(delivery, wait, reason)
        except DBAPIError as again:
            # It stays leased, and comes back when the lease has run out.
            log.error("a delivery cannot be put back", delivery=delivery.id, error=str(again.orig))

    async def _send(
        self, delivery: Delivery, message: Message, buttons: InlineKeyboardMarkup | None
    ) -> int | None:
        try:
            return await self._call(delivery, message.text, message, buttons, ParseMode.HTML)
        except BadRequest as error:
            outcome = decide(error, attempts=delivery.attempts, is_edit=delivery.is_edit)
            if outcome.step is not Step.PLAIN:
                raise
            log.error("Telegram refused our markup", delivery=delivery.id, reason=outcome.reason)
            return await self._call(delivery, plain(message), message, buttons, None)

    async def _call(
        self,
        delivery: Delivery,
        text: str,
        message: Message,
        buttons: InlineKeyboardMarkup | None,
        parse_mode: ParseMode | None,
    ) -> int | None:
        chat_id = delivery.subscriber.chat_id
        if delivery.is_edit:
            await self.bot.edit_message_text(
                text,
                chat_id=chat_id,
                message_id=delivery.about_message,
                parse_mode=parse_mode,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
                rate_limit_args=Pacer.ALERT,
            )
            return None
        reply_to = None
        if delivery.about_message is not None:
            reply_to = ReplyParameters(delivery.about_message, allow_sending_without_reply=True)
        sent = await self.bot.send_message(
            chat_id,
            text,
            parse_mode=parse_mode,
            reply_markup=buttons,
            disable_notification=message.silent,
            link_preview_options=NO_PREVIEW,
            reply_parameters=reply_to,
            rate_limit_args=Pacer.ALERT,
        )
        return sent.message_id

    async def _record(self, delivery: Delivery, outcome: Outcome, content: Content) -> None:
        writing = self.database.writing
        reason = outcome.reason
        match outcome.step:
            case Step.DONE:
                await writing(outbox.sent, delivery, None, self.clock())
            case Step.WAIT | Step.AGAIN:
                seconds = outcome.wait.total_seconds()
                in_doubt = outcome.in_doubt
                await self._later(delivery, seconds, reason, in_doubt=in_doubt, content=content)
            case Step.MOVED:
                await writing(_moved, delivery, outcome, self.clock())
                self.wake()
            case Step.LEFT:
                await writing(_left, delivery, reason)
            case Step.PLAIN | Step.DEAD:
                log.error("Telegram will not take an alert", delivery=delivery.id, reason=reason)
                await writing(outbox.end, delivery, State.DEAD, reason)
            case Step.CLOSED:
                await writing(outbox.end, delivery, State.CLOSED, reason)
            case Step.STOP:
                await self._later(delivery, 0, reason)
                self._refused = reason
                self.stop()

    async def _later(
        self,
        delivery: Delivery,
        seconds: float,
        reason: str,
        *,
        in_doubt: bool = False,
        content: Content = AS_IT_IS,
    ) -> None:
        log.info("a delivery waits", delivery=delivery.id, seconds=seconds, reason=reason)
        at = self.clock() + timedelta(seconds=seconds)
        await self.database.writing(
            outbox.retry, delivery, at, reason, in_doubt=in_doubt, content=content
        )


def _moved(conn: sa.Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    outbox.retry(conn, delivery, now, outcome.reason, in_doubt=False)
    if outcome.new_chat_id is not None:
        subscribers.migrate_chat(conn, delivery.subscriber.chat_id, outcome.new_chat_id)


def _left(conn: sa.Connection, delivery: Delivery, reason: str) -> None:
    subscribers.deactivate(conn, delivery.subscriber.chat_id)
    outbox.close_all_of(conn, delivery.subscriber.id, reason)
