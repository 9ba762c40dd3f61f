"""The whole bot with a feed: what is published is told, what is taken back corrected."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.app import running as bot_running
from bot.clock import utc_now
from bot.importing import import_paths
from bot.publishing.folder import INDEX
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.settings import Settings
from storage import feeds
from storage.engine import open_database
from tests.bot.feeds.server import serving
from tests.bot.feeds.test_reports import lines
from tests.builders import STORY
from tests.e2e.bot_process import TOKEN
from tests.handlers.conftest import without_marks

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.model import Message
    from bot.sandbox.people import Person

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def next_from(person: Person, text: str, after: Message) -> str:
    found = await person.chat.wait_for(
        lambda m: m.from_bot and text in without_marks(m.text), timeout=30, after=after
    )
    return without_marks(found.text)


def published(folder: Path) -> str:
    """The feed of the bot's own alerts, as far as it is written."""
    index = folder / INDEX
    return index.read_text(encoding="utf-8") if index.exists() else ""


async def test_a_feed_is_read_by_itself_and_its_subscribers_are_told(
    database_url: str, tmp_path: Path
) -> None:
    database = open_database(database_url)
    names = ("places", "parties", "sources")
    import_paths(database, [STORY / f"{name}.csv" for name in names], now=utc_now(), alert=False)
    database.close()
    hours = [f"{utc_now() - timedelta(hours=n):%Y-%m-%dT%H:%M:%SZ}" for n in range(3)]
    before = f"a,rabia,holds,iraq,agency,{hours[2]}"
    took = f"b,rabia,took,kurdish,agency,{hours[1]}"
    telegram = Telegram(TOKEN, now=utc_now)
    async with serving() as server, running(bot_api(telegram)) as url:
        (tmp_path / "feeds.toml").write_text(
            f'[feeds.desk]\nkind = "reports"\nurl = "{server.url}/list.csv"\n'
            'every = "1 second"\nprivate_addresses = true\n'
        )
        server.serves("/list.csv", lines(before))
        settings = Settings.model_validate(
            {
                "telegram_token": SecretStr(TOKEN),
                "telegram_api_url": url,
                "database_url": SecretStr(database_url),
                "feeds": tmp_path / "feeds.toml",
                "cap_folder": tmp_path / "cap",
                "check_seconds": 0.5,
            }
        )
        ann = telegram.person("Ann")
        async with bot_running(settings) as bot:
            asked = ann.says("/subscribe Rabia")
            await next_from(ann, "You will hear about Rabia", asked)
            async with asyncio.timeout(30):
                # The bot reads it when it is due: there is nothing to wait for but its state.
                while (await bot.database.reading(feeds.state, "desk")).brought < 1:  # noqa: ASYNC110 - as said
                    await asyncio.sleep(0.05)
            asked = ann.says("/status Rabia")
            assert "government of Iraq" in await next_from(ann, "Rabia", asked)
            server.serves("/list.csv", lines(before, took))
            assert "KURDISH FORCES" in await next_from(ann, "now reported held by", asked)
            # Upstream it turns out that it was not so.
            server.serves("/list.csv", lines(before, took.replace("kurdish", "iraq")))
            await next_from(ann, "CORRECTION", asked)
            async with asyncio.timeout(30):
                while "Cancel: " not in published(tmp_path / "cap"):  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.2)
