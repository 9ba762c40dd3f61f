"""Whom alerts are for, told so that it can be counted when the alerts themselves are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import addressing, audience, subscribers
from storage.audience import NOTHING, Call, Hears
from storage.tables import alerts, deliveries
from tests.builders import load, story

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.engine import Connection, Database

NOW = datetime(2014, 6, 24, tzinfo=UTC)
HEARD = (1, 2, 3)  # chats of Al Waleed that were sent the alert of before
NEW = (4, 5)  # chats that have come since
FAR = (6,)  # a chat of Rabia


@pytest.fixture
def heard(db: Database) -> Database:
    """One alert about Al Waleed that was sent to everybody there was, and chats that came since."""
    with db.begin() as conn:
        load(conn, story())
        join(conn, "al-waleed", HEARD)
        of_before = alert(conn, "disputed")
        addressing.address_subscribers(conn, {}, of_before, "al-waleed", NOW)
        conn.execute(sa.update(deliveries).values(state="sent"))
        join(conn, "al-waleed", NEW)
        join(conn, "rabia", FAR)
    return db


def join(conn: Connection, place: str, chats: tuple[int, ...]) -> None:
    for chat in chats:
        one = subscribers.ensure(conn, chat, is_group=False, now=NOW)
        subscribers.subscribe(conn, one.id, place, NOW)


def alert(conn: Connection, kind: str, place: str = "al-waleed") -> int:
    values = {"kind": kind, "place_id": place, "made_at": NOW, "silent": False, "body": {}}
    made: int = conn.execute(sa.insert(alerts).values(values).returning(alerts.c.id)).scalar_one()
    return made


def before(conn: Connection) -> int:
    return conn.scalar(sa.select(sa.func.min(alerts.c.id))) or 0


def counted(db: Database, make: Callable[[Connection], dict[int, int]]) -> tuple[int, int, int]:
    """How many chats are counted for the alerts that `make` makes, when those have been undone and
    others have been given their ids.
    """
    with db.begin() as conn:
        with conn.begin_nested() as undo:
            made = make(conn)
            calls = audience.calls_of(conn, made)
            undo.rollback()
        for _ in made:
            other = alert(conn, "holder", "rabia")
            addressing.address_subscribers(conn, {}, other, "rabia", NOW)
        conn.execute(sa.update(deliveries).values(state="sent"))
    with db.connect() as conn:
        found = audience.count(conn, calls)
        assert audience.count_all(conn, calls) <= sum(found)
    return found


def test_an_addition_to_an_alert_made_with_it_is_for_whom_that_one_is_for(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        made: dict[int, int] = {}
        first, added, again = (alert(conn, kind) for kind in ("holder", "amendment", "amendment"))
        told = [before(conn)]
        addressing.address_subscribers(conn, made, first, "al-waleed", NOW, except_alerts=told)
        addressing.address_told(conn, made, added, first, NOW, waiting=True)
        addressing.address_told(conn, made, again, added, NOW, waiting=True)
        [of_first] = audience.calls_of(conn, [first])
        added_too = replace(of_first, hears=Hears.EDIT)
        assert audience.calls_of(conn, made) == {of_first, added_too}
        return made

    assert counted(heard, make) == (len(NEW), 0, 0)


@pytest.mark.parametrize("addressed", [0, 2, 5])
def test_an_addition_is_also_for_whom_the_alert_is_still_to_be_addressed_to(
    heard: Database, addressed: int
) -> None:
    late = 7  # a chat that comes when the alert is there already
    with heard.begin() as conn:
        under_way = {0: addressing.AT_ONCE}
        first, added = alert(conn, "holder"), alert(conn, "amendment")
        addressing.address_subscribers(conn, under_way, first, "al-waleed", NOW)
        addressing.address_told(conn, under_way, added, first, NOW, waiting=True)
        if addressed:
            addressing.go_on(conn, first, NOW, at_most=addressed)
        join(conn, "al-waleed", (late,))

    def make(conn: Connection) -> dict[int, int]:
        made: dict[int, int] = {}
        for about in (first, added):
            addressing.address_told(conn, made, alert(conn, "amendment"), about, NOW, waiting=True)
        return made

    assert counted(heard, make) == (0, 0, len(HEARD + NEW))


def test_a_correction_of_an_alert_made_with_it_is_for_nobody(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        made: dict[int, int] = {}
        first, correction = alert(conn, "holder"), alert(conn, "correction")
        addressing.address_subscribers(conn, made, first, "al-waleed", NOW)
        addressing.address_told(conn, made, correction, first, NOW)
        return made

    assert counted(heard, make) == (len(HEARD + NEW), 0, 0)


def test_an_addition_to_what_is_told_in_a_notice_alone_is_for_nobody(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        folded, added = alert(conn, "holder"), alert(conn, "amendment")
        made = {folded: 0}
        addressing.address_told(conn, made, added, folded, NOW, waiting=True)
        return made

    assert counted(heard, make) == (0, 0, 0)


def test_nobody_is_left_out_for_an_alert_that_has_reached_nobody(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        folded, second = alert(conn, "holder", "rabia"), alert(conn, "holder", "rabia")
        made = {folded: 0}
        addressing.address_subscribers(
            conn, made, second, "rabia", NOW, except_alerts=[folded, before(conn)]
        )
        return made

    assert counted(heard, make) == (len(FAR), 0, 0)


def test_an_alert_that_was_closed_is_for_nobody(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        made: dict[int, int] = {}
        first = alert(conn, "holder")
        addressing.address_subscribers(conn, made, first, "al-waleed", NOW)
        addressing.close_unsent(conn, first, "withdrawn", NOW)
        return made

    assert counted(heard, make) == (0, 0, 0)


def test_who_gets_an_alert_and_an_edit_is_counted_for_the_alert(heard: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        made: dict[int, int] = {}
        withdrawal, correction = alert(conn, "withdrawal"), alert(conn, "correction")
        addressing.address_told(conn, made, withdrawal, before(conn), NOW)
        assert audience.count(conn, audience.calls_of(conn, made)) == (0, 0, len(HEARD))
        addressing.address_told(conn, made, correction, before(conn), NOW)
        return made

    assert counted(heard, make) == (0, len(HEARD), 0)


def test_where_nobody_is_subscribed_there_is_nobody_to_count(db: Database) -> None:
    def make(conn: Connection) -> dict[int, int]:
        load(conn, story())
        made: dict[int, int] = {}
        addressing.address_subscribers(conn, made, alert(conn, "holder"), "al-waleed", NOW)
        assert audience.calls_of(conn, made) == frozenset()
        return {}

    assert counted(db, make) == (0, 0, 0)


def test_what_many_alerts_call_for_is_counted_in_one_go(heard: Database) -> None:
    # SQLite joins 500 selects at most, and takes 32,766 values.
    with heard.connect() as conn:
        told = frozenset([before(conn)])
        calls = frozenset(
            Call(
                Hears.CORRECTION, NOTHING, told, waiting=False, without=frozenset([10**6 + number])
            )
            for number in range(33_000)
        )
        assert audience.count(conn, calls) == (0, len(HEARD), 0)
        assert audience.count_all(conn, calls) == len(HEARD)


def test_alerts_about_more_places_than_a_statement_takes_values_are_counted(
    heard: Database,
) -> None:
    # SQLite takes 32,766 values at most.
    many = range(10**6, 10**6 + 33_000)
    with heard.connect() as conn:
        calls = frozenset(
            (
                Call(
                    Hears.ALERT,
                    frozenset(["al-waleed", *(f"p{n}" for n in many)]),
                    NOTHING,
                    waiting=False,
                    without=frozenset([before(conn), *many]),
                ),
                Call(
                    Hears.CORRECTION,
                    NOTHING,
                    frozenset([before(conn), *many]),
                    waiting=True,
                    without=frozenset(many),
                ),
            )
        )
        assert audience.count(conn, calls) == (len(NEW), len(HEARD), 0)
        assert audience.count_all(conn, calls) == len(HEARD + NEW)
