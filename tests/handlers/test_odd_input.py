"""What people, apps and time do to a bot that nobody planned for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text",
    [
        "x" * 4096,
        "<b>Al</b> & <script>alert(1)</script>",
        "\u202edeelaW lA",
        "e" + "\u0301" * 900,
        "/status " + "y" * 4000,
        "/why <i>",
        "%s %d {0} {name}",
        "a\nb\nc",
    ],
)
async def test_a_name_that_is_none_is_answered_politely(talk: Talk, text: str) -> None:
    assert (await talk.says(text)).startswith("I know no place called “")


@pytest.mark.parametrize("text", ["???", "…", "🟠" * 2048, "/status ???", "/why \u200b\u200b!"])
async def test_a_text_without_a_letter_names_no_place(talk: Talk, text: str) -> None:
    answer = await talk.says(text)
    assert answer.startswith("Which place?")


async def test_a_name_of_5000_characters_is_answered(telegram: Telegram, talk: Talk) -> None:
    await talk.says("/start")
    chat = talk.person.chat
    last = chat.last
    telegram.updates.add("message", raw(chat.as_json(), talk.person, text="z" * 5000))
    answer = await chat.wait_for(lambda m: "I know no place" in m.text, after=last)
    assert len(answer.text) < 300


@pytest.mark.parametrize(
    "content",
    [
        {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
        {"photo": [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]},
        {
            "photo": [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}],
            "caption": "Rabia",
        },
        {"dice": {"emoji": "🎲", "value": 3}},
        {"contact": {"phone_number": "1", "first_name": "Bob"}},
    ],
)
async def test_what_is_no_text_gets_a_hint(
    telegram: Telegram, talk: Talk, content: dict[str, Any]
) -> None:
    await talk.says("/start")
    chat = talk.person.chat
    last = chat.last
    telegram.updates.add("message", raw(chat.as_json(), talk.person, **content))
    await chat.wait_for(lambda m: "I can only read text and locations." in m.text, after=last)


async def test_a_sticker_gets_a_hint(ann: Person, talk: Talk) -> None:
    sticker = ann.sends_sticker()
    answer = await ann.chat.wait_for(lambda _: True, after=sticker)
    assert answer.text.startswith("I can only read text and locations.")


async def test_a_live_location_that_moves_is_not_answered_again(
    telegram: Telegram, talk: Talk
) -> None:
    await talk.says("/start")
    chat = talk.person.chat
    moved = raw(chat.as_json(), talk.person, location={"latitude": 33.4, "longitude": 38.9})
    telegram.updates.add("edited_message", moved | {"edit_date": 1_403_532_060})
    await talk.says("/start")
    assert not any("only read text" in m.text for m in chat.from_bot)


async def test_an_edited_question_is_answered_anew(ann: Person, talk: Talk) -> None:
    asked = ann.says("Rabiaaaaaaa xyz")
    first = await ann.chat.wait_for(lambda m: "I know no place" in m.text, after=asked)
    ann.edits(asked, "Rabia")
    await ann.chat.wait_for(lambda m: "Rabia crossing" in plain(m), after=first)


@pytest.mark.parametrize("data", ["status:atlantis", "why:atlantis", "sub:atlantis", "unsub:x"])
async def test_a_button_of_a_place_that_is_gone_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, data: str
) -> None:
    hello = await talk.asks("/start")
    press = telegram.press(ann.user, hello, data)
    await ann.answer_to(press)
    await ann.chat.wait_for(lambda m: "I do not know that place" in m.text, after=hello)


@pytest.mark.parametrize("data", ["status", "status:", "x:y:z", "mute24:al-waleed", "🟠"])
async def test_a_button_of_another_time_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, data: str
) -> None:
    hello = await talk.asks("/start")
    await ann.answer_to(telegram.press(ann.user, hello, data))
    await ann.chat.wait_for(lambda m: "does nothing any more" in m.text, after=hello)


async def test_a_button_under_a_deleted_message_still_works(
    talk: Talk, ann: Person, record: Record
) -> None:
    status = await talk.asks("Rabia")
    ann.deletes(status)
    assert (await talk.presses("Subscribe", on=status)).startswith("✅ You will hear about Rabia")
    await talk.says("/start")


async def test_a_button_under_a_message_too_old_to_be_shown_still_works(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    status = await talk.asks("Rabia")
    old = {"message_id": status.id, "date": 0, "chat": ann.chat.as_json()}
    telegram.updates.add("callback_query", pressed(ann, "sub:rabia", message=old))
    await ann.chat.wait_for(lambda m: "You will hear about Rabia" in plain(m), after=status)


async def test_a_press_that_came_too_late_to_be_answered_still_counts(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    status = await talk.asks("Rabia")
    telegram.press_lifetime = -1
    ann.presses("History", on=status)
    await ann.chat.wait_for(lambda m: "history" in m.text, after=status)


async def test_a_press_without_a_chat_does_no_harm(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    telegram.updates.add("callback_query", pressed(ann, "sub:rabia", inline_message_id="1"))
    assert "Who controls this place" in await talk.says("/start")


async def test_pressing_twice_is_no_error(talk: Talk, ann: Person) -> None:
    status = await talk.asks("Rabia")
    await talk.presses("Subscribe", on=status)
    again = await talk.presses("Subscribe", on=status)  # the app was behind
    assert "already" in again
    assert await talk.says("/start")
    assert not any("went wrong" in m.text for m in ann.chat.from_bot)


async def test_without_any_place_there_is_nothing_to_pick(talk: Talk, record: Record) -> None:
    hello = await talk.asks("/start")
    record.forgets_places()
    assert await talk.presses("Pick a place", on=hello) == "I know no places yet."


def raw(chat: dict[str, Any], person: Person, **content: Any) -> dict[str, Any]:
    """A message as Telegram sends it, of a kind that the stand-in does not offer."""
    return {
        "message_id": 999_999,
        "date": 1_403_532_000,
        "chat": chat,
        "from": person.user.as_json(),
        **content,
    }


def pressed(person: Person, data: str, **where: Any) -> dict[str, Any]:
    """A press as Telegram sends it where the bot cannot see the message."""
    sender = person.user.as_json()
    return {"id": "77", "from": sender, "chat_instance": "1", "data": data, **where}


async def test_the_text_of_an_answer_is_plain_where_telegram_refuses_our_markup(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    refusal = "Bad Request: can't parse entities: Unsupported start tag"
    telegram.faults.refuse(400, refusal, method="sendMessage")
    answer = await talk.asks("/start")
    assert plain(answer).startswith("Who controls this place, and who says so?\n")
    assert "parse_mode" not in telegram.calls_of("sendMessage")[-1].params
