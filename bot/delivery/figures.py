"""What delivery counts while it runs, for those who watch it; nothing here names a chat.

Counters only grow while the process lives; gauges say what is so now.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum

from bot.delivery.lanes import Lane
from bot.delivery.outcome import Step

# Upper bounds in seconds; what took longer is only in the count.
BOUNDS = (0.01, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 60.0)


class Scope(StrEnum):
    """Whom a "too many requests" holds up."""

    TOKEN = "token"  # noqa: S105 - a word, not a password
    CHAT = "chat"


@dataclass
class Seconds:
    """How long something took: `within[i]` took at most `BOUNDS[i]` and more than the bound before.

    `count` and `sum` (seconds) are of all.
    """

    within: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))
    count: int = 0
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one that took so many seconds."""
        self.count += 1
        self.sum += seconds
        place = bisect_left(BOUNDS, seconds)
        if place < len(BOUNDS):
            self.within[place] += 1


def _by_lane() -> dict[Lane, int]:
    return dict.fromkeys(Lane, 0)


@dataclass
class Figures:
    """The figures of one bot's calls to Telegram. The dispatcher and the sender keep them up to
    date; everybody else only reads.
    """

    # Counters.
    calls: dict[Lane, int] = field(default_factory=_by_lane)  # made, whatever came of them
    # What the failures of deliveries meant: one for each try that failed.
    failed: dict[Step, int] = field(default_factory=lambda: dict.fromkeys(Step, 0))
    too_many: dict[Scope, int] = field(default_factory=lambda: dict.fromkeys(Scope, 0))
    slowed: int = 0  # how often the rate was lowered after "too many requests"
    quickened: int = 0  # how often it was raised again after a quiet time
    put_back: int = 0  # deliveries that went back to the outbox without having been tried
    sent: int = 0  # deliveries that arrived
    doubts: int = 0  # tries that ended without an answer: they may have arrived all the same
    dead: int = 0  # deliveries that Telegram will never take
    left: int = 0  # deliveries that met a chat that has gone
    reply_waits: Seconds = field(default_factory=Seconds)  # from asking for a call to making it
    # Gauges.
    rate: float = 0.0  # messages a second, as things stand
    paid_rate: float = 0.0  # the same of paid broadcasts; 0 where they are off
    waiting: dict[Lane, int] = field(default_factory=_by_lane)  # for their turn
    in_flight: int = 0  # calls that Telegram has not answered yet
