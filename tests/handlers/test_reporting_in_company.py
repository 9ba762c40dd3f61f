"""Several editors write reports, some of them in a group, and not everybody may."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import report_drafts
from tests.handlers.conftest import Talk, bot_running, plain, services_for
from tests.handlers.test_reporting import LINE, by_editors

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


async def test_two_editors_and_two_chats_do_not_meet(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    bob = telegram.person("Bob")
    group = telegram.group("Desk", admins=[ann], members=[bob])
    services = services_for(record, ann, bob)
    async with bot_running(telegram, services):
        await Talk(ann).says("/report rawa: fighting")
        await Talk(bob).says("/report ana: militants took it")
        asked = ann.says("/report@WhoHoldsBot rabia: fighting", in_=group)
        question = await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
        bob.presses("Cancel", on=question)
        refused = await group.wait_for(lambda _: True, after=question)
        assert plain(refused).startswith("That report is not being written any more.")
        reply = ann.says("a colonel", in_=group, reply_to=question)
        await group.wait_for(lambda m: "When did it" in m.text, after=reply)
        assert (await Talk(ann).says("a captain")).startswith("When did it happen?")
        assert "Rawa: there is fighting" in await Talk(ann).presses("Today")
        await Talk(bob).says("an official in Tal Afar")
        assert "Ana: militants took it" in await Talk(bob).presses("Today")
        last = group.last
        ann.presses("Today", in_=group)
        shown = await group.wait_for(lambda m: "Not recorded" in m.text, after=last)
        assert "Rabia crossing: there is fighting" in plain(shown)
    with record.database.connect() as conn:
        drafts = [
            report_drafts.find(conn, chat, person.id, record.clock.at)
            for chat, person in ((ann.id, ann), (bob.id, bob), (group.id, ann))
        ]
    assert [d.place for d in drafts if d] == ["rawa", "ana", "rabia"]


async def test_who_lost_the_role_while_writing_records_nothing(
    telegram: Telegram, record: Record, ann: Person
) -> None:
    services = services_for(record, ann)
    async with bot_running(telegram, services):
        shown = await Talk(ann).asks(LINE)
        await Talk(ann).says("/report rawa: fighting")
    async with bot_running(telegram, services_for(record)):
        refused = await Talk(ann).presses("Record", on=shown)
        assert refused == "Only editors can do that."
        assert (await Talk(ann).says("rabia")).startswith("⚪ Rabia crossing")
    assert by_editors(record) == []


async def test_nothing_of_it_is_for_subscribers(talk: Talk, record: Record) -> None:
    for text in (LINE, "/report", "/cancel"):
        assert await talk.says(text) == "I do not know that command. /help shows what I can do."
    assert by_editors(record) == []


async def test_what_is_written_follows_a_group_to_its_new_id(
    telegram: Telegram, record: Record, owner: Talk
) -> None:
    group = telegram.group("Desk", admins=[owner.person])
    asked = owner.person.says("/report@WhoHoldsBot rabia: fighting", in_=group)
    await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
    new = owner.person.upgrades(group)
    after = owner.person.says("/cancel@WhoHoldsBot", in_=new)
    said = await new.wait_for(lambda _: True, after=after)
    assert plain(said).startswith("Nothing was recorded")


async def test_talk_in_a_group_that_is_not_for_the_bot_is_no_answer(
    owner: Talk, telegram: Telegram
) -> None:
    telegram.privacy = False
    group = telegram.group("Desk", admins=[owner.person])
    asked = owner.person.says("/report@WhoHoldsBot rabia: fighting", in_=group)
    await group.wait_for(lambda m: "Who says so" in m.text, after=asked)
    owner.person.says("a colonel", in_=group)
    answer = owner.person.says("@WhoHoldsBot a captain", in_=group)
    said = await group.wait_for(lambda m: "When did it" in m.text, after=answer)
    assert said is group.last
