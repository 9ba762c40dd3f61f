"""What another grade of a source would change is shown before it is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from handlers import regrading
from storage import roles
from storage.model.audit import Act
from storage.model.holds import Hold
from storage.model.places import Place
from storage.model.reports import Claim, Report
from storage.model.roles import Actor
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.places import upsert_places
from storage.sources import upsert_sources
from tests.handlers.conftest import Talk, bot_running, plain, services_for
from tests.handlers.test_reporting import two_subscribers
from tests.handlers.test_sourcing import kept, last_act

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
OLD = "That button does nothing any more. /help shows what I can do."


def one_alone(record: Record) -> None:
    """A source of little weight says other than one of much, of a place that two chats follow."""
    with record.database.begin() as conn:
        desk = Source("spokesman", "the spokesman", "media", None, Grade.E)
        upsert_sources(conn, [desk], record.clock.at)
    for report_id, source, party in (("a", "agency", "kurdish"), ("b", "spokesman", "militants")):
        now = Moment(record.clock.at)
        record.told(Report(report_id, "al-waleed", Claim.TOOK, source, now, party))


def disputed(record: Record) -> None:
    """The same, and two chats follow the place."""
    one_alone(record)
    two_subscribers(record)


async def test_what_would_change_and_who_would_hear_of_it_is_shown(
    owner: Talk, record: Record
) -> None:
    disputed(record)
    shown = (await owner.says("/source pin spokesman A")).split("\n")
    assert shown[:2] == [
        "Not done yet",
        "the spokesman: grade E, then grade A, pinned",
    ]
    assert shown[2] == "Al Waleed crossing now: 🟠 disputed, Kurdish forces ahead"
    assert shown[3] == "With it: ⚫ militants (likely)"
    assert shown[-1] == "2 chats would be alerted."
    assert not kept(record, "spokesman").pinned


async def test_what_has_changed_since_is_shown_first(owner: Talk, record: Record) -> None:
    one_alone(record)
    shown = await owner.asks("/source pin spokesman A")
    two_subscribers(record)
    anew = await owner.presses("Do it", on=shown)
    assert anew.startswith("⚠️ Things have changed meanwhile.")
    assert "2 chats would be alerted." in anew
    assert not kept(record, "spokesman").pinned
    assert (await owner.presses("Do it")).startswith("✅ The spokesman")


async def test_a_button_pressed_twice_does_it_once(owner: Talk, record: Record) -> None:
    shown = await owner.asks("/source grade colonel B")
    await owner.presses("Do it", on=shown)
    again = await owner.presses("Do it", on=shown)
    assert again == "A colonel of the border guards has grade B as it is."


async def test_a_grade_that_somebody_gave_meanwhile_is_not_written_over_unseen(
    owner: Talk, record: Record
) -> None:
    shown = await owner.asks("/source grade colonel B")
    await owner.says("/source grade colonel E")
    await owner.presses("Do it")
    anew = await owner.presses("Do it", on=shown)
    assert anew.startswith("⚠️ Things have changed meanwhile.")
    assert "grade E, then grade B" in anew


@pytest.mark.parametrize(
    "data", ["grade", "grade:x:B:C:0.0.0:1:abc", "grade:g:Q:C:0.0.0:1:abc", "grade:g:B:C:0.0:1:a"]
)
async def test_a_button_of_nothing_does_nothing(owner: Talk, telegram: Telegram, data: str) -> None:
    shown = await owner.asks("/source grade colonel B")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, data)
    assert plain(await owner.person.chat.wait_for(lambda _: True, after=last)) == OLD


async def test_a_source_that_is_gone_is_graded_no_more(
    owner: Talk, telegram: Telegram, record: Record
) -> None:
    shown = await owner.asks("/source grade colonel B")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, "grade:g:B:C:0.0.0:1:0123456789ab")
    assert plain(await owner.person.chat.wait_for(lambda _: True, after=last)) == OLD


async def test_of_a_source_that_speaks_of_many_places_the_last_ones_are_looked_at(
    owner: Talk, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regrading, "MOST_PLACES", 11)
    now = Moment(record.clock.at)
    far = [Place(f"p{n}", f"Far {n}", "town", ("IQ",)) for n in range(12)]
    with record.database.begin() as conn:
        upsert_places(conn, far)
        upsert_sources(conn, [Source("desk", "the desk", "media", None, Grade.E)], record.clock.at)
    record.told(
        *(Report(p.id, p.id, Claim.HOLDS, "desk", now, "militants") for p in far),
    )
    shown = (await owner.says("/source pin desk A")).split("\n")
    assert "3 more places would change." in shown
    assert "⚠️ It spoke of more: only the last 11 places are looked at here." in shown


# ------------------------------------------------------------------- more than one editor's word


@pytest.fixture
async def two(telegram: Telegram, record: Record, ann: Person) -> AsyncIterator[tuple[Talk, Talk]]:
    """An owner and an editor, and what is told to more than one chat needs a second one."""
    disputed(record)
    bob = telegram.person("Bob")
    with record.database.begin() as conn:
        roles.invite(conn, "secret", Actor(ann.id, "Ann"), record.clock.at)
        roles.accept(conn, "secret", Actor(bob.id, "Bob"), [ann.id], record.clock.at)
    hold = Hold(1, timedelta(minutes=10))
    services = replace(services_for(record), owners=frozenset({ann.id}), hold=hold)
    async with bot_running(telegram, services):
        yield Talk(ann), Talk(bob)


async def test_what_many_chats_would_hear_another_editor_has_to_do(
    two: tuple[Talk, Talk], record: Record
) -> None:
    ann, bob = two
    await ann.says("/start")
    await bob.says("/source pin spokesman A")
    waits = await bob.presses("Do it")
    assert waits.split("\n") == [
        "⏸ Not done: it would be told to many chats, and another editor has to.",
        "1 other editor was asked.",
    ]
    assert not kept(record, "spokesman").pinned
    asked = plain(ann.person.chat.last)
    assert asked.startswith("⏸ Bob wants to grade a source:\nNot done yet")
    assert (await ann.presses("Do it")).startswith("✅ The spokesman")
    assert kept(record, "spokesman").pinned
    assert last_act(record)[1]["grade"] == "A"


async def test_where_nobody_can_be_asked_that_is_said(two: tuple[Talk, Talk]) -> None:
    ann, bob = two
    ann.person.blocks()
    await bob.says("/source pin spokesman A")
    assert "There is nobody else who could be asked." in await bob.presses("Do it")


async def test_whose_role_was_taken_grades_nothing(two: tuple[Talk, Talk], record: Record) -> None:
    _, bob = two
    await bob.says("/source grade colonel B")
    with record.database.begin() as conn:
        roles.dismiss(conn, bob.person.id, Actor(1, "Ann"), record.clock.at)
    assert (await bob.presses("Do it")).startswith("You are writing no report here.")
    assert kept(record, "colonel").reliability is Grade.C


def test_the_data_of_a_button_fit_however_many_chats_there_are() -> None:
    shown = regrading._Shown(  # noqa: SLF001 - what a button holds is made and read there only
        Act.SOURCE_PINNED, Grade.A, "Cp", (50, 9_999_999, 9_999_999), 2**52 - 1, "a" * 12
    )
    data = regrading._data(shown)  # noqa: SLF001 - as above
    assert len(data.encode()) <= 64
    assert regrading._shown_in(data.partition(":")[2]) == shown  # noqa: SLF001 - as above
