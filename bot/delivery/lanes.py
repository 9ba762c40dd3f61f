"""Who goes first: three lanes of calls, and turns between the chats of one lane.

Nothing here reads a clock: every time is an argument, in seconds of one monotonic clock.
"""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

T = TypeVar("T")
K = TypeVar("K", bound="Hashable")


class Lane(StrEnum):
    """What a call to Telegram is made for, in the order in which they go."""

    REPLY = "reply"  # to somebody who waits for an answer
    URGENT = "urgent"  # an alert or a correction that rings
    SILENT = "silent"  # what nobody is woken for: quiet alerts, edits of what was sent


@dataclass
class Queue(Generic[K, T]):
    """What waits, by chat: first in, first out within a chat, and the chats take turns.

    A chat whose own limit is reached stands aside until its time, and holds nobody up.
    """

    _waiting: dict[K, deque[T]] = field(default_factory=dict)
    # Chats that may have their turn, the next one first; the others, by when they may.
    _turns: OrderedDict[K, None] = field(default_factory=OrderedDict)
    _aside: list[tuple[float, int, K]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _length: int = 0

    def __len__(self) -> int:
        return self._length

    def next_in_line(self) -> int:
        """How many chats only wait for their turn, as far as is known, and not for their limit."""
        return len(self._turns)

    def add(self, chat: K, item: T, *, front: bool = False) -> None:
        """Let something wait for its turn; at the front, if it had it already and must go again."""
        items = self._waiting.setdefault(chat, deque())
        if front:
            items.appendleft(item)
        else:
            items.append(item)
        self._length += 1
        if len(items) == 1:
            self._turns[chat] = None
        if front and chat in self._turns:
            self._turns.move_to_end(chat, last=False)

    def remove(self, chat: K, item: T) -> bool:
        """Let something wait no longer; False if it did not."""
        items = self._waiting.get(chat)
        if items is None or item not in items:
            return False
        items.remove(item)
        self._length -= 1
        if not items:
            del self._waiting[chat]
            self._turns.pop(chat, None)
        return True

    def drain(self) -> list[T]:
        """Everything that waits, which then waits no longer."""
        items = [item for waiting in self._waiting.values() for item in waiting]
        self._waiting.clear()
        self._turns.clear()
        self._aside.clear()
        self._length = 0
        return items

    def take(self, now: float, due: Callable[[K], float]) -> tuple[K, T] | None:
        """The next chat and what goes to it; None if no chat's own limits have room now.

        `due` tells when a chat's limits have room.
        """
        while self._aside and self._aside[0][0] <= now:
            _, _, chat = heapq.heappop(self._aside)
            if chat in self._waiting:
                self._turns[chat] = None
        while self._turns:
            chat = next(iter(self._turns))
            del self._turns[chat]
            if (at := due(chat)) > now:
                heapq.heappush(self._aside, (at, next(self._numbers), chat))
                continue
            items = self._waiting[chat]
            item = items.popleft()
            self._length -= 1
            if items:
                self._turns[chat] = None
            else:
                del self._waiting[chat]
            return chat, item
        return None

    def next_at(self) -> float | None:
        """After a `take` that found none: when the next chat's limits have room, if one waits."""
        while self._aside and self._aside[0][2] not in self._waiting:
            heapq.heappop(self._aside)
        return self._aside[0][0] if self._aside else None

    def look_again(self) -> None:
        """Limits have changed: ask anew of every chat that stands aside."""
        for _, _, chat in self._aside:
            if chat in self._waiting:
                self._turns[chat] = None
        self._aside.clear()
