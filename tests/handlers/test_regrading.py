"""What another grade of a source would change is shown before it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from handlers import regrading
from storage import desk
from storage.model.places import Place
from storage.model.regradings import KEPT_FOR
from storage.model.reports import Claim, Report
from storage.model.sources import Grade, Source
from storage.model.times import Moment
from storage.places import upsert_places
from storage.sources import upsert_sources
from storage.tables import regradings, sources
from tests.handlers.conftest import Talk, bot_running, plain, services_for
from tests.handlers.test_reporting import two_subscribers
from tests.handlers.test_source_editing import kept

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio
OVER = "That question about a grade is over.\n/source grade or /source pin asks anew."


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
    "data", ["grade", "grade:x", "grade:4711", "grade:g:B:C:0.0.0:1:0123456789ab"]
)
async def test_a_button_of_a_question_that_is_not_kept_says_so(
    owner: Talk, telegram: Telegram, record: Record, data: str
) -> None:
    shown = await owner.asks("/source grade colonel B")
    last = owner.person.chat.last
    telegram.press(owner.person.user, shown, data)
    assert plain(await owner.person.chat.wait_for(lambda _: True, after=last)) == OVER
    assert kept(record, "colonel").reliability is Grade.C


async def test_a_source_that_is_gone_is_graded_no_more(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        upsert_sources(conn, [Source("desk", "the desk", "media", None, Grade.E)], record.clock.at)
    shown = await owner.asks("/source grade desk B")
    with record.database.begin() as conn:
        conn.execute(sa.delete(sources).where(sources.c.id == "desk"))
    assert await owner.presses("Do it", on=shown) == OVER


async def test_a_question_outlives_the_bot(telegram: Telegram, record: Record, ann: Person) -> None:
    services = services_for(record, ann)
    async with bot_running(telegram, services):
        shown = await Talk(ann).asks("/source grade colonel B")
    async with bot_running(telegram, services):
        assert (await Talk(ann).presses("Do it", on=shown)).startswith("✅ A colonel")
    assert kept(record, "colonel").reliability is Grade.B


async def test_a_question_is_over_after_a_day(owner: Talk, record: Record) -> None:
    shown = await owner.asks("/source grade colonel B")
    record.clock.at += KEPT_FOR
    assert await owner.presses("Do it", on=shown) == OVER
    assert kept(record, "colonel").reliability is Grade.C
    await owner.says("/source grade colonel B")
    with record.database.connect() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(regradings)) == 1


async def test_what_was_asked_in_a_chat_is_forgotten_with_it(owner: Talk) -> None:
    shown = await owner.asks("/source grade colonel B")
    await owner.says("/forget")
    await owner.presses("Delete everything")
    assert await owner.presses("Do it", on=shown) == OVER


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
    assert "⚠️ Looked at here: the last 11 of the 12 places that it spoke of." in shown


async def test_of_a_source_that_repeats_itself_it_is_said_too_how_many_places_were_looked_at(
    owner: Talk, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its last reports are all of one place, and the others are further back than is looked.
    monkeypatch.setattr(regrading, "MOST_PLACES", 2)
    monkeypatch.setattr(desk, "REPORTS_A_PLACE", 1)
    with record.database.begin() as conn:
        upsert_places(conn, [Place(f"p{n}", f"Far {n}", "town", ("IQ",)) for n in range(3)])
        upsert_sources(conn, [Source("desk", "the desk", "media", None, Grade.E)], record.clock.at)
    for number, place in enumerate(("p0", "p1", "p2", "p2")):
        now = Moment(record.clock.at)
        record.told(Report(f"r{number}", place, Claim.HOLDS, "desk", now, "militants"))
    shown = (await owner.says("/source pin desk A")).split("\n")
    assert "⚠️ Looked at here: the last one of the 3 places that it spoke of." in shown
