"""A web server inside the bot's own event loop.

async with running(app) as url:                          # http://127.0.0.1:<a free port>
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.applications import Starlette

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
