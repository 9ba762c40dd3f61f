"""/feeds, /rejects and /leads, asked by the bot's owner and by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import feeds, leads, rejects
from storage.model.feeds import FeedPlan, Item, Lead
from tests.handlers.conftest import Talk, bot_running, plain, services_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Talk]:
    plans = (FeedPlan("desk", timedelta(hours=1)), FeedPlan("wire", timedelta(hours=1)))
    known = replace(services_for(record, ann), feeds=plans)
    async with bot_running(telegram, known):
        yield Talk(ann)


async def test_owners_ask_how_the_feeds_are_doing(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        feeds.failed(conn, "desk", "answered 404", record.clock.at)
    said = await owner.says("/feeds")
    assert said.startswith("2 feeds\n⚠️ desk could not be read: answered 404")
    assert "✅ wire" in said


async def test_owners_ask_what_waits_and_what_feeds_point_to(owner: Talk, record: Record) -> None:
    assert (await owner.says("/rejects")) == "No row waits."
    assert (await owner.says("/leads")) == "No leads."
    now = record.clock.at
    with record.database.begin() as conn:
        rejects.keep(conn, "desk", [(Item("x", {}), "place", "no place")], now)
        leads.keep(conn, "wire", [Lead("x", "A headline", "", "https://example.org", now)], now)
    assert "1. desk, x: place: no place" in await owner.says("/rejects")
    assert "wire: A headline" in await owner.says("/leads")


@pytest.mark.parametrize("command", ["/feeds", "/rejects", "/leads"])
async def test_to_others_there_are_no_such_commands(talk: Talk, command: str) -> None:
    assert "desk" not in (said := await talk.says(command))
    assert said == await talk.says("/nonsense")


async def test_an_owner_looks_at_a_row_and_dismisses_it(owner: Talk, record: Record) -> None:
    row = Item("x", {"id": "x", "place": "Point Seven", "party": ""})
    bad = [(row, "place", "no place")]
    now = record.clock.at
    with record.database.begin() as conn:
        rejects.keep(conn, "desk", bad, now)
    assert (await owner.says("/rejects 2")).startswith("No row that waits has the number “2”.")
    shown = await owner.asks("/rejects 1")
    assert plain(shown).split("\n") == [
        "Row 1, x, from desk",
        "⚠️ place: no place",
        "id = x",
        "place = Point Seven",
        "It came on Mon 23 Jun 17:00 (Baghdad time).",
        "whoholds rejects --json shows all that came with it.",
    ]
    done = await owner.presses("Dismiss", on=shown)
    assert done == "Row 1 is dismissed: it comes back if it says something else."
    assert (await owner.presses("Dismiss", on=shown)).startswith("No row that waits has the number")
    assert await owner.says("/rejects") == "No row waits."
    assert "It was dismissed on Mon 23 Jun 17:00" in await owner.says("/rejects #1")
    assert "dismissed a row that cannot be used: row x, feed desk" in await owner.says("/audit")
    with record.database.begin() as conn:
        assert rejects.keep(conn, "desk", bad, now) == 0
    assert await owner.says("/rejects") == "No row waits."


async def test_a_button_of_a_row_does_nothing_for_others(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    with record.database.begin() as conn:
        rejects.keep(conn, "desk", [(Item("x", {}), "place", "no place")], record.clock.at)
    async with bot_running(telegram, services_for(record, ann)):
        shown = await Talk(ann).asks("/rejects 1")
    async with bot_running(telegram, services_for(record)):
        refused = await Talk(ann).presses("Dismiss", on=shown)
        assert refused == "Only an owner of the bot can do that."
    with record.database.connect() as conn:
        assert rejects.count(conn) == 1


async def test_an_odd_button_of_a_row_says_so(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    with record.database.begin() as conn:
        rejects.keep(conn, "desk", [(Item("x", {}), "", "no row")], record.clock.at)
    shown = await owner.asks("/rejects 1")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, "reject:x")
    answer = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(answer).startswith("That button does nothing any more.")
