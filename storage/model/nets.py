"""Net changes: what became of a place since a chat was last told of it, whatever lay between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.changes import Status
    from storage.model.places import Place


@dataclass(frozen=True)
class Net:
    """From what a chat was last told of a place, at `told_at` (UTC), to what holds now.

    `told_at` is None where nobody told it, but so it was when it began to be told.
    """

    place: Place
    before: Status
    told_at: datetime | None
    now: Status
