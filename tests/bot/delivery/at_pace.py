"""What the tests of the dispatcher share: Telegram's place, and calls that wait for their turn.

All of it is played on a `QuickLoop`: what sleeps there lets the loop's own time pass, and takes no
real one, so that nothing depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from telegram.error import RetryAfter

from bot.delivery.lanes import Lane
from bot.delivery.leaving import leaves
from bot.delivery.pacing import NotYet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram.error import TelegramError

    from bot.delivery.pacing import Pacer

EPSILON = 1e-6
LATENCY = 0.07


class Telegram:
    """Stands where the request goes out: keeps when each call left, and may refuse some.

    Each call takes as long to leave as the next of `connecting` says (seconds), if any are left.
    """

    def __init__(
        self, *errors: TelegramError, latency: float = LATENCY, connecting: Iterable[float] = ()
    ) -> None:
        self.latency = latency
        self.connecting = iter(connecting)
        self.calls: list[tuple[float, Any]] = []
        self.errors = list(errors)

    async def __call__(self, chat: Any) -> bool:
        if wait := next(self.connecting, 0.0):
            await asyncio.sleep(wait)
        self.calls.append((now(), chat))
        leaves()
        error = self.errors.pop(0) if self.errors else None
        await asyncio.sleep(self.latency)
        if error:
            raise error
        return True

    @property
    def times(self) -> list[float]:
        return [at for at, _ in self.calls]

    @property
    def chats(self) -> list[Any]:
        return [chat for _, chat in self.calls]


def now() -> float:
    return asyncio.get_running_loop().time()


async def call(
    pacer: Pacer,
    telegram: Telegram,
    chat: int | None,
    lane: Lane = Lane.REPLY,
    *,
    to: str = "sendMessage",
    paid: bool = False,
) -> Any:
    data: dict[str, Any] = {} if chat is None else {"chat_id": chat}
    if paid:
        data["allow_paid_broadcast"] = True
    return await pacer.process_request(
        telegram, (chat,), {}, to, data, None if lane is Lane.REPLY else lane.value
    )


async def calls(
    pacer: Pacer, telegram: Telegram, chats: range, lane: Lane = Lane.REPLY
) -> list[Any]:
    return await asyncio.gather(
        *(call(pacer, telegram, c, lane) for c in chats), return_exceptions=True
    )


async def broadcast(pacer: Pacer, telegram: Telegram, chats: range, *, paid: bool = False) -> None:
    """Alerts as a sender sends them: so many at once as the dispatcher says, until all are out."""
    left = iter(chats)

    async def work() -> None:
        for chat in left:
            while True:
                try:
                    await call(pacer, telegram, chat, Lane.URGENT, paid=paid)
                    break
                except NotYet as wait:
                    await asyncio.sleep(wait.seconds)
                except RetryAfter:
                    await asyncio.sleep(pacer.closed_for())

    await asyncio.gather(*(work() for _ in range(pacer.at_once(paid=paid))))


def most_in_a_second(times: list[float]) -> int:
    return max(bisect_left(times, at + 1 - EPSILON) - n for n, at in enumerate(times))
