"""What `doctor` learns from Telegram, or from whatever answers in its place."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from bot.clock import utc_now
from bot.commands.telegram import ask_telegram
from bot.sandbox.api import bot_api
from bot.sandbox.chats import Telegram
from bot.sandbox.serve import running
from bot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.settings import Settings

HASH = "AAE0abcdefghijklmnopqrstuvwxyz-_012"
TOKEN = f"123456789:{HASH}"


def settings(url: str, token: str = TOKEN) -> Settings:
    return load_settings({"WHOHOLDS_TELEGRAM_TOKEN": token, "WHOHOLDS_TELEGRAM_API_URL": url})


def asked(url: str, token: str = TOKEN) -> list[tuple[bool, str]]:
    found = list(ask_telegram(settings(url, token), utc_now()))
    assert HASH not in str(found)
    return found


async def asked_of_the_stand_in(token: str) -> list[tuple[bool, str]]:
    telegram = Telegram(TOKEN, now=utc_now, username="WhoHoldsBot")
    async with running(bot_api(telegram)) as url:
        return await asyncio.to_thread(asked, url, token)


async def test_a_token_that_telegram_takes_is_well() -> None:
    ((ok, words),) = await asked_of_the_stand_in(TOKEN)
    assert ok
    assert words.endswith("takes the token; the bot is @WhoHoldsBot")


async def test_a_token_that_telegram_does_not_take_is_a_problem() -> None:
    ((ok, words),) = await asked_of_the_stand_in(TOKEN.replace("123456789", "123456780"))
    assert not ok
    assert words.startswith(
        "WHOHOLDS_TELEGRAM_TOKEN is not accepted: copy it again from @BotFather"
    )


def test_a_network_that_is_gone_is_a_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ((ok, words),) = asked(f"http://127.0.0.1:{port}")
    assert not ok
    assert "cannot be reached" in words
    assert "check the network, a proxy (HTTPS_PROXY) and WHOHOLDS_TELEGRAM_API_URL" in words


@contextmanager
def server(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """An HTTP server that has one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (502, b"<html>bad gateway</html>", "cannot serve now (HTTP 502): try again"),
        (429, b'{"ok": false, "error_code": 429}', "cannot serve now (HTTP 429): try again"),
        (200, b"<html>welcome</html>", "does not answer as a Bot API server (HTTP 200)"),
        (200, b'["ok"]', "does not answer as a Bot API server (HTTP 200)"),
        (200, b'{"ok": true, "result": true}', "does not answer as a Bot API server (HTTP 200)"),
        (404, b"<html>not found</html>", "does not answer as a Bot API server (HTTP 404)"),
        (302, b"", "does not answer as a Bot API server (HTTP 302)"),
        (404, b'{"ok": false, "error_code": 404}', "WHOHOLDS_TELEGRAM_TOKEN is not accepted"),
    ],
)
def test_another_answer_than_telegrams_is_a_problem(status: int, body: bytes, words: str) -> None:
    with server(status, body) as url:
        ((ok, said),) = asked(url)
    assert not ok
    assert words in said


def test_a_server_that_never_answers_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.commands.telegram.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ((ok, words),) = asked(f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert not ok
    assert "does not answer within" in words


def test_a_clock_that_differs_from_telegrams_is_a_problem() -> None:
    me = json.dumps({"ok": True, "result": {"is_bot": True, "username": "x"}}).encode()
    late = format_datetime(utc_now() + timedelta(hours=1), usegmt=True)
    with server(200, me, Date=late) as url:
        (first, _), (second, words) = asked(url)
    assert (first, second) == (True, False)
    assert words.startswith("its clock and this machine's differ by 3")
    assert words.endswith("s: set the machine's clock")


@pytest.mark.parametrize("date", ["soon", "Mon, 23 Jun 2014 05:02:00 -0000"])
def test_a_date_that_cannot_be_compared_is_left_alone(date: str) -> None:
    me = json.dumps({"ok": True, "result": {"is_bot": True, "username": "x"}}).encode()
    with server(200, me, Date=date) as url:
        ((ok, _),) = asked(url)
    assert ok
