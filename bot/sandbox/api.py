"""The Bot API over HTTP: /bot<token>/<method>, as https://core.telegram.org/bots/api describes it.

    app = bot_api(telegram)      # a Starlette app; see bot.sandbox.serve for reaching it

Every call is kept in `telegram.calls`, with its outcome. Faults asked for in `telegram.faults`
happen here.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import re
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.sandbox.chats import Call, Outcome
from bot.sandbox.methods import METHODS, Method
from bot.sandbox.model import RefusedError, bad_request
from bot.sandbox.params import Params, read_params

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from bot.sandbox.chats import Telegram
    from bot.sandbox.faults import Fault

# What the real server takes for a token at all; anything else is simply not found.
_TOKEN = re.compile(r"[1-9][0-9]{0,15}:[A-Za-z0-9_-]{1,80}")
IN_PROCESS = (
    "whoholds.in_process"  # the ASGI extension that bot.sandbox.serve announces itself with
)
NOT_FOUND = RefusedError(404, "Not Found")
T = TypeVar("T")


class ConnectionCutError(ConnectionError):
    """In process there is no connection to cut: this takes its place."""


def bot_api(telegram: Telegram) -> Starlette:
    """The Bot API of a Telegram as an app; its `state.closing` ends what waits."""
    closing = asyncio.Event()
    app = Starlette(routes=api_routes(telegram, closing))
    app.state.closing = closing
    return app


def api_routes(telegram: Telegram, closing: asyncio.Event) -> list[Route]:
    """The routes of the Bot API; long polls and hanging calls end when `closing` is set."""

    async def call(request: Request) -> Response:
        return await _answer(telegram, request, closing)

    async def nothing(_: Request) -> Response:
        return _refusal(NOT_FOUND)

    return [
        Route("/bot{token}/{method}", call, methods=["GET", "POST"]),
        Route("/bot{rest:path}", nothing, methods=["GET", "POST"]),
    ]


async def _answer(telegram: Telegram, request: Request, closing: asyncio.Event) -> Response:
    try:
        _check_token(telegram, request.path_params["token"])
        method = METHODS.get(request.path_params["method"].lower())
        content_type = request.headers.get("content-type", "")
        values = read_params(content_type, request.url.query, await request.body())
    except RefusedError as error:
        return _refusal(error)
    name = method.name if method else request.path_params["method"]
    call = Call(name, values, telegram.now())
    telegram.calls.append(call)
    params = Params(values)
    fault = telegram.faults.take(name, params.chat_id)
    if fault is None or fault.processed:
        work = _carry_out(telegram, method, params)
        # Only what waits can outlive its client; the rest is done before anybody could leave.
        waits = method is not None and inspect.iscoroutinefunction(method.handle)
        outcome = await (unless_gone(request, closing, work) if waits else work)
        if outcome is None:
            call.outcome = Outcome(ok=False, code=0, description="the client went away")
            return _restarting()
        call.outcome = outcome
    telegram.signal.notify()
    return await _misfortune(telegram, request, closing, call, fault) or _response(call.outcome)


def _check_token(telegram: Telegram, token: str) -> None:
    if not _TOKEN.fullmatch(token):
        raise NOT_FOUND
    if not hmac.compare_digest(token.encode(), telegram.token.encode()):
        raise RefusedError(401, "Unauthorized")


async def _carry_out(telegram: Telegram, method: Method | None, params: Params) -> Outcome:
    try:
        if method is None:
            raise NOT_FOUND
        if telegram.logged_out:
            raise RefusedError(400, "Logged out")
        unknown = sorted(set(params.values) - method.params - _attachments(params))
        if unknown and telegram.strict:
            names = ", ".join(unknown)
            raise bad_request(f"the Bot API documents no parameter {names} of {method.name}")
        result = method.handle(telegram, params)
        if inspect.isawaitable(result):
            result = await result
    except RefusedError as error:
        parameters = {"parameters": error.parameters} if error.parameters else {}
        return Outcome(False, error.code, error.description, result=parameters)
    return Outcome(True, result=result)


def _attachments(params: Params) -> set[str]:
    """The names of parts that other parameters refer to as attach://<name>."""
    given = json.dumps([v for v in params.values.values() if isinstance(v, str | dict | list)])
    return set(re.findall(r"attach://([\w-]+)", given))


async def _misfortune(
    telegram: Telegram, request: Request, closing: asyncio.Event, call: Call, fault: Fault | None
) -> Response | None:
    """What a fault makes of the answer; None without a fault."""
    if fault is None:
        return None
    if fault.kind == "refuse":
        extra = {"parameters": fault.parameters} if fault.parameters else {}
        call.outcome = Outcome(False, fault.code, fault.description, extra, fault="refuse")
        return _response(call.outcome)
    done = call.outcome is not None and call.outcome.ok
    call.outcome = Outcome(done, 0, f"{fault.kind}, processed={fault.processed}", fault=fault.kind)
    if fault.kind == "hang":
        await unless_gone(request, closing, telegram.faults.hanging())
    return _CutResponse()


async def unless_gone(
    request: Request, closing: asyncio.Event, work: Coroutine[Any, Any, T]
) -> T | None:
    """The result of `work`, or None if the client goes away or the server closes before."""
    task = asyncio.ensure_future(work)
    others = [asyncio.ensure_future(closing.wait()), asyncio.ensure_future(_gone(request))]
    try:
        await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        for one in (task, *others):
            one.cancel()
        await asyncio.gather(task, *others, return_exceptions=True)


async def _gone(request: Request) -> None:
    """Returns when the client closes its connection; the body must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _refusal(error: RefusedError) -> Response:
    parameters = {"parameters": error.parameters} if error.parameters else {}
    return _response(Outcome(False, error.code, error.description, parameters))


def _restarting() -> Response:
    return _response(Outcome(False, 500, "Internal Server Error: restart"))


def _response(outcome: Outcome | None) -> Response:
    """The answer as the Bot API writes it; the HTTP status is the error code."""
    if outcome is None:
        raise RuntimeError("a call was answered before it had an outcome")
    if outcome.ok:
        body = {"ok": True, "result": outcome.result}
    else:
        body = {"ok": False, "error_code": outcome.code, "description": outcome.description}
        body |= outcome.result or {}
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, outcome.code, media_type="application/json")


class _CutResponse(Response):
    """Promises more than it sends: the server then has to close the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if IN_PROCESS in scope.get("extensions", {}):
            raise ConnectionCutError("the connection was cut, as asked for")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"ok":true,', "more_body": True})
