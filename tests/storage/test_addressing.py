"""Addressing many chats a chunk at a time, broken off anywhere, with the same end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.watch import check
from storage import addressing, events, outbox, subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import parse_moment
from storage.tables import alerts, broadcasts, deliveries
from storage.tables import subscribers as chats
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.engine import Database

WORLD = story(what_if=True)
NOW = datetime(2014, 6, 24, tzinfo=UTC)
MANY = 7


@pytest.fixture
def crowd(db: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Seven chats that want to hear of Al Waleed, every other one through the border as well."""
    monkeypatch.setattr(addressing, "CHUNK", 3)
    with db.begin() as conn:
        load(conn, WORLD)
        for chat in range(1, MANY + 1):
            join(conn, chat, "al-waleed", *(["iraq-syria-border"] if chat % 2 else []))
    feed(db, 1, 3)
    with db.begin() as conn:
        while (unfinished := addressing.next_unfinished(conn)) is not None:
            addressing.go_on(conn, unfinished, NOW)
        conn.execute(sa.update(deliveries).values(state="sent"))
    return db


def join(conn: sa.Connection, chat: int, *places: str) -> None:
    one = subscribers.ensure(conn, chat, is_group=False, now=NOW)
    for place in places:
        subscribers.subscribe(conn, one.id, place, NOW)


def feed(db: Database, *steps: int) -> None:
    for step in steps:
        with db.begin() as conn:
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)


def work_off(db: Database) -> list[int]:
    """Do all that is left; returns the alerts in the order in which chunks were done."""
    done: list[int] = []
    while True:
        with db.begin() as conn:
            alert_id = addressing.next_unfinished(conn)
            if alert_id is None:
                return done
            addressing.go_on(conn, alert_id, NOW)
            done.append(alert_id)


def addressed(db: Database, kind: str, place: str = "al-waleed") -> list[int]:
    """The chats with a delivery of the newest alert of this kind that is not closed."""
    with db.connect() as conn:
        newest = conn.scalar(
            sa.select(sa.func.max(alerts.c.id)).where(
                alerts.c.kind == kind, alerts.c.place_id == place
            )
        )
        return list(
            conn.scalars(
                sa.select(chats.c.chat_id)
                .join(deliveries)
                .where(deliveries.c.alert_id == newest, deliveries.c.state != "closed")
                .order_by(deliveries.c.id)
            )
        )


def send(db: Database, number: int) -> None:
    """Some deliveries go out."""
    with db.begin() as conn:
        later = datetime(2014, 7, 1, tzinfo=UTC)
        for one in outbox.lease(conn, now=later, limit=number, lease_for=timedelta(minutes=1)):
            outbox.sent_all(conn, [outbox.Arrived(one, 100 + one.id, later)])


ALL = list(range(1, MANY + 1))


def test_the_first_chunk_is_addressed_at_once_and_the_rest_after_it(crowd: Database) -> None:
    feed(crowd, 7)
    assert addressed(crowd, "holder") == ALL[:3]
    with crowd.connect() as conn:
        (last, *_) = [b for b in outbox.progress(conn, NOW).broadcasts if b.kind.value == "holder"]
    assert (last.addressed, last.still_to_address) == (3, 4)
    work_off(crowd)
    assert addressed(crowd, "holder") == ALL


def test_a_check_addresses_few_at_once_however_many_alerts_it_makes(
    crowd: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addressing, "AT_ONCE", 5)
    monkeypatch.setattr(addressing, "CHUNK", 4)
    with crowd.begin() as conn:
        for chat in ALL:
            join(conn, chat, "rawa")
        reports = [r for r in WORLD.reports if step_of(r) in {4, 7}]
        events.append(conn, reports, now=clock_of(7), alert=True)
        checked = check(conn, now=clock_of(7), policy=DEFAULT_POLICY)
    assert checked.alerts >= 2
    assert checked.deliveries == 5
    assert (addressed(crowd, "holder"), addressed(crowd, "holder", "rawa")) == (ALL[:4], ALL[:1])
    work_off(crowd)
    assert (addressed(crowd, "holder"), addressed(crowd, "holder", "rawa")) == (ALL, ALL)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_what_is_withdrawn_while_a_chunk_is_addressed_is_closed_for_everybody(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    with crowd.begin() as conn:
        alert_id = addressing.next_unfinished(conn)
    assert alert_id is not None
    with pytest.raises(addressing.Overtaken):
        go_on_while_it_is_withdrawn(crowd, alert_id)
    work_off(crowd)
    with crowd.connect() as conn:
        states = conn.scalars(
            sa.select(deliveries.c.state).where(deliveries.c.alert_id == alert_id)
        ).all()
    assert states == ["closed"] * 3


def go_on_while_it_is_withdrawn(db: Database, alert_id: int) -> None:
    with db.engine.begin() as slower:
        # It has read how far the alert is, and then the other one is quicker.
        sa.event.listen(slower, "before_cursor_execute", _withdrawing(db, alert_id))
        addressing.go_on(slower, alert_id, NOW)


def _withdrawing(db: Database, alert_id: int) -> Callable[..., None]:
    """Withdraws an alert just before the first delivery of a chunk is made."""
    done: list[int] = []

    def withdraw(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO deliveries") and not done:
            done.append(1)
            with db.begin() as conn:
                addressing.close_unsent(conn, alert_id, "withdrawn", NOW)

    return withdraw


def test_who_subscribes_while_an_alert_is_addressed_is_told_by_the_answer_instead(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    with crowd.begin() as conn:
        join(conn, 99, "al-waleed")
    work_off(crowd)
    assert 99 not in addressed(crowd, "holder")


def test_a_chunk_that_breaks_off_is_done_again_and_nobody_addressed_twice(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    with crowd.connect() as conn:
        alert_id = addressing.next_unfinished(conn)
    assert alert_id is not None
    with pytest.raises(RuntimeError, match="cut off"):
        go_on_and_fail(crowd, alert_id)
    assert addressed(crowd, "holder") == ALL[:3]
    work_off(crowd)
    assert addressed(crowd, "holder") == ALL


def go_on_and_fail(db: Database, alert_id: int) -> None:
    with db.begin() as conn:
        addressing.go_on(conn, alert_id, NOW)
        raise RuntimeError("cut off")


def test_a_withdrawal_ends_the_addressing_and_corrects_only_who_was_sent_it(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    work_off(crowd)
    with crowd.begin() as conn:
        conn.execute(sa.update(deliveries).values(state="sent"))
    feed(crowd, 10)
    send(crowd, 2)
    feed(crowd, 15)
    work_off(crowd)
    assert addressed(crowd, "disputed") == ALL[:2]
    assert addressed(crowd, "correction") == ALL[:2]
    assert addressed(crowd, "withdrawal") == ALL[:2]
    assert addressed(crowd, "settled") == ALL[2:]


def test_an_addition_reaches_those_too_whom_its_alert_had_not_reached_yet(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    send(crowd, 1)
    feed(crowd, 8)
    assert addressed(crowd, "amendment") == []
    order = work_off(crowd)
    assert order == sorted(order)
    assert addressed(crowd, "amendment") == ALL


def test_alerts_of_one_place_are_addressed_in_order_and_those_of_others_do_not_wait(
    crowd: Database,
) -> None:
    feed(crowd, 7)
    feed(crowd, 10)
    assert addressed(crowd, "disputed") == []
    with crowd.begin() as conn:
        conn.execute(sa.delete(deliveries))
        join(conn, 50, "rawa")
    feed(crowd, 4)
    assert addressed(crowd, "holder", "rawa") == [50]
    order = work_off(crowd)
    assert order == sorted(order)
    assert addressed(crowd, "disputed") == ALL


def test_who_hears_twice_over_has_one_delivery(crowd: Database) -> None:
    feed(crowd, 7, 10)
    work_off(crowd)
    with crowd.connect() as conn:
        counted = conn.execute(sa.select(broadcasts.c.alert_id, broadcasts.c.addressed)).all()
        made = sa.select(deliveries.c.alert_id, sa.func.count().label("number"))
        real = conn.execute(made.group_by(deliveries.c.alert_id)).all()
    assert {r.alert_id: r.addressed for r in counted if r.addressed} == {
        r.alert_id: r.number for r in real
    }
    assert addressed(crowd, "disputed") == ALL


def test_what_was_only_told_in_a_notice_has_nothing_to_close(crowd: Database) -> None:
    with crowd.begin() as conn:
        assert addressing.close_unsent(conn, 12345, "withdrawn", NOW) == 0


def test_a_chat_that_leaves_meanwhile_is_not_addressed(crowd: Database) -> None:
    feed(crowd, 7)
    with crowd.begin() as conn:
        subscribers.deactivate(conn, 6)
    work_off(crowd)
    assert addressed(crowd, "holder") == [c for c in ALL if c != 6]


def test_a_retraction_of_the_alert_that_is_still_addressed_stops_it(crowd: Database) -> None:
    feed(crowd, 7)
    send(crowd, 1)
    back = Report(
        "back",
        "al-waleed",
        Claim.RETRACTS,
        "colonel",
        parse_moment("2014-06-23"),
        refers_to="jun14-07-al-waleed",
    )
    with crowd.begin() as conn:
        events.append(conn, [back], now=clock_of(8), alert=True)
        check(conn, now=clock_of(8), policy=DEFAULT_POLICY)
    work_off(crowd)
    with crowd.connect() as conn:
        wrong = conn.scalar(
            sa.select(sa.func.min(alerts.c.id)).where(
                alerts.c.place_id == "al-waleed", alerts.c.kind == "holder"
            )
        )
        reached = conn.scalars(
            sa.select(deliveries.c.state).where(deliveries.c.alert_id == wrong)
        ).all()
    assert sorted(reached) == ["closed", "closed", "sent"]
    assert len(addressed(crowd, "correction")) == 1
