"""What of the bot is up, and what is not as it should be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.glance import Trouble

if TYPE_CHECKING:
    from bot.delivery.figures import Figures
    from bot.glance import Glance, Glancer
    from bot.schedule import Checks

# A check is late after so many intervals, but not before so many seconds: one over many reports
# may take longer than the interval.
INTERVALS = 6
AT_LEAST = 60.0
WELL = "ok"


@dataclass
class Parts:
    """The parts of a bot, each there once it is up. `every` is the seconds between two checks."""

    every: float
    glancer: Glancer | None = None
    greeted: bool = False
    figures: Figures | None = None
    checks: Checks | None = None
    checks_since: float = 0.0

    async def close(self) -> None:
        """Let go of the database; call it before that is closed."""
        if self.glancer is not None:
            glancer, self.glancer = self.glancer, None
            await glancer.end()

    def checking(self, checks: Checks) -> None:
        """The checks have begun; call it in the event loop."""
        self.checks = checks
        self.checks_since = asyncio.get_running_loop().time()


async def look_at(parts: Parts) -> dict[str, str]:
    """What there is to say of each part: "ok", or what is wrong with it."""
    found = {"database": WELL, "schema": WELL}
    try:
        glance = await glance_of(parts)
    except Trouble as trouble:
        found = {"database": str(trouble), "schema": "not known"}
    else:
        if not glance.current:
            found["schema"] = "the tables are not those of this version"
    found["telegram"] = WELL if parts.greeted else "not reached yet"
    found["check"] = _check(parts, asyncio.get_running_loop().time())
    return found


async def glance_of(parts: Parts) -> Glance:
    """The latest look at the database. Raises Trouble, also when it is not open."""
    if parts.glancer is None:
        raise Trouble("it is not open")
    return await parts.glancer.glance()


def _check(parts: Parts, now: float) -> str:
    if parts.checks is None:
        return "not begun yet"
    since = now - (parts.checks_since if parts.checks.last is None else parts.checks.last)
    if since > max(INTERVALS * parts.every, AT_LEAST):
        return f"none has ended for {since:.0f} s, with one due every {parts.every:g} s"
    return WELL
