"""How much a bot may send, as https://core.telegram.org/bots/faq says it.

"Avoid sending more than one message per second" in a chat ("we may allow short bursts"),
no more than 20 messages a minute in a group, about 30 messages a second in all. Telegram does
not say how long a short burst is; here it is three messages unless told otherwise.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Limits:
    """Counts what was sent and says when the next message may go.

    Times are seconds of a monotonic clock, given by the caller. Messages count for all three
    limits; edits count for the token's only. What was refused does not count.
    """

    per_second: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 3
    group_per_minute: int = 20
    _sent: deque[float] = field(default_factory=deque)
    _groups: dict[int, deque[float]] = field(default_factory=dict)
    _buckets: dict[int, tuple[float, float]] = field(default_factory=dict)

    def admit(self, now: float, *, chat: int | None, group: bool) -> int | None:
        """Counts one message, or says in how many seconds (at least 1) it may be tried again.

        `chat` is None for an edit, which no chat's limit counts.
        """
        waits = [_window_wait(self._sent, now, 1.0, self.per_second)]
        if chat is not None:
            waits.append(self._bucket_wait(chat, now))
            if group:
                minute = self._groups.setdefault(chat, deque())
                waits.append(_window_wait(minute, now, 60.0, self.group_per_minute))
        if (wait := max(waits)) > 0:
            return max(1, math.ceil(wait))
        self._sent.append(now)
        if chat is not None:
            level, _ = self._bucket(chat, now)
            self._buckets[chat] = (level - 1, now)
            if group:
                self._groups[chat].append(now)
        return None

    def _bucket(self, chat: int, now: float) -> tuple[float, float]:
        level, at = self._buckets.get(chat, (float(self.chat_burst), now))
        return min(self.chat_burst, level + (now - at) * self.chat_per_second), now

    def _bucket_wait(self, chat: int, now: float) -> float:
        level, _ = self._bucket(chat, now)
        return (1 - level) / self.chat_per_second if level < 1 else 0.0


def _window_wait(sent: deque[float], now: float, window: float, most: int) -> float:
    """Seconds until one more fits into the sliding window; forgets what has left it."""
    while sent and sent[0] <= now - window:
        sent.popleft()
    return sent[len(sent) - most] + window - now if len(sent) >= most else 0.0
