"""The chat page: people, chats and the story in a browser, on loopback only.

    app = sandbox_app(telegram, secret=secrets.token_urlsafe(16), player=story)
    async with running(app, port=8090) as url:
        print(f"{url}/{secret}/")

The same app serves the Bot API. The page is for one person at their own computer: its address
holds a random secret, the Host header must be a loopback name with our port, and requests from
other origins are turned away. It shows whatever chats the Telegram has, live.

A story player drives the time line that the bot is fed with. It calls
`telegram.signal.notify()` when its state changes by itself, to have it shown at once.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import secrets
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox.acts import ActError, act
from bot.sandbox.api import api_routes
from bot.sandbox.views import bot_view, changes_view

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from bot.sandbox.chats import Telegram

    Endpoint = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
SCRIPTS = ("app.js", "chat.js", "composer.js", "text.js")
FILES = {"": "index.html"} | {name: name for name in (*SCRIPTS, "style.css", "icon.svg")}
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
MAX_BODY = 256 * 1024  # bytes; what a person can type is far less
HEARTBEAT = 15.0  # seconds between signs of life on a quiet stream
STORY_LOOK = 1.0  # seconds at most until a story's own progress shows, should it not notify
RETRY = 1000  # ms before a page that lost the stream tries again
MIN_PACE, MAX_PACE = 0.05, 3600.0  # seconds a step
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # the address holds the secret
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


@dataclasses.dataclass(frozen=True)
class StoryState:
    """Where a story is: `step` of `steps` done, `speed` in seconds a step, the rest as shown.

    `error` tells why a playing story has stopped, if it failed.
    """

    step: int
    steps: int
    playing: bool
    speed: float
    time: str
    last: str
    next: str
    error: str = ""


class StoryPlayer(Protocol):
    """Feeds the bot a story, step by step. Whatever its methods raise is shown and logged."""

    def state(self) -> StoryState:
        """Where the story is now."""

    async def step(self) -> None:
        """Does the next step; nothing at the end."""

    async def play(self) -> None:
        """Goes on step by step, in the background, at the set pace."""

    async def pause(self) -> None:
        """Stops going on."""

    async def set_pace(self, seconds_per_step: float) -> None:
        """How long a step takes while playing."""

    async def restart(self) -> None:
        """Back to before the first step."""


def sandbox_app(telegram: Telegram, *, secret: str, player: StoryPlayer | None = None) -> Starlette:
    """The Bot API and the chat page at /<secret>/; its `state.closing` ends what waits.

    Raises ValueError for a secret that is short or would not fit into an address.
    """
    if len(secret) < 16 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in secret):
        raise ValueError("the secret needs 16 or more letters, digits, - and _")
    closing = asyncio.Event()
    page = Page(telegram, player, closing)

    def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        return Route(f"/{secret}/{path}", _guarded(endpoint), methods=[method])

    app = Starlette(
        routes=[
            *api_routes(telegram, closing),
            *(route(path, partial(_file, name)) for path, name in FILES.items()),
            route("events", page.events),
            route("photo/{chat:int}/{message:int}", page.photo),
            route("act", page.act, "POST"),
            route("story", page.story, "POST"),
        ]
    )
    app.state.closing = closing
    return app


# ---------------------------------------------------------------------------- who may come in


def _guarded(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        problem = _stranger(request)
        response = _problem(403, problem) if problem else await endpoint(request)
        response.headers.update(HEADERS)
        return response

    return guarded


def _stranger(request: Request) -> str | None:
    """Why a request does not come from the person at this computer, or None."""
    server = request.scope.get("server")
    port = (server[1] if server else None) or 80
    ours = {f"{name}:{port}" for name in LOOPBACK} | (set(LOOPBACK) if port == 80 else set())
    if request.headers.get("host", "").lower() not in ours:
        return "this page answers to its loopback address only"
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() not in {f"http://{name}" for name in ours}:
        return "this page takes no requests from other pages"
    return None


def _problem(status: int, reason: str) -> Response:
    return JSONResponse({"error": reason}, status)


async def _file(name: str, _: Request) -> Response:
    file = STATIC / name
    content = await asyncio.to_thread(file.read_bytes)
    return Response(content, media_type=TYPES[file.suffix])


async def _body(request: Request) -> dict[str, Any]:
    """The JSON object in a request; ActError says what is wrong with it."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise ActError("send application/json")
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise ActError(f"at most {MAX_BODY} bytes")
    try:
        value = json.loads(raw)
    except ValueError as error:
        raise ActError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ActError("expected a JSON object")
    return value


# ------------------------------------------------------------------------------------- the page


class Page:
    """The endpoints behind the page."""

    def __init__(
        self, telegram: Telegram, player: StoryPlayer | None, closing: asyncio.Event
    ) -> None:
        self._telegram = telegram
        self._player = player
        self._closing = closing
        # Versions count from nothing again in a new process; the page must notice.
        self._epoch = secrets.token_hex(4)

    async def act(self, request: Request) -> Response:
        """Something a person does: 200 with what came of it, or 400 with the reason."""
        try:
            return JSONResponse(act(self._telegram, await _body(request)))
        except ActError as error:
            return _problem(400, str(error))

    async def photo(self, request: Request) -> Response:
        """A picture the bot has sent."""
        path = request.path_params
        chat = self._telegram.chats.get(path["chat"])
        message = chat.message(path["message"]) if chat else None
        if message is None or not message.photo:
            return _problem(404, "no such picture")
        return Response(message.photo.content, media_type=message.photo.media_type)

    async def story(self, request: Request) -> Response:
        """A button of the story bar: 200 with the new state, 400 or 500 with the reason."""
        player = self._player
        if player is None:
            return _problem(404, "there is no story here")
        try:
            body = await _body(request)
            command = _story_command(player, body)
        except ActError as error:
            return _problem(400, str(error))
        try:
            await command()
        except Exception as error:
            log.exception("the story failed", extra={"command": body["do"]})
            return _problem(500, f"The story failed: {str(error) or type(error).__name__}")
        self._telegram.signal.notify()
        return JSONResponse(dataclasses.asdict(player.state()))

    async def events(self, request: Request) -> Response:
        """The live stream (server-sent events), from where the page lost it, if it says so."""
        last_seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
        epoch, _, version = last_seen.partition("-")
        known = epoch == self._epoch and version.isdecimal()
        return StreamingResponse(
            self._stream(int(version) if known else 0, fresh=not known),
            media_type="text/event-stream",
        )

    async def _stream(self, sent: int, *, fresh: bool) -> AsyncIterator[str]:
        waker = asyncio.create_task(self._wake_at_close())
        story: StoryState | None = None
        try:
            yield f"retry: {RETRY}\n\n"
            if fresh:
                yield _event("hello", {"bot": bot_view(self._telegram)})
            while not self._closing.is_set():
                now = self._player.state() if self._player else None
                changes = self._telegram.changes_since(sent)
                if changes:
                    sent = changes[-1][0]
                    yield _event("changes", changes_view(changes), f"{self._epoch}-{sent}")
                if now is not None and now != story:
                    story = now
                    yield _event("story", dataclasses.asdict(now))
                if not await self._something_new(sent, story):
                    yield ": still here\n\n"
        finally:
            waker.cancel()

    async def _something_new(self, sent: int, story: StoryState | None) -> bool:
        """Waits for news; False when none has come for a while."""

        def news() -> bool:
            different = self._player is not None and self._player.state() != story
            return different or self._telegram.version > sent or self._closing.is_set()

        try:
            seconds = STORY_LOOK if story and story.playing else HEARTBEAT
            return await self._telegram.signal.until(news, seconds)
        except TimeoutError:
            return False

    async def _wake_at_close(self) -> None:
        await self._closing.wait()
        self._telegram.signal.notify()


def _event(kind: str, data: object, event_id: str = "") -> str:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _story_command(player: StoryPlayer, body: dict[str, Any]) -> Callable[[], Awaitable[None]]:
    commands = {
        "step": player.step,
        "play": player.play,
        "pause": player.pause,
        "restart": player.restart,
    }
    do = body.get("do")
    if do == "pace":
        pace = body.get("seconds")
        if isinstance(pace, bool) or not isinstance(pace, int | float):
            raise ActError("pace needs seconds, a number")
        if not MIN_PACE <= pace <= MAX_PACE:
            raise ActError(f"a step takes {MIN_PACE} to {MAX_PACE:.0f} seconds")
        return partial(player.set_pace, float(pace))
    if not isinstance(do, str) or do not in commands:
        raise ActError(f"the story can step, play, pause, pace, restart; not {do!r}")
    return commands[do]
