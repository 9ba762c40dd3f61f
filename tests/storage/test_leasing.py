"""Which deliveries go out next: every alert has its turn, and no lease reads all that wait."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
import sqlalchemy as sa

from storage import leasing, outbox
from storage.outbox import Arrived
from storage.tables import alerts, deliveries, subscribers
from tests.builders import load, story

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from storage.engine import Database

NOW = datetime(2014, 6, 24, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASED_AT_30_A_SECOND = 8
# PostgreSQL does not tell in how many steps it does something.
STEPS = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def make_chats(conn: sa.Connection, number: int) -> None:
    load(conn, story())
    chats = [
        {"id": i, "chat_id": i, "is_group": False, "active": True, "joined_at": NOW}
        for i in range(1, number + 1)
    ]
    conn.execute(sa.insert(subscribers), chats)


def address(
    conn: sa.Connection,
    alert_id: int,
    chats: range,
    *,
    silent: bool = False,
    state: str = "pending",
) -> None:
    """Make an alert for these chats, made after those with lower numbers."""
    made_at = NOW + timedelta(seconds=alert_id) - 60 * MINUTE
    values: dict[str, Any] = {"id": alert_id, "made_at": made_at, "silent": silent, "body": {}}
    conn.execute(sa.insert(alerts).values(kind="holder", place_id="al-waleed", **values))
    rows = {"alert_id": alert_id, "state": state, "visible_at": made_at, "silent": silent}
    nothing = {"leased": False, "attempts": 0, "doubts": 0, "reason": ""}
    conn.execute(sa.insert(deliveries), [rows | nothing | {"subscriber_id": i} for i in chats])


def lease(db: Database, limit: int, turn: int = 0) -> list[int]:
    """The alerts of what is leased and arrives."""
    with db.begin() as conn:
        found = outbox.lease(conn, now=NOW, limit=limit, lease_for=MINUTE, turn=turn)
        outbox.sent_all(conn, [Arrived(d, d.id, NOW) for d in found])
    return [d.alert_id for d in found]


@pytest.mark.parametrize("number", [2, 9, 12, 16])
def test_of_many_alerts_for_many_every_one_goes_on_all_the_time(db: Database, number: int) -> None:
    with db.begin() as conn:
        make_chats(conn, 40 * number)
        for i in range(number):
            address(conn, i + 1, range(40 * i + 1, 40 * i + 41))
    told: Counter[int] = Counter()
    for turn in range(2 * number):
        told.update(lease(db, LEASED_AT_30_A_SECOND, turn))
    assert sorted(told) == list(range(1, number + 1))
    assert told[1] == max(told.values())  # what is due first has the rest


def test_what_is_leased_one_by_one_is_shared_as_well(db: Database) -> None:
    with db.begin() as conn:
        make_chats(conn, 60)
        for i in range(3):
            address(conn, i + 1, range(20 * i + 1, 20 * i + 21))
    told = Counter(alert for turn in range(12) for alert in lease(db, 1, turn))
    assert told == {1: 8, 2: 2, 3: 2}


def test_a_chat_is_told_one_alert_after_another_however_many_of_its_alerts_take_turns(
    db: Database,
) -> None:
    with db.begin() as conn:
        make_chats(conn, 30)
        for i in range(12):
            address(conn, i + 1, range(1, 31 - i))
    orders: dict[int, list[int]] = {}
    for turn in range(300):
        with db.begin() as conn:
            found = outbox.lease(conn, now=NOW, limit=5, lease_for=MINUTE, turn=turn)
            assert len({d.subscriber.id for d in found}) == len(found)
            for d in found:
                orders.setdefault(d.subscriber.id, []).append(d.alert_id)
            outbox.sent_all(conn, [Arrived(d, d.id, NOW) for d in found])
        if not found:
            break
    assert sum(map(len, orders.values())) == sum(range(19, 31))
    assert all(order == sorted(order) for order in orders.values())


def test_what_waits_behind_a_silent_alert_lets_that_go_out(db: Database) -> None:
    with db.begin() as conn:
        make_chats(conn, 20)
        address(conn, 1, range(1, 21), silent=True)
        address(conn, 2, range(1, 21))
    assert lease(db, 8) == [1] * 8
    assert lease(db, 8) == [2] * 8


def test_however_many_wait_for_what_is_put_off_the_others_go_out(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "PASSED_OVER", 3)
    with db.begin() as conn:
        make_chats(conn, 20)
        address(conn, 1, range(1, 16))
        address(conn, 2, range(1, 21))
        put_off = sa.update(deliveries).where(deliveries.c.alert_id == 1)
        conn.execute(put_off.values(visible_at=NOW + MINUTE))
    assert lease(db, 8) == [2] * 5


def steps(db: Database, work: Callable[[sa.Connection], Any]) -> int:
    """In how many steps SQLite does something, by thousands; it is undone."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    with db.engine.connect() as conn:
        raw = cast("sqlite3.Connection", conn.connection.driver_connection)
        raw.set_progress_handler(step, 1000)
        work(conn)
        raw.set_progress_handler(None, 1)
    return count


def lease_some(conn: sa.Connection) -> None:
    assert len(outbox.lease(conn, now=NOW, limit=8, lease_for=MINUTE)) == 8


@STEPS
@pytest.mark.parametrize("behind", ["others", "a silent one"])
def test_a_lease_takes_no_longer_where_many_more_wait(db: Database, behind: str) -> None:
    with db.begin() as conn:
        make_chats(conn, 20_000)
        for i in range(1, 12):
            # Each chat of these waits for the alerts before them.
            address(conn, i, range(1, 601), silent=behind != "others" and i == 1)
    few = steps(db, lease_some)
    with db.begin() as conn:
        address(conn, 12, range(601, 20_001), silent=behind != "others")
        address(conn, 13, range(601, 20_001))
    assert steps(db, lease_some) < 1.5 * few + 10


@STEPS
def test_a_lease_takes_no_longer_where_chats_were_sent_much_before(db: Database) -> None:
    with db.begin() as conn:
        make_chats(conn, 500)
        for i in range(200, 203):
            address(conn, i, range(1, 501))
        # An id says how old a delivery is.
        conn.execute(sa.update(deliveries).values(id=deliveries.c.id + 1_000_000))
    few = steps(db, lease_some)
    with db.begin() as conn:
        for i in range(1, 51):
            address(conn, i, range(1, 501), state="sent")
            old = (deliveries.c.alert_id == i) & (deliveries.c.id > 1_000_000)
            conn.execute(sa.update(deliveries).where(old).values(id=deliveries.c.id - 1_000_000))
    assert steps(db, lease_some) < 1.5 * few + 10
