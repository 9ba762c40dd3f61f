"""A Bot API server that keeps up: a process of its own, to measure what sends to it.

    python tests/benchmarks/bot_api.py          # prints the port that it listens on

It takes what bots here call, answers messages after 30 to 110 ms, and records when each arrived,
for which chat, and with what it was answered. It is told what to do under /control (see `Server`
in `side_by_side`). It checks nothing: for that there is the stand-in of the sandbox.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SENDS = ("sendmessage", "editmessagetext")
SLOW = (0.03, 0.11)
CHAT = re.compile(rb'(?:^|&)chat_id=(-?\d+)|"chat_id":\s*"?(-?\d+)')
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
TIMEOUT = re.compile(rb'(?:^|[&?])timeout=(\d+)|"timeout":\s*"?(\d+)')
OFFSET = re.compile(rb'(?:^|[&?])offset=(\d+)|"offset":\s*"?(\d+)')
ME = {
    "id": 123456,
    "is_bot": True,
    "first_name": "Measured",
    "username": "measured_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}


@dataclass
class Plan:
    """What goes wrong: a share of errors (500); a halt of so many seconds (429) from the Nth
    message on; and from how many messages in a second on there is one of a second (0: never).
    """

    seed: int = 1
    error_rate: float = 0.0
    halt_at: int = 0
    halt_seconds: float = 5.0
    per_second: int = 0


@dataclass
class Api:
    """What the server knows. `seen` has a row for each message: when it arrived (monotonic clock),
    for which chat, and the status of the answer.
    """

    plan: Plan = field(default_factory=Plan)
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    seen: list[tuple[float, int, int]] = field(default_factory=list)
    asked: list[tuple[float, int]] = field(default_factory=list)
    updates: deque[dict[str, Any]] = field(default_factory=deque)
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    latest: deque[float] = field(default_factory=deque)
    halted_until: float = 0.0
    taken: int = 0
    number: int = 0

    def begin(self, plan: dict[str, Any]) -> None:
        """Forget everything and follow this plan."""
        self.plan = Plan(**plan)
        self.dice = random.Random(self.plan.seed)
        self.seen, self.asked = [], []
        self.updates.clear()
        self.latest.clear()
        self.halted_until, self.taken = 0.0, 0

    def message(self, chat: int) -> tuple[float, int, bytes]:
        """A message arrives: after how many seconds it is answered, the status, and the body."""
        now, plan = time.monotonic(), self.plan
        status, left = 200, 0.0
        while self.latest and self.latest[0] <= now - 1:
            self.latest.popleft()
        if plan.halt_at and len(self.seen) + 1 == plan.halt_at:
            self.halted_until = now + plan.halt_seconds
        if now < self.halted_until:
            status, left = 429, self.halted_until - now
        elif plan.per_second and len(self.latest) >= plan.per_second:
            status, left = 429, self.latest[0] + 1 - now
        elif plan.error_rate and self.dice.random() < plan.error_rate:
            status = 500
        self.seen.append((now, chat, status))
        if status == 200:
            self.latest.append(now)
            self.taken += 1
        return self.dice.uniform(*SLOW), status, self._body(chat, status, left)

    def _body(self, chat: int, status: int, left: float) -> bytes:
        if status == 200:
            self.number += 1
            return (
                b'{"ok":true,"result":{"message_id":%d,"date":1403500000,"text":"x",'
                b'"chat":{"id":%d,"type":"private","first_name":"Ann"}}}' % (self.number, chat)
            )
        if status == 500:
            return b'{"ok":false,"error_code":500,"description":"Internal Server Error"}'
        seconds = max(1, -int(-left // 1))
        return (
            b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after %d",'
            b'"parameters":{"retry_after":%d}}' % (seconds, seconds)
        )

    def say(self, chat: int, text: str) -> None:
        """Somebody writes to the bot."""
        self.number += 1
        who = {"id": chat, "first_name": "Ann"}
        command = text.partition(" ")[0]
        message = {
            "message_id": self.number,
            "date": 1403500000,
            "chat": {**who, "type": "private"},
            "from": {**who, "is_bot": False},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
        }
        self.updates.append({"update_id": self.number, "message": message})
        self.asked.append((time.monotonic(), chat))
        for future in self.waiting:
            if not future.done():
                future.set_result(None)

    async def poll(self, offset: int, seconds: int) -> bytes:
        """The updates from `offset` on, as soon as there are any."""
        while self.updates and self.updates[0]["update_id"] < offset:
            self.updates.popleft()
        if not self.updates and seconds:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(future)
            await asyncio.wait({future}, timeout=seconds)
            self.waiting.remove(future)
        return json.dumps({"ok": True, "result": list(self.updates)}).encode()


class Connection(asyncio.Protocol):
    """One connection of HTTP/1.1; a client sends a request when the last one is answered."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.loop = asyncio.get_running_loop()
        self.data = b""
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Some bytes: perhaps a whole request, perhaps not yet."""
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end]
            found = LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self.data) < whole:
                return
            body, self.data = self.data[end + 4 : whole], self.data[whole:]
            self._request(head.split(b" ", 2)[1].decode(), body)

    def _request(self, target: str, body: bytes) -> None:
        path = urlsplit(target).path
        name = path.rpartition("/")[2].lower()
        if path.startswith("/control/"):
            self.answer(200, self._control(name, body))
        elif name in SENDS:
            found = CHAT.search(body)
            chat = int(found[1] or found[2]) if found else 0
            self.loop.call_later(*self._later(*self.api.message(chat)))
        elif name == "getupdates":
            task = self.loop.create_task(self._poll(target.encode() + b"&" + body))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        else:
            result: Any = ME if name == "getme" else [] if name.startswith("get") else True
            self.answer(200, json.dumps({"ok": True, "result": result}).encode())

    def _later(self, seconds: float, status: int, body: bytes) -> tuple[Any, ...]:
        return seconds, self.answer, status, body

    async def _poll(self, given: bytes) -> None:
        offset, seconds = (
            int(found[1] or found[2]) if found else 0
            for found in (OFFSET.search(given), TIMEOUT.search(given))
        )
        self.answer(200, await self.api.poll(offset, seconds))

    def _control(self, name: str, body: bytes) -> bytes:
        api = self.api
        given = json.loads(body) if body else {}
        if name == "begin":
            api.begin(given)
        elif name == "say":
            api.say(given["chat"], given["text"])
        elif name == "seen":
            return json.dumps({"seen": api.seen, "asked": api.asked}).encode()
        return json.dumps({"taken": api.taken, "seen": len(api.seen)}).encode()

    def answer(self, status: int, body: bytes) -> None:
        """Write an answer, if the client is still there."""
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(body), body)
            )


async def serve() -> None:
    """Listen on a free port of this machine until killed."""
    api = Api()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(api), "127.0.0.1", 0, backlog=2048)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
