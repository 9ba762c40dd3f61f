"""A signal that wakes everybody who waits for something to change: no polling, no sleeps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Signal:
    """Many may wait; `notify` wakes them all. One event loop, one thread."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Something has changed: whoever waits looks again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def changed(self) -> None:
        """Returns at the next `notify`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def until(self, condition: Callable[[], T | None], timeout: float | None) -> T:  # noqa: ASYNC109 - the deadline is part of the question, and its error text too
        """The first value of `condition` that is neither None nor False.

        It is asked now and after every change. Raises TimeoutError after `timeout` seconds
        (None: waits for ever).
        """
        async with asyncio.timeout(timeout):
            while (value := condition()) is None or value is False:
                await self.changed()
        return value
