"""Everything that says when a call may go out: Telegram's limits, and what it refuses beyond them.

A 429 says how long to wait and not who: "too many requests" may mean the bot, or one chat
(https://core.telegram.org/bots/api#responseparameters names no chat, and the FAQ names a limit for
each). The Bot API server also answers so to everything while it restarts, and going on regardless
is what gets a bot banned (https://grammy.dev/advanced/flood). So a 429 halts everybody, unless
there is evidence that it is the chat's:

- we have sent that chat about as much as a chat may get, so its limit is the one that is near;
- or, after PROBE_AFTER seconds of a longer halt, one call to another chat is let through and
  answered. If that is refused as well, it is the token, and nothing more is tried until the end.

Either way nothing goes to the refused chat before its time. Pure: every time is an argument, in
seconds of one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from bot.delivery.figures import Scope
from bot.delivery.windows import (
    CHAT_SPACING,
    GROUP_MESSAGES,
    GROUP_SECONDS,
    Budget,
    ChatId,
    Chats,
    is_group,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# So long a halt of everybody lasts at most where only one chat was refused.
PROBE_AFTER = 10.0
# Three quarters of what a group may get in a minute, or a chat in some seconds, is near its limit.
NEAR = 0.75
CHAT_RUN = 8  # messages, one a second


class Window(Enum):
    """Which budget of the bot's a call counts for."""

    NONE = auto()  # it sends no message: only a halt of everybody concerns it
    FREE = auto()
    PAID = auto()  # a paid broadcast


@dataclass
class _Halt:
    """Everybody waits: since when, until when, and which chats were refused."""

    since: float
    until: float
    refused: set[ChatId | None] = field(default_factory=set)
    # The chat that a call was let through to, to see whether the halt is everybody's.
    probe: ChatId | None = None


class Limits:
    """When the next call may go out, and what an answer means for the ones behind it."""

    def __init__(self, per_second: int, paid_per_second: int = 0) -> None:
        """Messages a second, and paid ones (0: none are)."""
        self.free = Budget(per_second)
        self.paid = Budget(paid_per_second) if paid_per_second else None
        self.chats = Chats()
        self._halt: _Halt | None = None

    def budget(self, window: Window) -> Budget | None:
        """The budget that calls of this window count for, if any."""
        if window is Window.NONE:
            return None
        return self.paid if window is Window.PAID and self.paid else self.free

    def budgets(self) -> Iterator[Budget]:
        """All there are."""
        yield self.free
        if self.paid:
            yield self.paid

    def window_due(self, window: Window, now: float) -> float:
        """When a call of this window may go out, to some chat; not after `now` if it may."""
        budget = self.budget(window)
        return max(self.open_at(now), budget.due(now) if budget else now)

    def chat_due(self, chat: ChatId | None, now: float) -> float:
        """When a call to this chat may go out, as far as the chat is concerned."""
        due = now if chat is None else self.chats.due(chat, now)
        halt = self._halted(now)
        if halt and (halt.probe is not None or chat is None or chat in halt.refused):
            return max(due, halt.until)
        return due

    def take(self, chat: ChatId | None, window: Window, now: float) -> None:
        """Give a call its turn now; `leave` must follow."""
        if halt := self._halted(now):
            halt.probe = chat
        if budget := self.budget(window):
            budget.take(now)
        if chat is not None:
            self.chats.take(chat, now)

    def leave(self, window: Window, now: float) -> None:
        """Count a call that had its turn and leaves now."""
        if budget := self.budget(window):
            budget.leave(now)

    def open_at(self, now: float) -> float:
        """When calls may go out again, be it one to see whether more may; not after `now` if so."""
        halt = self._halted(now)
        if halt is None:
            return now
        probing = halt.probe is None and halt.since + PROBE_AFTER < halt.until
        return max(now, halt.since + PROBE_AFTER) if probing else halt.until

    def refused(
        self, chat: ChatId | None, window: Window, seconds: float, now: float
    ) -> tuple[Scope, bool]:
        """Telegram has refused a call for so long. Whom that halts, and if it lowers the rate."""
        until = now + seconds
        if chat is not None:
            self.chats.halt(chat, until)
        halt = self._halted(now)
        if chat is not None and halt is None and self._is_near(chat, now):
            return Scope.CHAT, False
        # Of the calls that were under way together, the first one speaks for all.
        lowered = False
        if halt is None:
            halt = self._halt = _Halt(now, until)
            budget = self.budget(window)
            lowered = budget.refused(now, until) if budget else False
        halt.until = max(halt.until, until)
        halt.refused.add(chat)
        return Scope.TOKEN, lowered

    def answered(self, chat: ChatId | None, now: float) -> bool:
        """Telegram has taken or judged a call; True if that ends a halt of everybody."""
        halt = self._halted(now)
        if halt is None or chat is None or halt.probe != chat or chat in halt.refused:
            return False
        self._halt = None
        return True

    def unanswered(self, chat: ChatId | None, now: float) -> bool:
        """Nobody has answered a call; True if it was to end a halt: another one may, later."""
        halt = self._halted(now)
        if halt is None or chat is None or halt.probe != chat or chat in halt.refused:
            return False
        halt.probe, halt.since = None, now
        return True

    def _halted(self, now: float) -> _Halt | None:
        if self._halt and self._halt.until <= now:
            self._halt = None
        return self._halt

    def _is_near(self, chat: ChatId, now: float) -> bool:
        sent = self.chats.sent_since
        run = sent(chat, now - CHAT_RUN * CHAT_SPACING)
        if is_group(chat) and sent(chat, now - GROUP_SECONDS) >= NEAR * GROUP_MESSAGES:
            return True
        return run >= NEAR * CHAT_RUN
