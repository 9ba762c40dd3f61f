"""What is learned of sources: the lessons of each place, and the records made of them.

Both can be derived from the reports. A record is never changed once it is made, whatever policy
comes after, so that an answer of any past time can be given again; `rebuild` alone makes them anew.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.record import Lesson, Past, Record, Settlement, Stance, Tally, learn
from storage.rows import upsert
from storage.tables import lessons, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from storage.model.policy import Policy


def keep_pasts(conn: sa.Connection, taught: Mapping[str, tuple[Past, bool]]) -> None:
    """Keep what can be learned from places, in place of what was kept before, with whether
    somebody contradicts what was last settled there.
    """
    # As texts, to spare reading them all; one that is only written otherwise is written again.
    kept = {
        row.place_id: (row.open, row.text)
        for row in conn.execute(
            sa.select(
                lessons.c.place_id, lessons.c.open, sa.cast(lessons.c.body, sa.Text).label("text")
            ).where(lessons.c.place_id.in_(list(taught)))
        )
    }
    fresh = {p: (is_open, past_to_json(past)) for p, (past, is_open) in taught.items()}
    upsert(
        conn,
        lessons,
        [
            {"place_id": p, "open": is_open, "body": body}
            for p, (is_open, body) in fresh.items()
            if kept.get(p) != (is_open, json.dumps(body))
        ],
    )


def past_of(conn: sa.Connection, place_id: str) -> Past:
    """What is kept of what can be learned from a place."""
    body = conn.scalar(sa.select(lessons.c.body).where(lessons.c.place_id == place_id))
    return past_from_json(body) if body else Past()


def pasts(conn: sa.Connection) -> Iterator[tuple[str, Past]]:
    """What can be learned from each place, by its id."""
    # In one order, so that the same sums come out to the last digit.
    kept = sa.select(lessons.c.place_id, lessons.c.body).order_by(lessons.c.place_id)
    for row in conn.execute(kept):
        yield row.place_id, past_from_json(row.body)


def make_record(conn: sa.Connection, now: datetime, policy: Policy) -> bool:
    """Make the record of the time `now` (UTC) if one is due; whether it was.

    Places that somebody contradicts are due for another look then: see `control.due_for_recheck`.
    """
    latest = conn.scalar(sa.select(sa.func.max(records.c.at)))
    if latest is not None and now - latest < policy.learn_every:
        return False
    made = learn((past for _, past in pasts(conn)), now, policy)
    keep_record(conn, made)
    return True


def keep_record(conn: sa.Connection, made: Record) -> None:
    """Keep what was learned by a time."""
    upsert(conn, records, [{"at": made.at, "body": _record_to_json(made)}])


def all_records(conn: sa.Connection, known_at: datetime | None = None) -> list[Record]:
    """Every record, oldest first; those made by the time `known_at` (UTC) if that is given."""
    query = sa.select(records).order_by(records.c.at)
    if known_at is not None:
        query = query.where(records.c.at <= known_at)
    return [_record_from_json(row.at, row.body) for row in conn.execute(query)]


def past_to_json(past: Past) -> dict[str, Any]:
    """What can be learned from a place, as JSON."""
    return {
        "lessons": [
            [
                x.source,
                x.stance.value,
                x.side,
                x.opened.isoformat(),
                x.begins.isoformat(),
                x.ends.isoformat(),
            ]
            for x in past.lessons
        ],
        "settlements": [[x.at.isoformat(), x.party, x.alone] for x in past.settlements],
    }


def past_from_json(body: Any) -> Past:
    """What can be learned from a place, from JSON."""
    return Past(
        tuple(
            Lesson(source, Stance(stance), side, *map(datetime.fromisoformat, times))
            for source, stance, side, *times in body["lessons"]
        ),
        # Before it was kept whether a voice was alone, such a settlement was not kept at all.
        tuple(
            Settlement(datetime.fromisoformat(at), party, *alone)
            for at, party, *alone in body["settlements"]
        ),
    )


def _record_to_json(record: Record) -> list[Any]:
    return [
        [source, stance.value, side, t.borne_out, t.refuted, t.cases, t.right]
        for (source, stance, side), t in record.tallies.items()
    ]


def _record_from_json(at: datetime, body: Any) -> Record:
    return Record(
        at,
        {
            (source, Stance(stance), side): Tally(*numbers)
            for source, stance, side, *numbers in body
        },
    )
