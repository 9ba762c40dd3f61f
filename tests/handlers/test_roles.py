"""Owners invite editors, editors accept, and owners take the role away again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from handlers.roles import make_editor
from storage import audit, notices, roles
from storage.model.audit import Act
from storage.model.roles import INVITED_FOR, Actor
from storage.tables import invitations
from tests.handlers.conftest import Talk, menus_set, notified, plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
NOT_GOOD = "That invitation is not good"


async def link_from(owner: Talk) -> str:
    """A new invitation."""
    said = await owner.says("/invite")
    [link] = re.findall(r"https://t\.me/\S+", said)
    return str(link)


async def follows(person: Person, link: str) -> str:
    """What the bot says to somebody who opens a link."""
    return plain(await person.chat.wait_for(lambda _: True, after=person.follows(link)))


@pytest.fixture
def bob(telegram: Telegram) -> Person:
    return telegram.person("Bob", username="bob")


async def test_whoever_follows_a_link_is_an_editor_and_the_owner_is_told(
    owner: Talk, bob: Person, record: Record, telegram: Telegram
) -> None:
    link = await link_from(owner)
    assert link.startswith("https://t.me/WhoHoldsBot?start=e_")
    assert len(link.partition("start=")[2]) <= 64
    said = await follows(bob, link)
    assert said.split("\n")[0] == "✅ You are an editor now."
    await notified(telegram, record)
    told = plain(owner.person.chat.last).split("\n")
    assert told[0] == "Bob (@bob) has followed your link: an editor now."
    assert (await owner.says("/roles")).split("\n") == [
        "1 editor",
        "1. Bob (@bob), invited by Ann on Mon 23 Jun 17:00 (Baghdad time)",
        "The bot's owners are named in its settings.",
    ]
    with record.database.connect() as conn:
        done = [(e.actor.name, e.act) for e in audit.in_order(conn)]
    assert done == [("Ann", Act.INVITED), ("Bob (@bob)", Act.ROLE_GIVEN)]


async def test_who_invited_an_editor_is_told_once_even_if_the_bot_dies_right_after(
    owner: Talk, bob: Person, record: Record, telegram: Telegram
) -> None:
    secret = (await link_from(owner)).partition("start=e_")[2]
    owners = frozenset({owner.person.id})
    # The transaction of the link, and nothing that comes after it.
    with record.database.begin() as conn:
        for somebody in (Actor(bob.id, "Bob"), Actor(9, "Cleo")):
            made = make_editor(conn, secret, somebody, owners, record.clock.at)
            assert (made is not None) == (somebody.id == bob.id)
    await notified(telegram, record)
    await notified(telegram, record)
    told = [plain(m) for m in owner.person.chat.from_bot if "followed" in m.text]
    assert told == ["Bob has followed your link: an editor now.\n/roles lists the editors."]


async def test_an_editor_sees_the_list_and_not_the_buttons(owner: Talk, bob: Person) -> None:
    await follows(bob, await link_from(owner))
    seen = await Talk(bob).asks("/roles")
    assert plain(seen).startswith("1 editor")
    assert seen.labels == []


async def test_a_link_is_good_once(owner: Talk, bob: Person, telegram: Telegram) -> None:
    link = await link_from(owner)
    await follows(bob, link)
    assert (await follows(telegram.person("Cleo"), link)).startswith(NOT_GOOD)
    assert await follows(bob, link) == "You are an editor already."


async def test_a_link_runs_out(owner: Talk, bob: Person, record: Record) -> None:
    link = await link_from(owner)
    record.clock.at += INVITED_FOR
    assert (await follows(bob, link)).startswith(NOT_GOOD)
    assert (await owner.says("/roles")).split("\n")[0] == "There are no editors yet."


async def test_a_link_that_nobody_made_is_no_invitation(owner: Talk, bob: Person) -> None:
    link = "https://t.me/WhoHoldsBot?start=e_guessed"
    assert (await follows(bob, link)).startswith(NOT_GOOD)


async def test_who_has_a_role_leaves_the_link_for_somebody_else(
    owner: Talk, bob: Person, telegram: Telegram
) -> None:
    link = await link_from(owner)
    assert (await follows(owner.person, link)).startswith("You are an owner already.")
    await follows(bob, link)
    again = await link_from(owner)
    assert (await follows(bob, again)).splitlines() == [
        "You are an editor already.",
        "The link is still good for somebody else.",
    ]
    assert (await follows(telegram.person("Cleo"), again)).startswith("✅")


async def test_the_link_is_not_to_be_found_in_the_database(owner: Talk, record: Record) -> None:
    secret = (await link_from(owner)).partition("start=e_")[2]
    with record.database.connect() as conn:
        [row] = conn.execute(invitations.select()).all()
    assert secret not in str(row)


async def test_the_invitation_of_who_is_no_owner_any_more_is_not_good(
    owner: Talk, bob: Person, record: Record
) -> None:
    secret = (await link_from(owner)).partition("start=e_")[2]
    with record.database.begin() as conn:
        somebody = Actor(bob.id, "Bob")
        assert roles.accept(conn, secret, somebody, [999], record.clock.at) is None


async def test_an_owner_takes_a_role_away(owner: Talk, bob: Person, record: Record) -> None:
    await follows(bob, await link_from(owner))
    await owner.says("/roles")
    said = await owner.presses("Take the role from Bob (@bob)")
    assert said.split("\n")[0] == "Bob (@bob) is no editor any more."
    assert (await Talk(bob).says("/roles")).startswith("I do not know that command.")
    with record.database.connect() as conn:
        last = audit.some(conn, 0, 1)[0]
    assert (last.act, last.actor.name, last.about) == (
        Act.ROLE_TAKEN,
        "Ann",
        {"from": "Bob (@bob)"},
    )


async def test_a_role_that_is_gone_cannot_be_taken_twice(owner: Talk, bob: Person) -> None:
    await follows(bob, await link_from(owner))
    listed = await owner.asks("/roles")
    label = "Take the role from Bob (@bob)"
    await owner.presses(label, on=listed)
    assert await owner.presses(label, on=listed) == "That is no editor (any more)."


async def test_only_owners_take_roles_away_whoever_presses(
    owner: Talk, bob: Person, telegram: Telegram
) -> None:
    await follows(bob, await link_from(owner))
    group = telegram.group("Desk", admins=[owner.person], members=[bob, telegram.person("Cleo")])
    asked = owner.person.says("/help@WhoHoldsBot", in_=group)
    shown = await group.wait_for(lambda m: "/roles" in m.text, after=asked)
    for presser in (bob, telegram.people[max(telegram.people)]):
        last = group.last
        telegram.press(presser.user, shown, f"dismiss:{bob.id}")
        refused = await group.wait_for(lambda _: True, after=last)
        assert plain(refused) == "Only an owner of the bot can do that."
    assert "1 editor" in await owner.says("/roles")


async def test_many_editors_come_in_pages(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        for number in range(10):
            boss = Actor(owner.person.id, "Ann")
            roles.invite(conn, f"s{number}", boss, record.clock.at)
            record.clock.at += timedelta(minutes=1)
            somebody = Actor(number + 1, f"Editor {number}")
            roles.accept(conn, f"s{number}", somebody, [boss.id], record.clock.at)
    first = await owner.asks("/roles")
    assert plain(first).split("\n")[0] == "10 editors"
    owner.person.presses("More (1 of 2) →")
    await owner.person.chat.wait_for(lambda m: "10. Editor 9" in plain(m))


async def test_the_menu_shows_what_the_role_may_do(
    owner: Talk, bob: Person, telegram: Telegram, record: Record
) -> None:
    def shown(person: Person) -> set[str]:
        commands = telegram.menus.for_chat(person.chat, "en", admin=False)
        return {name for name, _ in commands}

    await owner.says("/start")
    await menus_set(telegram, record, owner.person)
    assert {"invite", "roles"} <= shown(owner.person)
    await follows(bob, await link_from(owner))
    await menus_set(telegram, record, owner.person)
    assert "roles" in shown(bob)
    assert "invite" not in shown(bob)
    await owner.says("/roles")
    await owner.presses("Take the role from Bob (@bob)")
    await menus_set(telegram, record, owner.person)
    assert shown(bob) == shown(telegram.person("Cleo"))
    assert "roles" not in shown(bob)
    assert "/roles" not in await Talk(bob).says("/help")
    assert "/invite – a link that makes an editor" in await owner.says("/help")


async def test_an_owner_who_has_blocked_the_bot_is_no_hindrance(
    owner: Talk, bob: Person, record: Record, telegram: Telegram
) -> None:
    link = await link_from(owner)
    owner.person.blocks()
    assert (await follows(bob, link)).startswith("✅ You are an editor now.")
    await notified(telegram, record)
    with record.database.connect() as conn:
        assert list(notices.unsent(conn)) == [owner.person.id]
