"""Alerts as they are kept, and put together again for telling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.assessments import (
    evidence_of,
    from_json,
    status_from_json,
    status_to_json,
    to_json,
    voices_in,
)
from storage.control import statuses_of
from storage.model.alerts import (
    AREA_KINDS,
    Addition,
    Alert,
    AlertKind,
    AreaAlert,
    Correction,
    Member,
    Often,
    PlaceAlert,
)
from storage.model.control import Standing
from storage.model.flapping import Told
from storage.places import areas_of, get_place, get_places, members
from storage.tables import alerts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from storage.model.alerts import NoticedChange
    from storage.model.changes import Change, Status, Voice
    from storage.model.control import Assessment


_ABOUT_OTHERS = (AlertKind.AMENDMENT, AlertKind.CORRECTION, AlertKind.WITHDRAWAL)
# What tells a change of a place; and what was not withdrawn of it.
CHANGES = alerts.c.kind.not_in([*AREA_KINDS, *_ABOUT_OTHERS])
STANDS = alerts.c.withdrawn_at.is_(None) & CHANGES
_WAITS = alerts.c.folded & alerts.c.folded_into.is_(None)


def add_place_alert(
    conn: sa.Connection,
    kind: AlertKind,
    change: Change,
    now: datetime,
    *,
    silent: bool = False,
    folded: bool = False,
) -> int:
    """Keep the alert that tells a change of a place, or is `folded` into a notice; returns its
    id.
    """
    body = {
        "before": status_to_json(change.before),
        "after": to_json(change.after, change.new),
        "new": list(change.new),
    }
    return _add(conn, kind, change.before.place, now, body, silent=silent, folded=folded)


def add_amendment(conn: sa.Connection, about_id: int, change: Change, now: datetime) -> int:
    """Keep that more evidence has come since the alert `about_id`; returns the new id."""
    body = {"after": to_json(change.after, change.new), "new": list(change.new)}
    place = change.before.place
    return _add(conn, AlertKind.AMENDMENT, place, now, body, about_id=about_id, silent=True)


def add_area_alert(
    conn: sa.Connection, kind: AlertKind, area_id: str, causes: Sequence[int], now: datetime
) -> int:
    """Keep an alert about an area, with the place alerts that brought it; returns its id."""
    inside = members(conn, area_id)
    statuses = statuses_of(conn, [p.id for p in inside])
    body = {
        "members": {p.id: status_to_json(s) for p in inside if (s := statuses.get(p.id))},
        "places": [p.id for p in inside],
        "causes": list(causes),
    }
    return _add(conn, kind, area_id, now, body)


def add_correction(
    conn: sa.Connection, about_id: int, withdrawn: Collection[str], now: datetime
) -> int:
    """Keep that the alert `about_id` is taken back because reports were; returns the new id."""
    place_id = _row(conn, about_id).place_id
    inside = members(conn, place_id) or [get_place(conn, place_id)]
    statuses = statuses_of(conn, [p.id for p in inside])
    body = {
        "withdrawn": sorted(withdrawn),
        "places": [p.id for p in inside],
        "members": {p.id: status_to_json(s) for p in inside if (s := statuses.get(p.id))},
    }
    return _add(conn, AlertKind.CORRECTION, place_id, now, body, about_id=about_id)


def add_withdrawal(conn: sa.Connection, about_id: int, now: datetime) -> int:
    """Mark the alert `about_id` as withdrawn, and keep that its messages are to say so."""
    conn.execute(sa.update(alerts).where(alerts.c.id == about_id).values(withdrawn_at=now))
    place_id = _row(conn, about_id).place_id
    return _add(conn, AlertKind.WITHDRAWAL, place_id, now, {}, about_id=about_id, silent=True)


def told_lately(
    conn: sa.Connection, place_ids: Collection[str], since: datetime
) -> dict[str, list[Told]]:
    """The changes of each of these places that were told since a time (UTC) and not taken back,
    and the notices that it changes hands often, oldest first.
    """
    told: dict[str, list[Told]] = {p: [] for p in place_ids}
    if told:
        rows = conn.execute(
            sa.select(alerts.c.place_id, alerts.c.made_at, alerts.c.kind)
            .where(alerts.c.place_id.in_(list(told)), STANDS, alerts.c.made_at >= since)
            .order_by(alerts.c.id)
        )
        for row in rows:
            told[row.place_id].append(Told(row.made_at, row.kind == AlertKind.OFTEN))
    return told


def add_notice(
    conn: sa.Connection,
    before: Status,
    after: Assessment,
    new: tuple[str, ...],
    often: Often,
    now: datetime,
    *,
    silent: bool,
) -> int:
    """Keep a notice that a place changes hands often; returns its id.

    Every change that waited for one is told by it.
    """
    body = {
        "before": status_to_json(before),
        "after": to_json(after, new),
        "new": list(new),
        "often": [often.changes, often.days, often.calm_days],
    }
    notice_id = _add(conn, AlertKind.OFTEN, before.place, now, body, silent=silent)
    fold_into(conn, before.place, notice_id)
    return notice_id


def fold_into(conn: sa.Connection, place_id: str, notice_id: int) -> None:
    """Mark the changes of a place that wait for a notice as told by this one."""
    conn.execute(
        sa.update(alerts).where(alerts.c.place_id == place_id, _WAITS).values(folded_into=notice_id)
    )


def notices_due(conn: sa.Connection, until: datetime) -> list[str]:
    """The places with changes that wait for a notice, and none since a time (UTC), sorted."""
    waiting = sa.select(alerts.c.place_id).where(_WAITS)
    rows = conn.scalars(
        sa.select(alerts.c.place_id)
        .where(alerts.c.place_id.in_(waiting), alerts.c.kind == AlertKind.OFTEN)
        .group_by(alerts.c.place_id)
        .having(sa.func.max(alerts.c.made_at) <= until)
        .order_by(alerts.c.place_id)
    )
    return list(rows)


def told_in_notices(conn: sa.Connection, place_ids: Collection[str]) -> frozenset[NoticedChange]:
    """The changes of these places that are told in a notice that they change hands often."""
    rows = conn.execute(
        sa.select(alerts.c.place_id, alerts.c.made_at).where(
            alerts.c.place_id.in_(list(place_ids)), alerts.c.folded
        )
    )
    return frozenset((row.place_id, row.made_at) for row in rows)


def latest_sent(conn: sa.Connection, place_id: str) -> PlaceAlert | None:
    """The newest alert of a place that was not withdrawn and is no part of a notice."""
    row = conn.execute(_standing(place_id).where(~alerts.c.folded).limit(1)).first()
    return None if row is None else _place_alert(conn, row)


def standing_alerts(
    conn: sa.Connection, place_id: str, naming: Collection[str]
) -> list[PlaceAlert]:
    """The alerts of a place that were not withdrawn and name one of these reports, newest first,
    without their additions.
    """
    return [
        _place_alert(conn, row)
        for row in conn.execute(_standing(place_id)).all()
        if any(e["report"] in naming for e in row.body["after"]["evidence"])
    ]


def _standing(place_id: str) -> sa.Select[Any]:
    return (
        sa.select(alerts).where(alerts.c.place_id == place_id, STANDS).order_by(alerts.c.id.desc())
    )


@dataclass(frozen=True)
class Latest:
    """What the newest alert of a place tells, and who had said what when it was last added to."""

    id: int
    holder: str | None
    standing: Standing
    voices: frozenset[Voice]


def latest_alert(conn: sa.Connection, place_id: str) -> Latest | None:
    """What the newest alert of a place that was not withdrawn tells, with what was added to it."""
    row = conn.execute(_standing(place_id).limit(1)).first()
    if row is None:
        return None
    added = conn.scalars(
        sa.select(alerts.c.body).where(
            alerts.c.about_id == row.id, alerts.c.kind == AlertKind.AMENDMENT
        )
    )
    told = row.body["after"]
    voices = {v for after in (told, *(b["after"] for b in added)) for v in voices_in(after)}
    return Latest(row.id, told["holder_id"], Standing(told["standing"]), frozenset(voices))


def area_alerts_caused_by(
    conn: sa.Connection, alert_id: int, area_ids: Collection[str]
) -> list[int]:
    """The alerts about these areas, not withdrawn, that the place alert `alert_id` brought."""
    rows = conn.execute(
        sa.select(alerts.c.id, alerts.c.body).where(
            alerts.c.place_id.in_(list(area_ids)),
            alerts.c.kind.in_(list(AREA_KINDS)),
            alerts.c.withdrawn_at.is_(None),
        )
    )
    return [row.id for row in rows if alert_id in row.body["causes"]]


def newest_id(conn: sa.Connection) -> int:
    """The id of the alert that was made last; 0 where there is none."""
    return conn.scalar(sa.select(sa.func.max(alerts.c.id))) or 0


def made_after(conn: sa.Connection, alert_id: int) -> list[int]:
    """The ids of the alerts that were made after this one."""
    return list(conn.scalars(sa.select(alerts.c.id).where(alerts.c.id > alert_id)))


def load(conn: sa.Connection, alert_id: int) -> Alert:
    """An alert with all it takes to tell it; an amendment or withdrawal is what it edits."""
    row = _row(conn, alert_id)
    kind = AlertKind(row.kind)
    if kind is AlertKind.CORRECTION:
        return _correction(conn, row)
    if kind is AlertKind.AMENDMENT:
        return _with_additions(conn, _place_alert(conn, _row(conn, row.about_id)), alert_id)
    if kind is AlertKind.WITHDRAWAL:
        return _told(conn, _row(conn, row.about_id), alert_id)
    return _told(conn, row, alert_id)


def _told(conn: sa.Connection, row: Any, up_to: int) -> PlaceAlert | AreaAlert:
    if AlertKind(row.kind) in AREA_KINDS:
        return _area_alert(conn, row)
    return _with_additions(conn, _place_alert(conn, row), up_to)


def _with_additions(conn: sa.Connection, alert: PlaceAlert, up_to: int | None) -> PlaceAlert:
    """The alert with its amendments, up to the one with this id (all of them if None)."""
    of_alert = (alerts.c.about_id == alert.id) & (alerts.c.kind == AlertKind.AMENDMENT)
    if up_to is not None:
        of_alert &= alerts.c.id <= up_to
    rows = conn.execute(sa.select(alerts).where(of_alert).order_by(alerts.c.id)).all()
    evidence = evidence_of(conn, [e for r in rows for e in r.body["after"]["evidence"]])
    additions = tuple(
        Addition(r.made_at, from_json(r.body["after"], evidence), tuple(r.body["new"]))
        for r in rows
    )
    return replace(alert, additions=additions)


def _place_alert(conn: sa.Connection, row: Any) -> PlaceAlert:
    evidence = evidence_of(conn, row.body["after"]["evidence"])
    return PlaceAlert(
        row.id,
        AlertKind(row.kind),
        row.made_at,
        get_place(conn, row.place_id),
        tuple(areas_of(conn, [row.place_id])[row.place_id]),
        status_from_json(row.body["before"]),
        from_json(row.body["after"], evidence),
        tuple(row.body["new"]),
        silent=row.silent,
        withdrawn_at=row.withdrawn_at,
        often=Often(*row.body["often"]) if "often" in row.body else None,
    )


def _area_alert(conn: sa.Connection, row: Any) -> AreaAlert:
    return AreaAlert(
        row.id,
        AlertKind(row.kind),
        row.made_at,
        get_place(conn, row.place_id),
        _members(conn, row.body),
        tuple(_place_alert(conn, _row(conn, cause)) for cause in row.body["causes"]),
        withdrawn_at=row.withdrawn_at,
    )


def _correction(conn: sa.Connection, row: Any) -> Correction:
    withdrawn = evidence_of(conn, [{"report": r} for r in row.body["withdrawn"]])
    return Correction(
        row.id,
        row.made_at,
        _told(conn, _row(conn, row.about_id), row.id),
        tuple(withdrawn.values()),
        _members(conn, row.body),
    )


def _members(conn: sa.Connection, body: Any) -> tuple[Member, ...]:
    places = get_places(conn, body["places"])
    kept = {p: status_from_json(s) for p, s in body["members"].items()}
    return tuple(Member(places[p], kept.get(p)) for p in body["places"])


def _row(conn: sa.Connection, alert_id: int) -> Any:
    return conn.execute(sa.select(alerts).where(alerts.c.id == alert_id)).one()


def _add(
    conn: sa.Connection,
    kind: AlertKind,
    place_id: str,
    now: datetime,
    body: dict[str, Any],
    *,
    about_id: int | None = None,
    silent: bool = False,
    folded: bool = False,
) -> int:
    alert_id: int = conn.execute(
        _ADD,
        {
            "kind": kind.value,
            "place_id": place_id,
            "made_at": now,
            "about_id": about_id,
            "silent": silent,
            "folded": folded,
            "body": body,
        },
    ).scalar_one()
    return alert_id


_ADD = sa.insert(alerts).returning(alerts.c.id)
