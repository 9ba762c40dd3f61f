"""/feeds, /rejects and /leads, asked by the bot's owner and by others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import feeds, leads, rejects
from storage.model.feeds import FeedPlan, Item, Lead
from tests.handlers.conftest import Talk, bot_running, services_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Talk]:
    services = services_for(record)
    plans = (FeedPlan("desk", timedelta(hours=1)), FeedPlan("wire", timedelta(hours=1)))
    known = replace(services, owners=frozenset({ann.id}), feeds=plans)
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
