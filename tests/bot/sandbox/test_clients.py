"""Two independent clients, python-telegram-bot and aiogram, find what they expect of Telegram.

aiogram is imported where it is used: that takes seconds, and each process of a run reads this file.
"""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import telegram as ptb
from telegram import error
from telegram.request import HTTPXRequest

from bot.sandbox.api import bot_api
from bot.sandbox.methods import METHODS
from bot.sandbox.serve import InProcess, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiogram
    from aiogram import types

    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person

# Documented no more, though the real server and aiogram still take them.
OUTDATED = {
    "allow_sending_without_reply",
    "disable_web_page_preview",
    "reply_to_message_id",
    "switch_pm_parameter",
    "switch_pm_text",
}


@pytest.fixture
async def ptb_bot(telegram: Telegram) -> AsyncIterator[ptb.Bot]:
    app = bot_api(telegram)
    requests = [HTTPXRequest(httpx_kwargs={"transport": InProcess(app)}) for _ in range(2)]
    async with ptb.Bot(
        telegram.token,
        base_url="http://127.0.0.1/bot",
        request=requests[0],
        get_updates_request=requests[1],
    ) as bot:
        yield bot


def aiogram_at(url: str, token: str) -> aiogram.Bot:
    """aiogram's client of the stand-in that runs at a URL."""
    import aiogram
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    return aiogram.Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))


@pytest.fixture
async def aiogram_bot(telegram: Telegram) -> AsyncIterator[aiogram.Bot]:
    async with running(bot_api(telegram)) as url, aiogram_at(url, telegram.token) as bot:
        yield bot


def test_the_known_parameters_are_those_of_the_documentation() -> None:
    import aiogram.methods

    for method in METHODS.values():
        theirs = getattr(aiogram.methods, method.name[0].upper() + method.name[1:])
        assert method.params == set(theirs.model_fields) - OUTDATED, method.name


async def test_ptb_talks_to_it(ptb_bot: ptb.Bot, ann: Person) -> None:
    assert ptb_bot.username == "WhoHoldsBot"
    ann.says("/start p_al-waleed")
    (update,) = await ptb_bot.get_updates(timeout=1, allowed_updates=["message"])
    assert update.message is not None
    assert update.message.text == "/start p_al-waleed"
    assert update.message.parse_entities() != {}
    button = ptb.InlineKeyboardButton("Who says so", callback_data="why:1")
    sent = await ptb_bot.send_message(
        ann.id,
        "🟠 <b>Al Waleed</b>: DISPUTED",
        parse_mode="HTML",
        reply_markup=ptb.InlineKeyboardMarkup([[button]]),
        reply_parameters=ptb.ReplyParameters(update.message.message_id),
        disable_notification=True,
        link_preview_options=ptb.LinkPreviewOptions(is_disabled=True),
    )
    assert sent.text_html == ann.chat.last.html == "🟠 <b>Al Waleed</b>: DISPUTED"
    assert sent.reply_to_message is not None
    assert ann.chat.last.silent
    edited = await sent.edit_text("⚫ held")
    assert isinstance(edited, ptb.Message)
    assert edited.edit_date is not None


async def test_ptb_gets_its_own_errors(
    ptb_bot: ptb.Bot, telegram: Telegram, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    with pytest.raises(error.BadRequest, match="Can't parse entities"):
        await ptb_bot.send_message(ann.id, "<b>", parse_mode="HTML")
    telegram.faults.too_many_requests(7)
    with pytest.raises(error.RetryAfter) as wait:
        await ptb_bot.send_message(ann.id, "x")
    assert wait.value.retry_after == timedelta(seconds=7)
    group = telegram.group("Border watch", admins=[ann])
    new = ann.upgrades(group)
    with pytest.raises(error.ChatMigrated) as moved:
        await ptb_bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == new.id
    ann.blocks()
    with pytest.raises(error.Forbidden):
        await ptb_bot.send_message(ann.id, "x")
    telegram.faults.hang(processed=False)
    with pytest.raises(error.TimedOut):
        await ptb_bot.send_message(ann.id, "x", read_timeout=0.01)
    telegram.faults.cut(processed=False)
    with pytest.raises(error.NetworkError):
        await ptb_bot.send_message(ann.id, "x")


async def test_ptb_sends_a_picture(ptb_bot: ptb.Bot, ann: Person) -> None:
    sent = await ptb_bot.send_photo(ann.id, b"\x89PNG...", caption="<b>Map</b>", parse_mode="HTML")
    assert sent.photo
    assert sent.caption_html == "<b>Map</b>"
    assert ann.chat.last.photo is not None
    assert ann.chat.last.photo.content == b"\x89PNG..."


async def test_ptb_sends_a_picture_again_by_the_id_it_has(
    ptb_bot: ptb.Bot, telegram: Telegram, ann: Person
) -> None:
    first = await ptb_bot.send_photo(ann.id, b"\x89PNG...")
    small, large = first.photo
    assert small.width < large.width
    again = await ptb_bot.send_photo(ann.id, large.file_id, caption="x" * 1024)
    assert again.photo == first.photo
    assert ann.chat.last.photo == ann.chat.messages[-2].photo
    anew = await ptb_bot.send_photo(ann.id, b"\x89PNG...")
    assert anew.photo[-1].file_id != large.file_id
    telegram.photos.forget()
    with pytest.raises(error.BadRequest, match="remote file identifier"):
        await ptb_bot.send_photo(ann.id, large.file_id)


def header(width: int, height: int) -> bytes:
    """The beginning of a PNG of this size."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


@pytest.mark.parametrize(
    ("photo", "caption", "says"),
    [
        (b"\x89PNG", "x" * 1025, "Message caption is too long"),
        (b"\x89PNG" + bytes(10 * 1024 * 1024), "", "too big for a photo; the maximum size is"),
        (b"", "", "File must be non-empty"),
        (b"GIF89a", "", "Image_process_failed"),
        (header(9000, 1001), "", "Photo_invalid_dimensions"),
        (header(2100, 100), "", "Photo_invalid_dimensions"),
        (header(0, 0), "", "Photo_invalid_dimensions"),
        (header(2000, 100), "", None),
    ],
)
async def test_what_is_no_picture_to_telegram_is_refused(
    ptb_bot: ptb.Bot, ann: Person, photo: bytes, caption: str, says: str | None
) -> None:
    if says is None:
        assert (await ptb_bot.send_photo(ann.id, photo, caption=caption)).photo
    else:
        with pytest.raises(error.BadRequest, match=says):
            await ptb_bot.send_photo(ann.id, photo, caption=caption)


async def test_ptb_sets_the_menu(ptb_bot: ptb.Bot, telegram: Telegram, ann: Person) -> None:
    await ptb_bot.set_my_commands([("status", "Who holds it now")])
    await ptb_bot.set_my_commands(
        [("status", "من يسيطر")],
        scope=ptb.BotCommandScopeAllPrivateChats(),
        language_code="ar",
    )
    menu = telegram.menus
    assert menu.for_chat(ann.chat, "en", admin=False) == (("status", "Who holds it now"),)
    assert menu.for_chat(ann.chat, "ar", admin=False) == (("status", "من يسيطر"),)
    await ptb_bot.set_my_description("Who holds a place")
    assert (await ptb_bot.get_my_description()).description == "Who holds a place"
    assert (await ptb_bot.get_my_description("ar")).description == "Who holds a place"
    await ptb_bot.set_my_short_description("Who holds")
    assert (await ptb_bot.get_my_short_description()).short_description == "Who holds"
    await ptb_bot.set_chat_menu_button(ann.id, ptb.MenuButtonDefault())
    assert (await ptb_bot.get_chat_menu_button(ann.id)).type == "default"
    assert (await ptb_bot.get_chat_menu_button()).type == "commands"
    assert await ptb_bot.delete_my_commands()
    assert await ptb_bot.get_my_commands() == ()


def shown(message: types.Message) -> object:
    """The buttons of a message, for comparing."""
    return message.reply_markup and message.reply_markup.model_dump(exclude_none=True)


async def test_aiogram_reads_every_answer(
    aiogram_bot: aiogram.Bot, telegram: Telegram, ann: Person
) -> None:
    from aiogram import types

    assert (await aiogram_bot.me()).username == "WhoHoldsBot"
    bob = telegram.person("Bob")
    group = telegram.group("Border watch", admins=[ann], members=[bob], supergroup=True)
    bob.says("/status@WhoHoldsBot Rabia", in_=group)
    ann.edits(ann.says("/why"), "/why Rabia")
    ann.sends_sticker()
    ann.sends_location(33.4, 38.9)
    keyboard = types.InlineKeyboardMarkup(
        inline_keyboard=[
            [types.InlineKeyboardButton(text="Who says so", callback_data="why:1")],
            [types.InlineKeyboardButton(text="Map", url="https://example.org/map")],
        ]
    )
    shown_keyboard = keyboard.model_dump(exclude_none=True)
    sent = await aiogram_bot.send_message(
        ann.id, "<b>Al Waleed</b>", parse_mode="HTML", reply_markup=keyboard
    )
    assert sent.html_text == "<b>Al Waleed</b>"
    assert shown(sent) == shown_keyboard
    press = ann.presses("Who says so")
    ann.blocks()
    ann.unblocks()
    updates = await aiogram_bot.get_updates()
    assert [update.event_type for update in updates] == [
        *("my_chat_member", "message", "message", "message", "edited_message"),
        *("message", "message", "callback_query", "my_chat_member", "my_chat_member"),
    ]
    assert await aiogram_bot.answer_callback_query(press.id, text="Three sources")
    assert (await ann.answer_to(press)).text == "Three sources"
    edited = await aiogram_bot.edit_message_text(
        "Rabia", chat_id=ann.id, message_id=sent.message_id
    )
    assert isinstance(edited, types.Message)
    assert edited.reply_markup is None
    unmarked = await aiogram_bot.edit_message_reply_markup(
        chat_id=ann.id, message_id=sent.message_id, reply_markup=keyboard
    )
    assert isinstance(unmarked, types.Message)
    assert shown(unmarked) == shown_keyboard
    assert await aiogram_bot.send_chat_action(ann.id, "typing")
    assert await aiogram_bot.delete_message(ann.id, sent.message_id)


async def test_aiogram_reads_chats_and_members(
    aiogram_bot: aiogram.Bot, telegram: Telegram, ann: Person
) -> None:
    bob, eve = telegram.person("Bob"), telegram.person("Eve")
    group = telegram.group("Border watch", admins=[ann], members=[bob])
    assert (await aiogram_bot.get_chat(ann.id)).username == "ann_w"
    assert (await aiogram_bot.get_chat(group.id)).title == "Border watch"
    assert await aiogram_bot.get_chat_member_count(group.id) == 3
    assert await aiogram_bot.get_chat_member_count(ann.id) == 2
    standings = [
        (await aiogram_bot.get_chat_member(group.id, user)).status
        for user in (ann.id, bob.id, eve.id, telegram.bot.id)
    ]
    assert standings == ["creator", "member", "left", "member"]
    ann.makes_bot_admin(group)
    admins = await aiogram_bot.get_chat_administrators(group.id)
    assert [admin.status for admin in admins] == ["creator", "administrator"]
    assert await aiogram_bot.leave_chat(group.id)
    assert (await aiogram_bot.get_webhook_info()).pending_update_count == 4


async def test_aiogram_gets_its_own_errors(
    aiogram_bot: aiogram.Bot, telegram: Telegram, ann: Person
) -> None:
    from aiogram import exceptions

    with pytest.raises(exceptions.TelegramBadRequest, match="message is too long"):
        await aiogram_bot.send_message(ann.id, "x" * 4097)
    telegram.faults.too_many_requests(7)
    with pytest.raises(exceptions.TelegramRetryAfter) as wait:
        await aiogram_bot.send_message(ann.id, "x")
    assert wait.value.retry_after == 7
    telegram.faults.refuse(502, "Bad Gateway")
    with pytest.raises(exceptions.TelegramServerError):
        await aiogram_bot.get_me()
    group = telegram.group("Border watch", admins=[ann])
    new = ann.upgrades(group)
    with pytest.raises(exceptions.TelegramMigrateToChat) as moved:
        await aiogram_bot.send_message(group.id, "x")
    assert moved.value.migrate_to_chat_id == new.id
    ann.blocks()
    with pytest.raises(exceptions.TelegramForbiddenError):
        await aiogram_bot.send_message(ann.id, "x")
    with pytest.raises(exceptions.TelegramNotFound):
        await aiogram_bot.send_dice(ann.id)
    await aiogram_bot.set_webhook("https://example.org/hook", secret_token="s3cret")
    with pytest.raises(exceptions.TelegramConflictError, match="webhook is active"):
        await aiogram_bot.get_updates()
    assert (await aiogram_bot.get_webhook_info()).url == "https://example.org/hook"
    assert await aiogram_bot.delete_webhook(drop_pending_updates=True)
    assert await aiogram_bot.get_updates() == []
    telegram.logged_out = True
    with pytest.raises(exceptions.TelegramBadRequest, match="Logged out"):
        await aiogram_bot.get_me()


async def test_a_wrong_token_is_an_error_both_know(telegram: Telegram) -> None:
    from aiogram import exceptions

    wrong = "123456:another-token-than-the-right-one"
    async with running(bot_api(telegram)) as url:
        async with aiogram_at(url, wrong) as theirs:
            with pytest.raises(exceptions.TelegramUnauthorizedError):
                await theirs.get_me()
        with pytest.raises(error.InvalidToken):
            async with ptb.Bot(wrong, base_url=f"{url}/bot"):
                pass
