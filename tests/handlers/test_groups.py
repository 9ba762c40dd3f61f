"""In a group: who may do what, and when the bot speaks at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage import subscribers
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.fixture
def bob(telegram: Telegram) -> Person:
    return telegram.person("Bob")


@pytest.fixture
def group(telegram: Telegram, talk: Talk, ann: Person, bob: Person) -> Chat:
    """A group that Ann runs and Bob is in."""
    return telegram.group("Border watch", admins=[ann], members=[bob])


async def answer(asked: Message) -> str:
    return plain(await asked.chat.wait_for(lambda _: True, after=asked))


def subscribed(record: Record, chat: Chat) -> list[str]:
    with record.database.connect() as conn:
        return [place.id for place in subscribers.subscriptions_of(conn, chat.id)]


async def test_everybody_may_ask_and_is_answered_where_they_asked(
    group: Chat, bob: Person, record: Record
) -> None:
    record.up_to(8)
    asked = bob.says("/status@WhoHoldsBot Al Waleed", in_=group)
    reply = await group.wait_for(lambda m: "MILITANTS" in m.text, after=asked)
    assert reply.reply_to is asked


async def test_an_admin_subscribes_the_group(group: Chat, ann: Person, record: Record) -> None:
    text = await answer(ann.says("/subscribe@WhoHoldsBot Rabia", in_=group))
    assert text.startswith("✅ This group will hear about Rabia crossing")
    assert subscribed(record, group) == ["rabia"]
    assert subscribed(record, ann.chat) == []


@pytest.mark.parametrize(
    "command", ["/subscribe Rabia", "/unsubscribe Rabia", "/forget", "/timezone UTC"]
)
async def test_a_member_cannot_change_what_the_group_is_told(
    group: Chat, ann: Person, bob: Person, record: Record, command: str
) -> None:
    await answer(ann.says("/subscribe Rabia", in_=group))
    asked = bob.says(command, in_=group)
    assert (await answer(asked)).startswith("In a group, only its admins can change that.")
    assert subscribed(record, group) == ["rabia"]


async def test_a_members_press_is_refused_on_the_spot(
    group: Chat, bob: Person, record: Record
) -> None:
    asked = bob.says("/status Rabia", in_=group)
    status = await group.wait_for(lambda m: "Rabia" in m.text, after=asked)
    refusal = await bob.answer_to(bob.presses("Subscribe", on=status))
    assert refusal.text.startswith("In a group, only its admins can change that.")
    assert refusal.alert
    assert group.last is status
    assert subscribed(record, group) == []


async def test_an_admins_press_subscribes_the_group(
    group: Chat, ann: Person, record: Record
) -> None:
    asked = ann.says("/status Rabia", in_=group)
    status = await group.wait_for(lambda m: "Rabia" in m.text, after=asked)
    await ann.answer_to(ann.presses("Subscribe", on=status))
    await group.wait_for(lambda m: "This group will hear" in m.text)
    assert subscribed(record, group) == ["rabia"]


def raw(group: Chat, text: str, **more: Any) -> dict[str, Any]:
    """A command as Telegram sends it, for senders that the stand-in does not know."""
    return {
        "message_id": 999_999,
        "date": 1_403_532_000,
        "chat": group.as_json(),
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}],
        **more,
    }


async def test_an_anonymous_admin_may_subscribe_the_group(
    telegram: Telegram, group: Chat, record: Record
) -> None:
    last = group.last
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    message = raw(group, "/subscribe Rabia", sender_chat=group.as_json(), **{"from": anonymous})
    telegram.updates.add("message", message)
    await group.wait_for(lambda m: "This group will hear" in m.text, after=last)
    assert subscribed(record, group) == ["rabia"]


@pytest.mark.parametrize(
    "more", [{"sender_chat": {"id": -100, "type": "channel", "title": "x"}}, {}]
)
async def test_somebody_who_is_no_admin_by_any_account_may_not(
    telegram: Telegram, group: Chat, record: Record, more: dict[str, Any]
) -> None:
    last = group.last
    telegram.updates.add("message", raw(group, "/subscribe Rabia", **more))
    await group.wait_for(lambda m: "only its admins" in m.text, after=last)
    assert subscribed(record, group) == []


async def test_in_a_group_the_bot_does_not_join_conversations(
    telegram: Telegram, group: Chat, bob: Person, talk: Talk
) -> None:
    telegram.privacy = False
    said = [
        bob.says("Rabia", in_=group),
        bob.says("/wetter", in_=group),
        bob.says("@somebody_else Rabia", in_=group),
        bob.says("/status@OtherBot Rabia", in_=group),
        bob.sends_sticker(in_=group),
    ]
    await talk.says("/start")  # answered after all of that was handled
    assert group.last is said[-1]


async def test_in_a_group_a_mention_is_a_question(
    telegram: Telegram, group: Chat, bob: Person
) -> None:
    telegram.privacy = False
    assert "Rabia crossing" in await answer(bob.says("@whoholdsbot Rabia", in_=group))
    assert (await answer(bob.says("@WhoHoldsBot", in_=group))).startswith("Which place?")


async def test_in_a_group_a_reply_with_a_name_is_a_question_and_a_comment_is_not(
    group: Chat, bob: Person, talk: Talk
) -> None:
    asked = bob.says("/status Rabia", in_=group)
    status = await group.wait_for(lambda m: "Rabia" in m.text, after=asked)
    question = bob.says("Trebil", in_=group, reply_to=status)
    assert "Trebil crossing" in await answer(question)
    comment = bob.says("is that really so?", in_=group, reply_to=status)
    await talk.says("/start")
    assert group.last is comment


async def test_an_unknown_command_that_names_the_bot_gets_a_hint(group: Chat, bob: Person) -> None:
    asked = bob.says("/wetter@WhoHoldsBot", in_=group)
    assert (await answer(asked)).startswith("I do not know that command.")


async def test_the_subscriptions_of_a_group_follow_it_when_it_becomes_a_supergroup(
    group: Chat, ann: Person, talk: Talk, record: Record
) -> None:
    await answer(ann.says("/subscribe Rabia", in_=group))
    new = ann.upgrades(group)
    await talk.says("/start")
    assert subscribed(record, new) == ["rabia"]
    assert subscribed(record, group) == []


async def test_a_group_that_throws_the_bot_out_is_told_nothing_until_it_is_back(
    group: Chat, ann: Person, talk: Talk, record: Record
) -> None:
    await answer(ann.says("/subscribe Rabia", in_=group))
    ann.kicks_bot(group)
    await talk.says("/start")
    assert not active(record, group)
    ann.adds_bot(group)
    await talk.says("/start")
    assert active(record, group)
    assert subscribed(record, group) == ["rabia"]


def active(record: Record, chat: Chat) -> bool:
    with record.database.connect() as conn:
        subscriber = subscribers.find(conn, chat.id)
        assert subscriber is not None
        return subscriber.active
