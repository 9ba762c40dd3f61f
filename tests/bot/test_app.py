"""The whole bot as a process: how it ends while it starts, and when its token is taken from it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot import garbage
from bot.clock import utc_now
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from storage import policies
from storage.engine import open_database, sqlite_url
from storage.model.policy import DEFAULT_POLICY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012"
SECONDS_TO_END = 10
RUN_AND_TELL_OF_GARBAGE = """
import gc, sys
from bot.cli import main
try:
    main()
finally:
    print(gc.get_freeze_count(), gc.get_threshold()[0], file=sys.stderr)
"""


class Bot:
    """`whoholds run`, with what it has printed on stderr so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.err = ""

    async def says(self, text: str) -> None:
        """Wait until it prints this."""
        assert self.process.stderr is not None
        async with asyncio.timeout(30):
            while text not in self.err:
                line = await self.process.stderr.readline()
                assert line, self.err
                self.err += line.decode()

    async def ends(self, seconds: float = SECONDS_TO_END) -> int:
        """Its exit code, when it has ended."""
        assert self.process.stderr is not None
        async with asyncio.timeout(seconds):
            self.err += (await self.process.stderr.read()).decode()
            return await self.process.wait()


@asynccontextmanager
async def bot_against(
    url: str, folder: Path, *, owners: str = "", program: tuple[str, ...] = ("-m", "bot", "run")
) -> AsyncIterator[Bot]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WHOHOLDS_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        cwd=ROOT,
        env={
            **env,
            "WHOHOLDS_TELEGRAM_TOKEN": TOKEN,
            "WHOHOLDS_TELEGRAM_API_URL": url,
            "WHOHOLDS_DATABASE_URL": sqlite_url(folder / "whoholds.db"),
            **({"WHOHOLDS_OWNERS": owners} if owners else {}),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Bot(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_bot_that_cannot_reach_telegram_yet_stops_when_told(
    number: signal.Signals, tmp_path: Path
) -> None:
    async with bot_against(f"http://127.0.0.1:{closed_port()}", tmp_path) as bot:
        await bot.says("Telegram cannot be reached")
        bot.process.send_signal(number)
        assert await bot.ends() == 0
    assert "the bot stops before it has started" in bot.err
    assert "Traceback" not in bot.err
    # By which policy it would have answered is on record before it can.
    database = open_database(sqlite_url(tmp_path / "whoholds.db"))
    with database.connect() as conn:
        assert [noted.policy for noted in policies.versions(conn)] == [DEFAULT_POLICY]
    database.close()


async def test_a_bot_whose_polling_is_being_prepared_stops_when_told(tmp_path: Path) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    telegram.faults.hang(processed=False, method="deleteWebhook", times=10)
    async with running(bot_api(telegram)) as url, bot_against(url, tmp_path) as bot:
        await telegram.faults.until_hung(timeout=30)
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends() == 0
    assert "Traceback" not in bot.err


@pytest.mark.slow
async def test_owners_have_their_commands_before_they_say_anything(tmp_path: Path) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann, bob = telegram.person("Ann"), telegram.person("Bob")

    def shown() -> set[str]:
        return {name for name, _ in telegram.menus.for_chat(ann.chat, "en", admin=False)}

    async with (
        running(bot_api(telegram)) as url,
        bot_against(url, tmp_path, owners=str(ann.id)) as bot,
    ):
        await bot.says("the bot runs")
        await telegram.signal.until(lambda: {"invite", "report"} <= shown(), 30)
    assert "invite" not in dict(telegram.menus.for_chat(bob.chat, "en", admin=False))


@pytest.mark.slow
async def test_a_bot_that_runs_leaves_what_it_was_set_up_with_out_of_the_search_for_garbage(
    tmp_path: Path,
) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    program = ("-c", RUN_AND_TELL_OF_GARBAGE, "run")
    async with (
        running(bot_api(telegram)) as url,
        bot_against(url, tmp_path, program=program) as bot,
    ):
        await bot.says("the bot runs")
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends() == 0
    left_out, new = map(int, bot.err.splitlines()[-1].split())
    assert left_out > 50_000  # of the 100,000 objects of an idle bot
    assert new == garbage.NEW


@pytest.mark.slow
async def test_a_bot_that_may_not_set_menus_for_an_hour_starts_answers_and_stops(
    tmp_path: Path,
) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann = telegram.person("Ann")
    telegram.faults.too_many_requests(3600, method="setMyCommands", times=10)
    async with (
        running(bot_api(telegram)) as url,
        bot_against(url, tmp_path, owners=str(ann.id)) as bot,
    ):
        await bot.says("the bot runs")
        asked = ann.says("/help")
        await ann.chat.wait_for(lambda m: "/invite" in m.text, timeout=30, after=asked)
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends() == 0
    assert "menus cannot be set for now" in bot.err
    assert TOKEN not in bot.err
    assert "Traceback" not in bot.err


@pytest.mark.slow
async def test_a_token_revoked_while_the_bot_runs_stops_it_with_a_sentence(tmp_path: Path) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann = telegram.person("Ann")
    async with running(bot_api(telegram)) as url, bot_against(url, tmp_path) as bot:
        await bot.says("the bot runs")
        telegram.faults.refuse(401, "Unauthorized", method="getUpdates", times=100)
        ann.says("/start")  # what ends the long poll that is under way
        assert await bot.ends() == 2
    assert bot.err.splitlines()[-1] == (
        "whoholds: WHOHOLDS_TELEGRAM_TOKEN: Telegram does not accept it; "
        "ask @BotFather for a new one"
    )
    assert "Traceback" not in bot.err
    assert TOKEN.partition(":")[2] not in bot.err


@pytest.mark.slow
async def test_a_reply_that_waits_for_telegram_is_still_given_when_the_bot_stops(
    tmp_path: Path,
) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann = telegram.person("Ann")
    async with running(bot_api(telegram)) as url, bot_against(url, tmp_path) as bot:
        await bot.says("the bot runs")
        telegram.faults.too_many_requests(3, method="sendMessage")
        ann.says("/help")
        await bot.says("Telegram asks to wait")
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends() == 0
    assert len(ann.chat.from_bot) == 1
    assert "Traceback" not in bot.err
    assert "given up" not in bot.err


@pytest.mark.slow
async def test_a_bot_that_telegram_keeps_waiting_stops_in_time_and_says_what_it_gave_up(
    tmp_path: Path,
) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann = telegram.person("Ann")
    async with running(bot_api(telegram)) as url, bot_against(url, tmp_path) as bot:
        await bot.says("the bot runs")
        telegram.faults.too_many_requests(600, method="sendMessage")
        ann.says("/help")
        await bot.says("Telegram asks to wait")
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends(SECONDS_TO_END + 3) == 0
    assert "some replies were still under way; they are given up" in bot.err
    assert "Traceback" not in bot.err


@pytest.mark.slow
async def test_a_bot_whose_server_answers_nothing_any_more_stops_in_time(tmp_path: Path) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    ann = telegram.person("Ann")
    async with running(bot_api(telegram)) as url, bot_against(url, tmp_path) as bot:
        await bot.says("the bot runs")
        telegram.faults.hang(processed=False, times=1000)
        ann.says("/help")
        await telegram.faults.until_hung(timeout=30)
        bot.process.send_signal(signal.SIGTERM)
        assert await bot.ends(SECONDS_TO_END + 3) == 0
    assert "Telegram was not told which updates were taken" in bot.err
