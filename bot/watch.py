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
from storage import (
    addressing,
    alerts,
    control,
    events,
    notices,
    places,
    policies,
    records,
    silences,
    suspicions,
)
from storage.model.alerts import alert_kind, area_event, still_stands
from storage.model.changes import SURE, Change, Kind, Status, detect, status_after
from storage.model.flapping import Telling
from storage.model.reports import Claim
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.alerts import Latest
    from storage.control import Look
    from storage.model.alerts import AlertKind
    from storage.model.control import Assessment
    from storage.model.outages import Suspicion
    from storage.model.policy import Policy
    from storage.model.reports import Report
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


@dataclass(frozen=True)
class Looked:
    """A place that was looked at: its status before and after; `told` if people may hear of it,
    `reports` how many of the inbox are about it.
    """

    before: Status
    after: Status
    change: Change | None
    withdrawn: frozenset[str] = frozenset()
    told: bool = True
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
    made = _tell(conn, news, now, policy)
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


def _tell(
    conn: sa.Connection, changed: Sequence[Looked], now: datetime, policy: Policy
) -> dict[int, int]:
    """Make the alerts of a check: corrections, then places, then areas.

    Returns how many deliveries each alert has, by its id.
    """
    made: dict[int, int] = {}
    corrected = {item.before.place: _correct(conn, item, now, policy, made) for item in changed}
    news = [i.before.place for i in changed if i.change is not None and alert_kind(i.change)]
    tellings = often.tellings_of(conn, news, now, policy)
    # What is not told of a place by itself is none of its area either.
    alone = [item for item in changed if tellings.get(item.before.place) is Telling.ALONE]
    of_areas = _area_events(conn, alone)
    of_places: dict[str, int] = {}
    for item in changed:
        place_id = item.before.place
        told_by_area = [a for a, (_, lost) in of_areas.items() if place_id in lost]
        telling = tellings.get(place_id, Telling.ALONE)
        alert_id = _tell_place(
            conn, item, telling, now, policy, made, told_by_area, corrected[place_id]
        )
        if alert_id is not None:
            of_places[place_id] = alert_id
    for area_id, (kind, place_ids) in of_areas.items():
        causes = [of_places[p] for p in place_ids]
        taken_back = [a for p in place_ids for a in corrected[p]]
        alert_id = alerts.add_area_alert(conn, kind, area_id, causes, now)
        # A correction has told what holds now.
        made[alert_id] = addressing.address_subscribers(
            conn, alert_id, area_id, now, except_alerts=taken_back
        )
    return made


def _tell_place(
    conn: sa.Connection,
    item: Looked,
    telling: Telling,
    now: datetime,
    policy: Policy,
    made: dict[int, int],
    told_by_area: Sequence[str],
    corrected: Sequence[int],
) -> int | None:
    """Tell the change of a place, or add it to the last alert; returns the alert's id if told."""
    change = item.change
    if change is None:
        return None
    kind = alert_kind(change)
    if kind is None:
        _amend(conn, change, now, made)
        return None
    if telling is not Telling.ALONE:
        return often.fold(conn, change, kind, telling, now, policy, made, corrected)
    # That a dispute has lapsed with time is worth knowing, not worth waking anybody.
    silent = change.by_time_alone
    alert_id = alerts.add_place_alert(conn, kind, change, now, silent=silent)
    made[alert_id] = addressing.address_subscribers(
        conn,
        alert_id,
        change.before.place,
        now,
        except_areas=told_by_area,
        except_alerts=corrected,
    )
    return alert_id


def _amend(conn: sa.Connection, change: Change, now: datetime, made: dict[int, int]) -> None:
    """Add what a new voice says to the last alert, if that still tells what holds."""
    if change.kind is not Kind.EVIDENCE or change.by_time_alone:
        return
    last = alerts.latest_alert(conn, change.before.place)
    if last is None or not _tells(last, change):
        return
    voices = {
        (e.source.id, e.backs, e.against)
        for e in change.after.counting
        if e.report.id in change.new
    }
    if voices - last.voices:
        alert_id = alerts.add_amendment(conn, last.id, change, now)
        made[alert_id] = addressing.address_told(conn, alert_id, last.id, now, waiting=True)


def _tells(told: Latest, change: Change) -> bool:
    now = change.after
    both_sure = told.standing in SURE and now.standing in SURE
    return told.holder == now.holder and (both_sure or told.standing == now.standing)


def _correct(
    conn: sa.Connection,
    item: Looked,
    now: datetime,
    policy: Policy,
    made: dict[int, int],
) -> list[int]:
    """Take back the alerts that would not have been made without the reports now withdrawn.

    Whoever was sent one gets the correction; who was not is not sent it any more. Returns the
    ids of the alerts taken back.
    """
    corrected: list[int] = []
    if not item.withdrawn:
        return corrected
    reports = events.reports_of(conn, item.before.place)
    for alert in alerts.standing_alerts(conn, item.before.place, item.withdrawn):
        left = [r for r in reports if _known(r, alert.made_at)]
        then = policies.in_force(conn, alert.made_at, policy)
        believed = control.assess_reports(conn, left, then, alert.made_at)
        if still_stands(alert.after, believed):
            continue
        in_areas = alerts.area_alerts_caused_by(conn, alert.id, [a.id for a in alert.areas])
        for wrong in (alert.id, *in_areas):
            # Newest first: whoever was corrected about that need not hear of the older ones.
            _take_back(conn, wrong, item.withdrawn, now, made, corrected)
        corrected += [alert.id, *in_areas]
    return corrected


def _known(report: Report, at: datetime) -> bool:
    """Whether a report was known at the time `at`; retractions made since count."""
    known = report.known_at
    return report.claim is Claim.RETRACTS or (known is not None and known <= at)


def _take_back(
    conn: sa.Connection,
    alert_id: int,
    withdrawn: frozenset[str],
    now: datetime,
    made: dict[int, int],
    corrected: Sequence[int],
) -> None:
    addressing.close_unsent(conn, alert_id, "withdrawn before it was sent", now)
    correction = alerts.add_correction(conn, alert_id, withdrawn, now)
    made[correction] = addressing.address_told(
        conn, correction, alert_id, now, except_told=corrected
    )
    withdrawal = alerts.add_withdrawal(conn, alert_id, now)
    made[withdrawal] = addressing.address_told(conn, withdrawal, alert_id, now)


def _area_events(
    conn: sa.Connection, changed: Sequence[Looked]
) -> dict[str, tuple[AlertKind, list[str]]]:
    """What the changes mean for the areas they lie in: the kind of alert, and their places.

    Only changes that are told count: what is not news about a place is none about its area.
    """
    by_place = {
        item.before.place: item
        for item in changed
        if item.change is not None and alert_kind(item.change)
    }
    inside = places.areas_of(conn, list(by_place))
    found: dict[str, tuple[AlertKind, list[str]]] = {}
    # A road is no border: what matters is each place on it, and that its subscribers hear.
    around = {area.id for some in inside.values() for area in some if not area.is_corridor}
    for area_id in sorted(around):
        places.lock_area(conn, area_id)
        members = places.members(conn, area_id)
        after = control.statuses_of(conn, [m.id for m in members])
        news = {m.id: by_place[m.id] for m in members if m.id in by_place}
        before = after | {place_id: item.before for place_id, item in news.items()}
        kind = area_event(members, before, after, all_parties(conn))
        moved = [p for p, item in news.items() if item.before.holder != item.after.holder]
        if kind is not None and moved:
            found[area_id] = (kind, moved)
    return found
