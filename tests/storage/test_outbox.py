"""The outbox: every delivery reaches an outcome, once, and in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.watch import check
from storage import events, outbox, subscribers
from storage.addressing import close_unsent
from storage.alerts import standing_alerts
from storage.events import reports_of
from storage.model.deliveries import AS_IT_IS
from storage.model.policy import DEFAULT_POLICY
from storage.outbox import Arrived, Counts, State
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.leasing import Delivery

WORLD = story()
NOW = datetime(2014, 6, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def due(db: Database) -> Database:
    """Two chats with two alerts each: Al Waleed taken, then disputed."""
    with db.begin() as conn:
        load(conn, WORLD)
        for chat in (1, 2):
            subscriber = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            subscribers.subscribe(conn, subscriber.id, "al-waleed", NOW)
    for step in (1, 7, 10):
        feed(db, step)
    return db


def lease(db: Database, now: datetime = NOW, limit: int = 100) -> list[Delivery]:
    with db.begin() as conn:
        return outbox.lease(conn, now=now, limit=limit, lease_for=MINUTE)


def counts(db: Database) -> Counts:
    with db.connect() as conn:
        return outbox.counts(conn)


def test_a_chats_second_alert_waits_for_its_first(due: Database) -> None:
    first = lease(due)
    assert [d.subscriber.chat_id for d in first] == [1, 2]
    assert lease(due) == []
    with due.begin() as conn:
        outbox.sent_all(conn, [Arrived(first[0], 101, NOW)])
    (second,) = lease(due)
    assert second.subscriber.chat_id == 1
    assert second.alert_id > first[0].alert_id


def feed(db: Database, step: int) -> None:
    with db.begin() as conn:
        reports = [r for r in WORLD.reports if step_of(r) == step]
        events.append(conn, reports, now=clock_of(step), alert=True)
        check(conn, now=clock_of(step), policy=DEFAULT_POLICY)


def test_what_rings_goes_before_what_was_silent_and_due_before_it(due: Database) -> None:
    for _ in range(2):
        with due.begin() as conn:
            some = outbox.lease(conn, now=NOW, limit=9, lease_for=MINUTE)
            outbox.sent_all(conn, [Arrived(d, 100 + d.id, NOW) for d in some])
    feed(due, 11)  # more evidence: the messages sent are to be edited
    with due.begin() as conn:
        other = subscribers.ensure(conn, 3, is_group=False, now=NOW)
        subscribers.subscribe(conn, other.id, "al-qaim", NOW)
    for step in (2, 3):
        feed(due, step)
    (first,) = lease(due, limit=1)
    assert (first.subscriber.chat_id, first.is_edit) == (3, False)
    assert [(d.subscriber.chat_id, d.is_edit) for d in lease(due)] == [(1, True), (2, True)]


def begin(db: Database, *leased: Delivery) -> set[int]:
    with db.begin() as conn:
        return outbox.begin(conn, [(d, AS_IT_IS) for d in leased], NOW)


def test_of_the_leases_that_run_out_only_what_was_begun_comes_back_in_doubt(due: Database) -> None:
    first, second = lease(due)
    assert begin(due, first) == {first.id}
    again, other = lease(due, NOW + MINUTE)
    assert (again.id, again.attempts, again.doubts) == (first.id, 2, 1)
    assert (other.id, other.attempts, other.doubts) == (second.id, 2, 0)
    once_more, _ = lease(due, NOW + 2 * MINUTE)  # it was not begun this time
    assert once_more.doubts == counts(due).doubts == 1


def test_what_somebody_else_has_leased_or_has_ended_is_not_begun(due: Database) -> None:
    first, second = lease(due)
    (again, _) = lease(due, NOW + MINUTE)
    with due.begin() as conn:
        outbox.close_all_of(conn, second.subscriber.id, "left")
    assert begin(due, first, second) == begin(due) == set()
    assert begin(due, again) == {first.id}


def test_what_the_chat_wants_changed_is_not_sent_as_it_was_put_together(due: Database) -> None:
    first, second = lease(due)
    begin(due, second)
    with due.begin() as conn:
        for each in (first, second):
            subscribers.unsubscribe(conn, each.subscriber.id, "rawa")
    assert begin(due, first, second) == {second.id}  # that one was under way already
    (again,) = lease(due)
    assert (again.id, again.doubts) == (first.id, 0)


def test_an_alert_for_few_does_not_wait_until_an_older_one_has_gone_to_many(db: Database) -> None:
    with db.begin() as conn:
        load(conn, WORLD)
        for chat in range(60):
            subscriber = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            place = "al-qaim" if chat < 50 else "al-waleed"
            subscribers.subscribe(conn, subscriber.id, place, NOW)
    for step in (1, 2, 3, 7):  # Al-Qaim for fifty chats, then Al Waleed for ten
        feed(db, step)
    turns = [[d.subscriber.chat_id >= 50 for d in lease(db, limit=16)] for _ in range(4)]
    assert [(sum(turn), len(turn)) for turn in turns] == [(4, 16), (4, 16), (2, 16), (0, 12)]


@pytest.fixture
def edited(due: Database) -> Database:
    """An edit of what two chats were sent waits for each, and for both a new alert behind it."""
    for _ in range(2):
        with due.begin() as conn:
            some = outbox.lease(conn, now=NOW, limit=9, lease_for=MINUTE)
            outbox.sent_all(conn, [Arrived(d, 100 + d.id, NOW) for d in some])
    feed(due, 11)
    with due.begin() as conn:
        for chat in (1, 2):
            subscriber = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            subscribers.subscribe(conn, subscriber.id, "al-qaim", NOW)
    for step in (2, 3):
        feed(due, step)
    return due


def test_a_new_alert_does_not_wait_until_an_older_message_has_been_changed(
    edited: Database,
) -> None:
    assert [(d.subscriber.chat_id, d.is_edit) for d in lease(edited, limit=2)] == [
        (1, False),
        (2, False),
    ]
    assert [d.is_edit for d in lease(edited)] == [True, True]


def test_edits_can_be_taken_beside_a_limit_of_their_own(edited: Database) -> None:
    def taken(limit: int, edits: int) -> list[bool]:
        with edited.begin() as conn:
            some = outbox.lease(conn, now=NOW, limit=limit, lease_for=MINUTE, edits=edits)
        return [d.is_edit for d in some]

    assert taken(1, 0) == [False]
    assert taken(0, 1) == [True]
    assert sorted(taken(9, 1)) == [False, True]
    assert taken(9, 9) == []


def test_an_edit_waits_for_the_message_that_it_changes(due: Database) -> None:
    with due.begin() as conn:
        first = outbox.lease(conn, now=NOW, limit=9, lease_for=MINUTE)
        outbox.sent_all(conn, [Arrived(d, 100 + d.id, NOW) for d in first])
        under_way = outbox.lease(conn, now=NOW, limit=9, lease_for=MINUTE)
    feed(due, 11)
    assert lease(due) == []
    with due.begin() as conn:
        outbox.sent_all(conn, [Arrived(d, 200 + d.id, NOW) for d in under_way])
    assert [d.is_edit for d in lease(due)] == [True, True]


def test_the_outcome_of_a_lost_lease_is_not_written(due: Database) -> None:
    (first, _) = lease(due)
    lease(due, NOW + MINUTE)
    with due.begin() as conn:
        assert not outbox.sent_all(conn, [Arrived(first, 101, NOW)])
    assert counts(due).sent == 0


def test_a_retry_is_due_when_it_says_and_counts_a_doubt_only_when_there_is_one(
    due: Database,
) -> None:
    one, two = lease(due)
    with due.begin() as conn:
        outbox.retry(conn, one, NOW + MINUTE, "flood", in_doubt=False)
        outbox.retry(conn, two, NOW + MINUTE, "timed out", in_doubt=True)
    assert lease(due, NOW + MINUTE / 2) == []
    assert len(lease(due, NOW + MINUTE)) == 2
    assert counts(due).doubts == 1


def test_a_dead_letter_lets_the_next_alert_through(due: Database) -> None:
    one, _ = lease(due)
    with due.begin() as conn:
        outbox.end(conn, one, State.DEAD, "Telegram says no", NOW)
    assert [d.subscriber.chat_id for d in lease(due)] == [1]
    assert counts(due).dead == 1


def test_everything_that_waits_for_a_chat_can_be_closed(due: Database) -> None:
    one, _ = lease(due)
    with due.begin() as conn:
        assert outbox.close_all_of(conn, one.subscriber.id, "blocked") == 2
    assert counts(due) == Counts(pending=2, sent=0, dead=0, closed=2, doubts=0)


def test_a_batch_takes_no_more_than_asked_for(due: Database) -> None:
    assert len(lease(due, limit=1)) == 1


def test_an_alert_that_was_never_tried_can_be_closed_and_one_under_way_cannot(
    due: Database,
) -> None:
    one, _ = lease(due)
    with due.begin() as conn:
        named = {r.id for r in reports_of(conn, "al-waleed")}
        (disputed, *_) = standing_alerts(conn, "al-waleed", named)
        assert close_unsent(conn, one.alert_id, "withdrawn", NOW) == 0
        assert close_unsent(conn, disputed.id, "withdrawn", NOW) == 2


def test_a_certain_failure_leaves_it_certainly_unsent(due: Database) -> None:
    one, two = lease(due)
    with due.begin() as conn:
        outbox.retry(conn, one, NOW, "flood", in_doubt=False)
        outbox.retry(conn, two, NOW, "timed out", in_doubt=True)
        assert close_unsent(conn, one.alert_id, "withdrawn", NOW) == 1
