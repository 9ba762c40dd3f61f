"""From what was found at places to alerts: corrections, then places, then their areas.

Locks are taken in the order that `bot.watch` tells of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import often
from storage import addressing, alerts, control, events, places, policies
from storage.model.alerts import alert_kind, area_event, still_stands
from storage.model.changes import SURE, Change, Kind, Status
from storage.model.flapping import Telling
from storage.model.reports import Claim
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from storage.alerts import Latest
    from storage.model.alerts import AlertKind
    from storage.model.policy import Policy
    from storage.model.reports import Report


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


def tell(
    conn: sa.Connection, changed: Sequence[Looked], now: datetime, policy: Policy
) -> dict[int, int]:
    """Make the alerts of a check at the time `now` (UTC), in the caller's transaction.

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
        addressing.address_subscribers(conn, made, alert_id, area_id, now, except_alerts=taken_back)
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
    addressing.address_subscribers(
        conn,
        made,
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
        addressing.address_told(conn, made, alert_id, last.id, now, waiting=True)


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
    addressing.address_told(conn, made, correction, alert_id, now, except_told=corrected)
    withdrawal = alerts.add_withdrawal(conn, alert_id, now)
    addressing.address_told(conn, made, withdrawal, alert_id, now)


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
