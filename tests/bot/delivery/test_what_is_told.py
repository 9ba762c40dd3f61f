"""What chats are told, whatever is late, fails, is doubtful, or comes back: always what holds."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery.telling import Teller, Told
from bot.watch import check
from storage import control, dead_letters, events, ledger, outbox, outcomes, subscribers
from storage.engine import open_database, sqlite_url
from storage.model.deliveries import GiveWay, is_news, same_answer
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim, Report
from storage.model.times import Moment
from storage.outbox import Arrived, State
from storage.outcomes import Ended, PutBack
from storage.tables import broadcasts
from tests.builders import load, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.leasing import Delivery
    from storage.model.changes import Status

START = datetime(2014, 6, 1, 12, tzinfo=UTC)
FRESH = timedelta(hours=6)
PLACES = ("al-waleed", "rawa", "ana", "al-qaim")
PARTIES = ("iraq", "militants", "kurdish")
FOLLOWED = {1: {"al-waleed"}, 2: {"al-waleed", "al-qaim"}, 3: {*PLACES}}
# One that never tells of a place in notices: those are late on purpose.
_COUNTED = broadcasts.c
POLICY = replace(DEFAULT_POLICY, flaps_after=1000)


@dataclass
class Seen:
    """What a person has really seen last of a place, and whether it may have come twice."""

    status: Status
    doubtful: bool = False


@dataclass
class Play:
    """A world that changes, and three chats at the end of a bad line."""

    db: Database
    now: datetime = START
    number: int = 0
    seen: dict[tuple[int, str], Seen] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)
    dead: int = 0

    def begin(self) -> None:
        with self.db.begin() as conn:
            load(conn, story())
        for place in PLACES:
            self.say(place, "iraq")
        with self.db.begin() as conn:
            for chat, place in ((1, "al-waleed"), (2, "iraq-syria-border"), (3, "anbar")):
                one = subscribers.ensure(conn, chat, is_group=False, now=self.now)
                subscribers.subscribe(conn, one.id, place, self.now)
            for chat, followed in FOLLOWED.items():
                for place, status in control.statuses_of(conn, followed).items():
                    self.seen[chat, place] = Seen(status)

    def say(self, place: str, party: str, *, fighting: bool = False) -> None:
        self.now += timedelta(hours=30)
        self.number += 1
        claim = Claim.FIGHTING if fighting else Claim.TOOK
        reports = [
            Report(
                f"{source}-{self.number}",
                place,
                claim,
                source,
                Moment(self.now),
                None if fighting else party,
            )
            for source in ("agency", "background")
        ]
        self.record(reports)

    def record(self, reports: list[Report], *, alert: bool = True) -> None:
        with self.db.begin() as conn:
            events.append(conn, reports, now=self.now, alert=alert)
            check(conn, now=self.now, policy=POLICY, deadline=self.now + FRESH)

    def withdraw(self) -> None:
        """What was said last is taken back."""
        if self.number <= len(PLACES):
            return
        self.now += timedelta(hours=1)
        back = [
            Report(
                f"back-{source}-{self.number}",
                self.last_place,
                Claim.RETRACTS,
                source,
                Moment(self.now),
                refers_to=f"{source}-{self.number}",
            )
            for source in ("agency", "background")
        ]
        self.record(back)

    @property
    def last_place(self) -> str:
        with self.db.connect() as conn:
            found = events.get_reports(conn, [f"agency-{self.number}"])
        return found[f"agency-{self.number}"].place

    def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    def leave(self, chat: int) -> None:
        self.away.add(chat)
        with self.db.begin() as conn:
            subscribers.deactivate(conn, chat)
            one = subscribers.find(conn, chat)
            assert one is not None
            outbox.close_all_of(conn, one.id, "Forbidden")

    def come_back(self, chat: int) -> None:
        self.away.discard(chat)
        with self.db.begin() as conn:
            subscribers.ensure(conn, chat, is_group=False, now=self.now)

    def revive(self) -> None:
        with self.db.begin() as conn:
            dead_letters.retry_all(conn, self.now)

    def send(self, how: str) -> bool:
        """One delivery goes out, or what would be one; False if nothing is due."""
        with self.db.begin() as conn:
            leased = outbox.lease(conn, now=self.now, limit=1, lease_for=timedelta(minutes=1))
        for delivery in leased:
            with self.db.connect() as conn:
                told_now = Teller(conn, ZoneInfo("UTC"), "", self.now).told(delivery)
            if isinstance(told_now, GiveWay) or (
                delivery.is_edit and delivery.about_message is None
            ):
                self.give_way(delivery, told_now)
            else:
                self.arrive(delivery, told_now, how)
        return bool(leased)

    def give_way(self, delivery: Delivery, way: Told | GiveWay) -> None:
        with self.db.begin() as conn:
            if isinstance(way, GiveWay):
                assert outbox.give_way(conn, delivery, way, self.now)
            else:
                outbox.end(
                    conn, delivery, State.CLOSED, "the message to edit was never sent", self.now
                )

    def arrive(self, delivery: Delivery, what: Told, how: str) -> None:
        with self.db.begin() as conn:
            assert outbox.begin(conn, [(delivery, what.content)], self.now) == {delivery.id}
        if how.startswith("killed"):
            # Nobody ever says what became of it: the lease runs out.
            self.now += timedelta(minutes=2)
        else:
            self.record_outcome(delivery, what, how)
        if how in ("doubtful and lost", "killed and lost"):
            for status, _ in what.content.places:
                self.seen[delivery.subscriber.chat_id, status.place].doubtful = True
        elif how not in ("dead", "fails"):
            self.see(delivery, what, doubtful=how != "arrives")

    def record_outcome(self, delivery: Delivery, what: Told, how: str) -> None:
        with self.db.begin() as conn:
            if how == "dead":
                end = Ended(delivery, State.DEAD, "Telegram says no", self.now, what.content)
                outcomes.record(conn, [end])
            elif how == "arrives":
                arrived = Arrived(delivery, 100 + delivery.id, self.now, what.content)
                outcomes.record(conn, [arrived])
            else:
                in_doubt = how != "fails"
                back = PutBack(delivery, self.now, "no answer", in_doubt, what.content)
                outcomes.record(conn, [back])

    def see(self, delivery: Delivery, what: Told, *, doubtful: bool) -> None:
        chat = delivery.subscriber.chat_id
        with self.db.connect() as conn:
            present = control.statuses_of(conn, PLACES)
        for status, _ in what.content.places:
            before = self.seen[chat, status.place]
            if delivery.kind.value not in ("area-first", "area-last", "area-regained"):
                assert same_answer(status, present[status.place]), "told what does not hold"
            if delivery.kind.value != "correction" and not before.doubtful:
                assert is_news(before.status, status), "told the same twice in a row"
            self.seen[chat, status.place] = Seen(status, doubtful)

    def drain(self) -> None:
        for chat in list(self.away):
            self.come_back(chat)
        self.revive()
        self.now += timedelta(minutes=2)
        for _ in range(500):
            if not self.send("arrives"):
                break
        else:
            raise AssertionError("the outbox never empties")

    def all_know(self) -> None:
        """The outbox is empty: everybody knows what holds, and the ledger knows what they know."""
        with self.db.connect() as conn:
            present = control.statuses_of(conn, PLACES)
            for chat, followed in FOLLOWED.items():
                one = subscribers.find(conn, chat)
                assert one is not None
                last = ledger.of_chats(conn, [one.id], followed)
                for place in followed:
                    seen = self.seen[chat, place].status
                    assert not is_news(seen, present[place]), (chat, place, seen, present[place])
                    if (one.id, place) in last:
                        assert same_answer(last[one.id, place].status, seen)
            progress = outbox.progress(conn, self.now)
            real = outbox.counts(conn)
            all_of = [sa.func.coalesce(sa.func.sum(c), 0) for c in (_COUNTED.sent, _COUNTED.closed)]
            counted = conn.execute(sa.select(*all_of)).one()
        assert (progress.pending, progress.dead) == (real.pending, real.dead)
        assert counted == (real.sent, real.closed)


def play(db: Database, steps: list[tuple[str, int]]) -> None:
    world = Play(db)
    world.begin()
    for what, number in steps:
        chat = 1 + number % 3
        match what:
            case "change":
                world.say(PLACES[number % 4], PARTIES[number // 4 % 3])
            case "fighting":
                world.say(PLACES[number % 4], "", fighting=True)
            case "withdraw":
                world.withdraw()
            case "wait":
                world.wait(number)
            case "leave":
                world.leave(chat)
            case "come back":
                world.come_back(chat)
            case "revive":
                world.revive()
            case _:
                for _ in range(1 + number % 4):
                    world.send(what)
    world.drain()
    world.all_know()


WHAT = (
    "change",
    "change",
    "change",
    "fighting",
    "withdraw",
    "wait",
    "leave",
    "come back",
    "revive",
    "arrives",
    "arrives",
    "fails",
    "dead",
    "doubtful and here",
    "doubtful and lost",
    "killed and here",
    "killed and lost",
)


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(WHAT), st.integers(0, 11)), max_size=14))
def test_nobody_is_told_what_does_not_hold_nor_twice_and_all_know_in_the_end(
    steps: list[tuple[str, int]], migrated_file: Path, tmp_path: Path
) -> None:
    db = open_database(sqlite_url(Path(shutil.copy(migrated_file, tmp_path / "play.db"))))
    try:
        play(db, steps)
    finally:
        db.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_so_it_is_through_a_long_time_on_both_databases(db: Database, seed: int) -> None:
    dice = random.Random(seed)
    play(db, [(dice.choice(WHAT), dice.randrange(12)) for _ in range(60)])
