"""The grades of sources, and pinning them: then their records do not count any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.checkpoints import forget_all
from storage.sources import get_sources, regrade

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.sources import Grade


def pin(conn: sa.Connection, source_id: str, grade: Grade | None, now: datetime) -> None:
    """Fix the grade of a source, as it is or to `grade`: its record does not count any more.

    Every place is looked at again by the next check, from the time `now` (UTC) on.
    """
    source = get_sources(conn, [source_id])[source_id]
    pinned = replace(source, pinned=True, reliability=grade or source.reliability)
    if regrade(conn, pinned, now):
        forget_all(conn, now)


def grade(conn: sa.Connection, source_id: str, given: Grade, now: datetime) -> None:
    """Give a source another grade, pinned or not as it was.

    Every place is looked at again by the next check, from the time `now` (UTC) on.
    """
    source = get_sources(conn, [source_id])[source_id]
    if regrade(conn, replace(source, reliability=given), now):
        forget_all(conn, now)


def unpin(conn: sa.Connection, source_id: str, now: datetime) -> None:
    """Let the record of a source move its weight again; its grade stays until one is imported."""
    source = get_sources(conn, [source_id])[source_id]
    if regrade(conn, replace(source, pinned=False), now):
        forget_all(conn, now)
