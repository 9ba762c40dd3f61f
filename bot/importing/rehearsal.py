"""What an import would do, found out by doing it where nothing of it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.importing.load import import_paths
from storage.tables import deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from storage.engine import Database
    from storage.model.policy import Policy


@dataclass(frozen=True)
class Rehearsed:
    """How many alerts an import would raise, how many chats would get one, and how many rows would
    be rejected.
    """

    alerts: int
    chats: int
    rejected: int


def rehearse(db: Database, paths: Sequence[Path], *, now: datetime, policy: Policy) -> Rehearsed:
    """What importing these files with alerts would raise at the time `now` (UTC).

    Nothing stays written, in the database or beside the files; for who waits meanwhile see
    `Database.rehearsal`. Raises BadInput where the files cannot be imported at all, DatabaseTrouble
    where there is no room to try it.
    """
    with db.rehearsal() as stage:
        with stage.connect() as conn:
            before = conn.scalar(sa.select(sa.func.max(deliveries.c.id))) or 0
        result = import_paths(stage, paths, now=now, alert=True, policy=policy, rehearses=True)
        with stage.connect() as conn:
            chats = conn.scalar(
                sa.select(sa.func.count(sa.distinct(deliveries.c.subscriber_id))).where(
                    deliveries.c.id > before
                )
            )
    return Rehearsed(result.alerts, chats or 0, result.rejected)
