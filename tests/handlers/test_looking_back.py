"""Asking the bot about another time than now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from handlers import looking_back, place_answers
from handlers.asked import Asked
from handlers.messages.buttons import HISTORY, place_button
from handlers.messages.looking_back import When, apart
from storage.model.places import Place
from storage.model.reports import Claim
from tests.builders import report
from tests.handlers.conftest import plain, services_for

if TYPE_CHECKING:
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def test_as_of_tells_what_is_believed_today_about_then(talk: Talk, record: Record) -> None:
    record.up_to(11)
    text = (await talk.says("/status Al Waleed as of 21 June 18:00")).split("\n")
    assert text[0] == (
        "Not now: as of Sat 21 Jun 2014 18:00 (Baghdad time), by what is known today."
    )
    assert text[1] == "🔵 Al Waleed crossing: reported held by the GOVERNMENT OF IRAQ"
    text = (await talk.says("Al Waleed as of 22 June")).split("\n")
    assert text[0].startswith("Not now: as of Sun 22 Jun 2014 23:59 (Baghdad time)")
    assert text[1] == "⚫ Al Waleed crossing: reported held by MILITANTS"


async def test_known_at_tells_what_was_known_then(talk: Talk, record: Record) -> None:
    record.up_to(8)
    before = record.clock.at
    record.clock.at += timedelta(hours=1)
    record.up_to(11)
    # In the reader's zone, three hours ahead.
    then = f"{before + timedelta(hours=3, minutes=10):%Y-%m-%d %H:%M}"
    text = (await talk.says(f"/status Al Waleed known at {then}")).split("\n")
    assert text[0].startswith("Not now: what this bot knew on Mon 23 Jun 2014 17:")
    assert text[1] == "⚫ Al Waleed crossing: reported held by MILITANTS"
    assert "DISPUTED" in await talk.says("/status Al Waleed")
    text = (await talk.says(f"/status Al Waleed as of 21 June known at {then}")).split("\n")
    assert text[0].startswith("Not now: as of Sat 21 Jun 2014 23:59 (Baghdad time), by what this")
    assert text[1] == "🔵 Al Waleed crossing: reported held by the GOVERNMENT OF IRAQ"


async def test_the_buttons_under_an_answer_about_then_are_about_then(
    talk: Talk, record: Record
) -> None:
    record.up_to(11)
    asked = await talk.asks("Al Waleed as of 22 June")
    assert asked.labels[0] == ["Who says so (2)", "History", "Map"]
    why = await talk.presses("Who says so (2)", on=asked)
    assert why.startswith("Not now: as of Sun 22 Jun 2014 23:59 (Baghdad time)")
    assert "Why “militants (likely)”?" in why
    assert "Without any new report" not in why
    past = await talk.presses("History", on=asked)
    assert past.split("\n")[2] == "By then this bot had found nothing."
    assert (await talk.presses("Subscribe", on=asked)).startswith("✅ You will hear about")


async def test_history_as_of_tells_what_was_found_by_then(talk: Talk, record: Record) -> None:
    record.up_to(8)
    record.clock.at += timedelta(hours=1)
    record.up_to(11)
    assert "disputed" in await talk.says("/history Al Waleed")
    past = (await talk.says("/history Al Waleed as of 17:30")).split("\n")
    assert past[0].startswith("Not now: as of Mon 23 Jun 2014 17:30 (Baghdad time)")
    assert not any("disputed" in line for line in past)
    assert past[2].startswith("⚫ Sun 22 Jun – militants (likely): ")


async def test_an_area_as_of_is_its_places_as_of(talk: Talk, record: Record) -> None:
    record.up_to(11)
    asked = await talk.asks("Iraq-Syria border as of 20 June")
    text = plain(asked).split("\n")
    assert text[0].startswith("Not now: as of Fri 20 Jun 2014 23:59 (Baghdad time)")
    assert text[1] == "🚧 Iraq–Syria border: 2 of 3 are reported in government hands"
    await talk.presses("Al Waleed crossing", on=asked)
    assert plain(talk.person.chat.last).split("\n")[1].startswith("🔵 Al Waleed crossing")
    why = await talk.says("/why Iraq-Syria border as of 20 June")
    assert why.startswith("Not now: as of Fri 20 Jun 2014 23:59")
    past = await talk.says("/history Iraq-Syria border as of 20 June")
    assert past.endswith("By then this bot had found nothing.")


async def test_an_area_with_too_many_places_is_not_looked_back_at(
    talk: Talk, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "MOST_LOOKED_BACK_AT", 2)
    for command in ("/status", "/why"):
        assert await talk.says(f"{command} Iraq-Syria border as of 20 June") == (
            "Iraq–Syria border has more than 2 places: please ask about one of them."
        )


async def test_a_place_without_a_report_by_then_is_shown_as_such(
    talk: Talk, record: Record
) -> None:
    record.up_to(11)
    text = await talk.says("Iraq-Syria border as of 1 June")
    assert "NOT KNOWN who holds its places" in text
    assert "⚪ Al Waleed – no report on record" in text
    assert "Al Waleed crossing: NO REPORT on record" in await talk.says("Al Waleed as of 1 June")


async def test_what_is_too_old_by_then_was_not_known(talk: Talk, record: Record) -> None:
    record.up_to(11)
    record.clock.at += timedelta(days=365)
    text = (await talk.says("Al Waleed as of 1 January 2015")).split("\n")
    assert text[1] == "⚪ Al Waleed crossing: NOT KNOWN who held it"
    assert text[3].startswith("The last word is 192 days old: by that, militants held it last.")


async def test_a_name_with_a_time_that_could_be_several_places_keeps_its_time(
    talk: Talk, record: Record
) -> None:
    record.up_to(8)
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    asked = await talk.asks("/why Walid as of 21 June")
    assert plain(asked).startswith("Which “Walid”?")
    assert (await talk.presses("2", on=asked)).startswith("Not now: as of Sat 21 Jun 2014")
    misspelt = await talk.asks("Al Wadeel as of 21 June")
    assert plain(misspelt).startswith("I know no place called “Al Wadeel”.")
    answer = await talk.presses("Al Waleed crossing", on=misspelt)
    assert answer.startswith("Not now: as of Sat 21 Jun 2014")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/status Al Waleed as of", "As of when? Type a time after it."),
        ("Al Waleed as of 5/6", "“5/6” could be 5 June 2014 or 6 May 2014: please name the month."),
        ("/why Al Waleed as of soon", "I cannot read “soon” as a time."),
        (
            "/history Al Waleed as of tomorrow 18:00",
            "“tomorrow 18:00” is still to come, and I only know what was reported.",
        ),
        (
            "Al Waleed as of 24 June 2014",
            "“24 June 2014” is still to come, and I only know what was reported.",
        ),
    ],
)
async def test_a_time_that_is_not_clear_is_asked_about_with_examples(
    talk: Talk, typed: str, answer: str
) -> None:
    assert (await talk.says(typed)).split("\n") == [
        answer,
        "Times can be typed like this: 22 June 2014, 2014-06-22 18:00 and yesterday 18:00.",
    ]


async def test_a_time_without_a_place_and_a_subscription_in_the_past_are_refused(
    talk: Talk,
) -> None:
    assert (await talk.says("/status as of 22 June")).split("\n") == [
        "Which place? Type its name in any spelling.",
        "For example: /status Al Waleed as of yesterday",
    ]
    assert (await talk.says("/subscribe Al Waleed as of 22 June")) == (
        "“As of” and “known at” go with questions: /status, /why and /history."
    )


async def test_a_time_is_read_in_the_zone_of_the_chat(talk: Talk, record: Record) -> None:
    record.up_to(8)
    await talk.says("/timezone Europe/Berlin")
    text = await talk.says("Al Waleed as of yesterday 18:00")
    assert text.startswith("Not now: as of Sun 22 Jun 2014 18:00 (Berlin time)")


async def test_a_button_with_a_garbled_time_is_of_no_place(talk: Talk, record: Record) -> None:
    services = services_for(record)
    with record.database.connect() as conn:
        asked = Asked(1, is_group=False, services=services, now=record.clock.at)
        [message] = place_answers.by_id(conn, asked, "status", "al-waleed@?")
    assert message.text.startswith("I do not know that place")


def test_only_the_longest_id_with_two_times_leaves_no_room_on_a_button() -> None:
    at = datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC)
    place = Place("x" * 48, "X", "town")
    [button] = place_button("History", HISTORY, place, When(at))
    assert len(button.data or "") == 64
    assert apart((button.data or "").partition(":")[2]) == (place.id, When(at))
    assert place_button("History", HISTORY, place, When(at, at)) == ()
    short = Place("x" * 40, "X", "town")
    [button] = place_button("History", HISTORY, short, When(at, at))
    assert apart((button.data or "").partition(":")[2]) == (short.id, When(at, at))


async def test_a_time_outlasts_the_question_which_place_is_meant(
    talk: Talk, record: Record
) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    record.up_to(11)
    asked = await talk.asks("/why Walid as of 22 June")
    assert plain(asked).startswith("Which “Walid”? I found 2 places and will not guess.")
    chosen = await talk.presses("2", on=asked)
    assert chosen.startswith("Not now: as of Sun 22 Jun 2014 23:59 (Baghdad time)")
    assert "Al Waleed crossing" in chosen
    again = await talk.asks("Walid as of 21 June")
    assert plain(again).startswith("Not now: as of Sat 21 Jun 2014 23:59 (Baghdad time)")
    assert again.labels[-1] == ["“Walid” is another place"]
    which = await talk.presses("“Walid” is another place", on=again)
    assert which.startswith("Which “Walid”?")
    other = await talk.presses("1", on=talk.person.chat.last)
    assert other.startswith("Not now: as of Sat 21 Jun 2014 23:59 (Baghdad time)")
    assert "Al-Walid: NO REPORT" in other


async def test_a_road_is_looked_back_at_like_an_area(talk: Talk, record: Record) -> None:
    record.has_road()
    record.up_to(11)
    text = (await talk.says("Euphrates road as of 20 June")).split("\n")
    assert text[0].startswith("Not now: as of Fri 20 Jun 2014 23:59")
    assert text[1] == "🛣 Euphrates road: 3 of 3 are reported in government hands"


@pytest.mark.parametrize("command", ["/subscribe", "/near", "/route"])
async def test_only_questions_about_a_holder_take_a_time(talk: Talk, command: str) -> None:
    assert await talk.says(f"{command} Rawa as of yesterday") == (
        "“As of” and “known at” go with questions: /status, /why and /history."
    )


async def test_history_marks_the_changes_that_came_in_a_notice(talk: Talk, record: Record) -> None:
    record.clock.at -= timedelta(days=9)
    for number in range(6):
        party = ("iraq", "militants")[number % 2]
        said = f"{record.clock.at:%Y-%m-%dT%H:%MZ}"
        record.told(*(report(s, Claim.TOOK, party, said=said) for s in ("agency", "colonel")))
        record.clock.at += timedelta(hours=30)
    changes = [line for line in (await talk.says("/history Al Waleed")).split("\n") if "–" in line]
    assert [line.endswith("(in a notice)") for line in changes[1:]].count(True) == 2
    around = (await talk.says("/history Iraq-Syria border")).split("\n")
    assert [line for line in around if line.endswith("Al Waleed (in a notice)")]
