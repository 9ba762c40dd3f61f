"""Lists that are longer than a message should be are paged, or lead to all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.messages.cards import area_card
from handlers.messages.message import MAX_TEXT, Message, Reader, plain_text, utf16_length
from storage import places
from storage.model.places import AREA, CORRIDOR, Place
from tests.handlers.conftest import BAGHDAD, plain

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.fixture
def hills(record: Record) -> list[Place]:
    """Twelve hills of one area."""
    area = Place("ridge", "Ridge", AREA)
    some = [Place(f"h{n:02}", f"Hill {n:02}", "hill", part_of=("ridge",)) for n in range(12)]
    with record.database.begin() as conn:
        places.upsert_places(conn, [area, *some])
    return some


async def test_many_alerts_are_listed_by_pages(talk: Talk, ann: Person, hills: list[Place]) -> None:
    for hill in hills:
        await talk.says(f"/subscribe {hill.id}")
    listed = await talk.asks("/list")
    assert plain(listed).startswith("Your alerts (12 of 50)\n")
    assert [row[0] for row in listed.labels[:8]] == [f"Hill {n:02}" for n in range(8)]
    assert listed.labels[8:] == [["More (1 of 2) →"]]
    await ann.answer_to(ann.presses("More (1 of 2) →", on=listed))
    await ann.chat.wait_for(lambda m: m is listed and "Hill 11" in m.text)
    assert [row[0] for row in listed.labels] == [
        *(f"Hill {n:02}" for n in range(8, 12)),
        "← Back",
    ]


async def test_every_place_of_a_large_area_can_be_reached_from_why(
    talk: Talk, hills: list[Place]
) -> None:
    asked = await talk.asks("/why Ridge")
    assert "… and 2 more places" in plain(asked)
    assert len(asked.labels) == 11
    assert asked.labels[-1] == ["All 12 places"]
    await talk.presses("All 12 places", on=asked)
    assert talk.person.chat.last.labels[-1] == ["More (1 of 2) →"]


async def test_where_there_are_many_roads_all_can_be_reached(
    talk: Talk, record: Record, hills: list[Place]
) -> None:
    with record.database.begin() as conn:
        for n in range(12):
            places.upsert_places(conn, [Place(f"road-{n}", f"Road {n}", CORRIDOR)])
            places.put_in_order(conn, f"road-{n}", ["h01", "h02"])
    for question in ("/route", "/route h01"):
        asked = await talk.asks(question)
        assert len(asked.labels) == 11
        assert asked.labels[-1] == ["All areas and roads"]
    assert "areas" in await talk.presses("All areas and roads")


def test_what_an_offer_leaves_out_is_said_in_place_of_its_last_line_if_it_is_full() -> None:
    full = Message("<b>Road</b>\n" + "\n".join(["x" * 101] * 40))
    card = area_card(Place("r", "Road", CORRIDOR), "🛣", [full, full], Reader(BAGHDAD))
    assert card.message.text.endswith("x\n… and more: ask me for the rest.")
    assert card.message.text.count("\n") == 40
    assert utf16_length(plain_text(card.message.text)) <= MAX_TEXT
    assert card.description == "Road"
