"""The sandbox: the whole bot on this machine, against a stand-in for Telegram, with a story."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import signal
import sys
import tempfile
import webbrowser
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import SecretStr

from bot.app import running as bot_running
from bot.sandbox.chats import Telegram
from bot.sandbox.page import sandbox_app
from bot.sandbox.player import Player
from bot.sandbox.serve import running as serving
from storage.engine import sqlite_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.people import Person
    from bot.settings import Settings

log = structlog.get_logger(__name__)

ZONE = "Asia/Baghdad"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs: the address of its page, and what is behind it.

    `bots` ends by itself only when something is wrong.
    """

    address: str
    telegram: Telegram
    player: Player
    bots: asyncio.Task[None]


@asynccontextmanager
async def sandbox(
    settings: Settings, *, port: int, pace: float, data: Path
) -> AsyncIterator[Sandbox]:
    """Run a sandbox whose files are in the folder `data`; its page is served on loopback only.

    `port` 0 takes a free one; `pace` is seconds for each step of the story when it plays. Of the
    settings, the database and the server are its own, and so is the zone unless one is set.
    """
    restart = asyncio.Event()
    token = f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)}"
    zone = settings.timezone if "timezone" in settings.model_fields_set else ZONE
    base = settings.model_copy(update={"telegram_token": SecretStr(token), "timezone": zone})
    player = Player(base.zone, data, pace, restart.set)
    telegram = Telegram(token, now=player.clock.now, name="Who Holds")
    player.changed = telegram.signal.notify
    # Somebody to try out what owners and editors may do.
    owner = _people(telegram)
    base = base.model_copy(update={"owners": base.owners | {owner.id}})
    async with AsyncExitStack() as stack:
        secret = secrets.token_urlsafe(16)
        app = sandbox_app(telegram, secret=secret, player=player)
        url = await stack.enter_async_context(serving(app, port=port))
        ready = asyncio.Event()
        bots = asyncio.create_task(_bots(base, url, player, telegram, data, restart, ready))
        stack.push_async_callback(_end, bots)
        await _first_of(bots, ready)
        yield Sandbox(f"{url}/{secret}/", telegram, player, bots)


async def _bots(
    base: Settings,
    url: str,
    player: Player,
    telegram: Telegram,
    data: Path,
    restart: asyncio.Event,
    ready: asyncio.Event,
) -> None:
    """One bot after another, each with an empty database, until cancelled."""
    while True:
        restart.clear()
        database = SecretStr(sqlite_url(_unused(data)))
        # Its story is told in a world of its own: no feed reports to it, and it warns nobody.
        own = {"telegram_api_url": url, "database_url": database, "feeds": None, "cap_folder": None}
        settings = base.model_copy(update=own)
        async with bot_running(settings, clock=player.clock.now) as bot:
            await player.begin(bot)
            ready.set()
            await restart.wait()
        for chat in telegram.chats.values():
            chat.clear()


def _unused(data: Path) -> Path:
    """A database file that no sandbox has written yet: the story begins with nothing known."""
    numbers = itertools.count(1)
    return next(p for n in numbers if not (p := data / f"sandbox-{n}.db").exists())


def _people(telegram: Telegram) -> Person:
    """Two people and a group; returns the one who owns the bot."""
    amal, yusuf = telegram.person("Amal"), telegram.person("Yusuf")
    telegram.group("Border desk", admins=[amal], members=[yusuf])
    return amal


async def _first_of(bots: asyncio.Task[None], event: asyncio.Event) -> None:
    """Wait for the event; raise what ended the bots if that comes first."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({waiting, bots}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if bots.done():
        bots.result()


async def _end(bots: asyncio.Task[None]) -> None:
    bots.cancel()
    await asyncio.wait({bots})
    if not bots.cancelled():
        bots.result()


async def run_sandbox(
    settings: Settings, *, port: int, pace: float, browser: bool, data: Path | None
) -> None:
    """Run the sandbox until Ctrl-C or SIGTERM; without `data`, its files are thrown away."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    with tempfile.TemporaryDirectory(prefix="whoholds-sandbox-") as folder:
        async with sandbox(settings, port=port, pace=pace, data=data or Path(folder)) as box:
            print(f"The sandbox is open: {box.address}", flush=True)  # noqa: T201 - its one output
            print("It is not Telegram, and nothing leaves this machine. Ctrl-C ends it.")  # noqa: T201 - as above
            if browser and _has_browser():
                webbrowser.open(box.address)
            await _first_of(box.bots, asked)


def _has_browser() -> bool:
    """Whether there is a screen to show a browser on."""
    shows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform != "linux" or bool(shows)
