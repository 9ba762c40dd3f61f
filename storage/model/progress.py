"""How far what is told has come, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Progress:
    """The outbox in numbers, and the alerts on their way: those that are not done, and recent ones.

    `due` of the `pending` may go out now, the oldest since `oldest_due_at` (UTC); of the pending
    `urgent` come with a sound and `silent` without. `doubts` may have arrived twice.
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
