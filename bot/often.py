"""Places that change hands often: their changes are kept, and told in one notice a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import addressing, alerts, control, deliveries
from storage.model.alerts import Often, still_stands
from storage.model.flapping import Telling, changes_lately, how_to_tell

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import sqlalchemy as sa

    from storage.model.alerts import AlertKind
    from storage.model.changes import Change, Status
    from storage.model.control import Assessment
    from storage.model.policy import Policy

# A place that never comes to rest has notices in between: older ones than these decide nothing.
WEEKS_LOOKED_AT = 4


def tellings_of(
    conn: sa.Connection, place_ids: Collection[str], now: datetime, policy: Policy
) -> dict[str, Telling]:
    """How a change of each of these places found at the time `now` (UTC) is told."""
    told = alerts.told_lately(conn, place_ids, now - WEEKS_LOOKED_AT * policy.flaps_within)
    return {p: how_to_tell(earlier, now, policy) for p, earlier in told.items()}


def places_waiting(conn: sa.Connection, now: datetime, policy: Policy) -> list[str]:
    """The places whose changes have waited for a notice long enough at the time `now` (UTC)."""
    return alerts.notices_due(conn, now - policy.notice_every)


def fold(
    conn: sa.Connection,
    change: Change,
    kind: AlertKind,
    telling: Telling,
    now: datetime,
    policy: Policy,
    made: dict[int, int],
    corrected: Collection[int],
) -> int:
    """Keep the alert of a change without sending it, and send the notice if it is time for one.

    Returns the id of the alert; what is sent goes into `made`, with how many deliveries it has.
    Left out are those who were sent one of the `corrected` alerts.
    """
    alert_id = alerts.add_place_alert(conn, kind, change, now, silent=True, folded=True)
    made[alert_id] = 0
    if telling is Telling.NOTICE:
        _send(conn, change.before, change.after, change.new, now, policy, made, corrected)
    return alert_id


def tell_waiting(
    conn: sa.Connection,
    place_ids: Collection[str],
    now: datetime,
    policy: Policy,
    made: dict[int, int],
) -> None:
    """Tell what holds at the places whose changes have waited, if it is not what was told last.

    Their statuses must be locked.
    """
    still = set(places_waiting(conn, now, policy)) & set(place_ids)
    for place_id in sorted(still):
        last = alerts.latest_sent(conn, place_id)
        status = control.status_of(conn, place_id)
        if last is None or status is None:
            raise RuntimeError(f"changes of {place_id} wait for a notice, and none was told before")
        found = control.assess_place(conn, place_id, policy, now)
        if still_stands(last.after, found):
            alerts.fold_into(conn, place_id, last.id)
            # Who had not heard of it when it was no longer so has something to hear again.
            deliveries.reopen_untold(conn, last.id, now)
        else:
            _send(conn, status, found, (), now, policy, made, ())


def _send(
    conn: sa.Connection,
    before: Status,
    after: Assessment,
    new: tuple[str, ...],
    now: datetime,
    policy: Policy,
    made: dict[int, int],
    corrected: Collection[int],
) -> None:
    told = alerts.told_lately(conn, [before.place], now - policy.flaps_within)[before.place]
    # The first one wakes people up; that it goes on does not.
    again = any(t.is_notice and now - t.at < policy.calm_after for t in told)
    often = Often(
        changes_lately(told, now, policy), policy.flaps_within.days, policy.calm_after.days
    )
    notice = alerts.add_notice(conn, before, after, new, often, now, silent=again)
    addressing.address_subscribers(conn, made, notice, before.place, now, except_alerts=corrected)
