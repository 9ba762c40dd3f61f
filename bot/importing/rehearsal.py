"""What an import would do, found out by doing it where nothing of it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.importing.load import import_paths
from storage import alerts, audience

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
            before = alerts.newest_id(conn)
        result = import_paths(stage, paths, now=now, alert=True, policy=policy, rehearses=True)
        with stage.connect() as conn:
            calls = audience.calls_of(conn, alerts.made_after(conn, before))
    # Only now, when on PostgreSQL whoever changes the same places waits no longer.
    with db.connect() as conn:
        return Rehearsed(result.alerts, audience.count_all(conn, calls), result.rejected)
