"""Sources that have gone silent: when one was found to be, and when it was heard of again.

What is kept of a source is looked at again when it is due: when it would be silent if nothing had
come in. Only then its reports since the last look are read, by their index. Of a source that is
silent, every look asks whether there is anything newer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.silence import Hearing, Received, Silence, hear, silence_of, silent_from
from storage.rows import insert, upsert
from storage.tables import hearings, reports, silences, sources

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from storage.model.policy import Policy

# As many sources are looked at in one check; the others follow in the next.
AT_ONCE = 20
# After a start, whatever was not collected meanwhile gets so long to come in.
GRACE = timedelta(hours=1)
_OPEN = silences.c.ended_at.is_(None)


def review(
    conn: sa.Connection, now: datetime, policy: Policy, listening_since: datetime
) -> list[Silence]:
    """End the silences that are over at the time `now` (UTC), and begin those that are due.

    `listening_since` is when the process began that collects reports (UTC): a source that was not
    heard of because nobody listened is none. Returns those that ended or began.
    """
    return [
        changed
        for row in _due(conn, now)
        if (changed := _look(conn, row, now, policy, listening_since + GRACE))
    ]


def look_again(conn: sa.Connection, now: datetime) -> None:
    """Have every source looked at from the time `now` (UTC) on: what decides has changed."""
    conn.execute(sa.update(hearings).values(look_at=now))


def silent_at(conn: sa.Connection, ids: Collection[str], at: datetime) -> dict[str, Silence]:
    """Those of these sources that were known to be silent at the time `at` (UTC), by id."""
    return {x.source: x for x in _all(conn, silences.c.source_id.in_(list(ids))) if x.in_force(at)}


def open_ones(conn: sa.Connection) -> list[Silence]:
    """The silences that have not ended, the longest first."""
    return sorted(_all(conn, _OPEN), key=lambda x: (x.since, x.source))


def _all(conn: sa.Connection, which: sa.ColumnElement[bool]) -> Iterator[Silence]:
    for row in conn.execute(sa.select(silences).where(which).order_by(silences.c.id)):
        usual = timedelta(seconds=row.rhythm_seconds)
        yield Silence(row.source_id, row.since, usual, row.found_at, row.ended_at)


def _due(conn: sa.Connection, now: datetime) -> list[Any]:
    """The sources to look at now, with what is kept of each."""
    newer = sa.exists().where(
        reports.c.source_id == sources.c.id,
        reports.c.reported_at <= now,
        reports.c.reported_at > hearings.c.said_at,
    )
    query = (
        sa.select(
            sources.c.id.label("source"),
            hearings.c.heard_at,
            hearings.c.moments,
            silences.c.id.label("silence"),
            silences.c.since,
        )
        .select_from(
            sources.outerjoin(hearings, hearings.c.source_id == sources.c.id).outerjoin(
                silences, (silences.c.source_id == sources.c.id) & _OPEN
            )
        )
        .where(
            hearings.c.source_id.is_(None)
            | (hearings.c.look_at <= now)
            | (silences.c.id.is_not(None) & newer)
        )
        .order_by(sources.c.id)
        .limit(AT_ONCE)
    )
    return list(conn.execute(query))


def _look(
    conn: sa.Connection, row: Any, now: datetime, policy: Policy, trusted_from: datetime
) -> Silence | None:
    """Take note of what came in from a source; the silence that ended or began with that."""
    kept = Hearing(row.heard_at, tuple(map(datetime.fromisoformat, row.moments or ())))
    received = _received(conn, row.source, kept, now, policy)
    hearing = hear(kept, received, policy)
    silence = silence_of(row.source, hearing, policy, now)
    changed: Silence | None = None
    look_at = silent_from(hearing, policy) or now + policy.silent_least
    if row.silence is not None and hearing.heard_at != row.since:
        changed = _end(conn, row.silence, now)
    elif silence is not None and row.silence is None and now < trusted_from:
        look_at = trusted_from
    elif silence is not None:
        changed = None if row.silence else _begin(conn, silence)
        look_at = now + policy.silent_least
    newest = sa.select(sa.func.max(reports.c.reported_at)).where(
        reports.c.source_id == row.source, reports.c.reported_at <= now
    )
    fresh = {
        "source_id": row.source,
        "heard_at": hearing.heard_at,
        "moments": [at.isoformat() for at in hearing.moments],
        "said_at": conn.scalar(newest),
        "look_at": look_at,
    }
    upsert(conn, hearings, [fresh])
    return changed


def _received(
    conn: sa.Connection, source: str, kept: Hearing, now: datetime, policy: Policy
) -> Iterator[Received]:
    """When something of a source was recorded since it was heard of last, in order."""
    wanted = (reports.c.source_id == source) & (reports.c.reported_at <= now)
    if kept.heard_at is not None:
        # The first by the index: nothing said before that would be news.
        wanted &= reports.c.reported_at >= kept.heard_at - policy.news_within
        wanted &= reports.c.recorded_at > kept.heard_at
    rows = conn.execute(
        sa.select(reports.c.recorded_at, sa.func.max(reports.c.reported_at).label("said_at"))
        .where(wanted)
        .group_by(reports.c.recorded_at)
        .order_by(reports.c.recorded_at)
    )
    return (Received(row.recorded_at, row.said_at) for row in rows)


def _begin(conn: sa.Connection, silence: Silence) -> Silence | None:
    """Write a silence; None if somebody else has written it."""
    made = conn.execute(
        insert(conn, silences)
        .values(
            source_id=silence.source,
            since=silence.since,
            rhythm_seconds=silence.rhythm.total_seconds(),
            found_at=silence.found_at,
        )
        .on_conflict_do_nothing()
        .returning(silences.c.id)
    ).first()
    return silence if made else None


def _end(conn: sa.Connection, silence: int, now: datetime) -> Silence | None:
    """The silence with this id, ended; None if somebody else has ended it."""
    this = silences.c.id == silence
    written = conn.execute(sa.update(silences).where(this, _OPEN).values(ended_at=now))
    return next(_all(conn, this)) if written.rowcount == 1 else None
