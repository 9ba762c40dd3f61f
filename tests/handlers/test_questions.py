"""Asking the bot about a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def test_start_tells_what_this_is_and_what_it_cannot_do(talk: Talk) -> None:
    text = await talk.says("/start")
    assert text.startswith("Who controls this place, and who says so?")
    assert "I repeat claims; I cannot see the ground. Never travel on this alone." in text


async def test_status_of_a_disputed_place_names_both_sides(talk: Talk, record: Record) -> None:
    record.up_to(11)
    text = (await talk.says("/status al waleed")).split("\n")
    assert text[0] == "🟠 Al Waleed crossing: DISPUTED"
    assert text[2].startswith("⚫ Militants: two officials at the crossing say militants still")
    assert text[3].startswith("🔵 Government of Iraq: the prime minister's security spokesman")


@pytest.mark.parametrize("name", ["Al Waleed", "al-walid", "الوليد", "Tanf", "  AL   WALEED "])
async def test_a_name_in_any_spelling_is_a_question(talk: Talk, record: Record, name: str) -> None:
    record.up_to(8)
    assert (await talk.says(name)).startswith("⚫ Al Waleed crossing: reported held by MILITANTS")


async def test_trebil_rests_on_one_sides_word_and_that_is_said(talk: Talk, record: Record) -> None:
    record.up_to(9)
    text = await talk.says("/status Trebil")
    assert "🔵 Trebil crossing: claimed by the GOVERNMENT OF IRAQ" in text
    assert "How sure: thin – 2 reports, all of them its own side's word." in text


async def test_without_a_report_on_trebil_none_is_on_record(talk: Talk, record: Record) -> None:
    record.up_to(8)
    assert "Trebil crossing: NO REPORT on record" in await talk.says("/status Trebil")


async def test_an_area_says_that_one_of_its_places_is_disputed(talk: Talk, record: Record) -> None:
    record.up_to(10)
    text = await talk.says("Iraq-Syria border")
    assert text.startswith("🚧 Iraq–Syria border: NO crossing is reported in government hands")
    assert "Al Waleed is disputed: the government of Iraq claims it." in text


async def test_what_has_just_come_in_is_in_the_answer(talk: Talk, record: Record) -> None:
    record.up_to(3)
    assert "GOVERNMENT OF IRAQ" in await talk.says("/status Al Waleed")
    record.told(*(r for r in record.world.reports if r.id.startswith("jun14-07")))
    assert "MILITANTS" in await talk.says("/status Al Waleed")


async def test_why_tells_each_source_and_history_each_change(talk: Talk, record: Record) -> None:
    record.up_to(11)
    assert "“the army has it back”" in await talk.says("/why Al Waleed")
    past = await talk.says("/history Al Waleed")
    assert past.startswith("Al Waleed crossing – history (newest first)\n🟠 Mon 23 Jun – disputed")


async def test_why_and_history_of_an_area_lead_to_its_places(talk: Talk, record: Record) -> None:
    record.up_to(8)
    asked = await talk.asks("/why Iraq-Syria border")
    assert [row[0] for row in asked.labels] == [
        "Al Waleed crossing",
        "Al-Qaim crossing",
        "Rabia crossing",
    ]
    assert "militants took it on Sat 21 Jun" in await talk.presses("Al-Qaim crossing", on=asked)
    past = await talk.says("/history Iraq-Syria border")
    assert past.split("\n")[1] == "⚫ Sun 22 Jun – militants (likely), Al Waleed"


async def test_the_buttons_under_a_status_answer(talk: Talk, record: Record) -> None:
    record.up_to(8)
    asked = await talk.asks("Al Waleed")
    assert asked.labels == [["Who says so (2)", "History", "Map"], ["Subscribe", "Share"]]
    assert (await talk.presses("Who says so (2)", on=asked)).startswith("Why “militants (likely)”?")
    assert "2 reports" not in await talk.presses("History", on=asked)


async def test_a_deep_link_shows_its_place(ann: Person, talk: Talk, record: Record) -> None:
    record.up_to(8)
    asked = ann.follows("t.me/WhoHoldsBot?start=p_al-waleed")
    answer = await ann.chat.wait_for(lambda m: "Al Waleed" in m.text, after=asked)
    assert "Subscribe" in answer.labels[-1]


@pytest.mark.parametrize("payload", ["p_atlantis", "p_"])
async def test_a_deep_link_to_a_place_that_is_gone_is_answered(talk: Talk, payload: str) -> None:
    assert (await talk.says(f"/start {payload}")).startswith("I do not know that place (any more).")


async def test_a_misspelt_name_is_asked_about(talk: Talk, record: Record) -> None:
    record.up_to(8)
    asked = await talk.asks("Al Wahid")
    assert plain(asked) == "I know no place called “Al Wahid”. Did you mean:"
    assert asked.labels == [["Al Waleed crossing"], ["None of these"]]
    assert "MILITANTS" in await talk.presses("Al Waleed crossing", on=asked)
    assert (await talk.presses("None of these", on=asked)).startswith("Then I do not know")


async def test_an_ambiguous_name_is_asked_about_with_what_tells_them_apart(
    talk: Talk, record: Record
) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    asked = await talk.asks("Walid")
    assert plain(asked).split("\n") == [
        "Which “Walid”? I found 2 places and will not guess.",
        "1. Al-Walid (village), Syria",
        "2. Al Waleed crossing, Iraq–Syria border, Anbar – also Al-Walid, Tanf, al-Tanaf",
    ]
    assert asked.labels == [["1", "2"], ["None of these"]]
    assert "Al Waleed crossing: NO REPORT" in await talk.presses("2", on=asked)


async def test_the_choice_does_what_was_asked_for(talk: Talk, record: Record) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    asked = await talk.asks("/subscribe Walid")
    assert (await talk.presses("2", on=asked)).startswith("✅ You will hear about Al Waleed")


@pytest.mark.parametrize("command", ["/why", "/history", "/subscribe"])
async def test_a_command_without_a_name_says_how_to_give_one(talk: Talk, command: str) -> None:
    assert (await talk.says(command)).split("\n") == [
        "Which place? Type its name in any spelling.",
        f"For example: {command} Al Waleed",
    ]


async def test_places_can_be_picked_by_their_area(talk: Talk, record: Record) -> None:
    record.up_to(8)
    hello = await talk.asks("/start")
    assert await talk.presses("Pick a place", on=hello) == (
        "Pick one, or type the name of any place."
    )
    assert "Iraq–Syria border: NO crossing" in await talk.presses("Iraq–Syria border")
    assert "Rabia crossing: reported held by KURDISH FORCES" in await talk.presses("Rabia crossing")


async def test_help_lists_every_command_and_explains_the_symbols(talk: Talk) -> None:
    hello = await talk.asks("/start")
    text = await talk.presses("Help", on=hello)
    assert text == await talk.says("/help")
    assert "/status Al Waleed – who holds a place now" in text
    assert "\n⚫ Militants\n🟡 Kurdish forces\n🟠 disputed\n" in text


async def test_an_unknown_command_gets_a_hint(talk: Talk) -> None:
    assert await talk.says("/wetter") == "I do not know that command. /help shows what I can do."


async def test_answers_show_no_preview_of_a_source(talk: Talk, telegram: Telegram) -> None:
    await talk.says("/start")
    [call] = telegram.calls_of("sendMessage")
    assert call.params["parse_mode"] == "HTML"
    assert "is_disabled" in str(call.params["link_preview_options"])
