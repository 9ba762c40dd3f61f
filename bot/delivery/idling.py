"""How what works in the background waits while it has nothing to do."""

from __future__ import annotations

import asyncio


async def idle(woken: asyncio.Event, seconds: float) -> None:
    """Wait until woken, for so many seconds at most."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
