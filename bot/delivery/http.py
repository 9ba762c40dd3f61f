"""The ways to Telegram: the usual one, and one for a thousand messages a second.

At usual rates the library's own client (httpx) is the simpler way. Its pool looks through all its
connections and waiting requests for every request, so beyond some tens under way at once it takes
a whole core for less than is needed; aiohttp takes less than half of one for 1,000 a second.

Both say when a request leaves, for the dispatcher (`bot.delivery.leaving`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest

from bot.delivery.leaving import leaves
from bot.delivery.outcome import NeverSent

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace
    from telegram._utils.types import ODVInput
    from telegram.request import RequestData

# How long a call may take to get a new connection or one that is there, and to be handed over.
CONNECT_SECONDS = 5.0
POOL_SECONDS = 1.0
WRITE_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 60.0
# Nothing has left yet when one of these is raised.
_BEFORE = (aiohttp.ClientConnectorError, aiohttp.InvalidURL)


def usual_request(connections: int, read_timeout: float) -> HTTPXRequest:
    """Makes the library's requests with its own client: at most so many connections; how long to
    wait for an answer, in seconds.
    """
    kwargs = {"limits": limits(connections), "event_hooks": {"request": [_watch]}}
    return HTTPXRequest(
        read_timeout=read_timeout,
        write_timeout=WRITE_SECONDS,
        connect_timeout=CONNECT_SECONDS,
        pool_timeout=POOL_SECONDS,
        httpx_kwargs=kwargs,
    )


def limits(connections: int) -> httpx.Limits:
    """So many connections for the library's own client, kept open: by default it closes them after
    5 s idle, and would reconnect for every other message.
    """
    return httpx.Limits(
        max_connections=connections,
        max_keepalive_connections=connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )


async def _watch(request: httpx.Request) -> None:
    to_proxy = False

    async def trace(event: str, info: dict[str, Any]) -> None:
        nonlocal to_proxy
        if event == "http11.send_request_body.started":
            # A proxy is asked for the way first.
            to_proxy = info["request"].method == b"CONNECT"
        elif event == "http11.send_request_body.complete" and not to_proxy:
            leaves()

    request.extensions["trace"] = trace


class _Connector(aiohttp.TCPConnector):
    """Says when a request has its connection: then it is written at once."""

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - it is the library's
    ) -> Connection:
        """A connection for this request; called by the library."""
        connection = await super().connect(req, traces, timeout)
        leaves()
        return connection


class ManyRequest(BaseRequest):
    """Makes the library's requests with aiohttp; proxies are taken from the environment, as httpx
    does: HTTPS_PROXY and the like, NO_PROXY.

    What goes wrong is raised as the library's own client does: TimedOut or NetworkError, with
    NeverSent as its cause where the request did not leave.
    """

    def __init__(self, connections: int, read_timeout: float) -> None:
        """At most so many connections; how long to wait for an answer, in seconds."""
        self._connections = connections
        self._read_timeout = read_timeout
        self._session: aiohttp.ClientSession | None = None
        # Asked once, and not for every request in another thread, as aiohttp would.
        self._proxies = getproxies()

    @property
    def read_timeout(self) -> float:
        """How long it waits for an answer unless told otherwise, in seconds."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Be ready to connect."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(limit=self._connections, keepalive_timeout=KEEP_ALIVE_SECONDS),
                headers={"User-Agent": self.USER_AGENT},
                # Telegram sets no cookies.
                cookie_jar=aiohttp.DummyCookieJar(),
            )

    async def shutdown(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _proxy(self, url: str) -> str | None:
        parts = urlsplit(url)
        proxy = self._proxies.get(parts.scheme, self._proxies.get("all"))
        return None if proxy is None or proxy_bypass(parts.netloc) else proxy

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - aiohttp knows none
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - part of connecting
    ) -> tuple[int, bytes]:
        """The status and the body that Telegram answers; called by the library."""
        if self._session is None:
            raise RuntimeError("the requests are not initialized")
        timeout = aiohttp.ClientTimeout(
            total=None,
            connect=_seconds(connect_timeout, CONNECT_SECONDS),
            sock_read=_seconds(read_timeout, self._read_timeout),
        )
        try:
            async with self._session.request(
                method,
                url,
                proxy=self._proxy(url),
                timeout=timeout,
                allow_redirects=False,
                **_body(request_data),
            ) as answer:
                return answer.status, await answer.read()
        except aiohttp.ConnectionTimeoutError as error:
            raise TimedOut("no connection in time") from NeverSent(_name(error))
        except _BEFORE as error:
            raise NetworkError(_name(error)) from NeverSent(_name(error))
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(_name(error)) from error


def _seconds(given: ODVInput[float], otherwise: float) -> float | None:
    return given if given is None or isinstance(given, int | float) else otherwise


def _body(data: RequestData | None) -> dict[str, Any]:
    """The parameters: as JSON, or with their files."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": data.json_payload, "headers": {"Content-Type": "application/json"}}
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return {"data": form}


def _name(error: Exception) -> str:
    # Not its text: an address may be in it, and the token with that.
    return f"aiohttp.{type(error).__name__}"
