"""Two ways to reach the stand-in: over HTTP on a loopback port, and in process.

async with running(app) as url:                          # http://127.0.0.1:<a free port>
    bot = telegram.Bot(token, base_url=f"{url}/bot")

client = httpx.AsyncClient(transport=InProcess(app), base_url="http://127.0.0.1")
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING, Any

import httpx
import uvicorn

from bot.sandbox.api import IN_PROCESS, ConnectionCutError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, MutableMapping

    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

GRACE = 2  # seconds an unfinished answer gets when the server closes


class PortInUseError(OSError):
    """Another process listens on the port; the message tells what to do."""


class _Server(uvicorn.Server):
    """Uvicorn inside a loop that belongs to somebody else: it takes no signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextlib.asynccontextmanager
async def running(app: Starlette, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves an app over HTTP in the current event loop; gives its address, without a slash.

    Port 0 takes a free one. On leaving, open long polls and streams end (through the app's
    `state.closing`, where it has one) and the port is closed. Raises PortInUseError.
    """
    listening = _listen(host, port)
    bound = listening.getsockname()[1]
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",  # at its finest uvicorn prints paths, and the token is in the path
        access_log=False,
        ws="none",
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    ready = asyncio.create_task(server.ready.wait())
    try:
        await asyncio.wait([serving, ready], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}"
    finally:
        ready.cancel()
        closing = getattr(app.state, "closing", None)
        if closing is not None:
            closing.set()
        server.should_exit = True
        await serving
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP outright: only then does asyncio send small answers without waiting (TCP_NODELAY).
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUseError(
            errno.EADDRINUSE,
            f"port {port} on {host} is taken by another program: "
            "stop that one, or choose another port (0 takes any free one)",
        ) from error
    return listening


class InProcess(httpx.AsyncBaseTransport):
    """An httpx transport straight into an app, with time-outs and cut connections like the real.

    httpx.ASGITransport knows neither: a call that hangs would hang its client for ever.
    """

    def __init__(self, app: Starlette) -> None:
        self._app = app
        self._inner = httpx.ASGITransport(app=self._marked)

    async def _marked(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        marked: Scope = {**scope, "extensions": {IN_PROCESS: {}}}
        await self._app(marked, receive, send)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answers a request; ReadTimeout and RemoteProtocolError as a network would give."""
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                return await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer in time", request=request) from None
        except ConnectionCutError:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            ) from None
