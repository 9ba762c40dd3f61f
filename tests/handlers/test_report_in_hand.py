"""A report that is being written: any part of it is changed, it is put away, or gone on with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.model.reports import Claim
from tests.handlers.conftest import Talk, bot_running, plain, services_for
from tests.handlers.test_reporting import LINE, by_editors

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


async def test_any_part_can_be_changed_before_it_is_recorded(owner: Talk, record: Record) -> None:
    record.up_to(9)
    await owner.says(LINE)
    for part, answer, expected in (
        ("The place", "rabia", "Rabia crossing: the government of Iraq took it"),
        ("What is claimed", "fighting", "Rabia crossing: there is fighting"),
        ("Who says so", "a captain", "Says who: a captain of the border guards (state"),
        ("When it happened", "yesterday", "Happened: Sun 22 Jun"),
        ("How it is known", "Radio <b>", "a captain of the border guards (Radio <b>)"),
        ("The link", "https://example.org/2", "Link"),
        ("The quote", "they are at it", "Quote: “they are at it”"),
    ):
        await owner.presses("Change…")
        await owner.presses(part)
        assert expected in await owner.says(answer)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.place, report.claim, report.via) == ("rabia", Claim.FIGHTING, "Radio <b>")
    assert (report.url, report.quote) == ("https://example.org/2", "they are at it")


async def test_what_was_given_can_be_taken_out_again(owner: Talk, record: Record) -> None:
    await owner.says(LINE)
    for part, none in (
        ("How it is known", "They told us"),
        ("The link", "There is none"),
        ("The quote", "There is none"),
        ("When it happened", "Not said"),
    ):
        await owner.presses("Change…")
        await owner.presses(part)
        await owner.presses(none)
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.via, report.url, report.quote, report.occurred) == ("", "", "", None)


async def test_another_place_makes_a_denial_ask_anew(owner: Talk, record: Record) -> None:
    record.up_to(10)
    await owner.says("/report")
    await owner.says("al waleed")
    asked = await owner.asks_after("A report is denied")
    await owner.presses(asked.labels[0][0])
    await owner.presses("No party")
    await owner.says("two officials at the crossing")
    for label in ("Today", "They told us", "There is none", "Change…", "The place"):
        await owner.presses(label)
    assert (await owner.says("rabia")).startswith("Which report is denied?")


async def test_cancel_puts_the_report_away(owner: Talk, record: Record) -> None:
    shown = await owner.asks(LINE)
    assert await owner.presses("Cancel") == "Nothing was recorded, and the report is put away."
    gone = await owner.presses("Record", on=shown)
    assert gone.startswith("That report is not being written any more.")
    assert await owner.says("/cancel") == "You are writing nothing here."
    assert by_editors(record) == []


async def test_a_second_report_puts_the_first_away_and_says_so(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    said = await owner.says("/report ana: fighting")
    assert said == "The report that you were writing here is put away."


async def test_a_button_under_an_earlier_step_changes_nothing(owner: Talk, record: Record) -> None:
    await owner.says("/report")
    asked = await owner.asks("rawa")
    await owner.presses("Fighting", on=asked)
    again = await owner.presses("A party left", on=asked)
    assert again.startswith("That button was under an earlier step. This is where we are:")
    assert "Which party does the claim speak of?" in again


async def test_what_nobody_goes_on_with_is_put_away(owner: Talk, record: Record) -> None:
    asked = await owner.asks("/report rawa: fighting")
    record.clock.at += timedelta(hours=24)
    assert (await owner.says("rabia")).startswith("⚪ Rabia crossing: NO REPORT")
    said = await owner.presses("Cancel", on=asked)
    assert said.startswith("That report is not being written any more.")


async def test_a_restart_loses_nothing(telegram: Telegram, record: Record, ann: Person) -> None:
    services = services_for(record, ann)
    talk = Talk(ann)
    async with bot_running(telegram, services):
        assert (await talk.says("/report rawa: fighting")).startswith("Who says so?")
    async with bot_running(telegram, services_for(record, ann)):
        assert (await talk.says("a colonel")).startswith("When did it happen?")
        shown = await talk.presses("Today")
    assert "Says who: a colonel of the border guards" in shown


async def test_an_edited_answer_is_no_answer(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    first = owner.person.says("a colonel")
    last = await owner.person.chat.wait_for(lambda _: True, after=first)
    owner.person.edits(first, "a captain")
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said).startswith("An edited message is no answer here")


async def test_forgetting_a_chat_forgets_what_is_written_there(owner: Talk) -> None:
    await owner.says("/report rawa: fighting")
    await owner.says("/forget")
    await owner.presses("Delete everything")
    assert await owner.says("/cancel") == "You are writing nothing here."


@pytest.mark.parametrize(
    "data", ["r:1:1:=nothing", "r:1:1:=kind", "r:x:1:0", "r:1:1:", "r:1", "r:1:1:explode"]
)
async def test_a_garbled_button_does_nothing(owner: Talk, telegram: Telegram, data: str) -> None:
    shown = await owner.asks(LINE)
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, data)
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said) == "That button does nothing any more. /help shows what I can do."


async def test_a_place_chosen_late_changes_nothing(owner: Talk, telegram: Telegram) -> None:
    shown = await owner.asks("/report rawa: fighting")
    telegram.press(owner.person.user, shown, "report:ana")
    said = await owner.person.chat.wait_for(lambda _: True, after=shown)
    assert plain(said).startswith("That button was under an earlier step.")
    assert "Who says so?" in plain(said)
    await owner.says("/cancel")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, "report:ana")
    said = await owner.person.chat.wait_for(lambda _: True, after=last)
    assert plain(said) == "You are writing no report here. /report begins one."


async def test_an_offer_that_is_not_there_changes_nothing(owner: Talk, telegram: Telegram) -> None:
    shown = await owner.asks("/report rawa: fighting")
    button = shown.button("Cancel")
    assert button is not None
    assert button.data is not None
    telegram.press(owner.person.user, shown, button.data.replace("cancel", "99"))
    said = await owner.person.chat.wait_for(lambda _: True, after=shown)
    assert plain(said).startswith("That button was under an earlier step.")
