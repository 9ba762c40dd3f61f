"""What only the bot's owners may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import memory, places
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from storage.model.places import Place
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio
ADD = "/place add Umm Qasr | port | IQ KW | 30.03 47.93 | أم قصر, Um-Kasr"


def kept(record: Record, place_id: str) -> Place:
    with record.database.connect() as conn:
        return places.get_place(conn, place_id)


async def test_a_place_that_was_added_can_be_asked_about_at_once(
    owner: Talk, record: Record
) -> None:
    said = await owner.says(ADD)
    assert said.split("\n") == [
        "✅ Umm Qasr port is on record",
        "Its id: umm-qasr",
        "Also found as: أم قصر, Um-Kasr",
    ]
    place = kept(record, "umm-qasr")
    assert (place.kind, place.countries, place.position) == ("port", ("IQ", "KW"), (30.03, 47.93))
    assert (await owner.says("um kasr")).startswith("⚪ Umm Qasr port: NO REPORT on record")
    assert (await owner.says("/subscribe أم قصر")).startswith("✅ You will hear about Umm Qasr")


async def test_a_place_that_is_there_already_gets_its_names_only(
    owner: Talk, record: Record
) -> None:
    before = kept(record, "al-waleed")
    said = await owner.says("/place add Al-Walid | crossing | IQ SY | 33.5 38.9 | Waleed gate")
    assert said.startswith("✅ Al Waleed crossing was on record already\nIts id: al-waleed")
    after = kept(record, "al-waleed")
    assert {*after.aliases} - {*before.aliases} == {"Waleed gate"}
    assert (after.name, after.position) == (before.name, before.position)


async def test_a_name_can_be_added_and_what_else_has_it_is_told(
    owner: Talk, record: Record
) -> None:
    said = await owner.says("/place alias rabia Tanf")
    assert said.split("\n")[-1] == "It is also a name of Al Waleed crossing: people are asked."
    assert (await owner.says("Tanf")).startswith("Which “Tanf”?")
    assert "has one more name" in await owner.says("/place alias rabia Rabia North Gate")


async def test_a_wish_is_fulfilled_by_adding_the_place(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        for chat in (1, 2):
            memory.wish(conn, chat, "Um Kasr", "um kasr", record.clock.at)
        memory.wish(conn, 3, "<b>Thule</b>", "thule", record.clock.at)
    assert (await owner.says("/wishes")).split("\n") == [
        "2 places are missed",
        "“Um Kasr” – 2 chats, last on Mon 23 Jun",
        "“<b>Thule</b>” – 1 chat, last on Mon 23 Jun",
    ]
    assert (await owner.says(ADD)).endswith("2 chats have missed it.")
    await owner.says("/place alias umm-qasr Thule")
    assert await owner.says("/wishes") == "Nobody misses a place."


async def test_more_wishes_than_fit_are_counted(owner: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        for n in range(33):
            memory.wish(conn, n, "x" * 300, f"x{n}", record.clock.at)
    said = await owner.says("/wishes")
    assert said.endswith("… and 3 more: whoholds wishes lists all of them")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Umm Qasr", "kind: is missing"),
        ("Umm Qasr | port", "countries: is missing"),
        (" | port | IQ", "name: is missing"),
        ("??? | port | IQ", "name: is missing"),
        ("x | port | Iraq", "countries: 'IRAQ' is no country code of two letters, such as IQ"),
        ("x | port | ", "countries: '' is no country code of two letters, such as IQ"),
        ("x | area | IQ", "kind: area comes by a file: see the README"),
        ("x | port | IQ | 99 47", "position: '99 47' is no latitude and longitude in degrees"),
        ("x | port | IQ | 30", "position: '30' is no latitude and longitude in degrees"),
        ("x | port | IQ | nan inf", "position: 'nan inf' is no latitude and longitude"),
        ("x | port | IQ | | | y", "there are 6 fields; at most 5"),
        ("y" * 201 + " | port | IQ", "name: has 201 characters; at most 200"),
        ("x | port | IQ | | " + ",".join("abc" for _ in range(51)), "other names: there are 51"),
        ("x | port | IQ | | ???, !!!", "other names: is missing"),
    ],
)
async def test_a_line_that_cannot_be_used_says_what_is_wrong_with_it(
    owner: Talk, line: str, problem: str
) -> None:
    said = await owner.says(f"/place add {line}")
    assert said.startswith("That cannot be used")
    assert problem in said
    assert said.endswith("/place shows how it is written.")


@pytest.mark.parametrize(
    "text", ["/place", "/place add", "/place alias", "/place alias rabia", "/place x y"]
)
async def test_place_alone_shows_how_it_is_written(owner: Talk, text: str) -> None:
    assert "/place add Al Waleed | crossing | IQ SY | 33.42 38.93" in await owner.says(text)


async def test_a_name_for_nothing_and_no_name_at_all_are_refused(owner: Talk) -> None:
    assert "No place has the id “atlantis”" in await owner.says("/place alias atlantis Thule")
    assert "a name has letters or digits" in await owner.says("/place alias rabia ???")


async def test_owners_see_their_commands_in_help(owner: Talk) -> None:
    assert "/wishes – the places that people miss" in await owner.says("/help")


async def test_to_anybody_else_they_are_no_commands(
    talk: Talk, record: Record, telegram: Telegram
) -> None:
    for text in (ADD, "/wishes"):
        assert await talk.says(text) == "I do not know that command. /help shows what I can do."
    assert "/wishes" not in await talk.says("/help")
    assert plain(talk.person.chat.last)


async def test_a_place_without_position_or_other_names(owner: Talk, record: Record) -> None:
    await owner.says("/place add معبر الفاو | Port | iq")
    assert kept(record, "place").kind == "port"
    many = ", ".join(f"name{n}x" for n in range(14))
    assert "… and 2 more names" in await owner.says(f"/place add Faw | town | IQ | | {many}")
