"""Faults on order: what the real Telegram and the network between do on a bad day.

    faults.too_many_requests(3, method="sendMessage")        # the next sendMessage earns a 429
    faults.refuse(502, "Bad Gateway", times=5)               # the next five calls of any method
    faults.hang(processed=True, chat=ann.chat.id)            # sent, but no answer ever comes
    faults.cut(processed=False)                              # the connection dies, nothing done
    faults.flaky(0.1, seed=7)                                # one call in ten fails with a 502
    faults.sometimes(Fault("cut", processed=True), 0.1, seed=7)  # or whatever else goes wrong

Scripted faults are used up in the order they were asked for; a call takes the first one that
fits its method and chat. `hang` ends when the client gives up, at `release()`, or when the
server closes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.sandbox.signal import Signal


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with one call.

    `processed` tells whether the call takes effect all the same (what a client cannot know).
    """

    kind: Literal["refuse", "hang", "cut"]
    code: int = 0
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    processed: bool = False


@dataclass
class _Scripted:
    fault: Fault
    method: str | None
    chat: int | None
    left: int

    def fits(self, method: str, chat: int | None) -> bool:
        return self.method in (None, method.lower()) and self.chat in (None, chat)


@dataclass
class _Flaky:
    fault: Fault
    method: str | None
    chat: int | None
    rate: float
    dice: random.Random


class Faults:
    """The faults waiting to happen. Methods are named as in the Bot API, in any case.

    `hung` counts the calls that have begun to hang, ever.
    """

    def __init__(self) -> None:
        self._scripted: list[_Scripted] = []
        self._flaky: list[_Flaky] = []
        self._signal = Signal()
        self._released = 0
        self.hung = 0

    def too_many_requests(
        self,
        retry_after: int,
        *,
        method: str | None = None,
        chat: int | None = None,
        times: int = 1,
    ) -> None:
        """The next `times` calls earn a 429 that asks to wait `retry_after` seconds."""
        self.refuse(
            429,
            f"Too Many Requests: retry after {retry_after}",
            parameters={"retry_after": retry_after},
            method=method,
            chat=chat,
            times=times,
        )

    def refuse(
        self,
        code: int,
        description: str,
        *,
        parameters: dict[str, Any] | None = None,
        method: str | None = None,
        chat: int | None = None,
        times: int = 1,
    ) -> None:
        """The next `times` calls are answered with this HTTP status and description."""
        fault = Fault("refuse", code, description, parameters or {})
        self._add(fault, method, chat, times)

    def hang(
        self, *, processed: bool, method: str | None = None, chat: int | None = None, times: int = 1
    ) -> None:
        """The next `times` calls get no answer until the client gives up."""
        self._add(Fault("hang", processed=processed), method, chat, times)

    def cut(
        self, *, processed: bool, method: str | None = None, chat: int | None = None, times: int = 1
    ) -> None:
        """The next `times` calls lose their connection in the middle of the answer."""
        self._add(Fault("cut", processed=processed), method, chat, times)

    def flaky(
        self,
        rate: float,
        *,
        seed: int,
        code: int = 502,
        description: str = "Bad Gateway",
        method: str | None = None,
        chat: int | None = None,
    ) -> None:
        """From now on a call fails with probability `rate` (0–1), always the same for a seed."""
        fault = Fault("refuse", code, description)
        self.sometimes(fault, rate, seed=seed, method=method, chat=chat)

    def sometimes(
        self,
        fault: Fault,
        rate: float,
        *,
        seed: int,
        method: str | None = None,
        chat: int | None = None,
    ) -> None:
        """From now on `fault` happens to a call with probability `rate`, as `flaky` does.

        A call that several of them fit has the first one that its dice choose.
        """
        dice = random.Random(seed)  # noqa: S311 - repeatable misfortune, not a secret
        self._flaky.append(_Flaky(fault, _lower(method), chat, rate, dice))

    def clear(self) -> None:
        """Nothing goes wrong any more; calls that hang already go on hanging."""
        self._scripted.clear()
        self._flaky.clear()

    @property
    def pending(self) -> int:
        """How many scripted faults have not happened yet."""
        return sum(scripted.left for scripted in self._scripted)

    def take(self, method: str, chat: int | None) -> Fault | None:
        """What goes wrong with this call, if anything; a scripted fault is used up."""
        for scripted in self._scripted:
            if scripted.fits(method, chat):
                scripted.left -= 1
                if not scripted.left:
                    self._scripted.remove(scripted)
                return scripted.fault
        for flaky in self._flaky:
            if flaky.method in (None, method.lower()) and flaky.chat in (None, chat):  # noqa: SIM102 - the dice roll only for calls that fit, or the seed would mean nothing
                if flaky.dice.random() < flaky.rate:
                    return flaky.fault
        return None

    def release(self) -> None:
        """Calls that hang now end, with their connections cut."""
        self._released += 1
        self._signal.notify()

    async def hanging(self) -> None:
        """Returns at the next `release`."""
        before = self._released
        self.hung += 1
        self._signal.notify()
        await self._signal.until(lambda: self._released != before, None)

    async def until_hung(self, calls: int = 1, timeout: float = 20.0) -> None:  # noqa: ASYNC109 - the deadline is part of the question
        """Returns when so many calls have begun to hang; TimeoutError after `timeout` seconds."""
        await self._signal.until(lambda: self.hung >= calls, timeout)

    def _add(self, fault: Fault, method: str | None, chat: int | None, times: int) -> None:
        if times < 1:
            raise ValueError(f"a fault happens at least once, not {times} times")
        self._scripted.append(_Scripted(fault, _lower(method), chat, times))


def _lower(method: str | None) -> str | None:
    return method.lower() if method else None
