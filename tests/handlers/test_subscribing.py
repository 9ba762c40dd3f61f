"""Subscriptions, and everything else that is kept about a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.subscribing import MOST_SUBSCRIPTIONS
from storage import subscribers
from tests.handlers.conftest import Talk, plain

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from storage.model.subscriptions import Subscriber
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


def mine(record: Record, chat_id: int) -> list[str]:
    with record.database.connect() as conn:
        return [place.id for place in subscribers.subscriptions_of(conn, chat_id)]


def kept(record: Record, chat_id: int) -> Subscriber | None:
    with record.database.connect() as conn:
        return subscribers.find(conn, chat_id)


async def test_subscribing_tells_how_things_stand_now(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.up_to(11)
    assert (await talk.says("/subscribe al waleed")).split("\n") == [
        "✅ You will hear about Al Waleed crossing",
        "Now: 🟠 disputed, militants ahead.",
        "Changes and disputes come with sound, small updates silently.",
        "/list shows all your alerts (1 of 50).",
    ]
    assert mine(record, ann.chat.id) == ["al-waleed"]


async def test_subscribing_twice_changes_nothing(talk: Talk, ann: Person, record: Record) -> None:
    await talk.says("/subscribe Al Waleed")
    text = await talk.says("/subscribe Al Waleed")
    assert text.startswith("✅ You hear about Al Waleed crossing already\n")
    assert "(1 of 50)" in text
    assert mine(record, ann.chat.id) == ["al-waleed"]


async def test_subscribing_to_an_area_shows_each_of_its_places(talk: Talk, record: Record) -> None:
    record.up_to(8)
    assert (await talk.says("/subscribe Iraq-Syria border")).split("\n")[1:5] == [
        "Now:",
        "⚫ Al Waleed – militants (likely, since Sun 22 Jun)",
        "⚫ Al-Qaim – militants (likely, since Sat 21 Jun)",
        "🟡 Rabia – Kurdish forces (likely, since Sun 8 Jun)",
    ]


async def test_the_subscribe_button_turns_into_unsubscribe_and_back(
    talk: Talk, ann: Person, record: Record
) -> None:
    status = await talk.asks("Rabia")
    assert (await talk.presses("Subscribe", on=status)).startswith("✅ You will hear about Rabia")
    await ann.chat.wait_for(lambda m: m is status and m.labels[-1][0] == "Unsubscribe")
    assert mine(record, ann.chat.id) == ["rabia"]
    assert await talk.presses("Unsubscribe", on=status) == (
        "You will not hear about Rabia crossing any more."
    )
    await ann.chat.wait_for(lambda m: m is status and m.labels[-1][0] == "Subscribe")
    assert mine(record, ann.chat.id) == []


async def test_a_button_of_a_list_keeps_the_name_of_its_place(talk: Talk, ann: Person) -> None:
    await talk.says("/subscribe Rabia")
    which = await talk.asks("/unsubscribe")
    assert which.labels == [["Unsubscribe: Rabia crossing"]]
    await talk.presses("Unsubscribe: Rabia crossing", on=which)
    await ann.chat.wait_for(lambda m: m is which and m.labels == [["Subscribe: Rabia crossing"]])


async def test_no_more_than_fifty_subscriptions_and_the_limit_is_explained(
    talk: Talk, ann: Person, record: Record
) -> None:
    with record.database.begin() as conn:
        chat = subscribers.ensure(conn, ann.chat.id, is_group=False, now=record.clock.at)
    for number in range(MOST_SUBSCRIPTIONS):
        record.adds_place(f"bridge-{number}", f"Bridge {number}", "bridge")
        with record.database.begin() as conn:
            subscribers.subscribe(conn, chat.id, f"bridge-{number}", record.clock.at)
    assert (await talk.says("/subscribe Rabia")).startswith("You have 50 subscriptions, and more")
    assert "rabia" not in mine(record, ann.chat.id)
    # What is there already may be asked for again.
    assert "already" in await talk.says("/subscribe Bridge 7")


async def test_unsubscribing_by_name(talk: Talk, ann: Person, record: Record) -> None:
    await talk.says("/subscribe Rabia")
    assert "any more" in await talk.says("/unsubscribe rabia")
    assert mine(record, ann.chat.id) == []
    assert await talk.says("/unsubscribe rabia") == "You have no alerts for Rabia crossing."


async def test_what_comes_through_an_area_is_ended_there(
    talk: Talk, ann: Person, record: Record
) -> None:
    await talk.says("/subscribe Iraq-Syria border")
    answer = await talk.asks("/unsubscribe Rabia")
    assert plain(answer).startswith("You hear about Rabia crossing through Iraq–Syria border.")
    await talk.presses("Unsubscribe: Iraq–Syria border", on=answer)
    assert mine(record, ann.chat.id) == []


async def test_unsubscribing_from_nothing_is_answered(talk: Talk) -> None:
    assert (await talk.says("/unsubscribe")).startswith("You have no alerts yet.")


async def test_the_list_shows_how_each_stands(talk: Talk, record: Record) -> None:
    record.up_to(8)
    await talk.says("/subscribe Al Waleed")
    await talk.says("/subscribe Anbar")
    answer = await talk.asks("/list")
    assert plain(answer).split("\n") == [
        "Your alerts (2 of 50)",
        "⚫ militants (likely, since Sun 22 Jun) – Al Waleed crossing",
        "🚧 Anbar – all of its places",
    ]
    assert answer.labels == [["Al Waleed crossing"], ["Anbar"]]
    assert await talk.says("/status") == plain(answer)


async def test_an_empty_list_says_how_to_begin(talk: Talk) -> None:
    assert (await talk.says("/list")).startswith("You have no alerts yet.")
    # Whoever asks who holds a place is asked which one.
    assert (await talk.says("/status")).startswith("Which place? Type its name")


# ---------------------------------------------------------------------------------- forgetting


async def test_asking_keeps_nothing_about_a_chat(talk: Talk, ann: Person, record: Record) -> None:
    await talk.says("/start")
    await talk.says("Rabia")
    assert kept(record, ann.chat.id) is None


async def test_forget_asks_first_then_deletes_everything(
    talk: Talk, ann: Person, record: Record
) -> None:
    await talk.says("/subscribe Rabia")
    question = await talk.asks("/forget")
    assert kept(record, ann.chat.id) is not None
    assert await talk.presses("Delete everything", on=question) == (
        "Done. I keep nothing about this chat any more."
    )
    assert kept(record, ann.chat.id) is None
    await ann.chat.wait_for(lambda m: m is question and not m.labels)


async def test_forget_can_be_thought_better_of(talk: Talk, ann: Person, record: Record) -> None:
    await talk.says("/subscribe Rabia")
    question = await talk.asks("/forget")
    assert await talk.presses("Keep it", on=question) == "Nothing was deleted."
    assert mine(record, ann.chat.id) == ["rabia"]


async def test_there_may_be_nothing_to_forget(talk: Talk) -> None:
    question = await talk.asks("/forget")
    assert await talk.presses("Delete everything", on=question) == "I keep nothing about this chat."


# ------------------------------------------------------------------------------------ time zone


async def test_times_are_shown_in_the_chosen_zone(talk: Talk, ann: Person, record: Record) -> None:
    assert (await talk.says("/timezone")).startswith(
        "Times are shown like this: Mon 23 Jun 17:00 (Baghdad time)"
    )
    assert await talk.says("/timezone europe/berlin") == (
        "✅ Times are now shown like this: Mon 23 Jun 16:00 (Berlin time)"
    )
    subscriber = kept(record, ann.chat.id)
    assert subscriber is not None
    assert subscriber.zone == "Europe/Berlin"


async def test_an_unknown_zone_is_asked_about(talk: Talk) -> None:
    assert (await talk.says("/timezone Europe/Berln")).split("\n")[0] == (
        "I know no time zone “Europe/Berln”."
    )
    assert "Did you mean Europe/Berlin" in await talk.says("/timezone Europe/Berln")
    assert "They are called like" in await talk.says("/timezone 12345")


# ------------------------------------------------------------------------------- blocking


async def test_who_blocks_the_bot_is_told_nothing_and_keeps_everything_for_a_return(
    talk: Talk, ann: Person, record: Record
) -> None:
    await talk.says("/subscribe Rabia")
    ann.blocks()
    bob = Talk(talk.person.telegram.person("Bob"))
    await bob.says("/start")  # by now the block was handled
    subscriber = kept(record, ann.chat.id)
    assert subscriber is not None
    assert not subscriber.active
    ann.unblocks()
    await talk.says("/start")
    subscriber = kept(record, ann.chat.id)
    assert subscriber is not None
    assert subscriber.active
    assert mine(record, ann.chat.id) == ["rabia"]
