"""Deriving again what follows from the reports: the records, and whether what is kept is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import suspicions
from storage.checkpoints import forget_all
from storage.control import status_of
from storage.events import reports_of, with_news
from storage.model.looking import look, look_again
from storage.model.record import learn
from storage.records import all_records, keep_pasts, keep_record, past_of
from storage.sources import all_parties, get_sources
from storage.tables import records, reports, statuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from storage.model.looking import Checkpoint, Looked
    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.record import Past, Record


def rebuild(
    conn: sa.Connection,
    policy: Policy,
    now: datetime,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Learn again from all reports, as they became known, up to the time `now` (UTC).

    The records are made for the times for which there were some; before the first, and where
    there is none, as often as the policy says. Every place is looked at again afterwards.
    `progress` is called with how many records are made, and of how many. Returns that number.
    """
    times = _times(conn, policy, now)
    conn.execute(sa.delete(records))
    parties = all_parties(conn)
    ids = list(conn.scalars(sa.select(reports.c.place_id).distinct().order_by(reports.c.place_id)))
    left: dict[str, tuple[datetime, Checkpoint]] = {}
    made: list[Record] = []
    taught: dict[str, tuple[Past, bool]] = {}
    for number, at in enumerate(times, start=1):
        taught = {}
        for place_id in ids:
            looked = _look_then(conn, place_id, left.get(place_id), parties, policy, at, made)
            left[place_id] = (at, looked.checkpoint)
            taught[place_id] = (looked.past, looked.is_open)
        made.append(learn((past for past, _ in taught.values()), at, policy))
        keep_record(conn, made[-1])
        progress(number, len(times))
    keep_pasts(conn, taught)
    forget_all(conn, now)
    return len(made)


def _times(conn: sa.Connection, policy: Policy, now: datetime) -> list[datetime]:
    kept = list(conn.scalars(sa.select(records.c.at).order_by(records.c.at)))
    known = sa.func.coalesce(reports.c.known_at, reports.c.recorded_at)
    first = conn.scalar(sa.select(sa.type_coerce(sa.func.min(known), reports.c.known_at.type)))
    if first is None:
        return kept
    earlier, at = [], first
    while at < (kept[0] if kept else now):
        earlier.append(at)
        at += policy.learn_every
    return [*earlier, *kept]


def _look_then(
    conn: sa.Connection,
    place_id: str,
    last: tuple[datetime, Checkpoint] | None,
    parties: Parties,
    policy: Policy,
    at: datetime,
    made: Sequence[Record],
) -> Looked:
    """Look at a place by what was known at the time `at` (UTC), and learned before."""
    known = [r for r in reports_of(conn, place_id) if r.known_at and r.known_at <= at]
    sources = get_sources(conn, {r.source for r in known}, at)
    held = suspicions.held(conn, known, policy, at, at)
    if last is not None:
        then, checkpoint = last
        cut = checkpoint.before.cut
        since = [r for r in known if r.about.at >= cut or (r.known_at and r.known_at > then)]
        looked = look_again(checkpoint, since, sources, parties, at, made, held)
        if looked is not None:
            return looked
    return look(known, sources, parties, policy, at, made, held)


def verify(conn: sa.Connection, policy: Policy, now: datetime) -> list[str]:
    """The places, by id, for which what is kept is not what follows from all their reports.

    If there are any, every place is looked at as a whole again, from the time `now` (UTC) on.
    """
    learned, parties = all_records(conn), all_parties(conn)
    wrong = []
    rows = conn.execute(
        sa.select(statuses.c.place_id, statuses.c.assessed_at).order_by(statuses.c.place_id)
    )
    for place_id, assessed_at in rows.all():
        known = with_news(conn, [place_id])[place_id]
        if any(waits is not None for _, waits in known):
            continue  # it is about to be looked at anyway
        sources = get_sources(conn, {r.source for r, _ in known})
        every = [r for r, _ in known]
        held = suspicions.held(conn, every, policy, assessed_at)
        whole = look(every, sources, parties, policy, assessed_at, learned, held)
        kept, found = status_of(conn, place_id), whole.found
        same = kept is not None and (kept.holder, kept.standing, kept.confidence) == (
            found.holder,
            found.standing,
            found.confidence,
        )
        if not same or past_of(conn, place_id) != whole.past:
            wrong.append(place_id)
    if wrong:
        forget_all(conn, now)
    return wrong
