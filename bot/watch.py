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

from bot import often
from storage import addressing, alerts, control, events, notices, places, records, suspicions
from storage.model.alerts import alert_kind, area_event, still_stands
from storage.model.changes import SURE, Change, Kind, Status, detect
from storage.model.flapping import Telling
from storage.model.reports import Claim
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.control import Look
    from storage.model.alerts import AlertKind, PlaceAlert
    from storage.model.control import Assessment
    from storage.model.outages import Suspicion
    from storage.model.policy import Policy
    from storage.model.reports import Report

BATCH = 500
# How long a place that cannot be assessed is left alone, unless a report comes.
TROUBLED = timedelta(hours=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checked:
    """What a check did; `more` if the inbox holds more than it took. `suspicions` are those of
    an outage that began or ended, `reports` how many it took out of the inbox.
    """

    places: int
    changes: tuple[Change, ...]
    alerts: int
    deliveries: int
    more: bool
    suspicions: tuple[Suspicion, ...] = ()
    reports: int = 0


@dataclass(frozen=True)
class _Looked:
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
    conn: sa.Connection, *, now: datetime, policy: Policy, owners: Collection[int] = ()
) -> Checked:
    """Take up to 500 rows of the inbox, and the places that time alone may have changed.

    `now` is the time in the world (UTC), `owners` are the user ids of those who are told what
    becomes of sources. Everything is written in the caller's transaction: statuses, history,
    alerts, deliveries, notices, and that the reports were seen.
    """
    reviewed = suspicions.review(conn, now, policy)
    for suspicion in reviewed:
        notices.tell_of_suspicion(conn, suspicion, owners, now)
    # What is learned makes places due that it bears on.
    records.make_record(conn, now, policy)
    waiting = events.waiting(conn, BATCH)
    due = control.due_for_recheck(conn, now, BATCH)
    untold = often.places_waiting(conn, now, policy)
    places_due = sorted({*waiting.places, *due, *untold})
    looked = _look(conn, places_due, now, policy)
    changed = [item for item in looked if item.change is not None]
    news = [item for item in looked if item.told and (item.change or item.withdrawn)]
    made = _tell(conn, news, now, policy)
    often.tell_waiting(conn, {item.before.place for item in looked}, now, policy, made)
    return Checked(
        len(looked),
        tuple(item.change for item in changed if item.change is not None),
        len(made),
        sum(made.values()),
        waiting.more or len(due) == BATCH,
        tuple(reviewed),
        sum(item.reports for item in looked),
    )


def _look(
    conn: sa.Connection, place_ids: Sequence[str], now: datetime, policy: Policy
) -> list[_Looked]:
    """Assess places by the reports they have now, and take those out of the inbox.

    A place that cannot be assessed is set aside, so that every other place's news is on its way.
    """
    if not place_ids:
        return []
    before = control.lock_statuses(conn, place_ids, now)
    learned = records.all_records(conn)
    looks = control.look_at(conn, place_ids, policy, now, learned)
    looked: list[_Looked] = []
    stayed: dict[str, Assessment] = {}
    for place_id, look in looks.items():
        if look.trouble is not None or look.found is None:
            _set_aside(conn, place_id, look.trouble, now)
            continue
        item = _step(conn, before[place_id], look, look.found, now)
        if item.change is None:
            stayed[place_id] = look.found
        looked.append(item)
    control.touch(conn, stayed, now)
    seen = {item.before.place: looks[item.before.place].news for item in looked}
    events.seen(conn, {place_id: [r.id for r, _ in news] for place_id, news in seen.items()})
    return looked


def _set_aside(
    conn: sa.Connection, place_id: str, trouble: Exception | None, now: datetime
) -> None:
    """Whatever it is, it is logged and kept with the place: the next news of it tries again."""
    log.error("a place cannot be assessed", place=place_id, exc_info=trouble)
    events.set_aside(conn, place_id, f"{type(trouble).__name__}: {trouble}")
    control.postpone(conn, place_id, now, now + TROUBLED)


def _step(
    conn: sa.Connection,
    before: Status,
    look: Look,
    found: Assessment,
    now: datetime,
) -> _Looked:
    """The status of a place after what was found.

    What a backfill alone changes is not told. Where a live report came with it, what both change
    is: that is what subscribers have not heard.
    """
    waiting = tuple(r.id for r, _ in look.news)
    live = {r.id for r, alert in look.news if alert}
    # A report of a time that was still to come when it was recorded is new when that comes.
    new = waiting or tuple(
        e.report.id for e in found.counting if e.report.id not in before.evidence
    )
    change = detect(before, found, new)
    after = before if change is None else control.record(conn, change, now)
    if waiting and not live:
        return _Looked(after, after, change, told=False, reports=len(waiting))
    taken_back = {
        r.refers_to
        for r, _ in look.news
        if r.id in live - look.held and r.claim is Claim.RETRACTS and r.refers_to
    }
    return _Looked(before, after, change, frozenset(taken_back), reports=len(waiting))


def _tell(
    conn: sa.Connection, changed: Sequence[_Looked], now: datetime, policy: Policy
) -> dict[int, int]:
    """Make the alerts of a check: corrections, then places, then areas.

    Returns how many deliveries each alert has, by its id.
    """
    made: dict[int, int] = {}
    corrected = {item.before.place: _correct(conn, item, now, policy, made) for item in changed}
    tellings = {
        item.before.place: often.telling_of(conn, item.before.place, now, policy)
        for item in changed
        if item.change is not None and alert_kind(item.change)
    }
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
    item: _Looked,
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
    heard = {
        (e.source.id, e.backs, e.against)
        for told in (last.after, *(a.after for a in last.additions))
        for e in told.counting
    }
    voices = {
        (e.source.id, e.backs, e.against)
        for e in change.after.counting
        if e.report.id in change.new
    }
    if voices - heard:
        alert_id = alerts.add_amendment(conn, last.id, change, now)
        made[alert_id] = addressing.address_told(conn, alert_id, last.id, now, waiting=True)


def _tells(alert: PlaceAlert, change: Change) -> bool:
    told, now = alert.after, change.after
    both_sure = told.standing in SURE and now.standing in SURE
    return told.holder == now.holder and (both_sure or told.standing == now.standing)


def _correct(
    conn: sa.Connection,
    item: _Looked,
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
    for alert in alerts.standing_alerts(conn, item.before.place):
        if item.withdrawn.isdisjoint(e.report.id for e in alert.after.evidence):
            continue
        left = [r for r in reports if _known(r, alert.made_at)]
        believed = control.assess_reports(conn, left, policy, alert.made_at)
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
    conn: sa.Connection, changed: Sequence[_Looked]
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
