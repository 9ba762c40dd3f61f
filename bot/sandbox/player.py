"""Plays the story to the bot: each step is imported as an operator would, at its time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from babel.dates import format_datetime

from bot.importing import import_paths
from bot.sandbox.page import StoryState
from bot.sandbox.story.steps import SETTING, all_steps, write_reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from bot.app import Running

# Known before the story begins: a place with nothing on record has nothing to change.
KNOWN = 1


class StoryClock:
    """The time in the story (UTC): that of the last step, and what has passed since."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._set = time.monotonic()

    def now(self) -> datetime:
        """The time in the story."""
        return self._at + timedelta(seconds=time.monotonic() - self._set)

    def set(self, at: datetime) -> None:
        """Go on from this time."""
        self._at, self._set = at, time.monotonic()


class Player:
    """Steps through the story; `restart_bot` asks for a bot that knows nothing yet.

    `changed`, where it is set, is called whenever the state is another.
    """

    def __init__(
        self, zone: ZoneInfo, folder: Path, pace: float, restart_bot: Callable[[], None]
    ) -> None:
        self.steps = all_steps()
        self.clock = StoryClock(self.steps[0].at)
        self._zone = zone
        self._folder = folder
        self._pace = pace
        self._restart_bot = restart_bot
        self.changed: Callable[[], None] = lambda: None
        self._bot: Running | None = None
        self._done = 0
        self._playing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    async def begin(self, bot: Running) -> None:
        """Tell a new bot what the story is about, and what was known before it."""
        self._bot, self._done = bot, 0
        self.clock.set(self.steps[0].at)
        await asyncio.to_thread(
            import_paths,
            bot.database,
            SETTING,
            now=self.clock.now(),
            alert=False,
            policy=bot.watcher.policy,
        )
        for _ in range(KNOWN):
            await self.step()

    def state(self) -> StoryState:
        """Where the story is now."""
        done, left = self.steps[: self._done], self.steps[self._done :]
        return StoryState(
            step=self._done,
            steps=len(self.steps),
            playing=self._playing is not None,
            speed=self._pace,
            time=self._shown(self.clock.now()),
            last=done[-1].title if done else "",
            next=left[0].title if left else "",
        )

    async def step(self) -> None:
        """Import the reports of the next step, at its time; nothing at the end."""
        async with self._turn:
            if self._bot is None or self._done == len(self.steps):
                return
            step = self.steps[self._done]
            self.clock.set(max(step.at, self.clock.now()))
            path = await asyncio.to_thread(write_reports, step, self._folder)
            await asyncio.to_thread(
                import_paths,
                self._bot.database,
                [path],
                now=self.clock.now(),
                alert=True,
                policy=self._bot.watcher.policy,
            )
            self._done += 1
            self._bot.wake()
            self.changed()

    async def play(self) -> None:
        """Go on step by step, at the pace that is set."""
        if self._playing is None:
            self._playing = asyncio.create_task(self._play())

    async def _play(self) -> None:
        try:
            while self._done < len(self.steps):
                await self.step()
                await asyncio.sleep(self._pace)
        finally:
            self._playing = None
            self.changed()

    async def pause(self) -> None:
        """Stop going on."""
        task = self._playing
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def set_pace(self, seconds_per_step: float) -> None:
        """How long a step takes while playing."""
        self._pace = seconds_per_step

    async def restart(self) -> None:
        """Back to before the first step: everything the bot knew, and every chat, is emptied."""
        await self.pause()
        self._bot = None
        self._done = 0
        self._restart_bot()

    def _shown(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return format_datetime(local, "EEE d MMM y, HH:mm", locale="en_GB")
