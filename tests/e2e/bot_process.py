"""The bot as a process of its own, so that it can be killed.

The time in the world is read from a file (ISO 8601). Each process comes from a server that has
imported the bot, and is forked before it has opened anything: a test starts many of them.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from bot.app import running
from bot.delivery.calls import ANSWER_SECONDS
from bot.logs import set_up
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
LEASE = timedelta(seconds=3)


_processes = get_context("forkserver")
_processes.set_forkserver_preload([__name__])


# What a test may set beyond what Telegram allows, and settings therefore refuse.
RATES = frozenset({"messages_per_second", "paid_per_second"})


def start(
    api_url: str, database_url: str, clock: Path, **more: Any
) -> tuple[ForkServerProcess, Connection]:
    """Start the bot; something can be received from the connection when it runs.

    `more` are settings, a rate beyond what Telegram allows among them, and `patience`: how many
    seconds a call may take.
    """
    ready, tell = _processes.Pipe(duplex=False)
    process = _processes.Process(target=_main, args=(api_url, database_url, clock, tell, more))
    with _unmeasured():
        process.start()
    tell.close()
    return process, ready


@contextmanager
def _unmeasured() -> Iterator[None]:
    """What is killed has no time to write down which lines it ran: then it need not count them."""
    asked = {n: os.environ.pop(n) for n in list(os.environ) if n.startswith("COVERAGE_PROCESS_")}
    try:
        yield
    finally:
        os.environ.update(asked)


def _main(
    api_url: str, database_url: str, clock: Path, tell: Connection, more: dict[str, Any]
) -> None:
    asyncio.run(_bot(api_url, database_url, clock, tell, **more))


async def _bot(
    api_url: str,
    database_url: str,
    clock: Path,
    tell: Connection,
    *,
    patience: float = ANSWER_SECONDS,
    **more: Any,
) -> None:
    settings = Settings.model_validate(
        {
            "telegram_token": TOKEN,
            "telegram_api_url": api_url,
            "database_url": database_url,
            "timezone": "Asia/Baghdad",
            "check_seconds": 1,
            **{name: value for name, value in more.items() if name not in RATES},
        }
    ).model_copy(update={name: more[name] for name in RATES & more.keys()})
    set_up(level="WARNING", secrets=settings.secrets)
    async with running(
        settings,
        clock=lambda: datetime.fromisoformat(clock.read_text(encoding="utf-8")),
        lease_for=LEASE,
        patience=patience,
    ) as bot:
        tell.send("ready")
        await bot.sending
