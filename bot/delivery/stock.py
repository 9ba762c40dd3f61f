"""What a sender has leased and not begun yet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.delivery.lanes import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.delivery.batches import Ready

# The lane of what is ready, and whether it is an edit: those have a budget of their own where new
# messages are paid for. In the order in which they go.
Kind = tuple[Lane, bool]
KINDS: tuple[Kind, ...] = ((Lane.URGENT, False), (Lane.SILENT, False), (Lane.SILENT, True))
# When its call is to begin at the latest (loop's clock), and what is to go out.
Waiting = tuple[float, "Ready"]


@dataclass
class Stock:
    """What is ready to go out, what rings first and edits last, each kind in its order; and what of
    it is chosen to be next, until that is on record.
    """

    chosen: list[Waiting] = field(default_factory=list)
    _waiting: dict[Kind, deque[Waiting]] = field(
        default_factory=lambda: {kind: deque() for kind in KINDS}
    )

    def __len__(self) -> int:
        return len(self.chosen) + sum(map(len, self._waiting.values()))

    def add(self, one: Ready, until: float) -> None:
        """Keep one that is ready, and is to begin by then."""
        self._waiting[one.lane, one.delivery.is_edit].append((until, one))

    def edits(self) -> int:
        """How many of those kept are edits."""
        chosen = sum(one.delivery.is_edit for _, one in self.chosen)
        return chosen + len(self._waiting[Lane.SILENT, True])

    def ids(self) -> set[int]:
        """The ids of all deliveries kept."""
        return {one.delivery.id for _, one in self._all()}

    def choose(self, has_room: Callable[[Ready], bool]) -> None:
        """Choose from the front of each kind as long as there is room for the next one."""
        for waiting in self._waiting.values():
            while waiting and has_room(waiting[0][1]):
                self.chosen.append(waiting.popleft())

    def take_chosen(self) -> list[Waiting]:
        """What was chosen, which is kept no longer."""
        taken, self.chosen = self.chosen, []
        return taken

    def drop_late(self, now: float) -> list[Ready]:
        """Keep those no longer that should have begun before `now`; returns them."""
        late = [one for until, one in self.chosen if until < now]
        if late:
            self.chosen = [w for w in self.chosen if w[0] >= now]
        for waiting in self._waiting.values():
            # What came first is to begin first.
            while waiting and waiting[0][0] < now:
                late.append(waiting.popleft()[1])
        return late

    def drop(self, delivery_ids: Collection[int]) -> None:
        """Keep these deliveries no longer."""
        self.chosen = [w for w in self.chosen if w[1].delivery.id not in delivery_ids]
        for kind, waiting in self._waiting.items():
            self._waiting[kind] = deque(w for w in waiting if w[1].delivery.id not in delivery_ids)

    def drain(self) -> list[Ready]:
        """Everything kept, which then is kept no longer."""
        drained = [one for _, one in self._all()]
        self.chosen = []
        for waiting in self._waiting.values():
            waiting.clear()
        return drained

    def _all(self) -> list[Waiting]:
        return [*self.chosen, *(w for waiting in self._waiting.values() for w in waiting)]
