"""The bot as a process of its own, so that it can be killed.

    python -m tests.e2e.bot_process API_URL DATABASE_URL CLOCK_FILE

The time in the world is read from CLOCK_FILE (ISO 8601). Prints "ready" when it runs.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

from bot.app import running
from bot.logs import set_up
from bot.settings import Settings

TOKEN = "123456:the-token-of-the-stand-in-in-tests"
LEASE = timedelta(seconds=3)


async def main(api_url: str, database_url: str, clock_file: str) -> None:
    settings = Settings.model_validate(
        {
            "telegram_token": TOKEN,
            "telegram_api_url": api_url,
            "database_url": database_url,
            "timezone": "Asia/Baghdad",
            "check_seconds": 1,
        }
    )
    set_up(level="WARNING", secrets=settings.secrets)
    clock = Path(clock_file)
    async with running(
        settings,
        clock=lambda: datetime.fromisoformat(clock.read_text(encoding="utf-8")),
        lease_for=LEASE,
    ) as bot:
        print("ready", flush=True)  # noqa: T201 - what the test waits for
        await bot.sending


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
