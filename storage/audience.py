"""Whom alerts are for, and how many chats that are."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage.model.alerts import EDITS, AlertKind
from storage.model.deliveries import State
from storage.tables import alerts, broadcasts, deliveries, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

# SQLite takes 500 at most: https://www.sqlite.org/limits.html (SQLITE_MAX_COMPOUND_SELECT).
MOST_TERMS = 100
BATCH = 500  # alerts whose audiences are read at once
HIGHEST = 2**63 - 1  # no subscriber has a higher id
NOTHING: frozenset[Any] = frozenset()
# The deliveries by which somebody was told, and those of what they are left out for.
_told_by = deliveries.alias()
_sent_before = deliveries.alias()


class Hears(StrEnum):
    """What an alert is to those who get it."""

    ALERT = "alert"
    CORRECTION = "correction"
    EDIT = "edit"  # of a message that they have


@dataclass(frozen=True)
class Call:
    """Who hears something: the subscribers of `places`, or the chats that were told alerts `told`.

    With `waiting` also those that still will be told them; left out is whoever was sent one of the
    alerts `without`. Only chats behind `after` and up to `up_to` are meant, by the ids of the
    subscribers.
    """

    hears: Hears
    places: frozenset[str]
    told: frozenset[int]
    waiting: bool
    without: frozenset[int]
    after: int = 0
    up_to: int = HIGHEST


Calls: TypeAlias = frozenset[Call]


def wanted(audience: Mapping[str, Any]) -> sa.Select[tuple[int]]:
    """The ids of the subscribers whom an alert with this audience (see `broadcasts`) is for."""
    if "places" in audience:
        chosen = _subscribed(subscriptions.c.place_id.in_(audience["places"]))
    else:
        chosen = _told(_told_by.c.alert_id == audience["told"], waiting=audience["waiting"])
    left_out = audience["except"]
    return _but(chosen, _sent_before.c.alert_id.in_(left_out)) if left_out else chosen


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
    calls = []
    for row in rows:
        audience = _by_itself(row.audience, of_now, audiences)
        if audience is not None:
            audiences[row.alert_id] = audience
            calls.append(_call(_hears(AlertKind(row.kind)), audience))
    return _merged(calls)


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


def _call(hears: Hears, audience: Mapping[str, Any]) -> Call:
    without = frozenset(audience["except"])
    if "places" in audience:
        return Call(hears, frozenset(audience["places"]), NOTHING, False, without)
    return Call(hears, NOTHING, frozenset([audience["told"]]), audience["waiting"], without)


def _merged(calls: Iterable[Call]) -> Calls:
    """What differs in nothing but its places or its alerts is one call: of many alerts there are
    few kinds of calls.
    """
    places: defaultdict[Call, set[str]] = defaultdict(set)
    told: defaultdict[Call, set[int]] = defaultdict(set)
    for call in calls:
        kind = replace(call, places=NOTHING, told=NOTHING)
        if call.places:
            places[kind] |= call.places
        else:
            told[kind] |= call.told
    return frozenset(
        (
            *(replace(kind, places=frozenset(of)) for kind, of in places.items()),
            *(replace(kind, told=frozenset(of)) for kind, of in told.items()),
        )
    )


def _number(conn: sa.Connection, calls: Collection[Call], but: Collection[Call] = ()) -> int:
    if not calls:
        return 0
    chats = sa.select(_any_of(conn, calls).c.subscriber_id)
    if but:
        others = sa.select(_any_of(conn, but).c.subscriber_id)
        chats = sa.select(sa.except_(chats, others).subquery().c.subscriber_id)
    return conn.scalar(sa.select(sa.func.count()).select_from(chats.subquery())) or 0


def _any_of(conn: sa.Connection, calls: Collection[Call]) -> sa.Subquery:
    """The ids of the subscribers that any of these calls is for, each once."""
    kinds: defaultdict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for call in _with_unaddressed(conn, calls):
        kinds[_kind(call)].append(call)
    terms = [_whom(conn, alike).distinct() for alike in kinds.values()]
    while len(terms) > 1:
        terms = [
            sa.select(sa.union(*terms[i : i + MOST_TERMS]).subquery().c.subscriber_id)
            for i in range(0, len(terms), MOST_TERMS)
        ]
    return terms[0].subquery()


def _with_unaddressed(conn: sa.Connection, calls: Collection[Call]) -> Calls:
    """The calls, and those for whoever still is to be addressed with what they say is told: when
    that has been done, these alerts are for them, too.
    """
    found, more = frozenset(calls), frozenset(calls)
    # It comes to an end: what an alert is about was made before it.
    while more := _merged(rest for call in more for rest in _unaddressed(conn, call)):
        found |= more
    return found


def _unaddressed(conn: sa.Connection, call: Call) -> Iterator[Call]:
    if not call.waiting:
        return
    rows = conn.execute(
        sa.select(broadcasts.c.audience, broadcasts.c.cursor, broadcasts.c.up_to).where(
            broadcasts.c.alert_id.in_(_listed(conn, call.told)), broadcasts.c.finished_at.is_(None)
        )
    )
    for row in rows:
        if "close" not in row.audience:
            rest = _call(call.hears, row.audience)
            yield replace(
                rest,
                without=rest.without | call.without,
                after=max(call.after, row.cursor),
                up_to=min(call.up_to, row.up_to),
            )


def _kind(call: Call) -> tuple[Any, ...]:
    return (bool(call.places), call.waiting, bool(call.without), call.after, call.up_to)


def _whom(conn: sa.Connection, calls: Sequence[Call]) -> sa.Select[tuple[int]]:
    """The ids of the subscribers whom calls of one kind are for."""
    call = calls[0]
    column = subscriptions.c.place_id if call.places else _told_by.c.alert_id
    of = [(one, number) for number, c in enumerate(calls) for one in sorted(c.places or c.told)]
    if call.without:
        left_out = [(a, number) for number, c in enumerate(calls) for a in sorted(c.without)]
        mine, theirs = _pairs(conn, of), _pairs(conn, left_out)
        chosen = _chosen(call, column == mine.c.id)
        of_call = theirs.c.number == mine.c.number
        chosen = _but(chosen, (_sent_before.c.alert_id == theirs.c.id) & of_call)
    else:
        chosen = _chosen(call, column.in_(_listed(conn, {one for one, _ in of})))
    if call.up_to == HIGHEST:
        return chosen
    chat = chosen.selected_columns[0]
    return chosen.where(chat > call.after, chat <= call.up_to)


def _chosen(call: Call, of: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    return _subscribed(of) if call.places else _told(of, waiting=call.waiting)


def _listed(conn: sa.Connection, values: Collection[Any]) -> list[Any] | sa.Select[Any]:
    """Several values as rows: each by itself would be one of the few that a statement may have."""
    given = sorted(values)
    if len(given) == 1:
        return given  # for which an index serves best
    return sa.select(_pairs(conn, [(value, 0) for value in given]).c.id)


def _pairs(conn: sa.Connection, pairs: Sequence[tuple[Any, int]]) -> sa.CTE:
    """Pairs of an `id` and a `number` as rows, for the same reason as above."""
    if conn.dialect.name == "sqlite":
        pair = sa.func.json_each(json.dumps(pairs)).table_valued("value").c.value
        one, number = sa.func.json_extract(pair, "$[0]"), sa.func.json_extract(pair, "$[1]")
        rows = sa.select(one.label("id"), number.label("number"))
    else:
        kind = sa.BigInteger if isinstance(pairs[0][0], int) else sa.Text
        ids = sa.literal([one for one, _ in pairs], postgresql.ARRAY(kind))
        numbers = sa.literal([number for _, number in pairs], postgresql.ARRAY(sa.BigInteger))
        both = sa.func.unnest(ids, numbers).table_valued("id", "number").render_derived()
        rows = sa.select(both.c.id, both.c.number)
    # Otherwise SQLite may take it apart again for each row that it is asked about.
    return rows.cte().prefix_with("MATERIALIZED")


def _subscribed(of_places: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    chosen = sa.select(subscriptions.c.subscriber_id).join(subscribers)
    return chosen.where(subscribers.c.active, of_places).distinct()


def _told(of_alerts: sa.ColumnElement[bool], *, waiting: bool) -> sa.Select[tuple[int]]:
    reached = _reached(_told_by)
    if waiting:
        reached |= _told_by.c.state == State.PENDING
    return sa.select(_told_by.c.subscriber_id).where(of_alerts, reached)


def _but(chosen: sa.Select[tuple[int]], of_alerts: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    """Without those who were, or may have been, sent one of these alerts."""
    chat = chosen.selected_columns[0]
    sent = sa.select(_sent_before.c.id).where(
        of_alerts, _sent_before.c.subscriber_id == chat, _reached(_sent_before)
    )
    return chosen.where(~sent.exists())


def _reached(sent: Any) -> sa.ColumnElement[bool]:
    """Whether a delivery arrived or may have: it is under way, or its outcome was never learnt."""
    under_way = (sent.c.state == State.PENDING) & sent.c.leased
    return sa.or_(sent.c.state == State.SENT, under_way, sent.c.doubts > 0)
