"""Owners read what owners and editors did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import audit
from storage.model.audit import Act
from storage.model.roles import Actor
from tests.handlers.conftest import plain
from tests.handlers.test_reporting import LINE

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def test_what_was_done_is_listed_newest_first(owner: Talk) -> None:
    assert await owner.says("/audit") == "Nothing has been done yet."
    await owner.says("/place add Umm Qasr | port | IQ")
    await owner.says("/place add Umm Qasr | port | IQ | | Um-Kasr")
    await owner.says("/place alias umm-qasr The port")
    await owner.says(LINE)
    await owner.presses("Record")
    assert (await owner.says("/audit")).split("\n") == [
        "4 entries in the log, newest first",
        "Mon 23 Jun 17:00 (Baghdad time) Ann recorded a report: report editor-1, place Al Waleed, "
        "claim took, party government of Iraq, source the prime minister's security spokesman",
        "Mon 23 Jun 17:00 Ann gave a place another name: place Umm Qasr, id umm-qasr, as The port",
        "Mon 23 Jun 17:00 Ann gave a place another name: place Umm Qasr, id umm-qasr, as Umm Qasr",
        "Mon 23 Jun 17:00 Ann added a place: place Umm Qasr, id umm-qasr",
        "whoholds audit lists all of it.",
    ]


async def test_a_long_log_comes_in_pages(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        for number in range(21):
            about = {"report": f"number {number}"}
            audit.note(conn, Actor(1, "<b>Bob"), Act.RECORDED, about, record.clock.at)
    first = await owner.asks("/audit")
    assert "<b>Bob recorded a report: report number 20" in plain(first)
    owner.person.presses("More (1 of 3) →")
    await owner.person.chat.wait_for(lambda m: "number 10\n" in plain(m) + "\n")
    owner.person.presses("More (2 of 3) →")
    await owner.person.chat.wait_for(lambda m: "report number 0" in plain(m))


async def test_nobody_else_reads_it(owner: Talk, telegram: Telegram, record: Record) -> None:
    bob = telegram.person("Bob")
    asked = bob.says("/audit")
    said = await bob.chat.wait_for(lambda _: True, after=asked)
    assert plain(said).startswith("I do not know that command.")
    telegram.press(bob.user, said, "audit:0")
    refused = await bob.chat.wait_for(lambda _: True, after=said)
    assert plain(refused) == "Only an owner of the bot can do that."
