"""A stage for the whole bot: a stand-in for Telegram, people, and a bot process to kill."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.importing import import_paths
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.limits import Limits
from bot.sandbox.serve import running
from bot.sandbox.story.steps import SETTING, Step, all_steps, write_reports
from storage import outbox
from tests.e2e.bot_process import TOKEN, start

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from storage.engine import Database

STEPS = all_steps()


@dataclass
class Stage:
    """The stand-in at `url`, the bot's database, and the files a step is told by. `options` are
    what the bot is started with: see `bot_process.start`.
    """

    telegram: Telegram
    url: str
    database: Database
    database_url: str
    folder: Path
    process: ForkServerProcess | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def clock(self) -> Path:
        """The file that holds the time in the story."""
        return self.folder / "clock"

    async def start_bot(self, **more: object) -> None:
        """Start the bot, with `more` settings, and wait until it runs."""
        self.process, ready = await asyncio.to_thread(
            start, self.url, self.database_url, self.clock, **self.options, **more
        )
        with ready:
            assert await asyncio.to_thread(ready.poll, 30)
            assert ready.recv() == "ready"

    async def kill_bot(self) -> None:
        """SIGKILL: no last words, nothing put in order."""
        assert self.process is not None
        self.process.kill()
        await asyncio.to_thread(self.process.join)
        assert self.process.exitcode == -signal.SIGKILL  # and had not ended by itself
        self.process.close()
        self.process = None

    def feed(self, step: Step) -> None:
        """Import the reports of a step with alerts, as an operator would, at its time."""
        self.clock.write_text(step.at.isoformat(), encoding="utf-8")
        path = write_reports(step, self.folder)
        result = import_paths(self.database, [path], now=step.at, alert=True)
        assert result.rejected == 0

    async def settled(self) -> None:
        """Wait until nothing waits in the outbox."""
        async with asyncio.timeout(60):
            # Another process works on it: there is nothing to wait for but the table itself.
            while (await self.database.reading(outbox.counts)).pending:  # noqa: ASYNC110 - as said
                await asyncio.sleep(0.05)

    async def asks(self, person: Person, text: str) -> Message:
        """What the bot answers to a person's message."""
        asked = person.says(text)
        return await person.chat.wait_for(lambda m: m.from_bot, timeout=30, after=asked)


@asynccontextmanager
async def staged(
    database: Database,
    database_url: str,
    folder: Path,
    *,
    limits: Limits | None = None,
    paid: bool = False,
    **options: Any,
) -> AsyncIterator[Stage]:
    """A stage with the story's places on record; whatever bot runs in the end is killed.

    `limits` are the stand-in's if not Telegram's own, `paid` is whether it takes paid broadcasts;
    `options` are for `bot_process.start`.
    """
    telegram = Telegram(
        TOKEN, now=lambda: STEPS[-1].at, limits=limits or Limits(), paid_broadcast=paid
    )
    first = STEPS[0]
    (folder / "clock").write_text(first.at.isoformat(), encoding="utf-8")
    import_paths(database, SETTING, now=first.at, alert=False)
    async with running(bot_api(telegram)) as url:
        stage = Stage(telegram, url, database, database_url, folder, options=options)
        try:
            yield stage
        finally:
            if stage.process is not None:
                await stage.kill_bot()


def first_lines(person: Person) -> list[str]:
    """The first line of each alert a person was sent, in order, without isolating marks."""
    return [
        m.text.split("\n")[0].translate({0x2068: None, 0x2069: None})
        for m in person.chat.from_bot
        if any(sign in m.text for sign in ("now ", "NO ", "CORRECTION"))
        and not m.text.startswith("✅")
        and "Who controls" not in m.text
    ]
