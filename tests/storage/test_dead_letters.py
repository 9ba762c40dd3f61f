"""Dead letters: owners hear of them once for a reason, and they can be tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from storage import dead_letters, notices, outbox
from storage.model.progress import DeadLetters
from storage.outbox import State
from tests.storage.test_outbox import MINUTE, NOW, due, lease

if TYPE_CHECKING:
    from datetime import datetime

    from storage.engine import Database

__all__ = ["due"]
OWNERS = frozenset({71, 72})
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
REFUSED = "BadRequest: chat not found"


def die(db: Database, *reasons: str, at: datetime = NOW) -> None:
    for delivery, reason in zip(lease(db, at), reasons, strict=False):
        with db.begin() as conn:
            outbox.end(conn, delivery, State.DEAD, reason, at)


def tell(db: Database, now: datetime) -> list[tuple[int, DeadLetters]]:
    """Whom is told what by now; it counts as sent."""
    with db.begin() as conn:
        dead_letters.tell_owners(conn, OWNERS, now)
        waiting = notices.lease(conn, now=now, limit=20, lease_for=MINUTE)
        told = [(each.chat_id, notices.read(conn, each)) for each in waiting]
        for each in waiting:
            notices.sent(conn, each, now)
    letters = [(owner, notice) for owner, notice in told if isinstance(notice, DeadLetters)]
    assert len(letters) == len(told)
    return letters


def test_owners_are_told_once_of_a_burst_with_the_same_reason(due: Database) -> None:
    die(due, REFUSED, REFUSED)
    letters = DeadLetters(REFUSED, 2)
    assert tell(due, NOW + MINUTE) == [(71, letters), (72, letters)]
    die(due, REFUSED, at=NOW + 2 * MINUTE)
    assert tell(due, NOW + 4 * MINUTE) == []
    assert tell(due, NOW + 2 * HOUR) == [(owner, DeadLetters(REFUSED, 1)) for owner in (71, 72)]
    assert tell(due, NOW + 4 * HOUR) == []


def test_each_letter_of_a_batch_that_dies_slowly_is_counted(due: Database) -> None:
    first, second = lease(due)
    with due.begin() as conn:
        outbox.end(conn, first, State.DEAD, REFUSED, NOW + SECOND)
    assert tell(due, NOW + SECOND) == [(owner, DeadLetters(REFUSED, 1)) for owner in (71, 72)]
    with due.begin() as conn:
        outbox.end(conn, second, State.DEAD, REFUSED, NOW + 2 * SECOND)
    assert tell(due, NOW + 2 * HOUR) == [(owner, DeadLetters(REFUSED, 1)) for owner in (71, 72)]


def test_another_reason_is_told_at_once(due: Database) -> None:
    die(due, REFUSED)
    tell(due, NOW + MINUTE)
    die(due, "KeyError: 'after'", at=NOW + 2 * MINUTE)
    (one, _) = tell(due, NOW + 4 * MINUTE)
    assert one == (71, DeadLetters("KeyError: 'after'", 1))


def test_where_nobody_owns_the_bot_nobody_is_told(due: Database) -> None:
    die(due, REFUSED)
    with due.begin() as conn:
        assert dead_letters.tell_owners(conn, (), NOW) == 0


def test_one_or_all_are_tried_again_and_nothing_else(due: Database) -> None:
    die(due, REFUSED, REFUSED)
    with due.begin() as conn:
        newest, older = dead_letters.all_dead(conn)
        assert newest.id > older.id
        assert (newest.place, newest.reason, newest.attempts) == ("Al Waleed", REFUSED, 1)
        assert dead_letters.number_dead(conn) == 2
        assert dead_letters.retry(conn, [newest.id], NOW) == 1
        assert dead_letters.retry(conn, [newest.id, 4711], NOW) == 0
        assert dead_letters.state_of(conn, newest.id) is State.PENDING
        assert dead_letters.state_of(conn, 4711) is None
        assert dead_letters.retry_all(conn, NOW) == 1
        assert dead_letters.all_dead(conn, 5) == []
    assert len(lease(due)) == 2
