"""`outbox`, as somebody calls it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.watch import check
from storage import events, outbox, subscribers
from storage.engine import open_database, sqlite_url
from storage.model.policy import DEFAULT_POLICY
from storage.outbox import Arrived, State
from tests.bot.cli.conftest import Command, objects
from tests.builders import clock_of, load, step_of
from tests.builders import story as story_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.engine import Database

NOW = datetime(2014, 6, 24, tzinfo=UTC)


@pytest.fixture
def empty(whoholds: Command, data: Path) -> Iterator[Database]:
    """A database without anything in it."""
    whoholds("migrate")
    database = open_database(sqlite_url(data / "whoholds.db"))
    yield database
    database.close()


@pytest.fixture
def busy(empty: Database) -> Database:
    """An alert for three chats: one was sent it, one waits, Telegram refuses the third."""
    world = story_of()
    with empty.begin() as conn:
        load(conn, world)
        for chat in (1, 2, 3):
            one = subscribers.ensure(conn, chat, is_group=False, now=NOW)
            subscribers.subscribe(conn, one.id, "al-waleed", NOW)
    for step in (1, 7):
        with empty.begin() as conn:
            reports = [r for r in world.reports if step_of(r) == step]
            events.append(conn, reports, now=clock_of(step), alert=True)
            check(conn, now=clock_of(step), policy=DEFAULT_POLICY)
    with empty.begin() as conn:
        sent, dead = outbox.lease(conn, now=NOW, limit=2, lease_for=timedelta(minutes=1))
        outbox.sent_all(conn, [Arrived(sent, 101, clock_of(7) + timedelta(seconds=2))])
        outbox.end(conn, dead, State.DEAD, "BadRequest: chat not found", clock_of(7))
    return empty


@pytest.mark.usefixtures("empty")
def test_an_empty_one_says_so(whoholds: Command) -> None:
    assert whoholds("outbox").out.splitlines() == [
        "waiting  nothing",
        "dead     0",
        "of what is on its way, and of the last day:",
        "sent     0 (0 may have come twice)",
        "closed   0",
    ]
    assert whoholds("outbox", "--dead").out == "there are no dead letters\n"
    assert whoholds("outbox", "--dead", "--json").out == ""


@pytest.mark.usefixtures("busy")
def test_it_tells_what_waits_and_how_far_alerts_are(whoholds: Command) -> None:
    lines = whoholds("outbox").out.splitlines()
    assert lines[0] == "waiting  1: 1 with a sound, 0 without"
    assert lines[1].startswith("due      1, the oldest since 2014-06-2")
    assert lines[2:6] == [
        "dead     1 (--dead lists them)",
        "of what is on its way, and of the last day:",
        "sent     1 (0 may have come twice)",
        "closed   0",
    ]
    assert "Al Waleed, holder: 1 of 3 sent, 0 closed, 1 dead, 0.5 a second, done about" in lines[6]


@pytest.mark.usefixtures("busy")
def test_for_programs_it_is_one_object(whoholds: Command) -> None:
    (told,) = objects(whoholds("outbox", "--json"))
    assert (told["pending"], told["sent"], told["dead"]) == (1, 1, 1)
    (alert,) = told["broadcasts"]
    assert (alert["kind"], alert["place_id"], alert["per_second"]) == ("holder", "al-waleed", 0.5)


@pytest.mark.usefixtures("busy")
def test_dead_letters_are_listed_with_their_reason(whoholds: Command) -> None:
    (line,) = whoholds("outbox", "--dead").out.splitlines()
    assert line.endswith(": BadRequest: chat not found")
    assert "Al Waleed, holder, of 2014-06-23" in line
    (letter,) = objects(whoholds("outbox", "--dead", "--json"))
    assert letter["reason"] == "BadRequest: chat not found"
    assert set(letter) == {"id", "kind", "place", "made_at", "attempts", "reason"}


@pytest.mark.usefixtures("busy")
def test_a_dead_letter_is_tried_again_by_its_id_or_with_all(whoholds: Command) -> None:
    (letter,) = objects(whoholds("outbox", "--dead", "--json"))
    ran = whoholds("outbox", "retry", str(letter["id"]))
    assert (ran.code, ran.out.split(",")[0]) == (0, "1 dead letter is tried again")
    assert whoholds("outbox", "retry", "all").out.startswith("0 dead letters are tried again")
    refused = whoholds("outbox", "retry", str(letter["id"]))
    assert refused.code == 2
    assert f"the delivery {letter['id']} is pending, not dead" in refused.err


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    ("which", "why"), [("x", "'x' is no id"), ("4711", "there is no delivery 4711")]
)
def test_what_is_no_dead_letter_is_refused_with_why(
    whoholds: Command, which: str, why: str
) -> None:
    ran = whoholds("outbox", "retry", which)
    assert ran.code == 2
    assert why in ran.err
