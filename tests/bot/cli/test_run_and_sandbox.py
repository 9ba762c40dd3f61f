"""`run` and `sandbox`, as somebody starts and stops them."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bot.clock import utc_now
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from tests.bot.cli.conftest import ROOT, TOKEN, Command, Ran

if TYPE_CHECKING:
    from pathlib import Path


def test_run_without_a_token_says_how_to_get_one(whoholds: Command) -> None:
    ran = whoholds("run")
    assert ran.code == 2
    for part in ("WHOHOLDS_TELEGRAM_TOKEN", "@BotFather", "whoholds sandbox"):
        assert part in ran.err


@pytest.mark.parametrize("variable", ["WHOHOLDS_TELEGRAM_TOKEN", "WHOHOLDS_TELEGRAM_TOKEN_FILE"])
def test_the_sandbox_refuses_a_token(
    variable: str, whoholds: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    monkeypatch.setenv(variable, TOKEN if variable.endswith("TOKEN") else str(file))
    ran = whoholds("sandbox", "--no-browser")
    assert ran.code == 2
    assert "the sandbox must never come near a real bot" in ran.err
    assert TOKEN not in ran.err + ran.out


def test_a_port_in_use_is_said_in_a_sentence(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "bot", "sandbox", "--no-browser", "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken by another program" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_real_bot_never_loads_the_sandbox() -> None:
    code = "import bot.cli, bot.app, sys; print([m for m in sys.modules if 'sandbox' in m])"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout == "[]\n"


async def run_against_the_stand_in(token: str, env: dict[str, str]) -> Ran:
    """`whoholds run` at its most talkative until it polls (then SIGTERM) or ends by itself."""
    telegram = Telegram(TOKEN, now=utc_now, username="WhoHoldsBot")
    async with running(bot_api(telegram)) as url:
        settings = {"WHOHOLDS_TELEGRAM_TOKEN": token, "WHOHOLDS_TELEGRAM_API_URL": url, **env}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run"),
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed = asyncio.create_task(process.communicate())
        async with asyncio.timeout(60):
            while not printed.done() and not any(c.method == "getUpdates" for c in telegram.calls):
                await asyncio.wait({printed}, timeout=0.05)
            if not printed.done():
                process.terminate()
            out, err = await printed
    return Ran(process.returncode or 0, out.decode(), err.decode())


@pytest.mark.parametrize("log_format", ["console", "json"])
async def test_a_bot_that_runs_never_prints_its_token_and_stops_when_told(
    log_format: str, data: Path
) -> None:
    env = {"WHOHOLDS_LOG_LEVEL": "DEBUG", "WHOHOLDS_LOG_FORMAT": log_format}
    ran = await run_against_the_stand_in(TOKEN, env)
    assert ran.code == 0
    assert "the bot runs" in ran.err
    assert "the bot stops" in ran.err
    assert "Traceback" not in ran.err
    assert TOKEN.partition(":")[2] not in ran.out + ran.err


async def test_a_token_that_telegram_refuses_stops_the_bot_with_a_sentence(data: Path) -> None:
    wrong = TOKEN.replace("123456789", "123456780")
    ran = await run_against_the_stand_in(wrong, {})
    assert ran.code == 2
    assert "WHOHOLDS_TELEGRAM_TOKEN: Telegram does not accept it" in ran.err
    assert "Traceback" not in ran.err
    assert TOKEN.partition(":")[2] not in ran.out + ran.err
