"""Reading feeds: one run of one feed, and all of them in their turns."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from bot.feeds.fetching import FeedTrouble, fetcher
from bot.feeds.keeping import How, Outcome, Overtaken, keep_batch
from bot.feeds.kinds import KINDS
from bot.feeds.kinds.kind import Pull
from bot.feeds.naming import Names, names_of
from bot.feeds.retrying import BATCH, retry, what_is_known
from bot.feeds.turns import SharedTurns
from bot.logs import Redactor
from storage import feeds, rejects
from storage.model.feeds import ASKS, FeedPlan, FeedState, former_name
from storage.place_index import PlaceIndex
from storage.places import all_places

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    import sqlalchemy as sa
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from bot.feeds.blocks import Block
    from bot.feeds.config import FeedsFile
    from storage.engine import Database

log = structlog.get_logger(__name__)

# How often its cursor was written: of two processes that read a feed at the same time only one goes
# on, or the one with the older copy would undo what the other has corrected.
TURN = "turn"
LONGEST_ERROR = 500  # characters of what is kept
RETRY_EVERY = timedelta(minutes=1)
LONGEST_RETRY = 300  # seconds


def plan_of(name: str, block: Block) -> FeedPlan:
    """How often a feed is read, by its block."""
    return FeedPlan(name, block.every, block.silent_after)


def plans_of(file: FeedsFile) -> tuple[FeedPlan, ...]:
    """How often each feed of a file is read."""
    return tuple(plan_of(name, block) for name, block in file.blocks.items())


def renamed(former: str, name: str) -> str:
    """What to do where a feed is called otherwise than when it was read last."""
    return (
        f"say `whoholds feeds rename {former} {name}` first: {former} has read the same, and is in "
        "the feeds file no more; all that it brought would come again"
    )


@dataclass
class Feeds:
    """Reads feeds, each one at a time and at most `file.at_once` of them together.

    `clock` tells the time (UTC); what was said longer ago than `late_after` is no news any more;
    `found` is called when something new is on record; `first_pause` is how many seconds a server
    that does not answer is left alone at first.
    """

    database: Database
    file: FeedsFile
    clock: Callable[[], datetime]
    late_after: timedelta
    found: Callable[[], None] = lambda: None
    index: PlaceIndex = field(default_factory=PlaceIndex)
    first_pause: float = 1.0
    _known: tuple[object, ...] | None = None
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._redact = Redactor(self.file.secrets)
        self._room = asyncio.Semaphore(self.file.at_once)

    async def run_if_due(self, name: str) -> None:
        """Read a feed, unless its server has asked to be left alone for longer."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        state = await self.database.reading(feeds.state, name)
        if state.not_before is not None and state.not_before > self.clock():
            return
        if await self.run(name) is None:
            state = await self.database.reading(feeds.state, name)
            log.warning("a feed cannot be read", feed=name, why=state.error)

    async def run(self, name: str) -> Outcome | None:
        """Read a feed now; None if that failed, which is noted with its reason."""
        async with self._turns.setdefault(name, asyncio.Lock()), self._room:
            block = self.file.blocks[name]
            outcome = Outcome()
            try:
                async with asyncio.timeout(block.timeout.total_seconds()):
                    await self._pull(name, block, outcome)
            except FeedTrouble as error:
                await self._failed(name, error.reason, error.not_before)
                return None
            except Overtaken:
                log.warning("another process is reading this feed", feed=name)
                return outcome
            except TimeoutError:
                seconds = block.timeout.total_seconds()
                await self._failed(name, f"took longer than {seconds:g} s (`timeout`)", None)
                return None
            except Exception as error:
                # Known to its owners also where it is a fault of ours.
                await self._failed(name, f"{type(error).__name__}: {error}", None)
                raise
            finally:
                if outcome.news:
                    self.found()
            await self.database.writing(feeds.succeeded, name, self.clock(), block.reads)
            if outcome.news or outcome.rejected:
                log.info("a feed was read", feed=name, **vars(outcome))
            return outcome

    async def _pull(self, name: str, block: Block, outcome: Outcome) -> None:
        kind = KINDS[block.kind]
        state = await self._entered(name, block)
        places = await self.database.reading(all_places) if kind.needs_places else []
        fetch = fetcher(
            self.clock,
            largest=block.largest,
            private=block.private_addresses,
            first_pause=self.first_pause,
            turns=SharedTurns(self.database, self.clock, self._pause(block)),
        )
        behind = state.cursor
        cursor = {k: v for k, v in behind.items() if k not in (ASKS, TURN)}
        if behind.get(ASKS, block.asks) != block.asks:
            # It asks for something else than before: where that goes on is not known.
            cursor = {k: v for k, v in cursor.items() if k in kind.lasting}
        async with fetch.client:
            work = Pull(name, cursor, fetch, self.clock(), tuple(places))
            kept_as = How(
                name,
                names_of(block),
                work.now,
                self.late_after,
                is_first=state.succeeded_at is None,
                begun=state.begun_at or work.now,
                reads=block.reads,
            )
            async for pulled in kind.pull(block, work):
                ours = {ASKS: block.asks, TURN: behind.get(TURN, 0) + 1}
                batch = replace(pulled, cursor={**pulled.cursor, **ours})
                how = replace(kept_as, now=self.clock())
                outcome.add(await self.database.writing(keep_batch, batch, how, self.index, behind))
                behind = batch.cursor

    async def _entered(self, name: str, block: Block) -> FeedState:
        """How a feed has been going; raises FeedTrouble where it was read under another name."""
        states = await self.database.reading(feeds.states)
        former = former_name(states, name, block.reads, block.asks, self.file.blocks)
        if former is not None:
            raise FeedTrouble(renamed(former, name))
        return states.get(name, FeedState(name))

    def _pause(self, block: Block) -> timedelta:
        """The longest pause that any feed of the same server wants."""
        pauses = [b.pause for b in self.file.blocks.values() if b.server == block.server]
        return max([p for p in (*pauses, block.pause) if p], default=timedelta())

    async def _failed(self, name: str, reason: str, not_before: datetime | None) -> None:
        why = self._redact(reason)[:LONGEST_ERROR]
        await self.database.writing(feeds.failed, name, why, self.clock(), not_before)

    async def retry_mended(self) -> None:
        """Try rejected rows again whose place, party or source may be on record by now."""
        known = await self.database.reading(what_is_known)
        if known == self._known:
            return
        last: int | None = 0
        outcome = Outcome()
        async with asyncio.timeout(LONGEST_RETRY):
            while last is not None:
                part, last = await self.database.writing(
                    self._retry_some, last, rejects.MENDED_ELSEWHERE
                )
                outcome.add(part)
        self._known = known
        if outcome.news:
            log.info("rejected rows went through", rows=outcome.news)
            self.found()

    def _retry_some(
        self, conn: sa.Connection, last: int, fields: Collection[str]
    ) -> tuple[Outcome, int | None]:
        rows = rejects.waiting(conn, after=last, fields=fields, limit=BATCH)
        how = How("", Names(), self.clock(), self.late_after)
        outcome = retry(conn, rows, self.file.blocks, how, self.index.current(conn))
        return outcome, rows[-1].id if len(rows) == BATCH else None

    async def schedule(self, scheduler: AsyncIOScheduler) -> None:
        """Add a job for each feed, first when it is due by its last run, and one for rejects."""
        states = await self.database.reading(feeds.states)
        now = self.clock()
        for name, block in self.file.blocks.items():
            state = states.get(name)
            due = state.next_run(plan_of(name, block), now) if state else now
            scheduler.add_job(
                self.run_if_due,
                "interval",
                seconds=block.every.total_seconds(),
                args=[name],
                id=f"feed {name}",
                next_run_time=due,
            )
        scheduler.add_job(
            self.retry_mended, "interval", seconds=RETRY_EVERY.total_seconds(), id="rejects"
        )

    async def finish(self) -> None:
        """Break off what is being fetched; what was written stays, and the rest is read again."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
