"""A server on a real socket that does what servers of feeds do, and what they should not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REASONS = {200: "OK", 304: "Not Modified", 429: "Too Many Requests", 503: "Service Unavailable"}


@dataclass(frozen=True)
class Request:
    """What somebody asked for; header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Response:
    """What is answered. `cut` sends so many bytes of the body and hangs up; `drip` waits so many
    seconds before each byte; `framed` is False to tell no length.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    framed: bool = True


Answering = Callable[[Request], Response]


def as_json(value: Any, status: int = 200, **more: Any) -> Response:
    body = json.dumps(value).encode()
    return Response(body, status, {"Content-Type": "application/json"}, **more)


def always(response: Response) -> Answering:
    """Answers the same to everybody."""
    return lambda _: response


@dataclass
class Server:
    """Answers by what a test has put behind each path, and remembers what it was asked.

    `faults` are answered first, one after the other, whatever is asked for.
    """

    url: str = ""
    paths: dict[str, Answering] = field(default_factory=dict)
    faults: list[Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    now_open: int = 0
    most_at_once: int = 0

    def serves(self, path: str, body: bytes | str, **headers: str) -> None:
        """Answer this, with an ETag, and 304 to whoever has it."""
        content = body.encode() if isinstance(body, str) else body
        tag = f'"{hash(content)}"'
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def answer(request: Request) -> Response:
            if request.headers.get("if-none-match") == tag:
                return Response(status=304)
            return Response(content, headers={"ETag": tag, **named})

        self.paths[path] = answer

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        if self.faults:
            return self.faults.pop(0)
        answering = self.paths.get(request.path)
        return answering(request) if answering else Response(b"nothing here", 404)


async def _serve(
    server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while await _one(server, reader, writer):
            pass
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def _one(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer one request; False where the connection is to end."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    headers = {name.casefold(): value for name, value in headers.items()}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    request = Request(method, parts.path, dict(parse_qsl(parts.query)), headers, body)
    response = server.answer(request)
    server.now_open += 1
    server.most_at_once = max(server.most_at_once, server.now_open)
    try:
        await _send(response, writer)
    finally:
        server.now_open -= 1
    return response.framed and response.cut is None


async def _send(response: Response, writer: asyncio.StreamWriter) -> None:
    lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Whatever')}"]
    sent = dict(response.headers)
    if response.framed:
        sent.setdefault("Content-Length", str(len(response.body)))
    else:
        sent["Connection"] = "close"
    lines += [f"{name}: {value}" for name, value in sent.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
    for start in range(len(response.body)) if response.drip else ():
        writer.write(response.body[start : start + 1])
        await writer.drain()
        await asyncio.sleep(response.drip)
    if not response.drip:
        writer.write(response.body[: response.cut])
        await writer.drain()


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A server on a free port of this machine."""
    server = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await _serve(server, reader, writer)
        except asyncio.CancelledError:
            writer.close()
        finally:
            tasks.discard(task)

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await listening.wait_closed()
