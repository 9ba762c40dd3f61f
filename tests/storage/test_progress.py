"""How far everything in the outbox is, in numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage import outbox, subscribers
from storage.addressing import close_unsent
from storage.model.alerts import AlertKind
from storage.model.progress import Progress
from storage.outbox import Arrived, State
from storage.progress import looked_at
from storage.tables import alerts, broadcasts
from tests.storage.test_leasing import STEPS, address, make_chats, steps
from tests.storage.test_outbox import MINUTE, NOW, due, lease

if TYPE_CHECKING:
    from storage.engine import Database

__all__ = ["due"]


def progress(db: Database) -> Progress:
    with db.connect() as conn:
        return outbox.progress(conn, NOW)


def test_an_empty_outbox_is_all_zeros(db: Database) -> None:
    assert progress(db) == Progress(0, 0, None, 0, 0, 0, 0, 0, 0, ())


def test_what_waits_is_counted_by_its_sound_and_since_when_the_oldest_is_due(
    due: Database,
) -> None:
    found = progress(due)
    assert (found.pending, found.due, found.urgent, found.silent) == (4, 4, 4, 0)
    assert found.oldest_due_at is not None
    assert found.oldest_due_at < NOW - timedelta(hours=1)


def test_every_outcome_is_counted_for_its_alert_and_in_all(due: Database) -> None:
    one, two = lease(due)
    with due.begin() as conn:
        outbox.sent_all(conn, [Arrived(one, 101, NOW)])
        outbox.end(conn, two, State.DEAD, "Telegram says no", NOW)
    (one, two) = lease(due)
    with due.begin() as conn:
        outbox.end(conn, one, State.CLOSED, "over", NOW)
        outbox.retry(conn, two, NOW + MINUTE, "timed out", in_doubt=True)
    found = progress(due)
    assert (found.pending, found.due, found.sent, found.dead) == (1, 0, 1, 1)
    assert (found.closed, found.doubts) == (1, 1)
    disputed, taken = found.broadcasts
    assert (taken.kind, taken.place_id, taken.place) == (AlertKind.HOLDER, "al-waleed", "Al Waleed")
    assert (taken.addressed, taken.sent, taken.dead, taken.pending) == (2, 1, 1, 0)
    assert taken.last_sent_at == NOW
    assert (disputed.addressed, disputed.closed, disputed.pending) == (2, 1, 1)
    assert disputed.still_to_address == 0


def test_what_is_under_way_comes_before_what_is_done_however_much_newer_that_is(
    due: Database,
) -> None:
    with due.begin() as conn:
        newer, older = [b.alert_id for b in outbox.progress(conn, NOW).broadcasts]
        assert newer > older
        close_unsent(conn, newer, "withdrawn", NOW)
        assert [b.alert_id for b in outbox.progress(conn, NOW).broadcasts] == [older, newer]


def test_what_is_closed_together_is_counted_as_well(due: Database) -> None:
    with due.begin() as conn:
        alerts = list(conn.scalars(sa.select(broadcasts.c.alert_id)))
        close_unsent(conn, alerts[0], "withdrawn", NOW)
    one, *_ = lease(due)
    with due.begin() as conn:
        outbox.close_all_of(conn, one.subscriber.id, "blocked")
    found = progress(due)
    assert (found.pending, found.closed) == (1, 3)


def test_a_chat_that_is_forgotten_does_not_wait_for_ever(due: Database) -> None:
    with due.begin() as conn:
        subscribers.forget(conn, 1)
    assert progress(due).pending == 2


def test_a_dead_letter_of_a_chat_that_is_forgotten_is_not_taken_for_one_that_waits(
    due: Database,
) -> None:
    one, _ = lease(due)
    with due.begin() as conn:
        outbox.end(conn, one, State.DEAD, "Telegram says no", NOW)
        subscribers.forget(conn, one.subscriber.chat_id)
    found = progress(due)
    assert (found.pending, found.dead) == (2, 0)


def test_of_what_is_done_only_the_alerts_of_the_last_day_are_read_and_told(due: Database) -> None:
    for _ in range(2):
        with due.begin() as conn:
            some = outbox.lease(conn, now=NOW, limit=9, lease_for=MINUTE)
            outbox.sent_all(conn, [Arrived(d, 100 + d.id, NOW) for d in some])
    day = timedelta(days=1)
    with due.connect() as conn:
        just, later = outbox.progress(conn, NOW + day / 2), outbox.progress(conn, NOW + 2 * day)
        assert len(just.broadcasts) == 2
        assert conn.execute(looked_at(NOW + 2 * day)).all() == []
    assert (just.sent, later.sent, later.broadcasts) == (4, 0, ())


def test_what_waits_or_is_dead_is_counted_however_old_it_is(due: Database) -> None:
    one, two = lease(due)
    with due.begin() as conn:
        outbox.end(conn, one, State.DEAD, "Telegram says no", NOW)
        outbox.sent_all(conn, [Arrived(two, 101, NOW)])
        found = outbox.progress(conn, NOW + timedelta(days=99))
    assert (found.pending, found.dead, found.sent) == (2, 1, 0)
    assert len(found.broadcasts) == 1  # of the other one nothing waits


def test_alerts_of_former_days_are_found_by_indexes_alone(due: Database) -> None:
    long_ago = NOW - timedelta(days=9)
    ended = {"made_at": long_ago, "finished_at": long_ago, "last_sent_at": long_ago}
    told = {"audience": {}, "cursor": 1, "up_to": 1, "addressed": 0, "sent": 0, "closed": 0}
    alert = {"kind": "holder", "place_id": "al-waleed", "made_at": long_ago, "silent": False}
    with due.begin() as conn:
        ids = range(1000, 4000)
        conn.execute(sa.insert(alerts), [{"id": i, "body": {}, **alert} for i in ids])
        conn.execute(sa.insert(broadcasts), [{"alert_id": i, **told, **ended} for i in ids])
        conn.exec_driver_sql("ANALYZE")  # what is chosen depends on what is known of the tables
        statement = looked_at(NOW).compile(due.engine, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if due.is_sqlite else "EXPLAIN"
        text = f"{explain} {statement}".replace("%", "%%")
        plan = [row[-1] for row in conn.exec_driver_sql(text)]
    for name in ("under_way", "made_at", "last_sent_at"):
        assert any(f"ix_broadcasts_{name}" in line for line in plan), plan
    assert not [x for x in plan if x.startswith("SCAN broadcasts") and "INDEX" not in x]


@STEPS
def test_a_look_takes_no_longer_where_many_more_wait(db: Database) -> None:
    def look(conn: sa.Connection) -> None:
        assert outbox.progress(conn, NOW).oldest_due_at is not None

    with db.begin() as conn:
        make_chats(conn, 10_000)
        address(conn, 1, range(1, 101))
    few = steps(db, look)
    with db.begin() as conn:
        address(conn, 2, range(1, 10_001), silent=True)
        address(conn, 3, range(1, 10_001))
    assert steps(db, look) < 1.5 * few + 10
