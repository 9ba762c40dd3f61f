"""What owners and editors look up is told to them alone, and never where others read it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.register import CONFIDENTIAL
from tests.handlers.conftest import made_editor, plain
from tests.handlers.test_reporting import LINE

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio

TOLD = "I tell you that in our own chat: here everybody would see it."
UNKNOWN = "I do not know that command. /help shows what I can do."


@pytest.fixture
def bob(telegram: Telegram, owner: Talk, record: Record) -> Person:
    """An editor."""
    return made_editor(record, telegram.person("Bob"), owner.person).person


@pytest.fixture
def group(telegram: Telegram, owner: Talk, bob: Person) -> Chat:
    return telegram.group("Desk", admins=[owner.person], members=[bob, telegram.person("Cleo")])


@pytest.mark.parametrize("command", sorted(CONFIDENTIAL))
async def test_in_a_group_it_says_where_it_tells_that(
    owner: Talk, group: Chat, command: str
) -> None:
    asked = owner.person.says(f"/{command}@WhoHoldsBot", in_=group)
    said = await group.wait_for(lambda _: True, after=asked)
    assert said.text == TOLD
    assert said.reply_to is asked
    [[button]] = said.buttons
    assert (button.label, button.url) == ("Write to me", "https://t.me/WhoHoldsBot")
    assert await owner.says(f"/{command}") not in (TOLD, UNKNOWN)


async def test_whoever_may_not_ask_it_is_not_told_that_there_is_such_a_thing(
    bob: Person, group: Chat, telegram: Telegram
) -> None:
    cleo = telegram.people[max(telegram.people)]
    for who, command in ((bob, "audit"), (cleo, "audit"), (cleo, "roles")):
        asked = who.says(f"/{command}@WhoHoldsBot", in_=group)
        assert (await group.wait_for(lambda _: True, after=asked)).text == UNKNOWN


async def test_reports_are_written_in_a_group_as_before(owner: Talk, group: Chat) -> None:
    asked = owner.person.says(LINE.replace("/report", "/report@WhoHoldsBot"), in_=group)
    shown = await group.wait_for(lambda _: True, after=asked)
    assert plain(shown).startswith("Not recorded yet")


@pytest.mark.parametrize(
    ("presser", "data"),
    [
        ("owner", "audit:0"),
        ("owner", "editors:0"),
        ("owner", "dismiss:1"),
        ("owner", "outbox:"),
        ("owner", "outbox:retry"),
        ("owner", "reject:1"),
        ("owner", "lead:1:report"),
        ("editor", "editors:0"),
        ("editor", "lead:1:dismiss"),
    ],
)
async def test_a_button_from_before_shows_none_of_it_to_a_group(
    owner: Talk, bob: Person, group: Chat, telegram: Telegram, presser: str, data: str
) -> None:
    asked = owner.person.says("/status@WhoHoldsBot rabia", in_=group)
    shown = await group.wait_for(lambda _: True, after=asked)
    before = shown.text
    who = owner.person if presser == "owner" else bob
    refusal = await who.answer_to(telegram.press(who.user, shown, data))
    assert (refusal.text, refusal.alert) == (TOLD, True)
    assert (await owner.says("/areas")) != ""  # answered after all of that was handled
    assert group.last is shown
    assert shown.text == before


async def test_who_may_not_see_it_is_refused_as_everywhere(
    bob: Person, owner: Talk, group: Chat, telegram: Telegram
) -> None:
    asked = owner.person.says("/status@WhoHoldsBot rabia", in_=group)
    shown = await group.wait_for(lambda _: True, after=asked)
    telegram.press(bob.user, shown, "audit:0")
    said = await group.wait_for(lambda _: True, after=shown)
    assert plain(said) == "Only an owner of the bot can do that."
