"""The check: reports that came in → what they change → alerts and deliveries, in one transaction.

Locks are taken in one order everywhere, so that checkers in several processes cannot block each
other: the statuses of places by id, then areas by id. Whoever comes second to a place finds its
inbox empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot import often
from bot.alerting import Looked, tell
from storage import (
    addressing,
    control,
    events,
    notices,
    policies,
    records,
    silences,
    suspicions,
)
from storage.model.alerts import alert_kind
from storage.model.changes import Change, Status, detect, status_after
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.control import Look
    from storage.model.control import Assessment
    from storage.model.outages import Suspicion
    from storage.model.policy import Policy
    from storage.model.silence import Silence

BATCH = 500
# How long a place that cannot be assessed is left alone, unless a report comes.
TROUBLED = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checked:
    """What a check did; `more` if the inbox holds more than it took. `suspicions` are those of
    an outage that began or ended, `silences` those of sources, `reports` how many it took out of
    the inbox.
    """

    places: int
    changes: tuple[Change, ...]
    alerts: int
    deliveries: int
    more: bool
    suspicions: tuple[Suspicion, ...] = ()
    silences: tuple[Silence, ...] = ()
    reports: int = 0


def check(
    conn: sa.Connection,
    *,
    now: datetime,
    policy: Policy,
    owners: Collection[int] = (),
    listening_since: datetime | None = None,
    deadline: datetime | None = None,
) -> Checked:
    """Take up to 500 rows of the inbox, and the places that time alone may have changed.

    `now` is the time in the world (UTC), `owners` are the user ids of those who are told what
    becomes of sources. A process that collects reports all the time, since `listening_since`
    (UTC), is the one to say whether a source has gone silent and which policy is in force.
    After the `deadline` (UTC, by the clock that messages are sent by) the alerts made now are no
    fresh news any more. Everything is written in the caller's transaction: statuses, history,
    alerts, deliveries, notices, and that the reports were seen.
    """
    quiet: list[Silence] = []
    if listening_since is not None:
        if policies.note(conn, policy, now):
            silences.look_again(conn, now)
        quiet = silences.review(conn, now, policy, listening_since)
    for silence in quiet:
        notices.tell_of_silence(conn, silence, owners, now)
    reviewed = suspicions.review(conn, now, policy)
    for suspicion in reviewed:
        notices.tell_of_suspicion(conn, suspicion, owners, now)
    # What is learned makes places due that it bears on.
    records.make_record(conn, now, policy)
    waiting = events.waiting(conn, BATCH)
    due = control.due_for_recheck(conn, now, BATCH)
    untold = often.places_waiting(conn, now, policy)
    places_due = sorted({*waiting.places, *due, *untold})
    looked, made = look_and_tell(conn, places_due, now, policy)
    changed = [item for item in looked if item.change is not None]
    if deadline is not None:
        addressing.set_deadline(conn, made, deadline)
    return Checked(
        len(looked),
        tuple(item.change for item in changed if item.change is not None),
        len(made),
        sum(made.values()),
        waiting.more or len(due) == BATCH,
        tuple(reviewed),
        tuple(quiet),
        sum(item.reports for item in looked),
    )


def look_and_tell(
    conn: sa.Connection, place_ids: Sequence[str], now: datetime, policy: Policy
) -> tuple[list[Looked], dict[int, int]]:
    """The part of a check that looks at these places, given sorted, and tells what became of them.

    Returns what was found of each, and how many deliveries each alert has, by its id.
    """
    looked = _look(conn, place_ids, now, policy)
    news = [item for item in looked if item.told and (item.change or item.withdrawn)]
    made = tell(conn, news, now, policy)
    often.tell_waiting(conn, {item.before.place for item in looked}, now, policy, made)
    return looked, made


def _look(
    conn: sa.Connection, place_ids: Sequence[str], now: datetime, policy: Policy
) -> list[Looked]:
    """Assess places by the reports they have now, and take those out of the inbox.

    A place that cannot be assessed, or whose change cannot be written, is set aside, so that every
    other place's news is on its way.
    """
    if not place_ids:
        return []
    before = control.lock_statuses(conn, place_ids, now)
    late = events.late(conn, place_ids)
    learned = records.all_records(conn)
    looks = control.look_at(conn, place_ids, policy, now, learned)
    troubles: dict[str, Exception] = {}
    looked: list[Looked] = []
    stayed: dict[str, Assessment] = {}
    for place_id, look in looks.items():
        if look.found is None:
            troubles[place_id] = look.trouble or RuntimeError("nothing was found")
            continue
        item = _step(before[place_id], look, look.found, late)
        if item.change is None:
            stayed[place_id] = look.found
        looked.append(item)
    troubles |= _write(conn, [i.change for i in looked if i.change is not None], stayed, now)
    for place_id, trouble in troubles.items():
        _set_aside(conn, place_id, trouble, now)
    looked = [item for item in looked if item.before.place not in troubles]
    seen = {item.before.place: looks[item.before.place].news for item in looked}
    events.seen(conn, {place_id: [r.id for r, _ in news] for place_id, news in seen.items()})
    return looked


def _write(
    conn: sa.Connection,
    changes: Sequence[Change],
    stayed: Mapping[str, Assessment],
    now: datetime,
) -> dict[str, Exception]:
    """Write what was found at places; returns those for which that failed, and why.

    All at once; one by one only where that fails, to find out which place it is.
    """
    try:
        with conn.begin_nested():
            control.record(conn, changes, now)
            control.touch(conn, stayed, now)
    except (OperationalError, InterfaceError):
        # No place's fault but the database's: the next check tries again.
        raise
    except Exception as error:  # noqa: BLE001 - kept with the place, and logged
        ids = [*(c.before.place for c in changes), *stayed]
        if len(ids) == 1:
            return {ids[0]: error}
        troubles: dict[str, Exception] = {}
        for change in changes:
            troubles |= _write(conn, [change], {}, now)
        for place_id, found in stayed.items():
            troubles |= _write(conn, [], {place_id: found}, now)
        return troubles
    return {}


def _set_aside(conn: sa.Connection, place_id: str, trouble: Exception, now: datetime) -> None:
    """Whatever it is, it is logged and kept with the place: the next news of it tries again."""
    log.error("a place cannot be assessed", place=place_id, exc_info=trouble)
    # What the database itself says, without the statement around it.
    said = trouble.orig if isinstance(trouble, DBAPIError) and trouble.orig else trouble
    events.set_aside(conn, place_id, f"{type(said).__name__}: {said}")
    control.postpone(conn, place_id, now, now + TROUBLED)


def _step(before: Status, look: Look, found: Assessment, late: Collection[str]) -> Looked:
    """The status of a place after what was found; `late` are ids of reports that came late.

    What a backfill alone changes is not told. Where a live report came with it, what both change
    is: that is what subscribers have not heard. What only came late is told where it changes what
    holds now; it is no news otherwise.
    """
    waiting = tuple(r.id for r, _ in look.news)
    live = {r.id for r, alert in look.news if alert}
    # A report of a time that was still to come when it was recorded is new when that comes.
    new = waiting or tuple(
        e.report.id for e in found.counting if e.report.id not in before.evidence
    )
    change = detect(before, found, new)
    after = before if change is None else status_after(change)
    changes_what_holds = change is not None and alert_kind(change) is not None
    if waiting and not (live if changes_what_holds else live.difference(late)):
        return Looked(after, after, change, told=False, reports=len(waiting))
    taken_back = {
        r.refers_to
        for r, _ in look.news
        if r.id in live - look.held and r.claim is Claim.RETRACTS and r.refers_to
    }
    return Looked(before, after, change, frozenset(taken_back), reports=len(waiting))
