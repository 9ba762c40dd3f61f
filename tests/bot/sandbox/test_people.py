"""What people do reaches the bot, and what the bot does reaches people."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox import origins
from bot.sandbox.markup import utf16_length
from bot.sandbox.people import MAX_TEXT, client_split

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api

WHY = {"inline_keyboard": [[{"text": "Why", "callback_data": "why:1"}]]}


def updates(telegram: Telegram) -> list[dict[str, Any]]:
    """What the bot would get now; forgets it."""
    taken, telegram.updates.pending = telegram.updates.pending, []
    return [{k: v for k, v in update.items() if k != "update_id"} for update in taken]


@pytest.fixture
def bob(telegram: Telegram) -> Person:
    return telegram.person("Bob", language="ar")


@pytest.fixture
def group(telegram: Telegram, ann: Person, bob: Person) -> Chat:
    group = telegram.group("Border watch", admins=[ann], members=[bob])
    telegram.updates.pending.clear()
    return group


def test_a_deep_link_is_a_start_with_a_payload(telegram: Telegram, bob: Person) -> None:
    bob.follows("https://t.me/WhoHoldsBot?start=p_al-waleed")
    (update,) = updates(telegram)
    assert update["message"]["text"] == "/start p_al-waleed"
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert update["message"]["from"]["language_code"] == "ar"
    bob.blocks()
    assert bob.follows("t.me/whoholdsbot").text == "/start"
    assert not bob.has_blocked


@pytest.mark.parametrize(
    "link",
    ["https://t.me/OtherBot?start=x", "https://example.org/", "t.me/WhoHoldsBot?start=a%20b",
     "t.me/WhoHoldsBot?start=" + "x" * 65],
)  # fmt: skip
def test_other_links_are_no_deep_links(bob: Person, link: str) -> None:
    with pytest.raises(ValueError, match=r"link|payload"):
        bob.follows(link)


def test_the_bot_learns_of_edits_stickers_and_places(telegram: Telegram, ann: Person) -> None:
    written = ann.says("Rabia")
    ann.edits(written, "Al Waleed")
    ann.sends_sticker("👍")
    ann.sends_location(33.4, 38.9)
    said, edited, sticker, place = updates(telegram)
    assert said["message"]["text"] == "Rabia"
    assert edited["edited_message"]["text"] == "Al Waleed"
    assert edited["edited_message"]["edit_date"] >= edited["edited_message"]["date"]
    assert sticker["message"]["sticker"]["emoji"] == "👍"
    assert place["message"]["location"] == {"latitude": 33.4, "longitude": 38.9}
    assert [version.text for version in written.history] == ["Rabia"]


def test_the_bot_learns_of_a_block(telegram: Telegram, ann: Person) -> None:
    ann.blocks()
    ann.blocks()
    ann.unblocks()
    gone, back = (update["my_chat_member"] for update in updates(telegram))
    assert (gone["old_chat_member"]["status"], gone["new_chat_member"]["status"]) == (
        "member",
        "kicked",
    )
    assert back["new_chat_member"]["status"] == "member"
    assert gone["chat"]["type"] == "private"


def test_in_a_group_the_bot_reads_only_what_is_for_it(
    telegram: Telegram, ann: Person, bob: Person, group: Chat
) -> None:
    bob.says("Anybody near Rabia?", in_=group)
    bob.says("/status@OtherBot", in_=group)
    bob.says("@WhoHoldsBot hello", in_=group)
    assert updates(telegram) == []
    bob.says("/status Rabia", in_=group)
    bob.says("/status@whoholdsbot Rabia", in_=group)
    answer = telegram.post(group, telegram.bot)
    bob.says("and Al Waleed?", in_=group, reply_to=answer)
    texts = [update["message"]["text"] for update in updates(telegram)]
    assert texts == ["/status Rabia", "/status@whoholdsbot Rabia", "and Al Waleed?"]
    ann.makes_bot_admin(group)
    bob.says("plain", in_=group)
    assert [next(iter(update)) for update in updates(telegram)] == ["my_chat_member", "message"]


def test_without_privacy_mode_it_reads_everything(
    telegram: Telegram, bob: Person, group: Chat
) -> None:
    telegram.privacy = False
    bob.says("Anybody near Rabia?", in_=group)
    assert len(updates(telegram)) == 1


def test_joining_and_leaving_a_group_is_told(telegram: Telegram, ann: Person) -> None:
    group = telegram.group("Border watch", admins=[ann], with_bot=False)
    ann.says("/status@WhoHoldsBot", in_=group)
    assert updates(telegram) == []
    ann.adds_bot(group, as_admin=True)
    joined, notice = updates(telegram)
    assert joined["my_chat_member"]["new_chat_member"]["status"] == "administrator"
    assert notice["message"]["new_chat_members"][0]["username"] == "WhoHoldsBot"
    ann.kicks_bot(group)
    (kicked,) = updates(telegram)
    assert kicked["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    ann.says("/status@WhoHoldsBot", in_=group)
    assert updates(telegram) == []


def test_an_upgrade_moves_the_group(telegram: Telegram, ann: Person, group: Chat) -> None:
    new = ann.upgrades(group)
    old_notice, new_notice = (update["message"] for update in updates(telegram))
    assert (old_notice["chat"]["id"], old_notice["migrate_to_chat_id"]) == (group.id, new.id)
    assert (new_notice["chat"]["id"], new_notice["migrate_from_chat_id"]) == (new.id, group.id)
    assert new.type == "supergroup"
    assert str(new.id).startswith("-100")
    ann.says("/status", in_=new)
    assert len(updates(telegram)) == 1
    with pytest.raises(ValueError, match="now the supergroup"):
        ann.says("/status", in_=group)


async def test_a_pressed_button_reaches_the_bot_and_its_answer_the_person(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="Rabia", reply_markup=WHY)
    press = ann.presses("Why")
    (update,) = updates(telegram)
    assert update["callback_query"]["data"] == "why:1"
    assert update["callback_query"]["message"]["text"] == "Rabia"
    waiting = asyncio.create_task(ann.answer_to(press))
    await api.result("answerCallbackQuery", callback_query_id=press.id, text="3", show_alert=True)
    answer = await waiting
    assert (answer.text, answer.alert) == ("3", True)
    silent = ann.presses(data="why:1")
    with pytest.raises(TimeoutError, match="why:1"):
        await ann.answer_to(silent, timeout=0.01)


async def test_an_old_button_may_still_be_pressed(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    await api.result("sendMessage", chat_id=ann.id, text="Rabia", reply_markup=WHY)
    message = ann.chat.last
    await api.result("editMessageText", chat_id=ann.id, message_id=message.id, text="Withdrawn")
    with pytest.raises(ValueError, match="no button 'Why'"):
        ann.presses("Why")
    ann.presses("Why", on=message)
    ann.deletes(message)
    ann.presses("Why", on=message)
    edited, deleted = (update["callback_query"]["message"] for update in updates(telegram))
    assert edited["text"] == "Withdrawn"
    assert deleted == {"message_id": message.id, "chat": ann.chat.as_json(), "date": 0}


async def test_a_keyboard_can_ask_for_a_place(api: Api, telegram: Telegram, ann: Person) -> None:
    keyboard = [[{"text": "Near me", "request_location": True}], ["Whole border"]]
    markup = {"keyboard": keyboard, "one_time_keyboard": True}
    await api.result("sendMessage", chat_id=ann.id, text="Where?", reply_markup=markup)
    with pytest.raises(ValueError, match="asks for a location"):
        ann.taps("Near me")
    ann.taps("Near me", location=(33.4, 38.9))
    assert updates(telegram)[0]["message"]["location"]["latitude"] == 33.4
    with pytest.raises(ValueError, match="on the keyboard"):
        ann.taps("Whole border")
    await api.result("sendMessage", chat_id=ann.id, text="Where?", reply_markup=markup)
    assert ann.taps("Whole border").text == "Whole border"
    await api.result("sendMessage", chat_id=ann.id, text="x", reply_markup=markup)
    away = {"remove_keyboard": True}
    telegram.limits = None
    await api.result("sendMessage", chat_id=ann.id, text="Thanks", reply_markup=away)
    assert ann.chat.reply_keyboard is None


async def test_a_transcript_shows_what_is_visible(api: Api, ann: Person) -> None:
    first = await api.result("sendMessage", chat_id=ann.id, text="<b>One</b>", parse_mode="HTML")
    reply = {"message_id": first["message_id"]}
    await api.result(
        "sendMessage",
        chat_id=ann.id,
        text="Two",
        reply_parameters=reply,
        reply_markup=WHY,
        disable_notification=True,
    )
    where = {"chat_id": ann.id, "message_id": first["message_id"]}
    await api.result("editMessageText", **where, text="Uno")
    assert ann.chat.transcript() == (
        "#1 Ann: /start\n"
        "#2 Who Holds (edited): Uno\n"
        "#3 Who Holds (silent, reply to #2): Two\n"
        "  [Why]"
    )
    assert ann.chat.from_bot[0].history[0].text == "One"
    assert ann.chat.message(2) is ann.chat.from_bot[0]
    ann.chat.clear()
    assert ann.chat.transcript() == "(nothing)"
    assert ann.chat.message(2) is None


async def test_waiting_for_a_message_ends_when_it_comes_or_is_edited(api: Api, ann: Person) -> None:
    waiting = asyncio.create_task(ann.chat.wait_for(lambda m: "DISPUTED" in m.text))
    sent = await api.result("sendMessage", chat_id=ann.id, text="Rabia")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    await api.result("editMessageText", **where, text="Rabia: DISPUTED")
    message = await waiting
    assert message.text == "Rabia: DISPUTED"
    with pytest.raises(TimeoutError, match="it shows:\n#1 Ann"):
        await ann.chat.wait_for(lambda m: True, 0.01, after=message)


def test_an_app_does_not_let_a_person_do_everything(
    telegram: Telegram, ann: Person, bob: Person, group: Chat
) -> None:
    eve = telegram.person("Eve")
    from_bot = telegram.post(group, telegram.bot)
    impossible: list[Callable[[], object]] = [
        lambda: ann.says("  "),
        lambda: ann.says("x" * 4097),
        lambda: eve.says("x", in_=group),
        lambda: bob.kicks_bot(group),
        lambda: bob.upgrades(group),
        lambda: ann.upgrades(ann.chat),
        lambda: bob.edits(from_bot, "x"),
        lambda: ann.presses(),
        lambda: ann.taps("x"),
        lambda: telegram.group("Nobody's", admins=[]),
    ]
    for act in impossible:
        with pytest.raises(ValueError, match=r"."):
            act()
    ann.blocks()
    with pytest.raises(ValueError, match="has blocked"):
        ann.says("x")
    with pytest.raises(ValueError, match="has blocked"):
        ann.presses("x")


async def test_a_link_button_tells_the_bot_nothing(api: Api, ann: Person) -> None:
    link = {"inline_keyboard": [[{"text": "Map", "url": "https://example.org"}]]}
    await api.result("sendMessage", chat_id=ann.id, text="x", reply_markup=link)
    with pytest.raises(ValueError, match=r"example\.org"):
        ann.presses("Map")


@pytest.mark.parametrize(
    "text", ["x" * 10000, "word " * 3000, "🟠" * 5000, "سطر\n" * 2000, "x", "a" * 4096 + " b"]
)
def test_an_app_splits_a_long_text(text: str) -> None:
    pieces = client_split(text)
    assert all(0 < utf16_length(piece) <= MAX_TEXT for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_nothing_to_send_is_no_pieces() -> None:
    assert client_split(" \n") == []


def test_changes_since_a_version_are_told_once_and_in_order(
    telegram: Telegram, ann: Person
) -> None:
    before = telegram.version
    one, two = ann.says("one"), ann.says("two")
    ann.edits(one, "uno")
    changes = telegram.changes_since(before)
    assert [what for _, what in changes] == [two, one]
    assert telegram.changes_since(changes[-1][0]) == []
    telegram.touch_all()
    assert [what for _, what in telegram.changes_since(changes[-1][0])] == [ann.chat]


async def test_a_forwarded_message_tells_the_bot_where_it_comes_from(api: Api, ann: Person) -> None:
    origin = origins.of_channel("News", ann.telegram.now(), 7, username="news", signature="A")
    ann.forwards("look", origin)
    ann.forwards("", origins.of_hidden_user("B", ann.telegram.now()), photo=b"x")
    text, photo = (u["message"] for u in await api.result("getUpdates"))
    assert text["forward_origin"] == origin
    assert (origin["chat"]["username"], origin["author_signature"]) == ("news", "A")
    assert photo["photo"]
    with pytest.raises(ValueError, match="empty"):
        ann.forwards("", origin)
