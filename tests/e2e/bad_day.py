"""A broadcast on a bad day: the bot is killed again and again, and Telegram and the network fail.

Everything is drawn from one seed; what is left to chance is where in its work a kill finds the bot.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import httpx
import sqlalchemy as sa

from bot.sandbox.faults import Fault
from bot.watch import check
from storage import subscribers
from storage.model.policy import DEFAULT_POLICY
from storage.tables import deliveries
from storage.tables import subscribers as chats
from tests.e2e.bot_process import TOKEN
from tests.e2e.stage import STEPS

if TYPE_CHECKING:
    from bot.sandbox.chats import Call
    from bot.sandbox.people import Person
    from storage.engine import Database
    from tests.e2e.stage import Stage

# The step of the story that moves Al Waleed, and what is known before it.
BEFORE, NEWS = STEPS[:6], STEPS[6]
GONE = "Forbidden: bot was blocked by the user"
REFUSED = "Bad Request: message is too long"
# Of the chats; and of the calls.
GONE_CHATS = REFUSED_CHATS = 0.02
MISFORTUNES = (
    (Fault("refuse", 502, "Bad Gateway"), 0.02),
    (Fault("refuse", 500, "Internal Server Error"), 0.01),
    (Fault("cut", processed=True), 0.01),
    (Fault("cut", processed=False), 0.01),
    (Fault("hang", processed=True), 0.01),
    (Fault("hang", processed=False), 0.01),
)
HALTS = 2  # "too many requests", of a second
# At most so many seconds pass between a call that a kill waits for, and the kill.
LATEST_KILL = 0.1


@dataclass(frozen=True)
class Size:
    """How many deliveries and kills; for the full numbers set WHOHOLDS_TEST_DELIVERIES=10000 and
    WHOHOLDS_TEST_KILLS=50.
    """

    deliveries: int
    kills: int
    seed: int

    @classmethod
    def asked_for(cls) -> Size:
        """As the environment says; by default what takes some seconds."""
        env = os.environ.get
        return cls(
            int(env("WHOHOLDS_TEST_DELIVERIES", "300")),
            int(env("WHOHOLDS_TEST_KILLS", "5")),
            int(env("WHOHOLDS_TEST_SEED", "1")),
        )


@dataclass(frozen=True)
class Fate:
    """What became of one delivery: its row, and how many messages its chat has got."""

    person: Person
    state: str
    reason: str
    doubts: int
    message_id: int | None
    active: bool
    messages: int


@dataclass(frozen=True)
class Day:
    """A bad day when it is over. `unrecorded` are the messages that had arrived when the bot was
    killed and were not on record, `unanswered` those whose call got no answer: each by its chat,
    and which of the chat's it is, from 1.
    """

    fates: list[Fate]
    gone: set[int]
    refused: set[int]
    unrecorded: set[tuple[int, int]]
    unanswered: set[tuple[int, int]]
    faults: Counter[str]
    seconds: float

    @property
    def doubles(self) -> int:
        """Messages that a chat got beside its first."""
        return sum(max(0, fate.messages - 1) for fate in self.fates)

    @property
    def explained(self) -> int:
        """How many doubles there may be: as many as messages were in flight at the kills, or went
        without an answer in time.
        """
        return len(self.unrecorded | self.unanswered) + self.given_up

    @property
    def given_up(self) -> int:
        """Messages that were answered too late: each was counted as in doubt, which neither a kill
        nor a fault explains.
        """
        known = Counter(chat_id for chat_id, _ in self.unrecorded | self.unanswered)
        return sum(
            min(self._late(fate), max(0, fate.doubts - known[fate.person.chat.id]))
            for fate in self.fates
        )

    def _late(self, fate: Fate) -> int:
        known = self.unrecorded | self.unanswered
        chat_id = fate.person.chat.id
        return sum((chat_id, number) not in known for number in range(1, fate.messages))


async def live_through(stage: Stage, size: Size) -> Day:
    """Broadcast the news, with everything that goes wrong, until nothing waits any more."""
    dice = random.Random(size.seed)
    await _know_the_past(stage)
    people = {p.id: p for p in (stage.telegram.person(f"P{n}") for n in range(size.deliveries))}
    await stage.database.writing(_subscribe, list(people.values()))
    gone, refused = _plan(stage, size, dice, list(people))
    began = asyncio.get_running_loop().time()
    await stage.start_bot()
    stage.feed(NEWS)
    unrecorded: set[tuple[int, int]] = set()
    calls = stage.telegram.calls
    for number in sorted(dice.sample(range(1, size.deliveries), size.kills)):
        await stage.telegram.signal.until(partial(_longer, calls, number), 120)
        # Any moment will do: between a call and its answer, or between that and its record.
        await asyncio.sleep(dice.uniform(0, LATEST_KILL))
        await stage.kill_bot()
        await _come_to_rest(stage)
        unrecorded |= await stage.database.reading(_unrecorded, people)
        await stage.start_bot()
    await _until_all_have_ended(stage.database, size.deliveries)
    seconds = asyncio.get_running_loop().time() - began
    fates = await stage.database.reading(_fates, people)
    outcomes = [call.outcome for call in calls if call.outcome]
    faults = Counter(f"{o.fault} {o.code}" for o in outcomes if o.fault or not o.ok)
    return Day(fates, gone, refused, unrecorded, _unanswered(calls), faults, seconds)


async def _know_the_past(stage: Stage) -> None:
    for step in BEFORE:
        stage.feed(step)
        await stage.database.writing(check, now=step.at, policy=DEFAULT_POLICY)


def _subscribe(conn: sa.Connection, people: list[Person]) -> None:
    for person in people:
        person.chat.started = True
        one = subscribers.ensure(conn, person.chat.id, is_group=False, now=NEWS.at)
        subscribers.subscribe(conn, one.id, "al-waleed", NEWS.at)


def _plan(
    stage: Stage, size: Size, dice: random.Random, chat_ids: list[int]
) -> tuple[set[int], set[int]]:
    """Order everything that will go wrong; returns the chats that are gone, and those refused."""
    faults = stage.telegram.faults
    number = round(size.deliveries * GONE_CHATS)
    some = dice.sample(chat_ids, number + round(size.deliveries * REFUSED_CHATS))
    gone, refused = set(some[:number]), set(some[number:])
    for chat_id in gone:
        faults.refuse(403, GONE, method="sendMessage", chat=chat_id, times=10**6)
    for chat_id in refused:
        faults.refuse(400, REFUSED, method="sendMessage", chat=chat_id, times=10**6)
    for chat_id in dice.sample(sorted(set(chat_ids) - gone - refused), HALTS):
        faults.too_many_requests(1, method="sendMessage", chat=chat_id)
    for fault, rate in MISFORTUNES:
        faults.sometimes(fault, rate, seed=dice.randrange(10**6), method="sendMessage")
    return gone, refused


async def _until_all_have_ended(database: Database, deliveries: int) -> None:
    async with asyncio.timeout(60 + deliveries / 5):
        # Another process works on it: there is nothing to wait for but the table itself.
        while await database.reading(_ended) < deliveries:  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.05)


def _ended(conn: sa.Connection) -> int:
    ended = sa.select(sa.func.count()).where(deliveries.c.state != "pending")
    return conn.scalar(ended) or 0


async def _come_to_rest(stage: Stage) -> None:
    """Let the stand-in take what the dead bot had sent; its own answer comes after that."""
    async with httpx.AsyncClient() as client:
        (await client.get(f"{stage.url}/bot{TOKEN}/getMe")).raise_for_status()


def _longer(calls: list[Call], number: int) -> bool:
    return len(calls) >= number


def _unrecorded(conn: sa.Connection, people: dict[int, Person]) -> set[tuple[int, int]]:
    """The latest message of each chat that has one, where no record says so."""
    waiting = conn.scalars(
        sa.select(chats.c.chat_id).join(deliveries).where(deliveries.c.state == "pending")
    )
    latest = {(chat_id, len(people[chat_id].chat.from_bot)) for chat_id in waiting}
    return {(chat_id, number) for chat_id, number in latest if number}


def _unanswered(calls: list[Call]) -> set[tuple[int, int]]:
    got: Counter[int] = Counter()
    found = set()
    for call in calls:
        if call.method == "sendMessage" and call.outcome and call.outcome.ok:
            chat_id = int(call.params["chat_id"])
            got[chat_id] += 1
            if call.outcome.fault:
                found.add((chat_id, got[chat_id]))
    return found


def _fates(conn: sa.Connection, people: dict[int, Person]) -> list[Fate]:
    rows = conn.execute(
        sa.select(
            chats.c.chat_id,
            chats.c.active,
            deliveries.c.state,
            deliveries.c.reason,
            deliveries.c.doubts,
            deliveries.c.message_id,
        ).join(deliveries)
    )
    return [
        Fate(
            person := people[row.chat_id],
            row.state,
            row.reason,
            row.doubts,
            row.message_id,
            row.active,
            len(person.chat.from_bot),
        )
        for row in rows
    ]


def told(day: Day, size: Size, database: Database) -> str:
    """The day in figures."""
    ends = Counter(fate.state for fate in day.fates)
    return (
        f"{database.engine.dialect.name}, seed {size.seed}: {size.deliveries} deliveries, "
        f"{size.kills} kills, {day.seconds:.0f} s; {dict(ends)}; {day.doubles} doubles where "
        f"{len(day.unrecorded)} were unrecorded at a kill, {len(day.unanswered)} unanswered and "
        f"{day.given_up} answered too late; "
        f"{sum(f.doubts for f in day.fates)} doubts on record; faults {dict(day.faults)}"
    )
