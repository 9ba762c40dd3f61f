"""Taking the bot down in time: each part may finish what is under way, all together in 10 s."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from telegram.ext import Application, ExtBot, Updater

    from bot.delivery.sender import Sender
    from bot.menus import Menus

log = structlog.get_logger(__name__)

# From when it is told to stop: whoever started it waits longer before it kills it.
DRAIN_SECONDS = 10.0
# Of that, the most for the parts that come first, and what is kept for the last one.
POLLING_SECONDS = 2.0
SCHEDULE_SECONDS = 3.0
REPLY_SECONDS = 1.0
MENU_SECONDS = 0.5
CANCELLATIONS, CANCELLATION_SECONDS = 3, 0.2


class Ending:
    """How long the bot may still take to stop, once it has begun to."""

    def __init__(self) -> None:
        self._until: float | None = None

    def begin(self) -> None:
        """It is told to stop now."""
        self._until = asyncio.get_running_loop().time() + DRAIN_SECONDS

    def left(self) -> float:
        """Seconds left; all of them if it was never told, as it never ran."""
        if self._until is None:
            return DRAIN_SECONDS
        return max(REPLY_SECONDS, self._until - asyncio.get_running_loop().time())


async def end_polling(updater: Updater) -> None:
    """Ask for no more updates, and tell Telegram which ones were taken."""
    if updater.running:
        await _in_time(
            updater.stop(), POLLING_SECONDS, "Telegram was not told which updates were taken"
        )


class Job(Protocol):
    """Something that runs by the schedule."""

    async def finish(self) -> None:
        """Wait for what is under way, if anything is."""


async def end_schedule(scheduler: AsyncIOScheduler, jobs: Sequence[Job], ending: Ending) -> None:
    """Let the jobs under way finish: shutting the scheduler down would cancel them."""
    scheduler.pause()
    seconds = min(SCHEDULE_SECONDS, ending.left())
    for job in jobs:
        lost = f"a job was still under way; it will be repeated: {type(job).__name__}"
        await _in_time(job.finish(), seconds, lost)
    scheduler.shutdown()


async def drain(sender: Sender, sending: asyncio.Task[None], ending: Ending) -> None:
    """Let deliveries reach their outcome; what does not by then comes back after its lease.

    Raises what the sender has ended with.
    """
    sender.stop()
    await asyncio.wait({sending}, timeout=max(REPLY_SECONDS, ending.left() - REPLY_SECONDS))
    if sending.done():
        sending.result()
        return
    sending.cancel()
    log.warning("some deliveries were still under way; they will be tried again")


async def end_menus(menus: Menus, setting: asyncio.Task[None]) -> None:
    """Let the menu under way be set; the next process sets what is left."""
    menus.stop()
    await _in_time(_result(setting), MENU_SECONDS, "not every menu was set: the next start does")


async def end_describing(describing: asyncio.Task[None]) -> None:
    """Leave it to the next start to say what the bot is, where Telegram does not tell it yet."""
    describing.cancel()
    await asyncio.wait({describing})
    if not describing.cancelled():
        describing.result()


async def _result(task: asyncio.Task[None]) -> None:
    await task


async def end_replies(
    application: Application[ExtBot[str], Any, Any, Any, Any, Any], ending: Ending
) -> None:
    """Let what people asked be answered; what Telegram does not take by then is given up."""
    lost = "some replies were still under way; they are given up"
    await _in_time(application.stop(), ending.left(), lost)


async def take_leave(application: Application[ExtBot[str], Any, Any, Any, Any, Any]) -> None:
    """Close the connections to Telegram."""
    await application.shutdown()
    # They are open before the application counts as initialized.
    await application.bot.shutdown()


async def _in_time(work: Coroutine[Any, Any, None], seconds: float, lost: str) -> None:
    """Give some work so many seconds; `lost` is logged where that is not enough."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    if task.done():
        task.result()
        return
    log.warning(lost)
    # The library catches a cancellation and goes on with its next step.
    for _ in range(CANCELLATIONS):
        task.cancel()
        await asyncio.wait({task}, timeout=CANCELLATION_SECONDS)
