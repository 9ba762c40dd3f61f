"""What watches over the bot: whether it lives, whether it is ready, and with what it is not."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from bot.app import running as bot_running
from bot.clock import utc_now
from bot.glance import Glancer, Trouble
from bot.health import Parts, look_at
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.schedule import Checks
from bot.settings import Settings, SettingsError
from bot.web import web_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from storage.engine import Database

ROOT = Path(__file__).parents[2]
TOKEN = "123456789:AAE0abcdefghijklmnopqrstuvwxyz-_012"


def settings_for(api_url: str, database_url: str, **more: Any) -> Settings:
    return Settings.model_validate(
        {"telegram_token": TOKEN, "telegram_api_url": api_url, "database_url": database_url, **more}
    )


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def asking(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


async def test_a_bot_that_runs_is_alive_and_ready_and_tells_no_secret(database_url: str) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    async with running(bot_api(telegram)) as api:
        settings = settings_for(api, database_url, web="127.0.0.1:0")
        async with bot_running(settings) as bot, asking(bot.watched_at or "") as client:
            await bot.watcher.look()
            healthz, readyz, metrics, other = [
                await client.get(path) for path in ("/healthz", "/readyz", "/metrics", "/")
            ]
    assert (healthz.status_code, healthz.text) == (200, "ok")
    assert readyz.status_code == 200
    assert readyz.json() == {
        "ready": True,
        "database": "ok",
        "schema": "ok",
        "telegram": "ok",
        "check": "ok",
    }
    assert metrics.status_code == 200
    assert other.status_code == 404
    secrets = [part for secret in settings.secrets for part in (secret, secret.split(":")[-1])]
    for answer in (healthz, readyz, metrics, other):
        assert not any(s in answer.text or s in str(answer.headers) for s in secrets)


async def test_nothing_listens_unless_it_is_asked_for(database_url: str) -> None:
    telegram = Telegram(TOKEN, now=utc_now)
    async with (
        running(bot_api(telegram)) as api,
        bot_running(settings_for(api, database_url)) as bot,
    ):
        assert bot.watched_at is None


async def test_a_bot_that_cannot_reach_telegram_yet_lives_and_says_what_it_waits_for(
    tmp_path: Path,
) -> None:
    port, api = closed_port(), f"http://127.0.0.1:{closed_port()}"
    url = f"sqlite:///{tmp_path}/whoholds.db"

    async def start() -> None:
        async with bot_running(settings_for(api, url, web=f"127.0.0.1:{port}")):
            raise AssertionError("it has greeted a Telegram that is not there")

    starting = asyncio.create_task(start())
    async with asking(f"http://127.0.0.1:{port}") as client, asyncio.timeout(30):
        while True:
            try:
                ready = await client.get("/readyz")
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
                continue
            if ready.json()["schema"] == "ok":
                break
        assert (await client.get("/healthz")).status_code == 200
    starting.cancel()
    await asyncio.wait({starting})
    assert starting.cancelled()
    assert ready.status_code == 503
    assert ready.json() == {
        "ready": False,
        "database": "ok",
        "schema": "ok",
        "telegram": "not reached yet",
        "check": "not begun yet",
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_a_port_in_use_is_said_in_a_sentence(host: str, tmp_path: Path) -> None:
    family = socket.AF_INET6 if host == "[::1]" else socket.AF_INET
    try:
        taken = socket.create_server((host.strip("[]"), 0), family=family)
    except OSError as error:
        pytest.skip(f"this machine has no {host}: {error}")
    with taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "bot", "run"],
            cwd=ROOT,
            env={
                "PATH": "/usr/bin:/bin",
                "XDG_DATA_HOME": str(tmp_path),
                "WHOHOLDS_TELEGRAM_TOKEN": TOKEN,
                "WHOHOLDS_TELEGRAM_API_URL": f"http://127.0.0.1:{closed_port()}",
                "WHOHOLDS_WEB": f"{host}:{port}",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[-1].startswith(
        f"whoholds: WHOHOLDS_WEB is {host}:{port}: port {port} on {host.strip('[]')} is taken by "
        "another program"
    )
    assert "Traceback" not in ran.stderr
    assert not list(tmp_path.rglob("*.db"))  # it gave up before it made anything


def test_a_host_of_another_machine_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async def serve() -> None:
        settings = settings_for(
            "http://127.0.0.1:1", f"sqlite:///{tmp_path}/x.db", web="192.0.2.1:0"
        )
        async with bot_running(settings):
            raise AssertionError("it listens where it cannot")

    with pytest.raises(SettingsError, match=r"WHOHOLDS_WEB is 192\.0\.2\.1:0: ") as caught:
        asyncio.run(serve())
    assert len(str(caught.value).splitlines()) == 1


async def looked(db: Database, **more: Any) -> dict[str, str]:
    parts = Parts(5.0, Glancer(db, utc_now, **more), greeted=True)
    parts.checking(Checks())
    try:
        return await look_at(parts)
    finally:
        await parts.close()


async def test_a_database_that_fails_is_named(db: Database) -> None:
    assert (await looked(db))["database"] == "ok"
    with db.begin() as conn:
        conn.execute(sa.text("DROP TABLE inbox"))
    found = await looked(db)
    assert found["database"].startswith("it cannot be used (")
    assert found["schema"] == "not known"


async def test_tables_of_another_version_are_named(db: Database) -> None:
    with db.begin() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    found = await looked(db)
    assert (found["database"], found["schema"]) == (
        "ok",
        "the tables are not those of this version",
    )


async def test_a_database_that_hangs_is_named_and_looked_at_once_only(db: Database) -> None:
    hang = threading.Event()

    def busy(_: sa.Connection) -> None:
        hang.wait(30)

    holding = [asyncio.create_task(db.reading(busy)) for _ in range(4)]
    await asyncio.sleep(0)
    glancer = Glancer(db, utc_now, patience=0.05)
    tasks = len(asyncio.all_tasks())
    for _ in range(3):
        with pytest.raises(Trouble, match="it does not answer"):
            await glancer.glance()
    assert len(asyncio.all_tasks()) == tasks + 1
    hang.set()
    await asyncio.wait(holding)
    await glancer.end()
    assert (await glancer.glance()).current


async def test_however_often_somebody_asks_the_database_is_looked_at_now_and_then(
    db: Database,
) -> None:
    statements: list[str] = []
    sa.event.listen(
        db.engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    glancer = Glancer(db, utc_now)
    await asyncio.gather(*(glancer.glance() for _ in range(20)))
    once = len(statements)
    await asyncio.gather(*(glancer.glance() for _ in range(20)))
    assert len(statements) == once
    glancer = Glancer(db, utc_now, kept=0)
    await glancer.glance()
    await glancer.glance()
    assert len(statements) == 3 * once


async def test_checks_that_have_stopped_are_named() -> None:
    now = asyncio.get_running_loop().time()
    parts = Parts(20.0)
    parts.checking(Checks(last=now - 119))
    assert (await look_at(parts))["check"] == "ok"
    parts.checking(Checks(last=now - 121))
    assert (await look_at(parts))["check"] == ("none has ended for 121 s, with one due every 20 s")
    parts.checking(Checks())
    parts.checks_since = now - 130
    assert (await look_at(parts))["check"].startswith("none has ended for 130 s")
    often = Parts(0.5, checks=Checks(last=now - 50))
    assert (await look_at(often))["check"] == "ok"


async def test_before_anything_is_up_it_lives_and_is_not_ready() -> None:
    async with running(web_app(Parts(5.0))) as url, asking(url) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready, metrics = await client.get("/readyz"), await client.get("/metrics")
    assert ready.status_code == 503
    assert ready.json()["database"] == "it is not open"
    assert "whoholds_database_up 0.0" in metrics.text


async def test_the_health_check_of_the_image_asks_whether_it_lives() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    found = re.search(r"^HEALTHCHECK .* CMD (\[.*\])$", text, re.MULTILINE)
    assert found
    _, *arguments = json.loads(found[1])

    async def check(address: str) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={**os.environ, "WHOHOLDS_WEB": address},
            stderr=asyncio.subprocess.DEVNULL,
        )
        return await process.wait()

    async with running(web_app(Parts(5.0))) as url:
        assert await check(url.removeprefix("http://")) == 0
    assert await check(f"127.0.0.1:{closed_port()}") == 1
