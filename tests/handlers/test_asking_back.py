"""A name that several places have, and what is remembered of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import memory, places
from storage.model.places import Place
from storage.place_changes import mark_changed
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.fixture
def village(record: Record) -> None:
    """A second place that is called Walid."""
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))


def adds(record: Record, *new: Place) -> None:
    with record.database.begin() as conn:
        places.upsert_places(conn, new)


async def chosen(talk: Talk) -> Message:
    """The question which Walid is meant, after Al Waleed was chosen."""
    asked = await talk.asks("Walid")
    await talk.presses("2", on=asked)
    return asked


@pytest.mark.usefixtures("village")
async def test_what_was_chosen_is_not_asked_again_in_that_chat(
    talk: Talk, telegram: Telegram
) -> None:
    await chosen(talk)
    answer = await talk.asks("al walid")
    assert plain(answer).startswith("⚪ Al Waleed crossing: NO REPORT")
    assert answer.labels[-1] == ["“al walid” is another place"]
    bob = telegram.person("Bob")
    asked = bob.says("Walid")
    await bob.chat.wait_for(lambda m: "I found 2 places" in m.text, after=asked)


@pytest.mark.usefixtures("village")
async def test_a_choice_can_be_changed_under_the_next_answer(talk: Talk) -> None:
    await chosen(talk)
    answer = await talk.asks("Walid")
    again = await talk.presses("“Walid” is another place", on=answer)
    assert again.startswith("Which “Walid”? I found 2 places and will not guess.")
    assert (await talk.presses("1", on=talk.person.chat.last)).startswith("⚪ Al-Walid")
    assert (await talk.says("Walid")).startswith("⚪ Al-Walid: NO REPORT")


@pytest.mark.usefixtures("village")
async def test_none_of_these_forgets_the_choice(talk: Talk) -> None:
    asked = await chosen(talk)
    await talk.presses("None of these", on=asked)
    assert (await talk.says("Walid")).startswith("Which “Walid”?")


@pytest.mark.usefixtures("village")
async def test_asking_for_the_other_place_by_its_id_forgets_the_choice(
    talk: Talk, record: Record
) -> None:
    await chosen(talk)
    record.clock.at += timedelta(minutes=1)
    assert (await talk.says("/status al-walid-village")).startswith("⚪ Al-Walid: NO REPORT")
    answer = await talk.asks("Walid")
    assert plain(answer).startswith("⚪ Al-Walid: NO REPORT")
    assert answer.labels[-1] == ["“Walid” is another place"]


@pytest.mark.usefixtures("village")
async def test_a_place_that_was_asked_about_lately_is_meant_by_its_name_until_said_otherwise(
    talk: Talk,
) -> None:
    await talk.says("/status al-walid-village")
    answer = await talk.asks("Walid")
    assert plain(answer).startswith("⚪ Al-Walid: NO REPORT")
    again = await talk.presses("“Walid” is another place", on=answer)
    assert again.startswith("Which “Walid”? I found 2 places and will not guess.")


@pytest.mark.usefixtures("village")
async def test_a_place_that_the_chat_hears_about_is_meant_by_its_name(talk: Talk) -> None:
    await talk.says("/subscribe tanf")
    answer = await talk.asks("Walid")
    assert plain(answer).startswith("⚪ Al Waleed crossing: NO REPORT")
    assert answer.labels[-1] == ["“Walid” is another place"]
    assert (await talk.says("/unsubscribe Walid")).startswith("You will not hear about Al Waleed")


@pytest.mark.usefixtures("village")
async def test_a_second_place_of_a_name_can_be_subscribed_to(talk: Talk) -> None:
    await talk.says("/subscribe tanf")
    asked = await talk.asks("/subscribe Walid")
    assert plain(asked).startswith("Which “Walid”? I found 2 places")
    assert (await talk.presses("1", on=asked)).startswith("✅ You will hear about Al-Walid")


@pytest.mark.usefixtures("village")
async def test_the_country_behind_a_name_tells_places_apart(talk: Talk) -> None:
    asked = await talk.asks("Walid, Syria")
    assert plain(asked).startswith("Which “Walid, Syria”? I found 2 places")
    assert (await talk.says("walid (SY)")).startswith("Which “walid (SY)”?")
    assert (await talk.presses("1", on=asked)).startswith("⚪ Al-Walid: NO REPORT")
    assert (await talk.says("Walid, Syria")).startswith("⚪ Al-Walid: NO REPORT")
    assert (await talk.says("Walid, Iraq")).startswith("⚪ Al Waleed crossing: NO REPORT")
    assert (await talk.says("/subscribe الوليد (العراق)")).startswith("✅ You will hear about Al W")


async def test_how_many_names_are_similar_is_said_where_not_all_are_shown(
    talk: Talk, record: Record
) -> None:
    adds(record, *(Place(f"z{i}", f"Kafr Zita {i}0{i}", "town", ("SY",)) for i in range(9)))
    asked = await talk.asks("kafr zita")
    said = "I know no place called “kafr zita”. The nearest of 9 like it:"
    assert plain(asked) == said
    assert len(asked.labels) == 6


@pytest.mark.usefixtures("village")
async def test_the_chosen_place_by_its_id_keeps_the_choice(talk: Talk) -> None:
    await chosen(talk)
    await talk.says("/status al-waleed")
    assert (await talk.says("Walid")).startswith("⚪ Al Waleed crossing")


@pytest.mark.usefixtures("village")
async def test_a_choice_can_be_changed_any_number_of_times(talk: Talk) -> None:
    await chosen(talk)
    answer = await talk.asks("Walid")
    for _ in range(2):
        asked = await talk.presses("“Walid” is another place", on=answer)
        assert asked.startswith("Which “Walid”?")


@pytest.mark.usefixtures("village")
async def test_a_choice_of_a_chat_that_was_forgotten_cannot_be_changed(talk: Talk) -> None:
    await chosen(talk)
    answer = await talk.asks("Walid")
    await talk.presses("Delete everything", on=await talk.asks("/forget"))
    said = await talk.presses("“Walid” is another place", on=answer)
    assert said == "That question is too old. Please type the name again."


@pytest.mark.usefixtures("village")
async def test_where_only_one_place_is_left_a_changed_choice_says_so(
    talk: Talk, record: Record
) -> None:
    await chosen(talk)
    answer = await talk.asks("Walid")
    with record.database.begin() as conn:
        conn.exec_driver_sql("DELETE FROM places WHERE id = 'al-walid-village'")
        mark_changed(conn, ["al-walid-village"])
    said = await talk.presses("“Walid” is another place", on=answer)
    assert said == "Al Waleed crossing is the only place of that name by now."


@pytest.mark.usefixtures("village")
async def test_forgetting_the_chat_forgets_its_choices_and_questions(talk: Talk) -> None:
    asked = await chosen(talk)
    question = await talk.asks("/forget")
    assert "which places you meant" in plain(question)
    assert "I keep nothing" in await talk.presses("Delete everything", on=question)
    # What an old button names is shown all the same; that it was chosen is not remembered.
    assert (await talk.presses("1", on=asked)).startswith("⚪ Al-Walid: NO REPORT")
    await talk.presses("Delete everything", on=await talk.asks("/forget"))
    assert (await talk.says("Walid")).startswith("Which “Walid”?")


async def test_more_places_than_fit_are_paged_and_none_is_left_out(
    talk: Talk, ann: Person, record: Record
) -> None:
    many = [Place(f"s-{n:02}", "Salahiya", "village", ("SY",), 33 + n / 10, 36) for n in range(19)]
    adds(record, *many)
    asked = await talk.asks("Salahiya")
    assert "I found 19 places" in plain(asked)
    assert asked.labels == [
        ["1", "2", "3", "4"],
        ["5", "6", "7", "8"],
        ["More (1 of 3) →"],
        ["None of these"],
    ]
    for label, first in (("More (1 of 3) →", "9"), ("More (2 of 3) →", "17")):
        await ann.answer_to(ann.presses(label, on=asked))
        await ann.chat.wait_for(lambda m, one=first: m is asked and m.labels[0][0] == one)  # type: ignore[misc] # a default to bind it
    assert asked.labels == [["17", "18", "19"], ["← Back"], ["None of these"]]
    assert "19. Salahiya (village), Syria, 200 km north of Salahiya" in plain(asked)
    assert (await talk.presses("19", on=asked)).startswith("⚪ Salahiya: NO REPORT")


async def test_places_are_told_apart_by_how_they_lie_to_a_subscription(
    talk: Talk, record: Record
) -> None:
    adds(
        record,
        Place("karama-a", "Karama", "bridge", ("IQ",), 34.5, 41.0),
        Place("karama-b", "Karama", "bridge", ("IQ",), 36.9, 42.1),
        Place("karama-c", "Karama", "bridge", ("YE",), 15.0, 44.0),
        Place("karama-d", "Karama", "bridge", ("YE",)),
    )
    await talk.says("/subscribe Rabia")
    asked = plain(await talk.asks("Karama")).split("\n")
    assert asked[1:] == [
        "1. Karama bridge, Iraq, 270 km south of Rabia crossing",
        "2. Karama bridge, Iraq, 10 km north of Rabia crossing",
        "3. Karama bridge, Yemen",
        "4. Karama bridge, Yemen",
    ]


@pytest.mark.usefixtures("village")
async def test_in_a_group_only_an_admin_may_choose_what_it_hears_about(
    telegram: Telegram, ann: Person, talk: Talk
) -> None:
    bob = telegram.person("Bob")
    group = telegram.group("Border watch", admins=[ann], members=[bob])
    asked = ann.says("/subscribe@WhoHoldsBot Walid", in_=group)
    question = await group.wait_for(lambda m: "Which" in m.text, after=asked)
    refused = await bob.answer_to(bob.presses("1", on=question))
    assert refused.alert
    await ann.answer_to(ann.presses("1", on=question))
    await group.wait_for(lambda m: "This group will hear about" in m.text)


async def test_who_misses_a_place_can_tell_the_editors(talk: Talk, record: Record) -> None:
    asked = await talk.asks("Brzęczyszczykiewicz")
    assert asked.labels == [["Tell the editors", "Pick a place"]]
    told = await talk.presses("Tell the editors", on=asked)
    assert told == "Noted: the editors will see that “Brzęczyszczykiewicz” is missed."
    await talk.presses("Tell the editors", on=asked)
    with record.database.connect() as conn:
        assert [(w.query, w.chats) for w in memory.all_wishes(conn)] == [("Brzęczyszczykiewicz", 1)]


async def test_none_of_these_leads_to_the_editors(talk: Talk) -> None:
    asked = await talk.asks("Al Walletta")
    then = await talk.presses("None of these", on=asked)
    assert then == "Then I do not know the place you mean. Try another spelling."
    last = talk.person.chat.last
    assert "“Al Walletta” is missed" in await talk.presses("Tell the editors", on=last)


async def test_a_chat_cannot_flood_the_editors(talk: Talk, record: Record, ann: Person) -> None:
    asked = await talk.asks("Brzęczyszczykiewicz")
    with record.database.begin() as conn:
        for n in range(memory.MOST_WISHES):
            memory.wish(conn, ann.chat.id, "x", f"x{n}", record.clock.at)
    told = await talk.presses("Tell the editors", on=asked)
    assert told == "The editors know of 50 places that you miss; there is no room for more."


@pytest.mark.parametrize(
    "data",
    ["c:", "c:x:al-waleed", "c:1", "page:1", "page:x:y", "page:9:9", "c:99999999999999999:rabia"],
)
async def test_a_button_of_a_question_that_is_gone_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, data: str
) -> None:
    hello = await talk.asks("/start")
    await ann.answer_to(telegram.press(ann.user, hello, data))
    await ann.chat.wait_for(lambda m: "does nothing any more" in m.text or "too old" in m.text)


@pytest.mark.parametrize("data", ["wish:77", "wish:", "none:77", "none", "none:²"])
async def test_a_wish_without_its_question_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, data: str
) -> None:
    hello = await talk.asks("/start")
    await ann.answer_to(telegram.press(ann.user, hello, data))
    await ann.chat.wait_for(
        lambda m: "too old" in m.text or "Then I do not know" in m.text, after=hello
    )


async def test_a_choice_of_a_place_that_is_gone_is_answered(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    asked = await talk.asks("Al Walletta")
    number = (asked.buttons[-1][0].data or "").partition(":")[2]
    await ann.answer_to(telegram.press(ann.user, asked, f"c:{number}:atlantis"))
    await ann.chat.wait_for(lambda m: "I do not know that place" in m.text, after=asked)


async def test_the_places_asked_about_lately_are_offered(talk: Talk) -> None:
    for name in ("Rabia", "Trebil", "Rawa", "Rabia"):
        await talk.says(name)
    hello = await talk.asks("/start")
    assert hello.labels[:3] == [["Rabia crossing"], ["Rawa"], ["Trebil crossing"]]
    await talk.presses("Pick a place", on=hello)
    assert talk.person.chat.last.labels[:4] == [
        ["Rabia crossing"],
        ["Rawa"],
        ["Trebil crossing"],
        ["Anbar"],
    ]


async def test_what_was_asked_lately_is_forgotten_with_the_chat(talk: Talk) -> None:
    await talk.says("Rabia")
    await talk.presses("Delete everything", on=await talk.asks("/forget"))
    assert ["Rabia crossing"] not in (await talk.asks("/start")).labels
