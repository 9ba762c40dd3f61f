"""The sender: leases deliveries from the outbox, sends them, and records how each ended."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from telegram.error import TelegramError

from bot.delivery.batches import Ready, made_ready
from bot.delivery.calls import deliver
from bot.delivery.lanes import Lane
from bot.delivery.outcome import Outcome, Step, backoff, decide
from bot.delivery.pacing import NotYet, Pacer
from storage import outbox, outcomes
from storage.model.deliveries import AS_IT_IS
from storage.outbox import Arrived, State
from storage.outcomes import Ended, Left, Moved, PutBack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import sqlalchemy as sa
    from telegram.ext import ExtBot

    from storage.engine import Database
    from storage.model.deliveries import Content
    from storage.outbox import Delivery
    from storage.outcomes import Ending

log = structlog.get_logger(__name__)

# Longer than one call can take with all its time-outs, so that only a crash lets a lease run out.
LEASE = timedelta(seconds=30)
# What a call needs of its lease, in seconds: its patience in the lanes, then all its time-outs.
CALL_SECONDS = 22.0
# How often an idle sender looks for what another process has put into the outbox.
IDLE = 0.2
# Seconds in which outcomes gather to be recorded together; what a crash makes doubtful.
GATHER = 0.02
# The most deliveries to lease and have ready at a time: what is sent in a second, up to this.
BATCH = 500
# More is leased as soon as less than this part of it is left, so that it never runs out.
REFILL_AT = 0.75
# An unusable database is tried again at least this often, in seconds.
LONGEST_PAUSE = 5.0
LIMITS = "waiting for Telegram's limits"


class TokenRefused(Exception):
    """Telegram does not accept the bot's token any more."""


@dataclass
class Sender:
    """Sends what is due; `clock` tells the time (UTC) that leases run by, `zone` is for readers
    who have chosen none, and `username` is the bot's, for links (none without it).

    The bot's rate limiter must be a Pacer.
    """

    database: Database
    bot: ExtBot[str]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    lease_for: timedelta = LEASE
    username: str = ""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    # Leased and ready to go out, each with when that is to be begun at the latest (loop's clock).
    _ready: dict[Lane, deque[tuple[float, Ready]]] = field(
        default_factory=lambda: {Lane.URGENT: deque(), Lane.SILENT: deque()}
    )
    # Under way: whether each is paid and its delivery, and how many there are.
    _running: dict[asyncio.Task[None], tuple[bool, int]] = field(default_factory=dict)
    _number: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    _endings: list[Ending] = field(default_factory=list)  # not on record yet
    # The latest lease of everything that is ready, under way, or not on record.
    _held: dict[int, Delivery] = field(default_factory=dict)
    # How often each delivery was tried in vain. Its leases would not do: one may end untried.
    _failed: Counter[int] = field(default_factory=Counter)
    _stopping: bool = False
    _database_away: bool = False
    _refused: str | None = None

    def __post_init__(self) -> None:
        pacer = self.bot.rate_limiter
        if not isinstance(pacer, Pacer):
            raise TypeError("the bot sends without our dispatcher")
        self.pacer = pacer
        self.figures = pacer.figures

    def wake(self) -> None:
        """Say that something may be due: an idle sender looks at once."""
        self._woken.set()

    def stop(self) -> None:
        """Ask `run` to end once what is under way has its outcome on record."""
        self._stopping = True
        self._give_back()
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped. Raises TokenRefused if Telegram refuses the token."""
        troubles = 0
        while not self._stopping or self._running or self._endings:
            self._woken.clear()
            try:
                await self._take_turn()
            except DBAPIError as error:
                # The database is away for a while; everything in it waits there.
                self._database_away = True
                troubles += 1
                log.error("the database cannot be used", error=str(error.orig), tries=troubles)
                await self._idle(min(backoff(troubles).total_seconds(), LONGEST_PAUSE))
                continue
            self._database_away, troubles = False, 0
            self._begin()
            await self._idle(IDLE)
            await asyncio.sleep(GATHER)
        if self._refused is not None:
            raise TokenRefused(self._refused)

    async def _idle(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _take_turn(self) -> None:
        """Record what has ended, and lease more if there is room for it."""
        endings, limit = self._endings[:], self._room()
        if not endings and not limit:
            return
        lease = self.lease_for.total_seconds()
        until = self._now() + max(lease - CALL_SECONDS, lease / 3)
        endings = [replace(e, delivery=self._held[e.delivery.id]) for e in endings]
        try:
            leased = await self.database.writing(
                _turn, endings, self.clock(), limit, self.lease_for
            )
        except (DataError, IntegrityError):
            await self._record_each(endings)
            leased = []
        del self._endings[: len(endings)]
        for ending in endings:
            self._held.pop(ending.delivery.id)
        # What is under way for longer than its lease is not sent once more by us: renewed.
        new = [d for d in leased if d.id not in self._held]
        self._held |= {d.id: d for d in leased}
        if new:
            await self._make_ready(new, until)

    async def _record_each(self, endings: Sequence[Ending]) -> None:
        """Record them one by one, where the database does not take one of them."""
        for ending in endings:
            try:
                await self.database.writing(outcomes.record, [ending])
            except (DataError, IntegrityError) as error:
                # It stays leased, and comes back when the lease has run out.
                log.error(
                    "the outcome of a delivery cannot be recorded",
                    delivery=ending.delivery.id,
                    error=str(error.orig),
                )

    def _room(self) -> int:
        """How many deliveries to lease now."""
        if self._stopping or self.pacer.closed_for() > 0:
            return 0
        wanted = max(2 * self.pacer.at_once(paid=self.pacer.pays), int(self.pacer.rate()))
        wanted = min(wanted, BATCH)
        have = sum(map(len, self._ready.values()))
        return wanted - have if have <= REFILL_AT * wanted else 0

    async def _make_ready(self, leased: Sequence[Delivery], until: float) -> None:
        never = [d for d in leased if d.is_edit and d.about_message is None]
        now, why = self.clock(), "the message to edit was never sent"
        self._end(*(Ended(d, State.CLOSED, why, now) for d in never))
        tellable = [d for d in leased if d not in never]
        try:
            made = await self.database.reading(made_ready, tellable, self.zone, self.username, now)
        except DBAPIError as error:
            # Nothing has gone out.
            for delivery in tellable:
                self._later(
                    delivery,
                    backoff(self._failures(delivery)),
                    f"the database cannot be used: {error.orig}",
                )
            return
        for one in made:
            if isinstance(one, Ready):
                self._ready[one.lane].append((until, one))
            else:
                self.figures.dead += isinstance(one, Ended)
                self._end(one)

    def _begin(self) -> None:
        """Let go out what is ready, as much at once as keeps the dispatcher busy."""
        if self._stopping or self.pacer.closed_for() > 0:
            self._give_back()
            return
        while not self._database_away and (one := self._next()):
            paid = self._is_paid(one)
            task = asyncio.create_task(self._deliver(one, paid=paid))
            self._running[task] = paid, one.delivery.id
            self._number[paid] += 1
            task.add_done_callback(self._ended)

    def _next(self) -> Ready | None:
        for waiting in self._ready.values():
            while waiting:
                until, one = waiting[0]
                paid = self._is_paid(one)
                if until < self._now():
                    self.figures.put_back += 1
                    self._end(PutBack(one.delivery, None, "its lease ended before its turn"))
                elif self._number[paid] >= self.pacer.at_once(paid=paid):
                    break
                else:
                    waiting.popleft()
                    return one
                waiting.popleft()
        return None

    def _is_paid(self, one: Ready) -> bool:
        # Edits cannot be paid for (Bot API, editMessageText).
        return self.pacer.pays and not one.delivery.is_edit

    def _ended(self, task: asyncio.Task[None]) -> None:
        paid, delivery_id = self._running.pop(task)
        self._number[paid] -= 1
        self._woken.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The message may be out and there is no outcome to record: the lease will run out,
            # and the next try counts it as in doubt.
            log.error("a delivery failed in an unknown way", exc_info=error)
            self._held.pop(delivery_id, None)
        self._begin()

    async def _deliver(self, one: Ready, *, paid: bool) -> None:
        delivery = one.delivery
        try:
            message_id = await deliver(self.bot, one, paid=paid)
        except NotYet as wait:
            self.figures.put_back += 1
            # When nobody may send, it keeps its place before what was made later.
            at = None if wait.everybody else self.clock() + timedelta(seconds=wait.seconds)
            self._end(PutBack(delivery, at, LIMITS))
        except TelegramError as error:
            failures = self._failures(delivery)
            outcome = decide(error, attempts=failures, is_edit=delivery.is_edit)
            self._judge(one, outcome, paid=paid)
        except Exception as error:
            # Nothing that Telegram said: the message may be out, so it is no dead letter.
            log.error("a call failed in an unknown way", delivery=delivery.id, exc_info=error)
            self.figures.doubts += 1
            wait_for = backoff(self._failures(delivery))
            why = type(error).__name__
            self._later(delivery, wait_for, why, in_doubt=True, content=one.content)
        else:
            self.figures.sent += 1
            self._end(Arrived(delivery, message_id, self.clock(), one.content))

    def _failures(self, delivery: Delivery) -> int:
        """Count one more failure of a delivery; returns how many it has had."""
        self._failed[delivery.id] += 1
        return self._failed[delivery.id]

    def _judge(self, one: Ready, outcome: Outcome, *, paid: bool) -> None:
        """Do what the failure of a call means for its delivery."""
        delivery, reason, figures = one.delivery, outcome.reason, self.figures
        figures.failed[outcome.step] += 1
        figures.doubts += outcome.in_doubt
        match outcome.step:
            case Step.DONE:
                figures.sent += 1
                self._end(Arrived(delivery, None, self.clock(), one.content))
            case Step.WAIT if self.pacer.closed_for() > 0:
                self._end(PutBack(delivery, None, reason))
            case Step.WAIT | Step.AGAIN:
                doubt = outcome.in_doubt
                self._later(delivery, outcome.wait, reason, in_doubt=doubt, content=one.content)
            case Step.MOVED:
                self._end(Moved(delivery, outcome.new_chat_id, self.clock(), reason))
            case Step.LEFT:
                figures.left += 1
                self._end(Left(delivery, reason))
            case Step.UNPAID if paid:
                log.error(
                    "Telegram takes no paid broadcasts of this bot: have @BotFather switch them "
                    "on, and look at its balance; going on at the usual rate",
                    reason=reason,
                )
                self.pacer.stop_paying()
                self._end(PutBack(delivery, None, reason))
            case Step.PLAIN | Step.ALONE | Step.UNPAID | Step.DEAD:
                log.error("Telegram will not take an alert", delivery=delivery.id, reason=reason)
                figures.dead += 1
                self._end(Ended(delivery, State.DEAD, reason, self.clock()))
            case Step.CLOSED:
                self._end(Ended(delivery, State.CLOSED, reason, self.clock()))
            case Step.STOP:
                self._end(PutBack(delivery, None, reason))
                self._refused = reason
                self.stop()

    def _later(
        self,
        delivery: Delivery,
        wait: timedelta,
        reason: str,
        *,
        in_doubt: bool = False,
        content: Content = AS_IT_IS,
    ) -> None:
        log.info("a delivery waits", delivery=delivery.id, seconds=wait.seconds, reason=reason)
        self._end(PutBack(delivery, self.clock() + wait, reason, in_doubt, content))

    def _give_back(self) -> None:
        """Put back what is ready and has not been begun."""
        for waiting in self._ready.values():
            self.figures.put_back += len(waiting)
            self._end(*(PutBack(one.delivery, None, LIMITS) for _, one in waiting))
            waiting.clear()

    def _end(self, *endings: Ending) -> None:
        if endings:
            for ending in endings:
                if not isinstance(ending, PutBack):
                    self._failed.pop(ending.delivery.id, None)
            self._endings += endings
            self._woken.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _turn(
    conn: sa.Connection,
    endings: Sequence[Ending],
    now: datetime,
    limit: int,
    lease_for: timedelta,
) -> list[Delivery]:
    outcomes.record(conn, endings)
    return outbox.lease(conn, now=now, limit=limit, lease_for=lease_for) if limit else []
