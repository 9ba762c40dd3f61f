"""What runs by itself: the check, as soon as it is woken and on an interval as the safety net."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.figures import Seconds
from bot.watch import check
from storage.rebuild import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.watch import Checked
    from storage.engine import Database
    from storage.model.policy import Policy

log = structlog.get_logger(__name__)

# Seconds, longer than any check of one batch takes: one that hangs must not keep the next from
# running. A full inbox may take as many batches as it needs.
LONGEST_CHECK = 120
# When what is kept is compared with all reports: UTC, in the night of most places covered so far.
VERIFY_HOUR = 1


@dataclass
class Checks:
    """What the checks of this process have come to. `took` counts those that ended well, `last`
    is when the latest of them did (seconds of the event loop's clock; none yet: None).
    """

    took: Seconds = field(default_factory=Seconds)
    failed: int = 0
    last: float | None = None
    reports: int = 0
    changes: int = 0
    alerts: int = 0


@dataclass
class Watcher:
    """Runs the check, one at a time; `clock` tells the time in the world (UTC).

    `found` is called when a check has made deliveries. A batch that takes longer than `longest`
    seconds is given up. `owners` are told what becomes of sources; which of those have gone silent
    is judged from the time of its first check on. `fresh_until` tells
    until when (UTC, by the clock that messages are sent by) an alert made now is fresh news.
    """

    database: Database
    clock: Callable[[], datetime]
    policy: Policy
    found: Callable[[], None]
    longest: float = LONGEST_CHECK
    owners: frozenset[int] = frozenset()
    fresh_until: Callable[[], datetime | None] = lambda: None
    checks: Checks = field(default_factory=Checks)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _again: bool = False
    _woken: asyncio.Task[None] | None = None
    _since: datetime | None = None

    def wake(self) -> None:
        """Check without waiting for the next turn; call it after a write.

        A check under way may have read the inbox before the write: another one follows it.
        """
        self._again = True
        if self._woken is None or self._woken.done():
            self._woken = asyncio.create_task(self._look_while_woken())
            self._woken.add_done_callback(_log_failure)

    async def _look_while_woken(self) -> None:
        while self._again:
            self._again = False
            await self.look()

    async def finish(self) -> None:
        """Wait for the check under way, if any."""
        if self._woken is not None:
            await asyncio.wait({self._woken})
        async with self._turn:
            return

    async def look(self) -> None:
        """Check until the inbox is empty."""
        async with self._turn:
            self._since = self._since or self.clock()
            more = True
            while more:
                checked = await self._check()
                more = checked.more
                for suspicion in checked.suspicions:
                    log.warning(
                        "an outage of a source is no longer suspected"
                        if suspicion.ending
                        else "a source moves many places at once, alone: held aside",
                        source=suspicion.source,
                        moved=suspicion.moved,
                        of=suspicion.backed,
                        ending=suspicion.ending,
                    )
                for silence in checked.silences:
                    log.warning(
                        "the reports of a source come in again"
                        if silence.ended_at
                        else "the reports of a source no longer come in",
                        source=silence.source,
                        since=silence.since.isoformat(),
                    )
                for change in checked.changes:
                    log.info(
                        "a change",
                        place=change.before.place,
                        kind=change.kind.value,
                        holder=change.after.holder,
                        standing=change.after.standing.value,
                    )
                if checked.alerts:
                    log.info("alerts", alerts=checked.alerts, deliveries=checked.deliveries)
                    self.found()

    async def _check(self) -> Checked:
        """One batch, counted."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self.longest):
                checked = await self.database.writing(
                    check,
                    now=self.clock(),
                    policy=self.policy,
                    owners=self.owners,
                    listening_since=self._since,
                    deadline=self.fresh_until(),
                )
        except Exception:
            self.checks.failed += 1
            raise
        self.checks.last = loop.time()
        self.checks.took.add(self.checks.last - began)
        self.checks.reports += checked.reports
        self.checks.changes += len(checked.changes)
        self.checks.alerts += checked.alerts
        return checked

    async def verify(self) -> None:
        """Compare what is kept of every place with what follows from all its reports."""
        async with self._turn:
            wrong = await self.database.writing(verify, self.policy, self.clock())
        if wrong:
            log.error("kept statuses did not follow from the reports: made anew", places=wrong)
            self.wake()


def scheduler_for(watcher: Watcher, every_seconds: float) -> AsyncIOScheduler:
    """The scheduler with its jobs, not started yet.

    A run that is missed is made up for, once: the default would drop it after a second.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(watcher.look, "interval", seconds=every_seconds, id="check")
    scheduler.add_job(watcher.verify, "cron", hour=VERIFY_HOUR, id="verify")
    return scheduler


def _log_failure(task: asyncio.Task[None]) -> None:
    """The next turn of the schedule tries again: nothing is lost, but it must be known."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a check failed", exc_info=error)
