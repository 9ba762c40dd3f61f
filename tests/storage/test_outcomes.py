"""How deliveries ended, recorded for many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.watch import check
from storage import control, events, ledger, outbox, subscribers
from storage.model.deliveries import Content, GiveWay
from storage.model.policy import DEFAULT_POLICY
from storage.outbox import Arrived, State
from storage.outcomes import Ended, GaveWay, Left, Moved, PutBack, record
from storage.tables import alerts, deliveries
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.leasing import Delivery

WORLD = story()
NOW = datetime(2014, 6, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def leased(db: Database) -> list[Delivery]:
    """The first of two alerts for each of eight chats, one of them a group."""
    with db.begin() as conn:
        load(conn, WORLD)
        for chat in (*range(1, 8), -8):
            one = subscribers.ensure(conn, chat, is_group=chat < 0, now=NOW)
            subscribers.subscribe(conn, one.id, "al-waleed", NOW)
    for step in (1, 7, 10):
        with db.begin() as conn:
            reports = [r for r in WORLD.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)
    with db.begin() as conn:
        return outbox.lease(conn, now=NOW, limit=100, lease_for=MINUTE)


def row(db: Database, delivery: Delivery) -> Any:
    with db.connect() as conn:
        return conn.execute(sa.select(deliveries).where(deliveries.c.id == delivery.id)).one()


def test_all_kinds_of_endings_are_recorded_together(db: Database, leased: list[Delivery]) -> None:
    sent, edited, back, doubted, dead, closed, left, moved = leased
    later = NOW + MINUTE
    with db.begin() as conn:
        record(
            conn,
            [
                Arrived(sent, 101, NOW),
                PutBack(back, later, "the network"),
                Left(left, "blocked"),
                Arrived(edited, None, later),
                PutBack(doubted, later, "no answer", in_doubt=True),
                Ended(dead, State.DEAD, "too long", NOW),
                Moved(moved, -100, NOW, "migrated"),
                Ended(closed, State.CLOSED, "nothing to edit", NOW),
            ],
        )
    assert (row(db, sent).state, row(db, sent).message_id, row(db, sent).sent_at) == (
        "sent", 101, NOW
    )  # fmt: skip
    assert (row(db, edited).state, row(db, edited).message_id) == ("sent", None)
    for delivery, reason, doubts in ((back, "the network", 0), (doubted, "no answer", 1)):
        found = row(db, delivery)
        assert (found.state, found.leased, found.visible_at) == ("pending", False, later)
        assert (found.reason, found.doubts) == (reason, doubts)
    assert (row(db, dead).state, row(db, dead).reason) == ("dead", "too long")
    assert (row(db, closed).state, row(db, closed).reason) == ("closed", "nothing to edit")
    assert row(db, left).state == "closed"
    assert (row(db, moved).state, row(db, moved).leased) == ("pending", False)
    with db.connect() as conn:
        gone = subscribers.find(conn, left.subscriber.chat_id)
        assert gone is not None
        assert not gone.active
        assert subscribers.find(conn, -8) is None
        assert subscribers.is_subscribed(conn, -100, "al-waleed")


def test_a_chat_that_left_waits_for_nothing_more(db: Database, leased: list[Delivery]) -> None:
    with db.begin() as conn:
        record(conn, [Left(leased[0], "blocked")])
        states = conn.scalars(
            sa.select(deliveries.c.state).where(
                deliveries.c.subscriber_id == leased[0].subscriber.id
            )
        ).all()
    assert states == ["closed", "closed"]


def test_a_chat_that_moved_nobody_knows_where_is_tried_again(
    db: Database, leased: list[Delivery]
) -> None:
    with db.begin() as conn:
        record(conn, [Moved(leased[7], None, NOW, "migrated")])
    assert (row(db, leased[7]).state, row(db, leased[7]).leased) == ("pending", False)


def test_what_is_put_back_in_its_place_goes_before_what_was_made_later(
    db: Database, leased: list[Delivery]
) -> None:
    first, second, *others = leased
    with db.begin() as conn:
        record(conn, [Arrived(d, 1, NOW) for d in others])
        record(conn, [PutBack(first, None, "a halt"), PutBack(second, NOW, "a chat's limit")])
        made_at = conn.scalar(sa.select(alerts.c.made_at).where(alerts.c.id == first.alert_id))
    assert row(db, first).visible_at == made_at
    with db.begin() as conn:
        (again,) = outbox.lease(conn, now=NOW, limit=1, lease_for=MINUTE)
    assert again.id == first.id


def test_what_somebody_else_has_leased_since_is_left_alone(
    db: Database, leased: list[Delivery]
) -> None:
    with db.begin() as conn:
        outbox.lease(conn, now=NOW + 2 * MINUTE, limit=100, lease_for=MINUTE)
        before = [row._mapping for row in conn.execute(sa.select(deliveries))]  # noqa: SLF001 - SQLAlchemy's name for it
        record(conn, [Arrived(leased[0], 7, NOW), PutBack(leased[1], NOW, "x")])
        record(conn, [Ended(leased[2], State.DEAD, "y", NOW), PutBack(leased[3], None, "z")])
        assert [row._mapping for row in conn.execute(sa.select(deliveries))] == before  # noqa: SLF001 - as above


def test_nothing_is_recorded_of_nothing(db: Database, leased: list[Delivery]) -> None:
    with db.begin() as conn:
        before = [row._mapping for row in conn.execute(sa.select(deliveries))]  # noqa: SLF001 - SQLAlchemy's name for it
        record(conn, [])
        assert [row._mapping for row in conn.execute(sa.select(deliveries))] == before  # noqa: SLF001 - as above
    assert len(before) >= len(leased)


def test_a_group_whose_old_id_is_gone_goes_on_being_told_at_its_new_one(
    db: Database, leased: list[Delivery]
) -> None:
    group = leased[7]
    with db.begin() as conn:
        subscribers.migrate_chat(conn, -8, -100)  # while a call to the old id is under way
        record(conn, [Left(group, "group chat was upgraded to a supergroup chat")])
        moved = subscribers.find(conn, -100)
    assert moved is not None
    assert moved.active
    assert (row(db, group).state, row(db, group).leased) == ("pending", False)
    with db.begin() as conn:
        (again,) = outbox.lease(conn, now=NOW, limit=100, lease_for=MINUTE)
    assert (again.id, again.subscriber.chat_id, again.doubts) == (group.id, -100, 0)


def test_what_arrives_while_a_group_is_made_one_with_its_supergroup_is_known_there(
    db: Database, leased: list[Delivery]
) -> None:
    group = leased[7]
    with db.connect() as conn:
        before = control.statuses_of(conn, ["al-waleed"])["al-waleed"]
    with db.begin() as conn:
        one = subscribers.ensure(conn, -100, is_group=True, now=NOW)
        subscribers.migrate_chat(conn, -8, -100)
        content = Content(((before, group.alert_id),))
        record(conn, [Arrived(group, 101, NOW, content)])
        assert ledger.of_chats(conn, [one.id], ["al-waleed"])[one.id, "al-waleed"].told_at == NOW
    assert row(db, group).state == "sent"


def test_what_gives_way_while_a_group_is_made_one_with_its_supergroup_is_told_there(
    db: Database, leased: list[Delivery]
) -> None:
    group = leased[7]
    with db.connect() as conn:
        status = control.statuses_of(conn, ["al-waleed"])["al-waleed"]
    with db.begin() as conn:
        one = subscribers.ensure(conn, -100, is_group=True, now=NOW)
        subscribers.migrate_chat(conn, -8, -100)
        record(conn, [GaveWay(group, GiveWay("superseded", knew=((status, 1),)), NOW)])
        assert ledger.of_chats(conn, [one.id], ["al-waleed"])[one.id, "al-waleed"].up_to == 1
    assert row(db, group).state == "closed"


def test_what_arrives_at_a_chat_that_was_forgotten_meanwhile_holds_up_nobody_else(
    db: Database, leased: list[Delivery]
) -> None:
    first, second, *_ = leased
    with db.connect() as conn:
        status = control.statuses_of(conn, ["al-waleed"])["al-waleed"]
    with db.begin() as conn:
        subscribers.forget(conn, first.subscriber.chat_id)
        content = Content(((status, first.alert_id),))
        record(conn, [Arrived(d, 101, NOW, content) for d in (first, second)])
        assert ledger.of_chats(conn, [first.subscriber.id], ["al-waleed"]) == {}
    assert row(db, second).state == "sent"


def test_what_is_recorded_again_because_no_answer_came_is_counted_once(
    db: Database, leased: list[Delivery]
) -> None:
    for _ in range(2):
        with db.begin() as conn:
            record(conn, [Arrived(leased[0], 101, NOW)])
    with db.connect() as conn:
        assert outbox.progress(conn, NOW).sent == outbox.counts(conn).sent == 1
