"""Asking for what a feed has, politely and within limits.

What goes wrong for a moment (no connection, a server that is busy) is tried again after a pause
that grows and varies; a server that names a pause gets it. Everything else is a FeedTrouble with
its reason, and nothing of what came is used.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import httpx
import tenacity

from bot.feeds.guard import AddressRefused, GuardedTransport
from bot.feeds.unpacking import gunzip, unpacked
from storage.model.errors import BadInput, WhoHoldsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

USER_AGENT = "whoholds/0.1 (a bot that compares what sources report; reads feeds)"
CONNECT_SECONDS = 10.0
READ_SECONDS = 20.0
TRIES = 4
MOST_REDIRECTS = 5
CONNECTIONS = 2  # to all servers of one feed
# A server that wants a longer pause gets it between two runs.
LONGEST_PAUSE = timedelta(seconds=30)
BUSY = (408, 425, 429, 500, 502, 503, 504)
REDIRECTS = (301, 302, 303, 307, 308)
_HTML = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_HEADER = re.compile(r"[\x20-\x7e]*")
_BEFORE_HTML = ((b"<?xml", b"?>"), (b"<!--", b"-->"))
_BOM = b"\xef\xbb\xbf"


class FeedTrouble(WhoHoldsError):
    """A feed cannot be read; the text says why. `not_before` is when to ask again, if it said so
    (UTC); `status` what the server answered with, if it did.
    """

    def __init__(
        self, reason: str, *, not_before: datetime | None = None, status: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.not_before = not_before
        self.status = status


class _ForNow(FeedTrouble):
    """Worth another try; after `pause`, where the server has named one."""

    pause: timedelta | None = None


@dataclass(frozen=True)
class Answer:
    """What a server answered: `body` is unpacked, `validators` are what to send the next time.

    `is_whole` is False where the server did not tell how long the body is, so that it may be cut.
    """

    body: bytes
    validators: Mapping[str, str]
    is_whole: bool


class Turns(Protocol):
    """Whose turn it is to ask a server: see `bot.feeds.turns`."""

    async def wait(self, server: str) -> None:
        """Wait for the next turn; raises FeedTrouble where the server wants to be left alone."""

    async def hold(self, server: str, until: datetime) -> None:
        """The server wants to be left alone until then (UTC)."""


@dataclass(frozen=True)
class Fetcher:
    """Asks the servers of one feed; made by `fetcher`.

    `clock` tells the time (UTC); `largest` is the most bytes an answer may have, packed and
    unpacked; `first_pause` is how long to wait before the second try at most.
    """

    client: httpx.AsyncClient
    clock: Callable[[], datetime]
    largest: int
    first_pause: float = 1.0
    turns: Turns | None = None

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """What is at an address; raises FeedTrouble.

        `headers` may hold secrets: they are sent to the host of `url` and to no other.
        """
        return self._there(await self._ask(_Asked("GET", url, dict(params), dict(headers))))

    async def get_if_changed(self, url: str, validators: Mapping[str, str]) -> Answer | None:
        """What is at an address; None if that is what `validators` stand for still. Raises
        FeedTrouble.
        """
        asked = _Asked("GET", url, {}, {}, conditions=_conditions(validators))
        answer = await self._ask(asked)
        return answer if asked.conditions else self._there(answer)

    async def post(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] = MappingProxyType({}),
        form: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """What an address answers to a form or to JSON; raises FeedTrouble."""
        asked = _Asked("POST", url, dict(params), {}, {"data": form, "json": json})
        return self._there(await self._ask(asked))

    def _there(self, answer: Answer | None) -> Answer:
        if answer is None:
            raise FeedTrouble("the server answered that nothing has changed, unasked (304)")
        return answer

    async def _ask(self, asked: _Asked) -> Answer | None:
        tries = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(TRIES),
            wait=self._pause,
            retry=tenacity.retry_if_exception(_is_worth_another),
            reraise=True,
        )
        found: Answer | None = await tries(self._ask_once, asked)
        return found

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        # Up to 1 s, 2 s, 4 s: never all who ask at the same moment.
        spread = tenacity.wait_random_exponential(multiplier=self.first_pause, max=30)(state)
        if isinstance(error, _ForNow) and error.pause is not None:
            return max(error.pause.total_seconds(), spread)
        return spread

    async def _ask_once(self, asked: _Asked) -> Answer | None:
        try:
            url = _checked(httpx.URL(asked.url))
        except (httpx.InvalidURL, ValueError):
            raise FeedTrouble(f"{asked.url.partition('?')[0][:200]!r} is no address") from None
        method, content = asked.method, asked.content
        if asked.params:
            url = url.copy_merge_params(asked.params)
        for _ in range(MOST_REDIRECTS + 1):
            if url.scheme not in ("http", "https"):
                raise FeedTrouble(f"leads to {_shown(str(url))}, which is no web address")
            headers = {**asked.headers, **asked.conditions}
            if self.turns is not None:
                await self.turns.wait(_server(url))
            async with self._opened(method, url, headers, content) as response:
                if response.status_code not in REDIRECTS:
                    return await self._read(response)
                target = _target(url, response)
                kept = response.status_code in (307, 308)
            if method == "POST" and not kept:
                method, content = "GET", {}
            if (asked.headers or content) and _origin(target) != _origin(url):
                raise FeedTrouble(
                    f"{_shown(str(url))} redirects to another server, {_shown(str(target))}, "
                    "which must not be sent the secrets of this feed"
                )
            if url.scheme == "https" and target.scheme == "http":
                raise FeedTrouble(f"{_shown(str(url))} redirects to an address without encryption")
            url = target
        raise FeedTrouble(f"{_shown(asked.url)} redirects more than {MOST_REDIRECTS} times")

    def _opened(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> _Opened:
        for name, value in headers.items():
            if not _HEADER.fullmatch(value):
                # What it says may be a secret.
                raise FeedTrouble(
                    f"the header {name} cannot be sent: it has other letters than ASCII"
                )
        request = self.client.build_request(method, url, headers=headers, **content)
        return _Opened(self.client, request)

    async def _read(self, response: httpx.Response) -> Answer | None:
        where = _shown(str(response.request.url))
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        if response.status_code in BUSY:
            raise await self._busy(response, where)
        if response.status_code != httpx.codes.OK:
            raise FeedTrouble(f"{where} answered {_status(response)}", status=response.status_code)
        body = await self._body(response, where)
        if _is_page(body):
            raise FeedTrouble(f"{where} answered with a web page (HTML) in place of data")
        told = {"etag", "last-modified"} & response.headers.keys()
        framed = {"content-length", "transfer-encoding"} & response.headers.keys()
        return Answer(
            body,
            # What cannot be sent back tells nothing.
            {
                n: response.headers[n]
                for n in sorted(told)
                if _HEADER.fullmatch(response.headers[n])
            },
            bool(framed) or response.http_version == "HTTP/2",
        )

    async def _body(self, response: httpx.Response, where: str) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").strip().casefold()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise FeedTrouble(f"{where} answered packed as {encoding!r}, unasked")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > self.largest:
                limit = f"{self.largest / 1e6:g} MB (`largest_mb` of its block)"
                raise FeedTrouble(f"{where} answered with more than {limit}")
        try:
            # Off the loop: what is packed may take its time.
            return await asyncio.to_thread(self._unpacked, bytes(body), encoding)
        except BadInput as error:
            raise FeedTrouble(f"{where} cannot be unpacked: {error.reason}") from None

    def _unpacked(self, body: bytes, encoding: str) -> bytes:
        plain = body if encoding == "identity" or not body else gunzip(body, self.largest)
        return unpacked(plain, self.largest)

    async def _busy(self, response: httpx.Response, where: str) -> FeedTrouble:
        reason = f"{where} answered {_status(response)}"
        now = self.clock()
        until = _retry_after(response.headers.get("retry-after", ""), now)
        if until is not None and until - now > LONGEST_PAUSE:
            if self.turns is not None:
                await self.turns.hold(_server(response.request.url), until)
            return FeedTrouble(reason, not_before=until, status=response.status_code)
        error = _ForNow(reason, status=response.status_code)
        error.pause = None if until is None else max(until - now, timedelta())
        return error


@dataclass(frozen=True)
class _Asked:
    """A request as it was asked for."""

    method: str
    url: str
    params: Mapping[str, str | int]
    headers: Mapping[str, str]
    content: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)


class _Opened:
    """A request under way; what goes wrong with it is told in our own words."""

    def __init__(self, client: httpx.AsyncClient, request: httpx.Request) -> None:
        self._client, self._request = client, request
        self._response: httpx.Response | None = None

    async def __aenter__(self) -> httpx.Response:
        try:
            self._response = await self._client.send(self._request, stream=True)
        except (httpx.HTTPError, AddressRefused) as error:
            raise _told(error, self._request) from error
        return self._response

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if self._response is not None:
            await self._response.aclose()
        if isinstance(error, httpx.HTTPError):
            raise _told(error, self._request) from error


def fetcher(
    clock: Callable[[], datetime],
    *,
    largest: int,
    private: bool,
    first_pause: float = 1.0,
    turns: Turns | None = None,
) -> Fetcher:
    """A Fetcher for the servers of one feed; close its `client` when done.

    With `private` also addresses of the operator's own network may be asked; before each request it
    waits for one of the `turns`.
    """
    client = httpx.AsyncClient(
        transport=GuardedTransport(private=private, connections=CONNECTIONS),
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )
    return Fetcher(client, clock, largest, first_pause, turns)


def _target(url: httpx.URL, response: httpx.Response) -> httpx.URL:
    """Where a redirect leads."""
    try:
        return _checked(url.join(response.headers.get("location", "")))
    except (httpx.InvalidURL, ValueError):
        raise FeedTrouble(f"{_shown(str(url))} redirects to what is no address") from None


def _checked(url: httpx.URL) -> httpx.URL:
    """The address; raises ValueError where its port is none."""
    urlsplit(str(url)).port  # noqa: B018 - reading the port checks it
    return url


def _is_page(body: bytes) -> bool:
    """Whether this is HTML, behind whatever may stand before it there."""
    start = body.removeprefix(_BOM)[:5000].lstrip()
    while closing := next((c for o, c in _BEFORE_HTML if start.startswith(o)), b""):
        start = start.partition(closing)[2].lstrip()
    return _HTML.match(start) is not None


def _is_worth_another(error: BaseException) -> bool:
    return isinstance(error, _ForNow)


def _told(error: Exception, request: httpx.Request) -> FeedTrouble:
    """What went wrong with a request, without what its address may hold in secrets."""
    where = _shown(str(request.url))
    match error:
        case AddressRefused():
            return FeedTrouble(str(error))
        case httpx.TimeoutException():
            return _ForNow(f"{where} took too long to answer")
        case httpx.RemoteProtocolError():
            return _ForNow(f"{where} broke off: {error}")
        case httpx.TransportError():
            return _ForNow(f"{where} cannot be reached: {str(error) or type(error).__name__}")
        case _:
            return FeedTrouble(f"{where} cannot be read: {error}")


def _conditions(validators: Mapping[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[name]: value for name, value in validators.items() if name in names}


def _retry_after(text: str, now: datetime) -> datetime | None:
    """When to ask again by a Retry-After header: seconds or a date (RFC 9110, 10.2.3)."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return now + timedelta(seconds=min(int(text[:10]), 86_400))
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: at the end of the calendar
        return None
    return min(at, now + timedelta(days=1))


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def _server(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)


def _shown(url: str) -> str:
    """An address without its query and login, where secrets may be."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
