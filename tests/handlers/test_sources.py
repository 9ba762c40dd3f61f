"""Asking the bot about its sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from storage import pins, records, sources, tables
from storage.model.record import Lesson, Past, Settlement, Stance
from storage.model.sources import Grade, Source
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
TAUGHT = ("rawa", "ana", "rabia")
START = datetime(2014, 1, 1, tzinfo=UTC)


def claims(record: Record, source: str, place: str, settled_on: str | None = None) -> None:
    """What a place teaches where the source claimed it for the militants, the agency later."""
    lessons = [
        Lesson(who, Stance.NEW, "militants", START, START + after * DAY, START + 9 * DAY)
        for who, after in ((source, 1), ("agency", 4))
    ]
    settlements = [Settlement(START + 20 * DAY, settled_on)] if settled_on else []
    with record.database.begin() as conn:
        # What the story itself teaches is taken out first.
        untold = tables.lessons.c.place_id.not_in(TAUGHT[: TAUGHT.index(place)])
        conn.execute(sa.delete(tables.lessons).where(untold))
        records.keep_pasts(conn, {place: (Past(lessons, settlements), False)})


async def test_a_source_is_shown_with_what_became_of_its_claims(talk: Talk, record: Record) -> None:
    record.up_to(9)
    claims(record, "colonel", "rawa", "militants")
    claims(record, "colonel", "ana", "iraq")
    claims(record, "colonel", "rabia")
    assert (await talk.says("/source colonel")).split("\n") == [
        "A colonel of the border guards",
        "officer · of the government of Iraq · not at the scene",
        "Grade: fairly reliable (C).",
        "Claims against a settled holder: 3 claims: 1 came true, 1 did not, 1 still open.",
        "As a rule (median) it said so 3 days before any other source.",
        "A claim came true if the place next settled on the party that it named: if independent "
        "sources then said nothing else for long enough.",
        "Last word: Mon 23 Jun; 2 reports on record.",
    ]
    assert "it said so 3 days after the first other" in await talk.says("/source a news agency")


async def test_a_pinned_source_says_so_and_one_without_claims_too(
    talk: Talk, record: Record
) -> None:
    with record.database.begin() as conn:
        pins.pin(conn, "captain", Grade.E, START)
    assert (await talk.says("/source captain")).split("\n")[2:] == [
        "Grade: unreliable (E), fixed by the operator: its record does not move its weight.",
        "It has not claimed yet that a settled holder had lost a place.",
        "No report of it is on record.",
    ]


async def test_without_a_name_all_sources_come_those_with_most_claims_first(
    talk: Talk, record: Record
) -> None:
    record.up_to(9)
    claims(record, "captain", "rawa", "militants")
    asked = await talk.asks("/source")
    text = plain(asked).split("\n")
    assert text[0] == "Sources 1 to 8 of 9, those with most claims first"
    assert text[1:3] == [
        "1. a news agency: 1 claim: 1 came true, 0 did not, 0 still open",
        "2. a captain of the border guards: 1 claim: 1 came true, 0 did not, 0 still open",
    ]
    assert text[3].endswith(": no claims yet")
    assert asked.labels == [["1", "2", "3", "4"], ["5", "6", "7", "8"], ["Next"]]
    assert (await talk.presses("2", on=asked)).startswith("A captain of the border guards\n")
    assert (await talk.presses("Next", on=asked)).startswith("Sources 9 to 9 of 9")
    page = talk.person.chat.last
    assert page.labels == [["9"], ["Previous"]]
    assert (await talk.presses("Previous", on=page)).startswith("Sources 1 to 8 of 9")
    one = await talk.asks("/source colonel")
    assert (await talk.presses("All sources", on=one)).startswith("Sources 1 to 8 of 9")


async def test_a_name_of_several_sources_is_asked_about(talk: Talk, record: Record) -> None:
    asked = await talk.asks("/source border guards")
    assert plain(asked).split("\n") == [
        "Which “border guards”? I know 2 sources like that.",
        "1. a captain of the border guards",
        "2. a colonel of the border guards",
    ]
    assert (await talk.presses("2", on=asked)).startswith("A colonel of the border guards\n")


async def test_an_unknown_name_is_told_with_what_is_near(talk: Talk, record: Record) -> None:
    asked = await talk.asks("/source a kernel of the border guard")
    assert plain(asked) == ("I know no source called “a kernel of the border guard”. Did you mean:")
    assert asked.labels[-1] == ["All sources"]
    assert ["a colonel of the border guards"] in asked.labels
    assert await talk.says("/source zzzzzz") == "I know no source called “zzzzzz”."


async def test_a_source_whose_id_is_too_long_for_a_button_is_listed_all_the_same(
    talk: Talk, record: Record
) -> None:
    with record.database.begin() as conn:
        sources.upsert_sources(conn, [Source("ü" * 40, "zz", "")], START)
    asked = await talk.asks("/source")
    last = await talk.presses("Next", on=asked)
    assert last.endswith("10. zz: no claims yet")
    assert talk.person.chat.last.labels == [["9"], ["Previous"]]
    assert (await talk.says("/source zz")).split("\n")[1] == ("Grade: reliability not known (F).")


async def test_a_source_that_is_gone_and_no_sources_at_all_are_answered(
    talk: Talk, record: Record
) -> None:
    asked = await talk.asks("/source")
    with record.database.begin() as conn:
        conn.execute(sa.delete(tables.sources))
    assert await talk.presses("1", on=asked) == "I do not know that source (any more)."
    assert await talk.says("/source") == "No source is on record yet."


async def test_a_silent_source_is_told_of_where_an_answer_rests_on_it(
    talk: Talk, record: Record
) -> None:
    record.up_to(9)
    with record.database.begin() as conn:
        conn.execute(
            sa.insert(tables.silences),
            {
                "source_id": "colonel",
                "since": START,
                "rhythm_seconds": DAY.total_seconds(),
                "found_at": record.clock.at - 2 * DAY,
                "ended_at": record.clock.at + DAY,
            },
        )
    silent = "Silent since Wed 1 Jan: reports of a colonel of the border guards no longer come in."
    status = await talk.says("/status Al Waleed")
    assert silent in status
    assert "· silent since Wed 1 Jan ·" in await talk.says("/why Al Waleed")
    page = await talk.says("/source colonel")
    assert "Silent since Wed 1 Jan 03:00 (Baghdad time): its reports no longer come in." in page
    record.clock.at += 2 * DAY
    assert "ilent" not in await talk.says("/status Al Waleed")
    assert "ilent" not in await talk.says("/source colonel")
    # As of then, and as known then, it was so.
    then = f"{record.clock.at - 1.5 * DAY:%Y-%m-%d %H:%M}"
    assert silent in await talk.says(f"/status Al Waleed as of {then}")
    assert silent in await talk.says(f"/status Al Waleed known at {then}")
