"""A grade that many would hear of is given by a second editor, or by nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.holding import Releaser
from storage import audit, notices, roles, tables
from storage.model.audit import Act
from storage.model.holds import Hold
from storage.model.regradings import KEPT_FOR, RegradingEnded
from storage.model.roles import Actor
from storage.model.sources import Grade
from storage.tables import regradings
from tests.handlers.conftest import (
    Talk,
    bot_running,
    made_editor,
    notified,
    plain,
    services_for,
    upgraded,
)
from tests.handlers.test_regrading import OVER, disputed
from tests.handlers.test_source_editing import kept, last_act

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """An owner and an editor, and what looks after what waits for the other one."""

    ann: Talk
    bob: Talk
    releaser: Releaser


@pytest.fixture
async def two(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[Desk]:
    """What is told to more than one chat needs a second editor."""
    disputed(record)
    bob = telegram.person("Bob")
    made_editor(record, bob, ann)
    hold = Hold(1, timedelta(minutes=10))
    services = replace(services_for(record, ann), hold=hold)
    async with bot_running(telegram, services) as application:
        yield Desk(Talk(ann), Talk(bob), Releaser(services, application.bot))


async def bob_asks(two: Desk) -> Message:
    """Bob wants a grade that many would hear of; returns what Ann is asked."""
    await two.ann.says("/start")
    await two.bob.says("/source pin spokesman A")
    await two.bob.presses("Do it")
    return two.ann.person.chat.last


async def test_what_many_chats_would_hear_another_editor_has_to_do(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    await two.ann.says("/start")
    await two.bob.says("/source pin spokesman A")
    waits = await two.bob.presses("Do it")
    assert waits.split("\n") == [
        "⏸ Not done: it would be told to many chats, and another editor has to.",
        "If nobody does it until Tue 24 Jun 17:02 (Baghdad time), it is not done.",
        "1 other editor was asked.",
    ]
    assert not kept(record, "spokesman").pinned
    asked = plain(two.ann.person.chat.last)
    assert asked.startswith("⏸ Bob wants to grade a source:\nNot done yet")
    assert (await two.ann.presses("Do it")).startswith("✅ The spokesman")
    assert kept(record, "spokesman").pinned
    assert last_act(record)[1]["grade"] == "A"
    await notified(telegram, record)
    await notified(telegram, record)
    told = [m for m in two.bob.person.chat.from_bot if "did it" in m.text]
    assert [plain(m) for m in told] == ["✅ Ann did it: the spokesman"]


async def test_who_asks_for_a_grade_cannot_be_the_second_editor(two: Desk, record: Record) -> None:
    asked = await bob_asks(two)
    again = await two.bob.presses("Do it")
    assert again.startswith("That waits for another editor.\nIf nobody does it until Tue 24 Jun")
    assert two.ann.person.chat.last == asked
    assert not kept(record, "spokesman").pinned


async def test_a_grade_that_nobody_else_gives_is_over_after_a_day_and_that_is_said(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    asked = await bob_asks(two)
    record.clock.at += KEPT_FOR
    await two.releaser.look()
    await two.releaser.look()
    await notified(telegram, record)
    assert plain(two.bob.person.chat.last) == (
        "🛑 the spokesman: no other editor gave it the grade that you wanted. Nothing was changed."
    )
    assert await two.ann.presses("Do it", on=asked) == OVER
    assert not kept(record, "spokesman").pinned


async def test_that_a_grade_of_a_source_that_has_gone_is_over_is_said_by_its_id(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    await bob_asks(two)
    with record.database.begin() as conn:
        conn.execute(sa.update(regradings).values(source_id="gone", ask_at=record.clock.at))
    await two.releaser.look()
    with record.database.connect() as conn:
        assert conn.scalar(sa.select(regradings.c.ask_at)) is None
    record.clock.at += KEPT_FOR
    await two.releaser.look()
    await notified(telegram, record)
    assert plain(two.bob.person.chat.last).startswith("🛑 gone: no other editor")


async def test_who_could_not_be_asked_about_a_grade_is_asked_by_the_next_bot(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    await two.ann.says("/start")
    before = two.ann.person.chat.last
    await two.bob.says("/source pin spokesman A")
    telegram.faults.refuse(500, "Internal Server Error", method="sendMessage")
    waits = await two.bob.presses("Do it")
    assert waits.endswith(
        "⚠️ 1 other editor cannot be reached now, and is asked as soon as that works."
    )
    assert two.ann.person.chat.last == before
    record.clock.at += timedelta(minutes=1)
    await Releaser(two.releaser.services, two.releaser.bot).look()
    asked = two.ann.person.chat.last
    assert plain(asked).startswith("⏸ Bob wants to grade a source:")
    record.clock.at += timedelta(minutes=1)
    await two.releaser.look()
    assert two.ann.person.chat.last == asked
    assert (await two.ann.presses("Do it")).startswith("✅ The spokesman")


async def test_two_editors_who_give_a_grade_at_once_give_it_once(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    asked = await bob_asks(two)
    cleo = telegram.person("Cleo")
    made_editor(record, cleo, two.ann.person)
    mine = await Talk(cleo).asks("/start")
    # As if she had been asked as well.
    telegram.press(two.ann.person.user, asked, "grade:1")
    telegram.press(cleo.user, mine, "grade:1")
    said = sorted(
        [
            plain(await two.ann.person.chat.wait_for(lambda _: True, after=asked)),
            plain(await cleo.chat.wait_for(lambda _: True, after=mine)),
        ]
    )
    assert said[0].startswith("The spokesman has grade A as it is.")
    assert said[1].startswith("✅ The spokesman: grade A")
    with record.database.connect() as conn:
        acts = [e.act for e in audit.in_order(conn)]
    assert acts.count(Act.SOURCE_PINNED) == 1


LAPSED = (
    "🛑 the spokesman: it is not given the grade that Bob wanted, who is no editor any more.\n"
    "/source grade or /source pin asks anew."
)
LAPSED_OF_YOURS = (
    "🛑 the spokesman: it is not given the grade that you wanted, since you are no editor any more."
)


def dismissed(two: Desk, record: Record) -> None:
    """Bob's role is taken from him."""
    with record.database.begin() as conn:
        roles.dismiss(conn, two.bob.person.id, Actor(1, "Ann"), record.clock.at)


async def test_what_waits_of_a_dismissed_editor_is_over_and_all_are_told_once(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    asked = await bob_asks(two)
    dismissed(two, record)
    await two.releaser.look()
    await Releaser(two.releaser.services, two.releaser.bot).look()
    await notified(telegram, record)
    await notified(telegram, record)
    for person, told in ((two.ann.person, LAPSED), (two.bob.person, LAPSED_OF_YOURS)):
        assert [plain(m) for m in person.chat.from_bot].count(told) == 1
    assert await two.ann.presses("Do it", on=asked) == OVER
    assert not kept(record, "spokesman").pinned


async def test_what_a_dismissed_editor_wanted_is_not_done_either(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    asked = await bob_asks(two)
    dismissed(two, record)
    assert await two.ann.presses("Do it", on=asked) == LAPSED
    before = two.ann.person.chat.last
    await two.releaser.look()
    await notified(telegram, record)
    assert two.ann.person.chat.last == before
    assert plain(two.bob.person.chat.last) == LAPSED_OF_YOURS
    assert await two.ann.presses("Do it", on=asked) == OVER
    assert not kept(record, "spokesman").pinned


async def test_what_waits_of_who_is_no_owner_any_more_is_over_too(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    await two.bob.says("/start")
    await two.ann.says("/source pin spokesman A")
    await two.ann.presses("Do it")
    services = replace(two.releaser.services, owners=frozenset({two.bob.person.id}))
    await Releaser(services, two.releaser.bot).look()
    await notified(telegram, record)
    assert plain(two.bob.person.chat.last) == LAPSED.replace("Bob", "Ann")
    assert plain(two.ann.person.chat.last) == LAPSED_OF_YOURS


async def test_what_somebody_else_asked_in_a_group_is_over_when_they_are_no_editor_any_more(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    ann, bob = two.ann.person, two.bob.person
    group = telegram.group("Desk", admins=[ann, bob])
    typed = bob.says("/source@WhoHoldsBot grade colonel B", in_=group)
    shown = await group.wait_for(lambda m: "Not done yet" in m.text, after=typed)
    with record.database.begin() as conn:
        # Of who was an owner the question is kept: nobody dismisses them.
        conn.execute(sa.delete(tables.editors))
    ann.presses("Do it", on=shown)
    assert plain(await group.wait_for(lambda _: True, after=shown)) == OVER
    assert kept(record, "colonel").reliability is Grade.C


def test_what_was_kept_of_a_grade_that_ended_before_there_were_other_ends_is_told(
    record: Record,
) -> None:
    with record.database.begin() as conn:
        ended = RegradingEnded("the spokesman", "Ann")
        notices.tell_of_regrading(conn, ended, [1], record.clock.at)
        body = {"source": "the spokesman", "by": "Ann"}
        conn.execute(sa.update(tables.notices).values(body=body))
        [waiting] = notices.lease(
            conn, now=record.clock.at, limit=1, lease_for=timedelta(minutes=1)
        )
        assert notices.read(conn, waiting) == ended


async def test_where_nobody_can_be_asked_that_is_said(two: Desk) -> None:
    two.ann.person.blocks()
    await two.bob.says("/source pin spokesman A")
    assert "There is nobody else who could be asked." in await two.bob.presses("Do it")


async def test_whose_role_was_taken_grades_nothing(two: Desk, record: Record) -> None:
    await two.bob.says("/source grade colonel B")
    with record.database.begin() as conn:
        roles.dismiss(conn, two.bob.person.id, Actor(1, "Ann"), record.clock.at)
    assert (await two.bob.presses("Do it")) == "Only editors can do that."
    assert kept(record, "colonel").reliability is Grade.C


async def test_what_waits_in_a_group_follows_it_to_its_new_chat(
    two: Desk, record: Record, telegram: Telegram
) -> None:
    bob = two.bob.person
    await two.ann.says("/start")
    group = telegram.group("Desk", admins=[bob])
    typed = bob.says("/source@WhoHoldsBot pin spokesman A", in_=group)
    shown = await group.wait_for(lambda m: "Not done yet" in m.text, after=typed)
    bob.presses("Do it", on=shown)
    await group.wait_for(lambda m: "another editor has to" in m.text)
    new = await upgraded(group, bob)
    await two.ann.presses("Do it")
    await notified(telegram, record)
    assert plain(new.last) == "✅ Ann did it: the spokesman"
