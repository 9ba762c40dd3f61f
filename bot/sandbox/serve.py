"""Two ways to reach the stand-in: over HTTP on a loopback port, and in process.

async with running(app) as url:                          # http://127.0.0.1:<a free port>
    bot = telegram.Bot(token, base_url=f"{url}/bot")

client = httpx.AsyncClient(transport=InProcess(app), base_url="http://127.0.0.1")
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

from bot.sandbox.api import IN_PROCESS, ConnectionCutError
from bot.serving import running

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.applications import Starlette
    from starlette.types import Receive, Scope, Send

__all__ = ["InProcess", "running"]


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
