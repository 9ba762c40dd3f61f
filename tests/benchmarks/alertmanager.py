"""Prometheus Alertmanager, set up to send one alert to many chats in Telegram.

It groups alerts by route, and has one chat for each receiver: so many chats are as many receivers,
each with a route of its own that lets the next one match as well (`continue`).
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.benchmarks.rivals import FIRST_CHAT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("prometheus-alertmanager", "alertmanager")


def binary() -> str:
    """The path of an Alertmanager; the benchmark is skipped where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip(
        f"no Alertmanager here (looked for {', '.join(NAMES)}): "
        "install one, for example `apt-get install prometheus-alertmanager`"
    )


def version() -> str:
    """Which one it is."""
    ran = subprocess.run([binary(), "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\S+)", ran.stdout + ran.stderr)
    return f"Alertmanager {found[1] if found else '?'}"


def configuration(url: str, chats: int) -> str:
    """Its configuration (JSON is YAML): everything at once to so many chats."""
    receivers = [
        {
            "name": f"chat-{n}",
            "telegram_configs": [
                {
                    "api_url": url,
                    "bot_token": TOKEN,
                    "chat_id": FIRST_CHAT + n,
                    "message": "{{ .CommonLabels.alertname }}: now held by militants",
                    "send_resolved": False,
                }
            ],
        }
        for n in range(chats)
    ]
    routes = [{"receiver": r["name"], "continue": True} for r in receivers]
    route = {
        "receiver": "chat-0",
        # As soon as it can; what fails is tried again until the next interval begins.
        "group_wait": "1ms",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": routes,
    }
    return json.dumps({"route": route, "receivers": receivers})


@contextmanager
def running(url: str, chats: int, folder: Path) -> Iterator[str]:
    """An Alertmanager that sends to the Bot API server at `url`; gives its own address."""
    config = folder / "alertmanager.yml"
    config.write_text(configuration(url, chats), encoding="utf-8")
    with httpx.Client() as client, (folder / "alertmanager.log").open("w") as log:
        own = f"http://127.0.0.1:{_free_port()}"
        with subprocess.Popen(
            [
                binary(),
                f"--config.file={config}",
                f"--storage.path={folder / 'alertmanager'}",
                f"--web.listen-address={own.removeprefix('http://')}",
                "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        ) as process:
            try:
                _wait_until_ready(client, own, process)
                yield own
            finally:
                process.kill()


def raise_alert(own: str) -> None:
    """Give it one alert."""
    alert = {"labels": {"alertname": "Al Waleed crossing"}}
    httpx.post(f"{own}/api/v2/alerts", json=[alert]).raise_for_status()


def _wait_until_ready(client: httpx.Client, own: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get(f"{own}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("Alertmanager did not start: see its log")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
