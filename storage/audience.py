"""Whom alerts are for, and how many chats that are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa

from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import State
from storage.tables import alerts, broadcasts, deliveries, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

# SQLite takes 500 at most: https://www.sqlite.org/limits.html (SQLITE_MAX_COMPOUND_SELECT).
MOST_TERMS = 100
BATCH = 500  # alerts whose audiences are read at once


class Hears(StrEnum):
    """What an alert is to those who get it."""

    ALERT = "alert"
    CORRECTION = "correction"
    EDIT = "edit"  # of a message that they have


@dataclass(frozen=True)
class Call:
    """Who hears something: the subscribers of `places`, or the chats that were told alerts `told`.

    With `waiting` also those that still will be told them; left out is whoever was sent one of the
    alerts `without`.
    """

    hears: Hears
    places: frozenset[str]
    told: frozenset[int]
    waiting: bool
    without: frozenset[int]


Calls: TypeAlias = frozenset[Call]


def wanted(audience: Mapping[str, Any]) -> sa.Select[tuple[int]]:
    """The ids of the subscribers whom an alert with this audience (see `broadcasts`) is for."""
    if "places" in audience:
        return _subscribed(audience["places"], audience["except"])
    return _told([audience["told"]], audience["except"], waiting=audience["waiting"])


def calls_of(conn: sa.Connection, alert_ids: Collection[int]) -> Calls:
    """Whom these alerts, just made, are for, told without the alerts themselves: it can be counted
    when they have been undone.

    Their deliveries wait, and have reached nobody: who was told one of them by then is nobody, and
    who still will be is whom that one is for.
    """
    made = sorted(alert_ids)
    of_now = frozenset(made)
    rows = [
        row
        for i in range(0, len(made), BATCH)
        for row in conn.execute(
            sa.select(broadcasts.c.alert_id, broadcasts.c.audience, alerts.c.kind)
            .join(alerts)
            .where(broadcasts.c.alert_id.in_(made[i : i + BATCH]))
            .order_by(broadcasts.c.alert_id)
        )
    ]
    audiences: dict[int, dict[str, Any]] = {}
    places: defaultdict[tuple[Hears, frozenset[int]], set[str]] = defaultdict(set)
    told: defaultdict[tuple[Hears, frozenset[int], bool], set[int]] = defaultdict(set)
    for row in rows:
        audience = _by_itself(row.audience, of_now, audiences)
        if audience is None:
            continue
        audiences[row.alert_id] = audience
        # What differs in nothing else is one: of many places there are few kinds of calls.
        hears, without = _hears(AlertKind(row.kind)), frozenset(audience["except"])
        if "places" in audience:
            places[hears, without].update(audience["places"])
        else:
            told[hears, without, audience["waiting"]].add(audience["told"])
    nothing: frozenset[Any] = frozenset()
    return frozenset(
        (
            *(Call(h, frozenset(of), nothing, False, w) for (h, w), of in places.items()),
            *(Call(h, nothing, frozenset(of), waiting, w) for (h, w, waiting), of in told.items()),
        )
    )


def count(conn: sa.Connection, calls: Calls) -> tuple[int, int, int]:
    """How many chats hear of it: of those that get an alert, that get a correction, and of which
    only an earlier message is changed.
    """
    alerted = [c for c in calls if c.hears is Hears.ALERT]
    corrected = [c for c in calls if c.hears is Hears.CORRECTION]
    edited = [c for c in calls if c.hears is Hears.EDIT]
    return (
        _number(conn, alerted),
        _number(conn, corrected),
        _number(conn, edited, but=[*alerted, *corrected]),
    )


def count_all(conn: sa.Connection, calls: Calls) -> int:
    """How many chats hear anything of it."""
    return _number(conn, calls)


def _hears(kind: AlertKind) -> Hears:
    if kind is AlertKind.CORRECTION:
        return Hears.CORRECTION
    return Hears.EDIT if kind in EDITS else Hears.ALERT


def _by_itself(
    audience: dict[str, Any], made: Collection[int], earlier: Mapping[int, dict[str, Any]]
) -> dict[str, Any] | None:
    """An audience that names none of the alerts `made`; None for nobody."""
    if "close" in audience:
        return None
    # Their ids may have been given to other alerts when it is counted.
    left_out = set(audience["except"]).difference(made)
    if audience.get("told") in made:
        of_that_one = earlier.get(audience["told"])
        if of_that_one is None or not audience["waiting"]:
            return None
        audience = of_that_one
        left_out.update(audience["except"])
    return {**audience, "except": sorted(left_out)}


def _number(conn: sa.Connection, calls: Collection[Call], but: Collection[Call] = ()) -> int:
    if not calls:
        return 0
    chats = sa.select(_any_of(calls).c.subscriber_id)
    if but:
        others = sa.select(_any_of(but).c.subscriber_id)
        chats = sa.select(sa.except_(chats, others).subquery().c.subscriber_id)
    return conn.scalar(sa.select(sa.func.count()).select_from(chats.subquery())) or 0


def _any_of(calls: Collection[Call]) -> sa.Subquery:
    """The ids of the subscribers that any of these calls is for, each once."""
    terms = [_whom(call).distinct() for call in calls]
    while len(terms) > 1:
        terms = [
            sa.select(sa.union(*terms[i : i + MOST_TERMS]).subquery().c.subscriber_id)
            for i in range(0, len(terms), MOST_TERMS)
        ]
    return terms[0].subquery()


def _whom(call: Call) -> sa.Select[tuple[int]]:
    if call.places:
        return _subscribed(call.places, call.without)
    return _told(call.told, call.without, waiting=call.waiting)


def _subscribed(places: Collection[str], without: Collection[int]) -> sa.Select[tuple[int]]:
    chat = subscriptions.c.subscriber_id
    chosen = sa.select(chat).join(subscribers).where(subscribers.c.active).distinct()
    return _but(chosen.where(subscriptions.c.place_id.in_(sorted(places))), chat, without)


def _told(
    alert_ids: Collection[int], without: Collection[int], *, waiting: bool
) -> sa.Select[tuple[int]]:
    sent = deliveries.alias()
    reached = _reached(sent)
    if waiting:
        reached |= sent.c.state == State.PENDING
    chat = sent.c.subscriber_id
    chosen = sa.select(chat).where(sent.c.alert_id.in_(sorted(alert_ids)), reached)
    return _but(chosen, chat, without)


def _but(
    chosen: sa.Select[tuple[int]], chat: sa.ColumnElement[int], without: Collection[int]
) -> sa.Select[tuple[int]]:
    """Without those who were, or may have been, sent one of these alerts."""
    if not without:
        return chosen
    other = deliveries.alias()
    sent = sa.select(other.c.id).where(
        other.c.alert_id.in_(sorted(without)), other.c.subscriber_id == chat, _reached(other)
    )
    return chosen.where(~sent.exists())


def _reached(sent: Any) -> sa.ColumnElement[bool]:
    """Whether a delivery arrived or may have: it is under way, or its outcome was never learnt."""
    under_way = (sent.c.state == State.PENDING) & sent.c.leased
    return sa.or_(sent.c.state == State.SENT, under_way, sent.c.doubts > 0)
