"""The sender: leases deliveries from the outbox, sends them, and records how each ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from telegram.error import TelegramError

from bot.delivery.batches import Ready, made_ready
from bot.delivery.calls import CALL_SECONDS, LEASE, RECORD_SECONDS, deliver
from bot.delivery.idling import idle
from bot.delivery.outcome import Outcome, Step, backoff, decide
from bot.delivery.pacing import AHEAD, AT_ONCE, PAID_AT_ONCE, NotYet, Pacer
from bot.delivery.stock import Stock
from bot.delivery.turn import Room, take_turn
from storage import outcomes
from storage.model.deliveries import AS_IT_IS
from storage.outbox import Arrived, State
from storage.outcomes import Ended, Left, Moved, PutBack

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from telegram.ext import ExtBot

    from storage.engine import Database
    from storage.leasing import Delivery
    from storage.model.deliveries import Content
    from storage.outcomes import Ending

log = structlog.get_logger(__name__)

# How often an idle sender looks for what another process has put into the outbox.
IDLE = 0.2
# How often one looks for room that has something to send, if nothing else wakes it.
BUSY = AHEAD / 2
# Seconds in which outcomes gather to be recorded together, and calls to be begun.
GATHER = 0.02
# The most deliveries to lease and have ready at a time: what is sent in a second, up to this.
BATCH = 500
# More is leased as soon as less than this part of it is left, so that it never runs out.
REFILL_AT = 0.75
# An unusable database is tried again at least this often, in seconds.
LONGEST_PAUSE = 5.0
LIMITS = "waiting for Telegram's limits"
TOO_LATE = "its lease ended before its turn"


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
    # The most seconds that all calls of a delivery may take; a lease is longer.
    call_seconds: float = CALL_SECONDS
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stock: Stock = field(default_factory=Stock)
    # Under way: whether each is paid and its delivery, and how many there are.
    _running: dict[asyncio.Task[None], tuple[bool, int]] = field(default_factory=dict)
    _number: dict[bool, int] = field(default_factory=lambda: {False: 0, True: 0})
    _endings: list[Ending] = field(default_factory=list)  # not on record yet
    # The latest lease of everything that is ready, under way, or not on record.
    _held: dict[int, Delivery] = field(default_factory=dict)
    _leases: int = 0  # how often it has leased
    # How often each delivery was tried in vain. Its leases would not do: one may end untried.
    _failed: Counter[int] = field(default_factory=Counter)
    _stopping: bool = False
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
        # Stopped in the middle of a turn it may have got more, to put back.
        while not self._stopping or self._running or self._endings or self._stock:
            self._woken.clear()
            try:
                await self._take_turn()
            except DBAPIError as error:
                # The database is away for a while; everything in it waits there.
                troubles += 1
                log.error("the database cannot be used", error=str(error.orig), tries=troubles)
                await idle(self._woken, min(backoff(troubles).total_seconds(), LONGEST_PAUSE))
                continue
            troubles = 0
            await idle(self._woken, BUSY if self._stock else IDLE)
            await asyncio.sleep(GATHER)
        if self._refused is not None:
            raise TokenRefused(self._refused)

    async def _take_turn(self) -> None:
        """Record what has ended, mark what goes out next and let it, and lease more if there is
        room for it.
        """
        self._choose()
        endings, chosen, room = self._endings[:], self._stock.chosen, self._room()
        if not (endings or chosen or room):
            return
        lease = self.lease_for.total_seconds()
        until = self._now() + max(lease - self.call_seconds - RECORD_SECONDS, lease / 3)
        endings = [replace(e, delivery=self._held[e.delivery.id]) for e in endings]
        next_ones = [(one.delivery, one.content) for _, one in chosen]
        try:
            begun, leased = await self.database.writing(
                take_turn, endings, next_ones, self.clock(), room, self.lease_for
            )
        except (DataError, IntegrityError):
            await self._record_each(endings)
            begun, leased = None, []
        del self._endings[: len(endings)]
        for ending in endings:
            self._held.pop(ending.delivery.id)
        if begun is not None:
            self._begin(begun)
        await self._make_ready(self._taken(leased), until)

    def _taken(self, leased: Sequence[Delivery]) -> list[Delivery]:
        """Those of the deliveries just leased that are to go out.

        What is under way for longer than its lease is not sent once more by us: it is renewed. What
        has not been begun is put together anew.
        """
        again = {d.id for d in leased if d.id in self._held}
        if again:
            again -= self._stock.ids()
            self._stock.drop({d.id for d in leased})
        self._held |= {d.id: d for d in leased}
        return [d for d in leased if d.id not in again]

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

    def _room(self) -> Room | None:
        """How many deliveries to lease now, if any."""
        if self._stopping or self.pacer.closed_for() > 0:
            return None
        edits = self._stock.edits()
        new = len(self._stock) - edits
        if self.pacer.pays:
            room = Room(self._more(new, paid=True), self._more(edits, paid=False), self._leases)
        else:
            room = Room(self._more(new + edits, paid=False), turn=self._leases)
        if not (room.limit or room.edits):
            return None
        self._leases += 1
        return room

    def _more(self, have: int, *, paid: bool) -> int:
        """How many more to lease of one budget, as many as these being ready."""
        wanted = max(2 * self.pacer.at_once(paid=paid), int(self.pacer.rate(paid=paid)))
        wanted = min(wanted, BATCH)
        return wanted - have if have <= REFILL_AT * wanted else 0

    async def _make_ready(self, leased: Sequence[Delivery], until: float) -> None:
        if not leased:
            return
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
                self._stock.add(one, until)
            else:
                self.figures.dead += isinstance(one, Ended)
                self._end(one)

    def _choose(self) -> None:
        """Choose what goes out next: as much at once as keeps the dispatcher busy."""
        if self._stopping or self.pacer.closed_for() > 0:
            self._give_back()
            return
        self._put_back(self._stock.drop_late(self._now()), TOO_LATE)
        room = {paid: self._room_under_way(paid=paid) for paid in (False, True)}
        for _, one in self._stock.chosen:
            room[self._is_paid(one)] -= 1

        def has_room(one: Ready) -> bool:
            paid = self._is_paid(one)
            room[paid] -= 1
            return room[paid] >= 0

        self._stock.choose(has_room)

    def _room_under_way(self, *, paid: bool) -> int:
        # Of the connections some are left for replies.
        most = PAID_AT_ONCE if paid else AT_ONCE
        return min(self.pacer.room(paid=paid), most - self._number[paid])

    def _begin(self, begun: Collection[int]) -> None:
        """Let go out what was chosen and is on record as begun now; nobody is to send the rest."""
        for until, one in self._stock.take_chosen():
            if one.delivery.id not in begun:
                self._held.pop(one.delivery.id)
            elif until < self._now():
                # The database took its time.
                self._put_back([one], TOO_LATE)
            else:
                paid = self._is_paid(one)
                task = asyncio.create_task(self._deliver(one, paid=paid))
                self._running[task] = paid, one.delivery.id
                self._number[paid] += 1
                task.add_done_callback(self._ended)

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

    async def _deliver(self, one: Ready, *, paid: bool) -> None:
        delivery = one.delivery
        try:
            message_id = await deliver(self.bot, one, paid=paid, within=self.call_seconds)
        except NotYet as wait:
            self.figures.put_back += 1
            # When nobody may send, it keeps its place before what was made later.
            at = None if wait.everybody else self.clock() + timedelta(seconds=wait.seconds)
            self._end(PutBack(delivery, at, LIMITS, content=one.content))
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
        content = one.content
        figures.failed[outcome.step] += 1
        figures.doubts += outcome.in_doubt
        match outcome.step:
            case Step.DONE:
                figures.sent += 1
                self._end(Arrived(delivery, None, self.clock(), content))
            case Step.WAIT if self.pacer.closed_for() > 0:
                self._end(PutBack(delivery, None, reason, content=content))
            case Step.WAIT | Step.AGAIN:
                doubt = outcome.in_doubt
                self._later(delivery, outcome.wait, reason, in_doubt=doubt, content=content)
            case Step.MOVED:
                self._end(Moved(delivery, outcome.new_chat_id, self.clock(), reason, content))
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
                self._end(PutBack(delivery, None, reason, content=content))
            case Step.PLAIN | Step.ALONE | Step.UNPAID | Step.DEAD:
                log.error("Telegram will not take an alert", delivery=delivery.id, reason=reason)
                figures.dead += 1
                self._end(Ended(delivery, State.DEAD, reason, self.clock(), content))
            case Step.CLOSED:
                self._end(Ended(delivery, State.CLOSED, reason, self.clock(), content))
            case Step.STOP:
                self._end(PutBack(delivery, None, reason, content=content))
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
        self._put_back(self._stock.drain(), LIMITS)

    def _put_back(self, ready: Sequence[Ready], why: str) -> None:
        self.figures.put_back += len(ready)
        self._end(*(PutBack(one.delivery, None, why, content=one.content) for one in ready))

    def _end(self, *endings: Ending) -> None:
        if endings:
            for ending in endings:
                if not isinstance(ending, PutBack):
                    self._failed.pop(ending.delivery.id, None)
            self._endings += endings
            self._woken.set()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
