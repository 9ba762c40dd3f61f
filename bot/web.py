"""What watches over the bot: /healthz, /readyz and /metrics, over HTTP, where one is asked for.

They tell nothing of any chat, and need no password: bind them to loopback or to a network of
your own.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.health import WELL, look_at
from bot.metrics import Metrics
from bot.serving import running
from bot.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from bot.health import Parts
    from bot.values import Address

log = structlog.get_logger(__name__)


@asynccontextmanager
async def watched(address: Address | None, parts: Parts) -> AsyncIterator[str | None]:
    """Serve what `parts` tells at an address until left; gives the URL, None without an address.

    Raises SettingsError where it cannot listen there.
    """
    if address is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(running(web_app(parts), *address))
        except OSError as error:
            where = f"[{address.host}]" if ":" in address.host else address.host
            raise SettingsError(
                (f"WHOHOLDS_WEB is {where}:{address.port}: {error.strerror or error}",)
            ) from None
        log.info("watch the bot here", healthz=f"{url}/healthz", metrics=f"{url}/metrics")
        yield url


def web_app(parts: Parts) -> Starlette:
    """The three pages."""
    figures = Metrics(parts)

    async def healthz(_: Request) -> Response:
        # That it is answered at all is the answer: it comes from the bot's own event loop.
        return PlainTextResponse(WELL)

    async def readyz(_: Request) -> Response:
        found = await look_at(parts)
        ready = all(words == WELL for words in found.values())
        return JSONResponse({"ready": ready, **found}, 200 if ready else 503)

    async def metrics(request: Request) -> Response:
        await figures.refresh()
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(figures.registry), media_type=content_type)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ]
    )
