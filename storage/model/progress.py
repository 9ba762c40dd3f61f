"""How far what is told has come, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.alerts import AlertKind


@dataclass(frozen=True)
class Broadcast:
    """An alert on its way: how many deliveries it has and where they stand.

    `place_id` is that of its place or area, `place` the name; `still_to_address` is how many chats
    may get a delivery yet; the times are UTC.
    """

    alert_id: int
    kind: AlertKind
    place_id: str
    place: str
    made_at: datetime
    addressed: int
    still_to_address: int
    sent: int
    pending: int
    dead: int
    closed: int
    last_sent_at: datetime | None

    @property
    def left(self) -> int:
        """How many chats may hear of it yet."""
        return self.pending + self.still_to_address

    @property
    def per_second(self) -> float | None:
        """How many were sent a second, from when it was made to the last one; None where that
        cannot be told yet.
        """
        if self.last_sent_at is None or self.last_sent_at <= self.made_at:
            return None
        return self.sent / (self.last_sent_at - self.made_at).total_seconds()

    def expected_end(self, now: datetime) -> datetime | None:
        """When the rest will have been sent at that rate (UTC); None where that cannot be told."""
        rate = self.per_second
        if not rate or not self.left:
            return None
        try:
            return now + timedelta(seconds=self.left / rate)
        except OverflowError:
            return None


@dataclass(frozen=True)
class DeadLetter:
    """A delivery that Telegram refused after so many attempts: of which alert and place, why.

    Which chat it was for is nobody's business. `made_at` is when the alert was made (UTC).
    """

    id: int
    kind: AlertKind
    place: str
    made_at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True)
class DeadLetters:
    """So many letters died for one reason."""

    reason: str
    number: int


@dataclass(frozen=True)
class Progress:
    """The outbox in numbers, and the alerts on their way: those that are not done, and recent ones.

    `due` of the `pending` may go out now, the oldest since `oldest_due_at` (UTC); of the pending
    `urgent` come with a sound and `silent` without. All that are `dead` are counted; `sent`,
    `closed`, and of all deliveries the `doubts`, which may have arrived twice, are those of the
    alerts on their way and of recent ones.
    """

    pending: int
    due: int
    oldest_due_at: datetime | None
    urgent: int
    silent: int
    sent: int
    dead: int
    closed: int
    doubts: int
    broadcasts: tuple[Broadcast, ...]
