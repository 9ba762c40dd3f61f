"""The client for many calls a second does what the library's own does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.ext import ExtBot

from bot.delivery.http import ManyRequest, usual_request
from bot.delivery.leaving import hearing
from bot.delivery.outcome import decide
from bot.sandbox.api import bot_api
from bot.sandbox.serve import running
from tests.bot.delivery.conftest import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from telegram.request import BaseRequest

    from bot.sandbox.chats import Telegram

    Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def bot_at(url: str, *, patience: float = 5.0) -> AsyncIterator[ExtBot[None]]:
    request = ManyRequest(connections=8, read_timeout=patience)
    assert request.read_timeout == patience
    await request.initialize()
    yield ExtBot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request)
    await request.shutdown()
    await request.shutdown()  # once more does no harm


@asynccontextmanager
async def server(serve: Serving) -> AsyncIterator[str]:
    """A server that does with a connection what it is told, for what the stand-in cannot do."""
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def failure(bot: ExtBot[None]) -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await bot.get_me()
    return caught.value


def in_doubt(error: TelegramError) -> bool:
    return decide(error, attempts=1, is_edit=False).in_doubt


async def test_a_message_with_its_markup_and_buttons_arrives(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    ann.says("/start")
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Why", callback_data="why:1")]])
    async with running(bot_api(telegram)) as url, bot_at(url) as bot:
        sent = await bot.send_message(
            ann.chat.id, "<b>Ä</b> & الوليد", parse_mode="HTML", reply_markup=buttons
        )
    (message,) = ann.chat.from_bot
    assert message.text == sent.text == "Ä & الوليد"
    assert sent.message_id == message.id
    assert sent.reply_markup == buttons


async def test_files_are_sent_with_their_names_and_kinds() -> None:
    got = asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"multipart/form-data" in head
        body = b""
        while not body.rstrip().endswith(b"--") or b"map.png" not in body:
            body += await reader.read(65536)
        got.put_nowait(body)
        answer = b'{"ok":false,"error_code":400,"description":"Bad Request: seen"}'
        writer.write(b"HTTP/1.1 400 X\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        await writer.drain()
        writer.close()

    async with server(serve) as url, bot_at(url) as bot:
        with pytest.raises(BadRequest, match="Seen"):
            await bot.send_photo(7, b"\x89PNG of a map", caption="here", filename="map.png")
    body = await got.get()
    assert b"\x89PNG of a map" in body
    assert b'filename="map.png"' in body
    assert b"image/png" in body
    assert b"here" in body


async def test_a_refusal_is_the_librarys_own_error(telegram: Telegram) -> None:
    async with running(bot_api(telegram)) as url, bot_at(url) as bot:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(4711, "x")


async def test_without_a_server_nothing_was_sent() -> None:
    async with bot_at("http://127.0.0.1:1") as bot:
        error = await failure(bot)
    assert type(error) is NetworkError
    assert not in_doubt(error)
    assert TOKEN not in f"{error} {error.__cause__}"


async def test_an_answer_that_does_not_come_is_in_doubt() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with server(serve) as url, bot_at(url, patience=0.1) as bot:
        error = await failure(bot)
    assert type(error) is TimedOut
    assert in_doubt(error)


async def test_a_connection_that_is_cut_is_in_doubt() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{"ok":true')
        await writer.drain()
        writer.close()

    async with server(serve) as url, bot_at(url) as bot:
        error = await failure(bot)
    assert type(error) is NetworkError
    assert in_doubt(error)
    assert TOKEN not in str(error)


async def test_no_connection_in_time_means_that_nothing_was_sent() -> None:
    release = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        writer.close()

    request = ManyRequest(connections=1, read_timeout=5)
    await request.initialize()
    async with server(serve) as url:
        first = asyncio.create_task(request.do_request(url, "POST"))  # holds the one connection
        await asyncio.sleep(0)
        with pytest.raises(TimedOut) as caught:
            await request.do_request(url, "POST", connect_timeout=0.05)
        release.set()
        with pytest.raises(NetworkError):
            await first
    await request.shutdown()
    assert not in_doubt(caught.value)


async def test_a_proxy_in_the_environment_is_used_and_exceptions_from_it_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(await reader.readline())
        writer.close()

    async with server(serve) as url:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        async with bot_at("http://telegram.invalid") as bot:
            await failure(bot)
        assert b"http://telegram.invalid/bot" in await asked.get()
        async with bot_at("http://127.0.0.1:1") as bot:
            assert not in_doubt(await failure(bot))
        assert asked.empty()


async def test_it_must_be_initialized() -> None:
    with pytest.raises(RuntimeError, match="not initialized"):
        await ManyRequest(connections=1, read_timeout=1).do_request("http://127.0.0.1", "POST")


WAYS = pytest.mark.parametrize(
    "way", [lambda: usual_request(8, 5), lambda: ManyRequest(8, 5)], ids=["usual", "many"]
)


@WAYS
async def test_a_request_says_that_it_leaves_when_it_has_its_connection(
    way: Callable[[], BaseRequest],
) -> None:
    said: list[str] = []
    busy, release = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        busy.set()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async def ask(request: BaseRequest, url: str) -> None:
        with hearing(lambda: said.append("left")):
            assert await request.do_request(url, "POST") == (200, b"{}")
        said.append("answered")

    async with server(serve) as url, way() as request:
        asking = asyncio.create_task(ask(request, url))
        await busy.wait()
        assert said == ["left"]
        release.set()
        await asking
    assert said == ["left", "answered"]


@WAYS
async def test_what_a_proxy_does_not_let_through_never_leaves(
    way: Callable[[], BaseRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    asked = asyncio.Queue[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with server(serve) as url:
        monkeypatch.setenv("https_proxy", url)
        async with way() as request:
            with hearing(lambda: said.append("left")), pytest.raises(NetworkError):
                await request.do_request("https://telegram.invalid/bot", "POST")
    assert (await asked.get()).startswith(b"CONNECT telegram.invalid:443")
    assert said == []
