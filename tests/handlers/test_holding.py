"""What one editor would tell many chats waits for a second one, or for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot import watch
from bot.holding import Releaser
from handlers.holding import let_go
from storage import audit, holds, report_drafts, roles, tables
from storage.model.audit import Act
from storage.model.holds import Held, Hold
from storage.model.policy import DEFAULT_POLICY
from storage.model.roles import Actor
from storage.model.times import Moment
from tests.handlers.conftest import (
    Talk,
    bot_running,
    made_editor,
    notified,
    plain,
    services_for,
    upgraded,
)
from tests.handlers.test_reporting import LINE, by_editors, two_subscribers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
MINUTES = timedelta(minutes=10)


@pytest.fixture
def bob(telegram: Telegram) -> Person:
    return telegram.person("Bob")


@pytest.fixture
async def releaser(
    telegram: Telegram, record: Record, ann: Person, bob: Person
) -> AsyncIterator[Releaser]:
    """The bot with an owner and an editor, two subscribers, and a hold above one chat."""
    record.up_to(9)
    two_subscribers(record)
    made_editor(record, bob, ann)
    services = replace(services_for(record, ann), hold=Hold(1, MINUTES))
    async with bot_running(telegram, services) as application:
        yield Releaser(services, application.bot)


async def held(bob: Person, ann: Person) -> str:
    """Bob's report is held back; returns what he is told. Ann may not have spoken yet."""
    ann.says("/start")
    await ann.chat.wait_for(lambda m: "Who controls" in m.text)
    await Talk(bob).says(LINE)
    return await Talk(bob).presses("Record")


def acts(record: Record) -> list[tuple[str, Act]]:
    with record.database.connect() as conn:
        return [(e.actor.name, e.act) for e in audit.in_order(conn)][2:]


async def test_the_others_are_asked_and_nothing_is_recorded_yet(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    assert (await held(bob, ann)).split("\n") == [
        "⏸ Not recorded yet: it would be told to many chats.",
        "Unless it is stopped, it is recorded on Mon 23 Jun 17:26 (Baghdad time).",
        "1 other editor was asked, and can let it go at once.",
    ]
    asked = plain(ann.chat.last).split("\n")
    assert asked[:2] == [
        "⏸ Bob wants to record:",
        "Al Waleed crossing: the government of Iraq took it on Mon 23 Jun",
    ]
    assert "2 chats would be alerted." in asked
    assert by_editors(record) == []
    assert acts(record) == [("Bob", Act.HELD)]


async def test_another_editor_lets_it_go(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    recorded_at = record.clock.at
    record.clock.at += timedelta(minutes=3)
    assert await Talk(ann).presses("Let it go") == "✅ Ann let it go: on record, Al Waleed"
    await notified(telegram, record)
    assert plain(bob.chat.last) == "✅ Ann let it go: on record, Al Waleed"
    [report] = by_editors(record)
    assert report.reported == Moment(recorded_at)
    assert report.recorded_at == record.clock.at
    assert acts(record) == [("Bob", Act.HELD), ("Ann", Act.LET_GO), ("Bob", Act.RECORDED)]
    again = await Talk(ann).presses("Stop")
    assert again == "That report waits no more: it is on record."


async def test_what_became_of_it_is_told_once_even_if_the_bot_dies_right_after(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    owners = frozenset({ann.id})
    # The transaction of the button, and nothing that comes after it.
    with record.database.begin() as conn:
        let_go(conn, 1, Actor(ann.id, "Ann"), owners, record.clock.at, ann.chat.id)
    before = ann.chat.last
    await notified(telegram, record)
    await notified(telegram, record)
    told = [m for m in bob.chat.from_bot if "let it go: on record" in m.text]
    assert len(told) == 1
    assert ann.chat.last == before


async def test_another_editor_stops_it(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    said = await Talk(ann).presses("Stop")
    assert said == "🛑 Ann stopped it: nothing was recorded."
    await notified(telegram, record)
    assert plain(bob.chat.last) == said
    again = await Talk(ann).presses("Let it go")
    assert again == "That report waits no more: it was not recorded."
    record.clock.at += MINUTES
    await releaser.look()
    assert by_editors(record) == []
    assert acts(record) == [("Bob", Act.HELD), ("Ann", Act.STOPPED)]


async def test_who_wrote_it_can_stop_it_and_not_let_it_go(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    waiting = bob.chat.last
    last = bob.chat.last
    telegram.press(bob.user, waiting, "hold:go:1")
    said = await bob.chat.wait_for(lambda _: True, after=last)
    assert plain(said) == "Somebody else has to let it go. You can stop it."
    stopped = await Talk(bob).presses("Stop", on=waiting)
    assert stopped == "🛑 Bob stopped it: nothing was recorded."
    assert by_editors(record) == []


async def test_when_time_is_up_it_is_recorded_once(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    await releaser.look()
    assert by_editors(record) == []
    record.clock.at += MINUTES
    await releaser.look()
    await releaser.look()
    assert len(by_editors(record)) == 1
    await notified(telegram, record)
    assert plain(bob.chat.last) == "✅ Nobody stopped it: on record, Al Waleed"
    assert acts(record) == [("Bob", Act.HELD), ("Bob", Act.RECORDED)]
    await releaser.finish()


async def test_pressing_record_again_says_that_it_waits(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    await held(bob, ann)
    said = await Talk(bob).presses("Record")
    assert said.startswith("That report waits until Mon 23 Jun 17:26 (Baghdad time)")
    assert acts(record) == [("Bob", Act.HELD)]


async def test_what_few_chats_would_hear_does_not_wait(
    releaser: Releaser, bob: Person, record: Record
) -> None:
    await Talk(bob).says("/report rabia: fighting, says a colonel, today")
    assert (await Talk(bob).presses("Record")).startswith("✅ On record: Rabia crossing")


async def test_where_nobody_can_be_asked_only_time_passes(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    ann.blocks()
    await Talk(bob).says(LINE)
    said = await Talk(bob).presses("Record")
    assert said.endswith("There is nobody else who could be asked.")


async def test_who_could_not_be_asked_is_asked_once_telegram_answers_again(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    ann.says("/start")
    await ann.chat.wait_for(lambda m: "Who controls" in m.text)
    before = ann.chat.last
    await Talk(bob).says(LINE)
    telegram.faults.refuse(500, "Internal Server Error", method="sendMessage")
    told = await Talk(bob).presses("Record")
    assert told.endswith(
        "⚠️ 1 other editor cannot be reached now, and is asked as soon as that works."
    )
    await releaser.look()
    assert ann.chat.last == before
    record.clock.at += timedelta(minutes=1)
    # After a restart there is another one: what is still to be asked is on record.
    again = Releaser(releaser.services, releaser.bot)
    await again.look()
    asked = await ann.chat.wait_for(lambda m: "wants to record" in m.text, after=before)
    assert "2 chats would be alerted." in plain(asked)
    record.clock.at += timedelta(minutes=1)
    await again.look()
    assert ann.chat.last == asked
    assert await Talk(ann).presses("Let it go") == "✅ Ann let it go: on record, Al Waleed"


async def test_who_can_never_be_asked_is_not_tried_for_ever(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    ann.blocks()
    await Talk(bob).says(LINE)
    await Talk(bob).presses("Record")
    with record.database.begin() as conn:
        assert holds.still_to_ask(conn, record.clock.at + MINUTES) == []


async def test_about_what_is_decided_meanwhile_nobody_is_asked_any_more(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    await held(bob, ann)
    await Talk(bob).presses("Stop")
    with record.database.begin() as conn:
        holds.asked(conn, 1, [ann.id])
        assert holds.still_to_ask(conn, record.clock.at + MINUTES) == []


async def test_only_editors_decide(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    cleo = telegram.person("Cleo")
    shown = await Talk(cleo).asks("/start")
    for data, answer in (
        ("hold:go:1", "Only editors can do that."),
        ("hold:explode:1", "That button does nothing any more. /help shows what I can do."),
        ("hold:go:x", "That button does nothing any more. /help shows what I can do."),
    ):
        last = cleo.chat.last
        telegram.press(cleo.user, shown, data)
        said = await cleo.chat.wait_for(lambda _: True, after=last)
        assert plain(said) == answer
    assert by_editors(record) == []


LAPSED = (
    "🛑 Al Waleed: a report that waited is not recorded, since Bob is no editor any more. Who "
    "knows it to be right can /report it."
)


async def test_what_waits_of_a_dismissed_editor_is_not_recorded_and_all_are_told(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    with record.database.begin() as conn:
        roles.dismiss(conn, bob.id, Actor(ann.id, "Ann"), record.clock.at)
    await releaser.look()
    await releaser.look()
    await notified(telegram, record)
    assert plain(ann.chat.last) == LAPSED
    assert plain(bob.chat.last) == (
        "🛑 Al Waleed: your report that waited is not recorded, since you are no editor any more."
    )
    assert acts(record) == [("Bob", Act.HELD), ("Ann", Act.ROLE_TAKEN), ("Bob", Act.LAPSED)]
    record.clock.at += MINUTES
    await releaser.look()
    assert by_editors(record) == []


async def test_what_waits_of_who_is_no_owner_any_more_is_not_recorded_when_its_time_is_up(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    bob.says("/start")
    await bob.chat.wait_for(lambda m: "Who controls" in m.text)
    await Talk(ann).says(LINE)
    assert (await Talk(ann).presses("Record")).startswith("⏸ Not recorded yet")
    # The bot is started again with another owner in its settings, after the time was up.
    record.clock.at += MINUTES
    cleo = telegram.person("Cleo")
    cleo.says("/start")
    await cleo.chat.wait_for(lambda m: "Who controls" in m.text)
    services = replace(releaser.services, owners=frozenset({cleo.id}))
    await Releaser(services, releaser.bot).look()
    assert by_editors(record) == []
    assert acts(record) == [("Ann", Act.HELD), ("Ann", Act.LAPSED)]
    await notified(telegram, record)
    for person in (bob, cleo):
        assert plain(person.chat.last) == LAPSED.replace("Bob", "Ann")


async def test_the_word_of_a_dismissed_editor_is_not_let_go_either(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    with record.database.begin() as conn:
        roles.dismiss(conn, bob.id, Actor(ann.id, "Ann"), record.clock.at)
    assert await Talk(ann).presses("Let it go") == LAPSED
    before = ann.chat.last
    await notified(telegram, record)
    assert ann.chat.last == before
    assert by_editors(record) == []
    again = await Talk(ann).presses("Let it go")
    assert again == "That report waits no more: it was not recorded."


async def test_who_is_no_editor_any_more_is_not_asked_later(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    cleo = telegram.person("Cleo")
    cleo.says("/start")
    await cleo.chat.wait_for(lambda m: "Who controls" in m.text)
    made_editor(record, cleo, ann)
    await Talk(bob).says(LINE)
    telegram.faults.refuse(500, "Internal Server Error", method="sendMessage", times=2)
    await Talk(bob).presses("Record")
    with record.database.begin() as conn:
        roles.dismiss(conn, cleo.id, Actor(ann.id, "Ann"), record.clock.at)
    record.clock.at += timedelta(minutes=1)
    before = cleo.chat.last
    await releaser.look()
    assert cleo.chat.last == before
    with record.database.begin() as conn:
        assert holds.still_to_ask(conn, record.clock.at + MINUTES) == []


async def test_what_would_take_back_what_was_taken_back_meanwhile_is_not_let_go(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    await held(bob, ann)
    await Talk(ann).presses("Let it go")
    with record.database.begin() as conn:
        watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
        conn.execute(sa.update(tables.deliveries).values(state="sent", sent_at=record.clock.at))
    # Both take the same report back, and both wait.
    for person in (bob, ann):
        await Talk(person).says("/retract editor-1")
        assert (await Talk(person).presses("Record")).startswith("⏸ Not recorded yet")
    [*_, to_ann] = [m for m in ann.chat.from_bot if "Bob wants to record" in plain(m)]
    [*_, to_bob] = [m for m in bob.chat.from_bot if "Ann wants to record" in plain(m)]
    assert "let it go" in await Talk(ann).presses("Let it go", on=to_ann)
    said = await Talk(bob).presses("Let it go", on=to_bob)
    assert said == (
        "🛑 Al Waleed: what waited of Ann is not recorded. The report that it takes back was taken "
        "back meanwhile."
    )
    await notified(telegram, record)
    assert plain(ann.chat.last) == said
    assert [r.refers_to for r in by_editors(record)] == [None, "editor-1"]
    assert acts(record)[-1] == ("Ann", Act.OVERTAKEN)


async def test_what_waits_in_a_group_is_told_in_its_new_chat(
    releaser: Releaser, ann: Person, bob: Person, telegram: Telegram, record: Record
) -> None:
    group = telegram.group("Desk", admins=[bob], members=[ann])
    asked = bob.says(LINE.replace("/report", "/report@WhoHoldsBot"), in_=group)
    shown = await group.wait_for(lambda m: "Not recorded" in m.text, after=asked)
    bob.presses("Record", on=shown)
    await group.wait_for(lambda m: "⏸" in m.text)
    new = await upgraded(group, bob)
    record.clock.at += MINUTES
    await releaser.look()
    await notified(telegram, record)
    assert "Nobody stopped it" in plain(new.last)


async def test_one_that_cannot_be_recorded_holds_up_no_other(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    with record.database.begin() as conn:
        draft = replace(report_drafts.begin(conn, 5, ann.id, record.clock.at), place="gone")
        report_drafts.drop(conn, draft)
        holds.keep(conn, Held(draft, Actor(ann.id, "Ann"), record.clock.at), set(), record.clock.at)
    await held(bob, ann)
    record.clock.at += MINUTES
    await releaser.look()
    assert [r.place for r in by_editors(record)] == ["al-waleed"]
    with record.database.connect() as conn:
        assert holds.due(conn, {ann.id}, record.clock.at) == [draft.id]


async def test_one_that_nobody_can_be_asked_about_holds_up_no_other(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    now = record.clock.at
    with record.database.begin() as conn:
        draft = replace(report_drafts.begin(conn, 5, bob.id, now), place="gone")
        report_drafts.drop(conn, draft)
        holds.keep(conn, Held(draft, Actor(bob.id, "Bob"), now + MINUTES), {ann.id}, now)
    await held(bob, ann)
    with record.database.begin() as conn:
        conn.execute(sa.update(tables.held_reports).values(to_ask=[ann.id], ask_at=now))
    after = ann.chat.last
    with capture_logs() as logged:
        await releaser.look()
    failed = [line["number"] for line in logged if "nobody can be asked" in line["event"]]
    assert failed == [draft.id]
    assert ann.chat.last is not after
    assert "Al Waleed" in plain(ann.chat.last)


async def test_two_bots_on_one_database_record_it_once(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    await held(bob, ann)
    record.clock.at += MINUTES
    await asyncio.gather(releaser.look(), replace(releaser, _turn=asyncio.Lock()).look())
    assert len(by_editors(record)) == 1
    assert acts(record) == [("Bob", Act.HELD), ("Bob", Act.RECORDED)]


async def test_a_retraction_waits_as_a_report_does(
    releaser: Releaser, ann: Person, bob: Person, record: Record
) -> None:
    await held(bob, ann)
    await Talk(ann).presses("Let it go")
    with record.database.begin() as conn:
        watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
        conn.execute(sa.update(tables.deliveries).values(state="sent", sent_at=record.clock.at))
    await Talk(bob).says("/retract editor-1")
    assert (await Talk(bob).presses("Record")).startswith("⏸ Not recorded yet")
    assert "2 chats would get a correction." in plain(ann.chat.last)
    await Talk(ann).presses("Let it go")
    assert [r.refers_to for r in by_editors(record)] == [None, "editor-1"]
