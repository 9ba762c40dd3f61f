"""Telegram's limits, kept by spacing the calls: 30 a second for a bot, 1 a second to a chat and
20 a minute to a group (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

`Pacer` is python-telegram-bot's rate limiter, so replies and alerts go through the same windows.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.outcome import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telegram._utils.types import JSONDict

PER_SECOND = 30
CHAT_SPACING = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
WINDOW = 1.0  # seconds that PER_SECOND holds for, wherever they begin
# A reply is tried again after "too many requests" this often; an alert goes back to the outbox.
REPLY_TRIES = 3
# An alert that would have to wait longer goes back to the outbox until then.
ALERT_PATIENCE = 1.0
# Chats that were silent this long are forgotten here; they are looked through as rarely.
KEPT_SECONDS = GROUP_SECONDS


class NotYet(Exception):
    """Telegram's limits leave no room for an alert for so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no room for {seconds:.1f} s")
        self.seconds = seconds


@dataclass
class _Chat:
    """When messages went to a chat (seconds of the event loop's clock), and whose turn it is."""

    times: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_MESSAGES))
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pacer(BaseRateLimiter[str]):
    """Lets every call wait until Telegram's limits have room for it.

    A call made with `rate_limit_args=ALERT` waits for a few seconds at most, and is not repeated
    when Telegram asks to wait: NotYet or RetryAfter goes to the caller, who has it on record.
    """

    ALERT = "alert"

    def __init__(self, per_second: int = PER_SECOND) -> None:
        self._spacing = 1 / per_second
        self._next = 0.0
        # When the latest calls really went out: a wake-up that comes late lets planned ones bunch.
        self._starts: deque[float] = deque(maxlen=per_second)
        self._halted_until = 0.0
        self._forget_at = 0.0
        self._chats: dict[int | str, _Chat] = {}

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to take down."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the call when its turn has come; called by python-telegram-bot for every method."""
        is_alert = rate_limit_args == self.ALERT
        chat_id = data.get("chat_id") if endpoint.startswith(("send", "edit")) else None
        tries = 1 if is_alert else REPLY_TRIES
        while True:
            if chat_id is not None:
                await self._turn(chat_id, is_alert=is_alert)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self.halt(retry_after(error).total_seconds())
                tries -= 1
                if tries == 0:
                    raise

    def halt(self, seconds: float) -> None:
        """Let every call wait for so long, as Telegram has asked."""
        until = asyncio.get_running_loop().time() + seconds
        self._halted_until = max(self._halted_until, until)

    async def _turn(self, chat_id: int | str, *, is_alert: bool) -> None:
        """Wait until Telegram's limits have room for a message to this chat."""
        self._forget_silent()
        chat = self._chats.setdefault(chat_id, _Chat())
        loop = asyncio.get_running_loop()
        latest = math.inf
        if is_alert:
            self._refuse_long_wait(chat, chat_id)
            latest = loop.time() + ALERT_PATIENCE
        async with chat.turn:
            is_group = _is_group(chat_id)
            await self._wait(lambda: self._due(chat, is_group=is_group), latest)
            # The slot is taken before it is waited for: the next caller gets the one behind it.
            slot = max(loop.time(), self._next)
            self._next = slot + self._spacing
            await self._wait(lambda: max(slot, self._room(), self._halted_until), latest)
            # Nobody else has run since the last look.
            now = loop.time()
            self._starts.append(now)
            chat.times.append(now)

    async def _wait(self, due: Callable[[], float], latest: float) -> None:
        """Wait until `due()`, which may move meanwhile; NotYet when that comes after `latest`."""
        loop = asyncio.get_running_loop()
        while (wait := (at := due()) - loop.time()) > 0:
            if at > latest:
                raise NotYet(wait)
            await asyncio.sleep(wait)

    def _refuse_long_wait(self, chat: _Chat, chat_id: int | str) -> None:
        """Raise NotYet unless an alert's turn comes soon: its lease runs while it waits."""
        if chat.turn.locked():
            raise NotYet(CHAT_SPACING)
        due = max(self._due(chat, is_group=_is_group(chat_id)), self._next, self._room())
        wait = due - asyncio.get_running_loop().time()
        if wait > ALERT_PATIENCE:
            raise NotYet(wait)

    def _room(self) -> float:
        """When there is room for one more call of the bot's, whatever the chat."""
        full = len(self._starts) == self._starts.maxlen
        return self._starts[0] + WINDOW if full else 0.0

    def _due(self, chat: _Chat, *, is_group: bool) -> float:
        due = self._halted_until
        if chat.times:
            due = max(due, chat.times[-1] + CHAT_SPACING)
        if is_group and len(chat.times) == GROUP_MESSAGES:
            due = max(due, chat.times[0] + GROUP_SECONDS)
        return due

    def _forget_silent(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._forget_at:
            return
        self._forget_at = now + KEPT_SECONDS
        for chat_id in [
            i
            for i, chat in self._chats.items()
            # One without times was only ever refused.
            if not chat.turn.locked() and (not chat.times or chat.times[-1] < now - KEPT_SECONDS)
        ]:
            del self._chats[chat_id]


def _is_group(chat_id: int | str) -> bool:
    # Groups and channels have negative ids; a channel is named by text (@name) as well.
    return isinstance(chat_id, str) or chat_id < 0
