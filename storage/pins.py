"""The grades of sources, and pinning them: then their records do not count any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage import audit
from storage.checkpoints import forget_all
from storage.model.audit import Act
from storage.sources import get_sources, regrade

if TYPE_CHECKING:
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.roles import Actor
    from storage.model.sources import Grade, Source


def regraded(
    conn: sa.Connection, source_id: str, act: Act, given: Grade | None, who: Actor, now: datetime
) -> Source:
    """Grade, pin or unpin a source as `act` says, at the time `now` (UTC), and note in the log who
    did it, if anything is other than it was; returns it as it is then. Without a grade `given` it
    keeps its own.
    """
    before = get_sources(conn, [source_id])[source_id]
    match act:
        case Act.SOURCE_GRADED:
            grade(conn, source_id, given or before.reliability, now)
        case Act.SOURCE_PINNED:
            pin(conn, source_id, given, now)
        case Act.SOURCE_UNPINNED:
            unpin(conn, source_id, now)
        case _:
            raise ValueError(f"{act} is nothing that is done to a grade")
    after = get_sources(conn, [source_id])[source_id]
    if after != before:
        about = {"source": after.name, "grade": after.reliability.value}
        audit.note(conn, who, act, about | {"before": before.reliability.value}, now)
    return after


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
