"""Reaching the stand-in: the forms of a request, a port of its own, a clean end."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette

from bot.sandbox.api import bot_api
from bot.sandbox.serve import running
from bot.serving import PortInUseError

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api

MARKUP = {"inline_keyboard": [[{"text": "Why", "callback_data": "why"}]]}


@pytest.mark.parametrize("form", ["json", "form", "multipart", "query", "mixed"])
async def test_parameters_come_in_any_form(api: Api, ann: Person, form: str) -> None:
    flat = {
        "chat_id": str(ann.id),
        "text": "الوليد & more",
        "disable_notification": "true",
        "reply_markup": json.dumps(MARKUP),
    }
    url = f"{api.path}/sendMessage"
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "json": (url, {"json": flat | {"chat_id": ann.id, "reply_markup": MARKUP, "nil": None}}),
        "form": (url, {"data": flat}),
        "multipart": (url, {"files": {name: (None, value) for name, value in flat.items()}}),
        "query": (f"{url}?{urlencode(flat)}", {}),
        "mixed": (f"{url}?chat_id={ann.id}", {"data": flat}),
    }
    where, body = requests[form]
    answer = await api.http.post(where, **body)
    assert answer.json()["ok"], answer.text
    message = ann.chat.last
    assert (message.text, message.silent, message.labels) == ("الوليد & more", True, [["Why"]])


async def test_a_get_and_a_method_in_any_case_do(api: Api) -> None:
    assert (await api.http.get(f"{api.path}/GETME")).json()["result"]["username"] == "WhoHoldsBot"


@pytest.mark.parametrize(
    ("content_type", "body", "says"),
    [
        ("application/json", b"{", "can't parse JSON object"),
        ("application/json", b"[]", "expected a JSON object"),
        ("application/json", b"\xff", "strings must be encoded in UTF-8"),
        ("application/json", b'{"text":"\\ud800"}', "strings must be encoded in UTF-8"),
        ("application/x-www-form-urlencoded", b"text=\xff", "strings must be encoded in UTF-8"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\na\r\n--x--\r\n",
         "can't parse multipart form data"),
    ],
)  # fmt: skip
async def test_a_body_that_cannot_be_read_is_refused(
    api: Api, content_type: str, body: bytes, says: str
) -> None:
    headers = {"content-type": content_type}
    answer = await api.http.post(f"{api.path}/sendMessage", content=body, headers=headers)
    assert (answer.status_code, answer.json()["description"]) == (400, f"Bad Request: {says}")


async def test_other_paths_are_not_found(api: Api) -> None:
    for path in ("/bot", f"{api.path}", f"{api.path}/a/b"):
        assert (await api.http.get(path)).status_code == 404


async def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} .* choose another port"):
            async with running(Starlette(), port=port):
                pass


async def test_an_address_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        async with running(Starlette(), host="192.0.2.1"):
            pass


async def test_it_stops_though_long_polls_and_hanging_calls_are_open(
    telegram: Telegram, ann: Person
) -> None:
    app = bot_api(telegram)
    async with httpx.AsyncClient(timeout=30) as http:
        async with running(app) as url:
            path = f"{url}/bot{telegram.token}"
            telegram.faults.hang(processed=False, method="getMe")
            hanging = asyncio.create_task(http.post(f"{path}/getMe"))
            polling = asyncio.create_task(http.post(f"{path}/getUpdates", data={"timeout": "50"}))
            await telegram.signal.until(lambda: len(telegram.calls) == 2, 5)
        assert (await polling).json()["description"] == "Internal Server Error: restart"
        with pytest.raises(httpx.RemoteProtocolError):
            await hanging
        with pytest.raises(httpx.ConnectError):
            await http.get(url)


async def test_a_client_that_goes_away_ends_its_long_poll(telegram: Telegram, ann: Person) -> None:
    async with running(bot_api(telegram)) as url, httpx.AsyncClient() as http:
        path = f"{url}/bot{telegram.token}/getUpdates"
        with pytest.raises(httpx.ReadTimeout):
            await http.post(path, data={"timeout": "50"}, timeout=0.1)
        ann.says("Rabia")
        assert len((await http.post(path)).json()["result"]) == 1


async def test_the_token_is_in_no_log(
    telegram: Telegram, ann: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with running(bot_api(telegram)) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(f"GET /bot{telegram.token}/getMe HTTP/1.0\r\n\r\n".encode())
        assert b"WhoHoldsBot" in await reader.read()
        writer.close()
        await writer.wait_closed()
    assert telegram.token not in caplog.text
