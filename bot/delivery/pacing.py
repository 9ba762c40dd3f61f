"""The dispatcher: every call to Telegram waits here for its turn, in its lane, within the limits.

`Pacer` is python-telegram-bot's rate limiter, so whoever calls the bot's methods goes through it;
only the library's `getUpdates` does not, and never waits. Messages and edits count for the bot's
budget and the chat's. Whatever else is called sends no message, answers to buttons and inline
queries above all: the FAQ's limits are about messages, so that is called at once, and waits only
while Telegram halts everybody.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from telegram.error import TelegramError
from telegram.ext import BaseRateLimiter

from bot.delivery.figures import Figures, Scope
from bot.delivery.lanes import Lane, Queue
from bot.delivery.leaving import hearing
from bot.delivery.limits import Limits, Window
from bot.delivery.outcome import is_answer, too_many
from bot.delivery.windows import PER_SECOND, WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telegram._utils.types import JSONDict

    from bot.delivery.windows import ChatId

# A reply is tried again after "too many requests" this often; an alert goes back to the outbox.
REPLY_TRIES = 3
# An alert that would have to wait longer, in seconds, goes back to the outbox until then: its lease
# runs while it waits.
ALERT_PATIENCE = 3.0
# An alert whose chat has no room for longer than this makes way for other chats' alerts.
CHAT_PATIENCE = 1.0
# Where Telegram asks to wait without saying how long.
UNNAMED_WAIT = 5.0
# What sends or changes a message that people see (https://core.telegram.org/bots/api).
SENDING = ("send", "edit", "copy", "forward")
SENDS_NOTHING = ("sendchataction",)
ABOUT_ITSELF = (
    "setmycommands",
    "deletemycommands",
    "getmydescription",
    "setmydescription",
    "getmyshortdescription",
    "setmyshortdescription",
)
# So many alerts under way that none is missed when a slot comes, and paid ones at most: of the
# connections that there are (see `bot.connecting`), some are left for replies.
AT_ONCE = 16
PAID_AT_ONCE = 448
# Alerts come in so many seconds before their turn, and no earlier: what is on its way here when the
# process is killed may have gone out, for all that anybody knows.
AHEAD = 0.1
FIRST_LATENCY = 0.1
SMOOTHING = 0.05

log = structlog.get_logger(__name__)


class Receipt(str):
    """The name of an alert's lane, on which the dispatcher notes the id of the message sent.

    The library then makes no object of the message that Telegram answers with: that would take
    about as long as to write the request, and all that anybody asks of it is its id.
    """

    __slots__ = ("message_id",)

    message_id: int | None

    def __new__(cls, lane: Lane) -> Receipt:
        """A receipt for a call of this lane, without an id yet."""
        made = super().__new__(cls, lane.value)
        made.message_id = None
        return made


class NotYet(Exception):
    """Telegram's limits leave no room for an alert for so many seconds.

    `everybody` tells that it is not about one chat: no other alert would get through either.
    """

    def __init__(self, seconds: float, *, everybody: bool) -> None:
        super().__init__(f"no room for {seconds:.1f} s")
        self.seconds = seconds
        self.everybody = everybody


@dataclass(eq=False)
class _Call:
    """A call and its turn; `asked_at` is when it was wanted; it is `leaving` from its turn until it
    has left.
    """

    lane: Lane
    window: Window
    chat: ChatId | None
    asked_at: float
    turn: asyncio.Future[None] | None = None
    leaving: bool = False


class Pacer(BaseRateLimiter[str]):
    """Lets every call wait until its turn has come and Telegram's limits have room for it.

    A call is a reply unless `rate_limit_args` names another lane. One of the other lanes is not
    repeated when Telegram asks to wait: NotYet or the error goes to the caller, who has it on
    record.
    """

    def __init__(
        self,
        per_second: int = PER_SECOND,
        *,
        paid_per_second: int = 0,
        figures: Figures | None = None,
    ) -> None:
        """Messages a second, free ones and paid broadcasts (0: there are none)."""
        self.figures = figures or Figures()
        self.pays = paid_per_second > 0
        self._limits = Limits(per_second, paid_per_second)
        self._queues: dict[tuple[Lane, Window], Queue[ChatId | None, _Call]] = {
            (lane, window): Queue() for lane in Lane for window in Window
        }
        self._latency = FIRST_LATENCY
        self._timer: asyncio.TimerHandle | None = None
        self._alerts_from = -math.inf
        self._tell_rates()

    async def initialize(self) -> None:
        """Begin: alerts wait a second, since another process may have used up the one before.

        It was killed, say, and started again at once. Replies do not wait: they are few.
        """
        self._alerts_from = asyncio.get_running_loop().time() + WINDOW

    async def shutdown(self) -> None:
        """Let go of whatever still waits."""
        if self._timer:
            self._timer.cancel()
        for queue in self._queues.values():
            for call in queue.drain():
                self.figures.waiting[call.lane] -= 1
                if call.turn:
                    call.turn.cancel()

    def at_once(self, *, paid: bool) -> int:
        """How many alerts should be under way, so that no slot is missed: about rate x latency."""
        budget = self._limits.budget(Window.PAID if paid else Window.FREE)
        rate = budget.rate if budget else 0.0
        wanted = max(min(AT_ONCE, int(2 * rate)), math.ceil(2 * rate * self._latency))
        # Beyond the connections there are, calls only wait for each other, which makes the latency
        # and with it this number ever larger.
        return max(1, min(wanted, PAID_AT_ONCE if paid else AT_ONCE))

    def room(self, *, paid: bool) -> int:
        """How many more alerts should come now, so that no slot is missed until some moments later;
        those that only wait for their chat's limit do not count.
        """
        window = Window.PAID if paid else Window.FREE
        budget = self._limits.budget(window)
        lanes = (lane for lane in Lane if lane is not Lane.REPLY)
        in_line = sum(self._queues[lane, window].next_in_line() for lane in lanes)
        return 1 + math.ceil(AHEAD * budget.rate) - in_line if budget else 0

    def rate(self, *, paid: bool) -> float:
        """How many messages of this budget may go out in a second, as things stand."""
        budget = self._limits.paid if paid and self.pays else None
        return (budget or self._limits.free).rate

    def stop_paying(self) -> None:
        """From now on no alert is to be a paid broadcast; until the next start."""
        self.pays = False
        self._tell_rates()

    def closed_for(self) -> float:
        """For how many seconds no alert can go out, whichever its chat."""
        return self._closed_for(asyncio.get_running_loop().time())

    def _closed_for(self, now: float) -> float:
        return max(self._limits.open_at(now), self._alerts_from) - now

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the call when its turn has come; called by python-telegram-bot for every method.

        With a Receipt the result is True instead of a message.
        """
        if endpoint.lower() in ABOUT_ITSELF:
            # How often that may be set is a limit of its own, which halts nobody else.
            now = asyncio.get_running_loop().time()
            if (wait := self._limits.open_at(now) - now) > 0:
                raise NotYet(wait, everybody=True)
            return await callback(*args, **kwargs)
        lane = Lane(rate_limit_args) if rate_limit_args else Lane.REPLY
        window = window_of(endpoint, data)
        chat = None if window is Window.NONE else data.get("chat_id")
        call = _Call(lane, window, chat, asyncio.get_running_loop().time())
        tries = REPLY_TRIES if lane is Lane.REPLY else 1
        again = False
        while True:
            try:
                await self._turn(call, again=again)
                result = await self._make(call, callback, args, kwargs)
            except TelegramError as error:
                tries -= 1
                if tries == 0 or too_many(error) is None:
                    raise
            else:
                if not isinstance(rate_limit_args, Receipt) or not isinstance(result, dict):
                    return result
                rate_limit_args.message_id = result["message_id"]
                return True
            finally:
                # Given up before, or the request class says nothing of it.
                self._leave(call)
            again = True

    async def _turn(self, call: _Call, *, again: bool) -> None:
        """Wait for the call's turn; `again` if it had one, and goes before the others."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if call.lane is not Lane.REPLY:
            self._refuse_long_wait(call, now)
        call.turn = loop.create_future()
        self._queues[call.lane, call.window].add(call.chat, call, front=again)
        self.figures.waiting[call.lane] += 1
        self._go_on()
        patience = None
        if call.lane is not Lane.REPLY:
            patience = loop.call_later(ALERT_PATIENCE, self._lose_patience, call)
        try:
            await call.turn
        finally:
            if patience:
                patience.cancel()
            if self._queues[call.lane, call.window].remove(call.chat, call):
                self.figures.waiting[call.lane] -= 1  # whoever wanted it has gone

    def _refuse_long_wait(self, call: _Call, now: float) -> None:
        if (wait := self._closed_for(now)) > 0:
            raise NotYet(wait, everybody=True)
        if (wait := self._limits.chat_due(call.chat, now) - now) > CHAT_PATIENCE:
            raise NotYet(wait, everybody=False)

    def _lose_patience(self, call: _Call) -> None:
        if self._queues[call.lane, call.window].remove(call.chat, call):
            self._release(call, NotYet(CHAT_PATIENCE, everybody=False))

    def _release(self, call: _Call, refusal: NotYet | None = None) -> None:
        self.figures.waiting[call.lane] -= 1
        if call.turn is None or call.turn.done():
            return  # it was cancelled in the meantime
        if refusal:
            call.turn.set_exception(refusal)
        else:
            call.turn.set_result(None)

    def _go_on(self) -> None:
        """Give their turns to all calls whose time has come, and come again for the next one."""
        now = asyncio.get_running_loop().time()
        if raised := [budget for budget in self._limits.budgets() if budget.recover(now)]:
            self._tell_rates()
            self.figures.quickened += len(raised)
            log.info("it has been quiet: sending faster again", per_second=self.figures.rate)
        later = [self._serve(lane, window, now) for lane, window in self._queues]
        soonest = min((at for at in later if at is not None), default=None)
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if soonest is not None:
            self._timer = asyncio.get_running_loop().call_at(soonest, self._go_on)

    def _serve(self, lane: Lane, window: Window, now: float) -> float | None:
        """Give their turns to the calls of one queue; when to look again, if any are left."""
        queue = self._queues[lane, window]
        while queue:
            if (at := self._limits.window_due(window, now)) > now:
                return at
            found = queue.take(now, lambda chat: self._limits.chat_due(chat, now))
            if found is None:
                return queue.next_at()
            _, call = found
            if call.turn and not call.turn.done():
                call.leaving = True
                self._limits.take(call.chat, window, now)
            self._release(call)
        return None

    def _leave(self, call: _Call) -> None:
        if call.leaving:
            call.leaving = False
            self._limits.leave(call.window, asyncio.get_running_loop().time())

    async def _make(
        self,
        call: _Call,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the call, and learn from its answer."""
        clock = asyncio.get_running_loop().time
        began = clock()
        if call.lane is Lane.REPLY:
            self.figures.reply_waits.add(began - call.asked_at)
        self.figures.calls[call.lane] += 1
        self.figures.in_flight += 1
        answered = False
        try:
            with hearing(partial(self._leave, call)):
                result = await callback(*args, **kwargs)
            answered = True
        except TelegramError as error:
            wait = too_many(error)
            if wait is not None:
                self._refused(call, wait.total_seconds() or UNNAMED_WAIT)
            answered = wait is None and is_answer(error)
            raise
        else:
            return result
        finally:
            now = clock()
            self.figures.in_flight -= 1
            self._latency += SMOOTHING * (now - began - self._latency)
            if answered and self._limits.answered(call.chat, now):
                log.info("Telegram takes messages to other chats: only one chat has to wait")
                self._look_again()
            elif not answered and self._limits.unanswered(call.chat, now):
                self._look_again()

    def _look_again(self) -> None:
        for queue in self._queues.values():
            queue.look_again()
        self._go_on()

    def _refused(self, call: _Call, seconds: float) -> None:
        """Wait as long as Telegram asks, all or one chat; alerts go back to whoever has them."""
        now = asyncio.get_running_loop().time()
        scope, lowered = self._limits.refused(call.chat, call.window, seconds, now)
        self.figures.too_many[scope] += 1
        log.warning("Telegram asks to wait", seconds=seconds, who=scope.value)
        if lowered:
            self._tell_rates()
            self.figures.slowed += 1
            log.warning("refused again: sending more slowly", per_second=self.figures.rate)
        if scope is Scope.TOKEN:
            self._give_back_alerts(self._limits.open_at(now) - now)
        self._go_on()

    def _give_back_alerts(self, seconds: float) -> None:
        for (lane, _), queue in self._queues.items():
            for call in queue.drain() if lane is not Lane.REPLY else ():
                self._release(call, NotYet(seconds, everybody=True))

    def _tell_rates(self) -> None:
        self.figures.rate = self._limits.free.rate
        paid = self._limits.paid
        self.figures.paid_rate = paid.rate if paid and self.pays else 0.0


def window_of(endpoint: str, data: dict[str, Any]) -> Window:
    """Which of the bot's budgets a call of this Bot API method counts for."""
    name = endpoint.lower()
    if not name.startswith(SENDING) or name in SENDS_NOTHING:
        return Window.NONE
    return Window.PAID if data.get("allow_paid_broadcast") else Window.FREE
