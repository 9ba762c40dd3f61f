"""An editor begins a report with a lead, or dismisses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import audit, leads
from storage.model.audit import Act
from storage.model.feeds import Lead
from storage.model.times import Moment
from tests.handlers.conftest import Talk, bot_running, made_editor, plain, services_for
from tests.handlers.test_reporting import by_editors

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
TITLE = "Militants at the gate of Al Waleed"
AGO = timedelta(hours=1)


@pytest.fixture
def lead(record: Record) -> Lead:
    """The first lead there is."""
    url = "https://www.example.org/1"
    new = Lead("x", TITLE, "They came at night.", url, record.clock.at - AGO)
    brings(record, new)
    return new


def brings(record: Record, *some: Lead) -> None:
    with record.database.begin() as conn:
        leads.keep(conn, "wire", some, record.clock.at)


async def test_a_report_begins_with_the_link_publisher_time_and_title_of_a_lead(
    owner: Talk, record: Record, lead: Lead
) -> None:
    assert f"1. Mon 23 Jun – wire: {TITLE}" in await owner.says("/leads")
    assert (await owner.says("/lead 1")).startswith(f"Lead 1: {TITLE}")
    asked = await owner.presses("Begin a report")
    assert asked.split("\n")[:2] == [
        "A report of what example.org said on Mon 23 Jun 16:00 (Baghdad time).",
        "Which place is it about?",
    ]
    for answer in ("al waleed", "fighting", "an official in Tal Afar"):
        await owner.says(answer)
    await owner.presses("Not said")
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.url, report.via, report.quote) == (lead.url, "example.org", TITLE)
    assert report.reported == Moment(lead.said)
    assert await owner.says("/leads") == "No leads."
    assert "It was dismissed or put on record on Mon 23 Jun" in await owner.says("/lead 1")


async def test_two_editors_see_that_they_write_with_one_lead(
    owner: Talk, record: Record, lead: Lead, telegram: Telegram
) -> None:
    bob = made_editor(record, telegram.person("Bob"), owner.person)
    await owner.says("/lead 1")
    await owner.presses("Begin a report")
    assert "Another editor is writing" not in await owner.says("/lead 1")
    assert "⚠️ Another editor is writing a report with it." in await bob.says("/lead 1")


@pytest.mark.parametrize("url", ["", "http://[1"])
async def test_a_lead_without_a_link_is_of_its_feed(owner: Talk, record: Record, url: str) -> None:
    brings(record, Lead("x", TITLE, "", url, record.clock.at))
    await owner.says("/lead #1")
    assert (await owner.presses("Begin a report")).startswith("A report of what wire said on")


async def test_a_dismissed_lead_is_not_listed_and_the_log_says_who_did_it(
    owner: Talk, record: Record, lead: Lead
) -> None:
    shown = await owner.asks("/lead 1")
    done = await owner.presses("Dismiss", on=shown)
    assert done == "Lead 1 is dismissed: it comes back if it says something else."
    assert await owner.presses("Dismiss", on=shown) == "Lead 1 is dismissed already."
    assert await owner.says("/leads") == "No leads."
    assert "It was dismissed or put on record on Mon 23 Jun 17:00" in await owner.says("/lead 1")
    with record.database.connect() as conn:
        [entry] = audit.some(conn, 0, 5)
    assert (entry.act, entry.actor.name) == (Act.LEAD_DISMISSED, "Ann")
    assert entry.about == {"lead": TITLE, "feed": "wire"}
    assert "dismissed a lead" in await owner.says("/audit")


async def test_a_dismissed_lead_comes_back_only_if_it_says_something_else(
    owner: Talk, record: Record, lead: Lead
) -> None:
    await owner.says("/lead 1")
    await owner.presses("Dismiss")
    brings(record, lead)
    assert await owner.says("/leads") == "No leads."
    brings(record, replace(lead, title="Al Waleed has fallen"))
    assert "1. Mon 23 Jun – wire: Al Waleed has fallen" in await owner.says("/leads")


async def test_a_number_that_no_lead_has_is_named(
    owner: Talk, telegram: Telegram, lead: Lead
) -> None:
    assert (await owner.says("/lead")).startswith("Type the number of a lead behind it")
    for typed in ("7", "seven"):
        assert (await owner.says(f"/lead {typed}")).startswith(f"No lead has the number “{typed}”.")
    shown = await owner.asks("/lead 1")
    for data, said in (
        ("lead:7:report", "No lead has the number “7”."),
        ("lead:7:dismiss", "No lead has the number “7”."),
        ("lead:x:report", "That button does nothing any more."),
        ("lead:1:eat", "That button does nothing any more."),
    ):
        last = owner.person.chat.last
        telegram.press(owner.person.user, shown, data)
        answer = await owner.person.chat.wait_for(lambda _: True, after=last)
        assert plain(answer).startswith(said)


async def test_leads_are_not_for_subscribers(
    telegram: Telegram, record: Record, ann: Person, lead: Lead
) -> None:
    async with bot_running(telegram, services_for(record, ann)):
        shown = await Talk(ann).asks("/lead 1")
    async with bot_running(telegram, services_for(record)):
        assert await Talk(ann).says("/lead 1") == await Talk(ann).says("/nonsense")
        for label in ("Begin a report", "Dismiss"):
            refused = await Talk(ann).presses(label, on=shown)
            assert refused == "Only editors can do that."
    with record.database.connect() as conn:
        assert leads.count(conn) == 1
