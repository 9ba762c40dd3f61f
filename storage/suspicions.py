"""Suspected outages: when one begins and ends, and which reports it holds aside.

A suspicion is decided from all that waits in the inbox and what its source said in the last day,
before any of that changes a status. What it held aside goes back into the inbox as it ends, so
that the check finds what follows then.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.events import reports_of
from storage.model.outages import (
    TELLING,
    Ending,
    Moves,
    Suspicion,
    ending_of,
    held_aside,
    is_alone,
    moves_of,
    side_said,
)
from storage.model.reports import Claim
from storage.rows import chunks, insert
from storage.sources import all_parties, get_sources
from storage.tables import inbox, reports, sources, suspicions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from storage.model.outages import Sides
    from storage.model.parties import Parties
    from storage.model.policy import Policy
    from storage.model.reports import Report

_INSTANT = timedelta(microseconds=1)
_TELLS = reports.c.claim.in_([c.value for c in TELLING])


def review(conn: sa.Connection, now: datetime, policy: Policy) -> list[Suspicion]:
    """End the suspicions that are over at the time `now` (UTC), and begin those that are due.

    Returns those that ended or began. Call it before the places in the inbox are looked at.
    """
    parties = all_parties(conn)
    ended = [x for row in _open_rows(conn) if (x := _end(conn, row, parties, now, policy))]
    begun = [
        x
        for source, newest in _spoken_for(conn, now - policy.outage_lasts, now)
        for x in _begin(conn, source, newest, parties, now, policy)
    ]
    return [*ended, *begun]


def held(
    conn: sa.Connection,
    about: Collection[Report],
    policy: Policy,
    at: datetime,
    known_at: datetime | None = None,
    *,
    place_id: str | None = None,
    among: Sequence[Suspicion] | None = None,
) -> frozenset[str]:
    """The ids of those reports about one place that are held aside at the time `at` (UTC).

    With `known_at` (UTC), by the suspicions there were then. `about` are all that are known; with
    `place_id`, its latest are enough. `among` are the suspicions of their sources, where those
    were read before.
    """
    known = of_sources(conn, {r.source for r in about}, known_at) if among is None else among
    suspected = [x for x in known if x.holds(at) and any(x.may_hold(r, at) for r in about)]
    if not suspected:
        return frozenset()
    if place_id is not None:
        about = reports_of(conn, place_id)
        if known_at is not None:
            about = [r for r in about if r.known_at is not None and r.known_at <= known_at]
    said_by = get_sources(conn, {r.source for r in about})
    return held_aside(about, suspected, said_by, all_parties(conn), policy, at)


def of_sources(
    conn: sa.Connection, sources: Collection[str], known_at: datetime | None = None
) -> list[Suspicion]:
    """The suspicions of these sources, as they are or were known at `known_at` (UTC)."""
    query = sa.select(suspicions).where(suspicions.c.source_id.in_(list(sources)))
    if known_at is None:
        return [_suspicion(row) for row in conn.execute(query)]
    found = [_suspicion(row) for row in conn.execute(query.where(suspicions.c.made_at <= known_at))]
    return [
        replace(x, ended_at=None, ending=None) if x.ended_at and x.ended_at > known_at else x
        for x in found
    ]


def open_ones(conn: sa.Connection) -> list[Suspicion]:
    """The suspicions that have not ended, oldest first."""
    return [_suspicion(row) for row in _open_rows(conn)]


def _open_rows(conn: sa.Connection) -> Sequence[Any]:
    return conn.execute(
        sa.select(suspicions).where(suspicions.c.ended_at.is_(None)).order_by(suspicions.c.id)
    ).all()


def _spoken_for(conn: sa.Connection, since: datetime, now: datetime) -> list[tuple[str, datetime]]:
    """The sources with reports in the inbox said after `since`, and when the last was said (UTC).

    Of an import there may be very many in the inbox, of long ago: they are not gone through.
    """
    lately = (reports.c.reported_at > since) & (reports.c.reported_at <= now)
    # For the index: by source and time.
    of_any = reports.c.source_id.in_(sa.select(sources.c.id))
    # No index may be used here: SQLite would look up each report of the inbox.
    waiting = sa.func.coalesce(reports.c.id, "").in_(sa.select(inbox.c.report_id))
    rows = conn.execute(
        sa.select(reports.c.source_id, sa.func.max(reports.c.reported_at).label("newest"))
        .where(of_any, lately, waiting)
        .group_by(reports.c.source_id)
        .order_by(reports.c.source_id)
    )
    return [(row.source_id, row.newest) for row in rows]


# ------------------------------------------------------------------------------------- beginning


def _begin(
    conn: sa.Connection,
    source: str,
    newest: datetime,
    parties: Parties,
    now: datetime,
    policy: Policy,
) -> Iterator[Suspicion]:
    """The suspicions that begin with what a source said within a day of its newest word."""
    opens = newest - policy.outage_within
    said = _said_since(conn, source, opens, newest, parties, inclusive=False)
    if len(said) < policy.outage_places:
        return
    known = of_sources(conn, [source])
    before = _word_at(conn, source, opens, known, parties, policy)
    latest = {place: words[-1][1] for place, words in said.items()}
    for moves in moves_of(before, before | latest):
        if not moves.are_many(policy):
            continue
        if any(x.side == moves.side and x.in_force(now) for x in known):
            continue
        earlier = _others(conn, source, moves, newest - policy.outage_lasts, parties, policy)
        others = _others(conn, source, moves, now, parties, policy)
        if not is_alone(moves, earlier, others, policy):
            continue
        since = min(at for p in moves.places for at, side, _ in said[p] if side != moves.side)
        found = Suspicion(
            source,
            moves.side,
            since,
            since + policy.outage_lasts,
            len(moves.places),
            moves.backed,
        )
        if _write(conn, found, now, said, moves.places):
            yield found


def _write(
    conn: sa.Connection,
    found: Suspicion,
    now: datetime,
    said: dict[str, list[tuple[datetime, str | None, str]]],
    places: Collection[str],
) -> bool:
    """Write a suspicion, and have places looked at again that have changed already; False if
    somebody else has written it.
    """
    live = conn.scalar(
        sa.select(sa.func.count())
        .select_from(inbox.join(reports, reports.c.id == inbox.c.report_id))
        .where(reports.c.source_id == found.source, inbox.c.alert)
    )
    made = conn.execute(
        insert(conn, suspicions)
        .values(
            source_id=found.source,
            side_id=found.side,
            since=found.since,
            until=found.until,
            moved=found.moved,
            backed=found.backed,
            alert=bool(live),
            made_at=now,
        )
        .on_conflict_do_nothing()
        .returning(suspicions.c.id)
    ).first()
    if made is None:
        return False
    again = [(i, p) for p in sorted(places) for at, _, i in said[p] if at >= found.since]
    _into_inbox(conn, again, alert=bool(live))
    return True


# ---------------------------------------------------------------------------------------- ending


def _end(
    conn: sa.Connection, row: Any, parties: Parties, now: datetime, policy: Policy
) -> Suspicion | None:
    """The suspicion of this row if it is over now, written."""
    suspicion = _suspicion(row)
    lapsed = suspicion.until <= now
    if not lapsed and conn.scalar(sa.select(inbox.c.id).limit(1)) is None:
        return None
    since, source, side = suspicion.since, suspicion.source, suspicion.side
    before = _sides(conn, since - _INSTANT, parties, policy, source=source).get(source, {})
    said = {
        place: words
        for place, words in _said_since(conn, source, since, now, parties).items()
        if before.get(place) == side and any(said != side for _, said, _ in words)
    }
    moves = Moves(side, frozenset(said), row.backed)
    still = Moves(side, frozenset(p for p, w in said.items() if w[-1][1] != side), row.backed)
    if lapsed:
        ending: Ending | None = Ending.LAPSED
    else:
        earlier = _others(conn, source, moves, since - policy.outage_lasts, parties, policy)
        others = _others(conn, source, moves, now, parties, policy)
        ending = ending_of(moves, still, earlier, others, policy)
    values: dict[str, Any] = {"moved": max(len(moves.places), row.moved)}
    if ending is not None:
        values |= {"ended_at": now, "ending": ending.value}
    written = conn.execute(
        sa.update(suspicions)
        .where(suspicions.c.id == row.id, suspicions.c.ended_at.is_(None))
        .values(**values)
    )
    if ending is None or written.rowcount != 1:
        return None
    again = [(i, p) for p in sorted(still.places) for _, _, i in said[p]]
    _into_inbox(conn, again, alert=row.alert)
    return replace(suspicion, moved=values["moved"], ended_at=now, ending=ending)


def _into_inbox(conn: sa.Connection, pairs: Sequence[tuple[str, str]], *, alert: bool) -> None:
    """Put reports back before the check, each with the place it is about."""
    rows = [{"report_id": r, "place_id": p, "alert": alert} for r, p in pairs]
    if rows:
        conn.execute(insert(conn, inbox).on_conflict_do_nothing(), rows)


# ------------------------------------------------------------------------------- who says what


def _word_at(
    conn: sa.Connection,
    source: str,
    at: datetime,
    known: Sequence[Suspicion],
    parties: Parties,
    policy: Policy,
) -> dict[str, str | None]:
    """Whom a source was taken to say holds each place at a time: what was held aside did not
    count, nor does what it took back itself.
    """
    sides = dict(_sides(conn, at, parties, policy, source=source).get(source, {}))
    for suspicion in known:
        if suspicion.in_force(at) and suspicion.ending in (None, Ending.RETURNED):
            begun = suspicion.since - _INSTANT
            before = _sides(conn, begun, parties, policy, source=source).get(source, {})
            sides |= {p: side for p, side in before.items() if side == suspicion.side}
    return sides


def _others(
    conn: sa.Connection,
    source: str,
    moves: Moves,
    at: datetime,
    parties: Parties,
    policy: Policy,
) -> dict[str, Sides]:
    """Whom every other source said holds the moved places."""
    found: dict[str, dict[str, str | None]] = {}
    for some in chunks(sorted(moves.places)):
        for other, sides in _sides(conn, at, parties, policy, places=some).items():
            if other != source:
                found.setdefault(other, {}).update(sides)
    return dict(found)


def _sides(
    conn: sa.Connection,
    at: datetime,
    parties: Parties,
    policy: Policy,
    *,
    source: str | None = None,
    places: Collection[str] | None = None,
) -> dict[str, dict[str, str | None]]:
    """By source and place, the side in its latest word by the time `at` (UTC) that is not too
    old; of one source, or about some places.
    """
    about = sa.func.coalesce(reports.c.occurred_at, reports.c.reported_at)
    newest_first = (reports.c.reported_at.desc(), about.desc(), reports.c.id.desc())
    place = (reports.c.source_id, reports.c.place_id)
    wanted = _TELLS & (reports.c.reported_at <= at)
    wanted &= reports.c.reported_at > at - policy.counts_for
    if source is not None:
        wanted &= reports.c.source_id == source
    if places is not None:
        wanted &= reports.c.place_id.in_(list(places))
    ranked = (
        sa.select(
            *place,
            reports.c.claim,
            reports.c.party_id,
            sa.func.row_number().over(partition_by=place, order_by=newest_first).label("rank"),
        )
        .where(wanted)
        .subquery()
    )
    found: dict[str, dict[str, str | None]] = {}
    for row in conn.execute(sa.select(ranked).where(ranked.c.rank == 1)):
        side = side_said(Claim(row.claim), row.party_id, parties)
        found.setdefault(row.source_id, {})[row.place_id] = side
    return found


def _said_since(
    conn: sa.Connection,
    source: str,
    since: datetime,
    until: datetime,
    parties: Parties,
    *,
    inclusive: bool = True,
) -> dict[str, list[tuple[datetime, str | None, str]]]:
    """What a source has said since a time (UTC), by place in order: when, for whom, report id."""
    begins = reports.c.reported_at >= since if inclusive else reports.c.reported_at > since
    rows = conn.execute(
        sa.select(
            reports.c.id,
            reports.c.place_id,
            reports.c.claim,
            reports.c.party_id,
            reports.c.reported_at,
        )
        .where(reports.c.source_id == source, _TELLS, begins, reports.c.reported_at <= until)
        .order_by(reports.c.reported_at, reports.c.occurred_at, reports.c.id)
    )
    found: dict[str, list[tuple[datetime, str | None, str]]] = {}
    for row in rows:
        side = side_said(Claim(row.claim), row.party_id, parties)
        found.setdefault(row.place_id, []).append((row.reported_at, side, row.id))
    return found


def _suspicion(row: Any) -> Suspicion:
    return Suspicion(
        row.source_id,
        row.side_id,
        row.since,
        row.until,
        row.moved,
        row.backed,
        row.ended_at,
        Ending(row.ending) if row.ending else None,
    )
