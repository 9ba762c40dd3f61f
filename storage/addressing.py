"""Addressing: from an alert to a delivery for each chat that is to hear of it.

A million chats are not addressed in one statement: whoever else wants to write would wait for it.
An alert has a row in `broadcasts` that says whom it is for and how far that has been done, by the
ids of the subscribers up to the highest one when it was made. Few chats are addressed where the
alert is made; of many the first ones, and the rest is work for `go_on`, a chunk a transaction. What
broke off goes on from where the row says.

The alerts of one place are addressed one after another: whom a later one is for may depend on who
was addressed, and a chat's deliveries go out in the order in which they were made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.audience import wanted
from storage.deliveries import is_edit, is_silent
from storage.model.deliveries import State
from storage.rows import insert
from storage.tables import alerts, areas, broadcasts, deliveries, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

# So many take about 10 ms on either database where nothing else keeps the machine busy.
CHUNK = 2_000
# So many at most, of all its alerts together, in the transaction of the check that makes them:
# that one is long enough without them, and cannot be made shorter by how long it takes.
AT_ONCE = 500


class Overtaken(Exception):
    """Another transaction has addressed these chats meanwhile, or said that nobody is to be
    addressed: roll this one back.
    """


def address_subscribers(
    conn: sa.Connection,
    made: dict[int, int],
    alert_id: int,
    place_id: str,
    now: datetime,
    *,
    except_areas: Collection[str] = (),
    except_alerts: Collection[int] = (),
) -> None:
    """Address everyone subscribed to the place or to an area that it belongs to.

    Left out are those who only hear of it through one of `except_areas` (an area alert of its
    own tells them), and those who were, or may have been, sent one of `except_alerts` (a
    correction tells them). `made` tells how many were addressed at once by each alert of a check,
    and is told it of this one.
    """
    of_areas = conn.scalars(
        sa.select(areas.c.area_id)
        .where(areas.c.place_id == place_id, areas.c.area_id.not_in(list(except_areas)))
        .order_by(areas.c.area_id)
    )
    audience = {"places": [place_id, *of_areas], "except": sorted(except_alerts)}
    made[alert_id] = _begin(conn, alert_id, audience, now, AT_ONCE - sum(made.values()))


def address_told(
    conn: sa.Connection,
    made: dict[int, int],
    alert_id: int,
    told_id: int,
    now: datetime,
    *,
    except_told: Collection[int] = (),
    waiting: bool = False,
) -> None:
    """Address every chat that was, or may have been, sent the alert `told_id`.

    With `waiting` also those that still will be. Left out are the chats that were, or may have
    been, sent one of `except_told`. `made` is as for `address_subscribers`.
    """
    audience = {"told": told_id, "waiting": waiting, "except": sorted(except_told)}
    made[alert_id] = _begin(conn, alert_id, audience, now, AT_ONCE - sum(made.values()))


def close_unsent(conn: sa.Connection, alert_id: int, reason: str, now: datetime) -> int:
    """Address nobody more with an alert, and close its deliveries that were certainly not sent.

    Returns how many were closed at once.
    """
    found = conn.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.alert_id == alert_id)
        .values(audience={"close": reason}, cursor=0, finished_at=None)
    )
    # What is only told by a notice was addressed to nobody.
    return go_on(conn, alert_id, now, at_most=AT_ONCE) if found.rowcount else 0


def set_deadline(conn: sa.Connection, alert_ids: Collection[int], deadline: datetime) -> None:
    """After this time (UTC) these alerts are no fresh news any more."""
    conn.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.alert_id.in_(list(alert_ids)))
        .values(deadline_at=deadline)
    )


def next_unfinished(conn: sa.Connection) -> int | None:
    """The alert whose addressing is to go on: of each place the oldest, of these the smallest."""
    rows = conn.execute(
        sa.select(broadcasts.c.alert_id, broadcasts.c.addressed, alerts.c.place_id)
        .join(alerts)
        .where(broadcasts.c.finished_at.is_(None))
        .order_by(broadcasts.c.alert_id.desc())
    )
    oldest = {row.place_id: row for row in rows}
    if not oldest:
        return None
    found: int = min(oldest.values(), key=lambda row: (row.addressed, row.alert_id)).alert_id
    return found


def go_on(conn: sa.Connection, alert_id: int, now: datetime, *, at_most: int | None = None) -> int:
    """Address the next chunk of an alert, or close it; returns how many chats that concerned.

    `at_most` so many are looked at, and never more than a chunk. Raises Overtaken if somebody else
    has gone on with it meanwhile.
    """
    limit = min(at_most or CHUNK, CHUNK)
    whom = sa.cast(broadcasts.c.audience, sa.Text)
    row = conn.execute(
        sa.select(broadcasts, whom.label("whom")).where(broadcasts.c.alert_id == alert_id)
    ).one()
    last, number = _reach(conn, row, limit)
    within = (row.cursor, last)
    if reason := row.audience.get("close"):
        done = _close(conn, alert_id, within, reason)
        counted = {"closed": broadcasts.c.closed + done}
    else:
        done = _address(conn, row, within, now)
        counted = {"addressed": broadcasts.c.addressed + done}
    finished = {} if number == limit else {"finished_at": now}
    written = conn.execute(
        sa.update(broadcasts)
        .where(
            broadcasts.c.alert_id == alert_id, broadcasts.c.cursor == row.cursor, whom == row.whom
        )
        .values(cursor=last, **counted, **finished)
    )
    # On PostgreSQL a check may have withdrawn the alert since the row was read, without a lock.
    # With one, who counts a delivery and this could wait for each other.
    if written.rowcount == 0:
        raise Overtaken
    return done


def still_to_address(conn: sa.Connection, broadcast: Any) -> int:
    """How many chats the rest of a broadcast (a row of the table) may reach, at most."""
    if "close" in broadcast.audience:
        return 0
    rest = _ids(broadcast, None).subquery()
    return conn.scalar(sa.select(sa.func.count()).select_from(rest)) or 0


def _begin(
    conn: sa.Connection, alert_id: int, audience: dict[str, Any], now: datetime, at_once: int
) -> int:
    up_to = _highest(conn)
    if not up_to:
        return 0
    place = sa.select(alerts.c.place_id).where(alerts.c.id == alert_id).scalar_subquery()
    under_way = conn.scalar(
        sa.select(
            sa.select(broadcasts.c.alert_id)
            .join(alerts)
            .where(broadcasts.c.finished_at.is_(None), alerts.c.place_id == place)
            .exists()
        )
    )
    conn.execute(
        sa.insert(broadcasts).values(
            alert_id=alert_id,
            audience=audience,
            cursor=0,
            up_to=up_to,
            made_at=now,
            addressed=0,
            sent=0,
            closed=0,
        )
    )
    if under_way or at_once <= 0:
        return 0
    return go_on(conn, alert_id, now, at_most=at_once)


def _highest(conn: sa.Connection) -> int:
    """The highest id of a subscriber; 0 where there is nobody to tell."""
    return conn.scalar(sa.select(sa.func.max(subscribers.c.id))) or 0


def _reach(conn: sa.Connection, broadcast: Any, limit: int) -> tuple[int, int]:
    """Up to which subscriber the next chunk goes, and of how many."""
    chunk = _ids(broadcast, limit).subquery()
    last, number = conn.execute(
        sa.select(sa.func.max(chunk.c.subscriber_id), sa.func.count()).select_from(chunk)
    ).one()
    return (last or broadcast.up_to, number)


def _ids(broadcast: Any, limit: int | None) -> sa.Select[Any]:
    """The ids of the subscribers that come next, each once; with a limit the first so many."""
    sources = []
    if "places" in broadcast.audience:
        for place in broadcast.audience["places"]:
            of_place = sa.select(subscriptions.c.subscriber_id).where(
                subscriptions.c.place_id == place,
                subscriptions.c.subscriber_id > broadcast.cursor,
                subscriptions.c.subscriber_id <= broadcast.up_to,
            )
            sources.append(of_place.order_by(subscriptions.c.subscriber_id).limit(limit))
    else:
        told = broadcast.audience.get("told", broadcast.alert_id)
        sources.append(
            sa.select(deliveries.c.subscriber_id)
            .where(
                deliveries.c.alert_id == told,
                deliveries.c.subscriber_id > broadcast.cursor,
                deliveries.c.subscriber_id <= broadcast.up_to,
            )
            .order_by(deliveries.c.subscriber_id)
            .limit(limit)
        )
    # A limit may not stand inside a union but in a subquery.
    every = sa.union(*(sa.select(s.subquery().c.subscriber_id) for s in sources)).subquery()
    chosen = sa.select(every.c.subscriber_id)
    return chosen if limit is None else chosen.order_by(every.c.subscriber_id).limit(limit)


def _address(conn: sa.Connection, broadcast: Any, within: tuple[int, int], now: datetime) -> int:
    after, last = within
    whom = wanted(broadcast.audience)
    chat = whom.selected_columns[0]
    return _insert(conn, broadcast.alert_id, whom.where(chat > after, chat <= last), now)


def _close(conn: sa.Connection, alert_id: int, within: tuple[int, int], reason: str) -> int:
    after, last = within
    return conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.alert_id == alert_id,
            deliveries.c.subscriber_id > after,
            deliveries.c.subscriber_id <= last,
            deliveries.c.state == State.PENDING,
            # One under lease, or whose outcome was never learnt, may have reached the chat.
            deliveries.c.leased.is_(False),
            deliveries.c.doubts == 0,
        )
        .values(state=State.CLOSED, reason=reason)
    ).rowcount


def _insert(
    conn: sa.Connection, alert_id: int, wanted: sa.Select[tuple[int]], now: datetime
) -> int:
    chosen = wanted.subquery()
    values = {
        "alert_id": sa.literal(alert_id),
        "subscriber_id": chosen.c.subscriber_id,
        "state": sa.literal(State.PENDING.value),
        "visible_at": sa.literal(now, deliveries.c.visible_at.type),
        "silent": is_silent(alert_id),
        "edit": is_edit(alert_id),
        "leased": sa.false(),
        "attempts": sa.literal(0),
        "doubts": sa.literal(0),
        "reason": sa.literal(""),
    }
    # SQLite takes ON CONFLICT after a SELECT for a part of that, unless it has a WHERE.
    rows = sa.select(*values.values()).where(sa.true()).order_by(chosen.c.subscriber_id)
    # A Python default would be evaluated once for all rows.
    statement = insert(conn, deliveries).from_select(list(values), rows, include_defaults=False)
    # A chat may have been given a delivery of this alert in place of an older one's.
    statement = statement.on_conflict_do_nothing(index_elements=["alert_id", "subscriber_id"])
    # Without the option, PostgreSQL's driver does not say how many rows an INSERT made.
    return conn.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
