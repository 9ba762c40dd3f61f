"""Telegram's limits as sliding windows: 30 messages a second for a bot, 1 a second to a chat, 20 a
minute to a group (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this).

Nothing here reads a clock: every time is an argument, in seconds of one monotonic clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

PER_SECOND = 30
MOST_PER_SECOND = 1000  # of paid broadcasts (Bot API, allow_paid_broadcast)
# The second that Telegram counts in, and a little more, since some calls travel faster than others.
WINDOW = 1.002
# Messages are spread over a little longer than that: what goes out late does not add up then.
SPREAD = 1.0075
CHAT_SPACING = 1.0
GROUP_MESSAGES, GROUP_SECONDS = 20, 60.0
# A message that goes out late, because the process was busy, does not delay the plan for the ones
# behind it if it is not later than this.
CATCH_UP = 0.25
# So much sooner after the one before it than planned a message may go out to catch up with the
# plan. Else those that were held up would go out in a bunch, as would their successors a second
# later; and a bunch comes whole within a second where a single one would, since some are slow.
SOONER = 0.005
# Chats that were silent this long are forgotten; they are looked through as rarely.
KEPT_SECONDS = GROUP_SECONDS

# After two refusals within QUIET_SECONDS the rate is a quarter lower, again after a third; each
# time that so many seconds pass without one, it is a tenth of the setting higher.
QUIET_SECONDS = 60.0
LOWER_BY = 0.75
RAISE_BY = 0.1
LOWEST_RATE = 1.0

ChatId = int | str


class Budget:
    """How many messages a second the bot may send.

    They are spread evenly over the second, from the first one on, and no window of a second holds
    more than `rate`, wherever it begins. A message counts from when it leaves; until then it
    counts as leaving now.
    """

    def __init__(self, most: int) -> None:
        """`most` is what the setting allows, messages a second."""
        self.most = most
        self.rate = float(most)
        self._left: deque[float] = deque(maxlen=most)
        self._leaving = 0
        self._planned = self._soonest = -1e9
        self._refused_at: float | None = None
        self._quiet_since = 0.0

    def due(self, now: float) -> float:
        """When there is room for one more message; not after `now` if there is already."""
        due = max(self._planned, self._soonest)
        held = int(self.rate) - self._leaving
        if held <= 0:
            due = max(due, now + WINDOW)
        elif len(self._left) >= held:
            due = max(due, self._left[-held] + WINDOW)
        # Room at once is never said as a time before now.
        return max(due, now)

    def take(self, now: float) -> None:
        """Give a message its turn now; `leave` must follow."""
        spacing = SPREAD / self.rate
        planned = self._planned if now - self._planned <= CATCH_UP else now
        self._planned = planned + spacing
        self._soonest = now + spacing - SOONER
        self._leaving += 1

    def leave(self, now: float) -> None:
        """Count a message that had its turn and leaves now."""
        self._leaving -= 1
        self._left.append(now)

    def refused(self, now: float, until: float) -> bool:
        """Telegram refuses messages until then; True if that lowers the rate."""
        again = self._refused_at is not None and now - self._quiet_since < QUIET_SECONDS
        self._refused_at, self._quiet_since = now, until
        if not again or self.rate <= LOWEST_RATE:
            return False
        self.rate = max(LOWEST_RATE, self.rate * LOWER_BY)
        return True

    def recover(self, now: float) -> bool:
        """Raise the rate if it has been quiet for long enough; True if it did."""
        steps = int((now - self._quiet_since) / QUIET_SECONDS)
        if self.rate >= self.most or steps < 1:
            return False
        self.rate = min(float(self.most), self.rate + steps * RAISE_BY * self.most)
        self._quiet_since += steps * QUIET_SECONDS
        return True


@dataclass
class _Chat:
    times: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_MESSAGES))
    halted_until: float = 0.0


class Chats:
    """What may be sent to each chat, and how much it was sent lately."""

    def __init__(self) -> None:
        self._chats: dict[ChatId, _Chat] = {}
        self._forget_at = 0.0

    def __len__(self) -> int:
        return len(self._chats)

    def due(self, chat_id: ChatId, now: float) -> float:
        """When there is room for one more message to this chat; not after `now` if there is."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return now
        due = max(now, chat.halted_until)
        if chat.times:
            due = max(due, chat.times[-1] + CHAT_SPACING)
        if is_group(chat_id) and len(chat.times) == GROUP_MESSAGES:
            due = max(due, chat.times[0] + GROUP_SECONDS)
        return due

    def take(self, chat_id: ChatId, now: float) -> None:
        """Count a message to this chat that goes out now."""
        self._forget_silent(now)
        self._chats.setdefault(chat_id, _Chat()).times.append(now)

    def halt(self, chat_id: ChatId, until: float) -> None:
        """Send nothing to this chat until then."""
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.halted_until = max(chat.halted_until, until)

    def sent_since(self, chat_id: ChatId, since: float) -> int:
        """How many messages this chat was sent since then; at most what is kept of a chat."""
        chat = self._chats.get(chat_id)
        return sum(at >= since for at in chat.times) if chat else 0

    def _forget_silent(self, now: float) -> None:
        if now < self._forget_at:
            return
        self._forget_at = now + KEPT_SECONDS
        old = now - KEPT_SECONDS
        for chat_id in [
            i
            for i, chat in self._chats.items()
            if chat.halted_until <= now and (not chat.times or chat.times[-1] < old)
        ]:
            del self._chats[chat_id]


def is_group(chat_id: ChatId) -> bool:
    """Whether a chat is a group or channel: they have negative ids, a channel may be @named."""
    return isinstance(chat_id, str) or chat_id < 0
