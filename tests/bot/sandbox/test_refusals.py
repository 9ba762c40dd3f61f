"""What Telegram refuses, the stand-in refuses, in Telegram's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.sending import NOT_MODIFIED, OLD_QUERY

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api, Clock


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x", **button}]]}


MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({}, "message text is empty"),
    ({"text": ""}, "message text is empty"),
    ({"text": " \n "}, "text must be non-empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "🟠" * 2049}, "message is too long"),
    ({"text": "<b>" + "&amp;" * 4097 + "</b>", "parse_mode": "HTML"}, "message is too long"),
    ({"text": "<x>y</x>", "parse_mode": "HTML"},
     'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
    ({"text": "<b>y", "parse_mode": "html"},
     'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"'),
    ({"text": "y", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    ({"text": "y", "parse_mode": "MarkdownV2"},
     "the sandbox reads HTML only, not parse_mode markdownv2"),
    ({"text": "y", "entities": [{"type": "bold", "offset": 9, "length": 1}]},
     "entity begins after the end of the text at UTF-16 offset 9"),
    ({"text": "y", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
     "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"),
    ({"text": "y", "entities": [{"type": "bold", "offset": -1, "length": 1}]},
     "receive an entity with incorrect offset -1"),
    ({"text": "y", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": "no"}]},
     "entity URL 'no' is invalid: Wrong HTTP URL"),
    ({"text": "y", "entities": [{"offset": 0, "length": 1}]},
     'can\'t parse MessageEntity: Can\'t find field "type"'),
    ({"text": "y", "reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
    ({"text": "y", "reply_markup": keyboard(callback_data="و" * 33)}, "BUTTON_DATA_INVALID"),
    ({"text": "y", "reply_markup": keyboard(callback_data="")},
     "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ({"text": "y", "reply_markup": keyboard()},
     "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ({"text": "y", "reply_markup": keyboard(url="http://localhost/x")},
     "inline keyboard button URL 'http://localhost/x' is invalid: Wrong HTTP URL"),
    ({"text": "y", "reply_markup": keyboard(url="ftp://example.org")},
     "inline keyboard button URL 'ftp://example.org' is invalid: Unsupported URL protocol"),
    ({"text": "y", "reply_markup": keyboard(pay=True)}, "BUTTON_TYPE_INVALID"),
    ({"text": "y", "reply_markup": keyboard(copy_text={"text": ""})}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "y", "reply_markup": {"inline_keyboard": [[{"text": "", "callback_data": "a"}]]}},
     "inline keyboard button text must be non-empty"),
    ({"text": "y", "reply_markup": {"inline_keyboard": [[{"callback_data": "a"}]]}},
     'can\'t parse inline keyboard button: Can\'t find field "text"'),
    ({"text": "y", "reply_markup": {"inline_keyboard": [[1]]}},
     "can't parse inline keyboard button: InlineKeyboardButton must be an Object"),
    ({"text": "y", "reply_markup": {"inline_keyboard": [{"text": "a"}]}},
     'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
    ({"text": "y", "reply_markup": {"inline_keyboard": "a"}},
     'field "inline_keyboard" must be of type Array'),
    ({"text": "y", "reply_markup": {"keyboard": [[{"text": ""}]]}},
     "keyboard button text must be non-empty"),
    ({"text": "y", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ({"text": "y", "reply_markup": []}, "object expected as reply markup"),
    ({"text": "y", "reply_markup":
        {"inline_keyboard": [[{"text": "x", "callback_data": "a"}]] * 101}},
     "reply markup is too long"),
    ({"text": "y", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ({"text": "y", "reply_parameters": {}},
     'can\'t parse reply parameters: Can\'t find field "message_id"'),
    ({"text": "y", "message_thread_id": 5}, "message thread not found"),
    ({"text": "y", "business_connection_id": "b"}, "business connection not found"),
    ({"text": "y", "allow_paid_broadcast": True}, "FLOODSKIP_NOT_ALLOWED"),
    ({"text": "y", "chat_id": 5}, "chat not found"),
    ({"text": "y", "chat_id": -5}, "chat not found"),
    ({"text": "y", "chat_id": "@nobody_here"}, "chat not found"),
    ({"text": "y", "chat_id": ""}, "chat_id is empty"),
    ({"text": "y", "colour": "red", "shape": 1},
     "the Bot API documents no parameter colour, shape of sendMessage"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "says"), MESSAGES)
async def test_a_message_is_refused(
    api: Api, ann: Person, params: dict[str, Any], says: str
) -> None:
    before = list(ann.chat.messages)
    answer = await api("sendMessage", **({"chat_id": ann.id} | params))
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {says}"}
    assert ann.chat.messages == before


@pytest.mark.parametrize(
    "params",
    [
        {"text": "x" * 4096},
        {"text": "🟠" * 2048},
        {"text": "  " + "x" * 4096 + "\n"},
        {"text": "<b>" + "&amp;" * 4096 + "</b>", "parse_mode": "HTML"},
        {"text": "y", "reply_markup": keyboard(callback_data="x" * 64)},
        {"text": "y", "reply_markup": keyboard(url="https://example.org")},
        {"text": "y", "reply_markup": keyboard(switch_inline_query="")},
        {"text": "y", "reply_markup": keyboard(copy_text={"text": "x"})},
        {"text": "y", "reply_markup": {"inline_keyboard": []}},
        {"text": "y", "reply_markup": {"force_reply": True}},
        {"text": "y", "reply_parameters":
            {"message_id": 999, "allow_sending_without_reply": True}},
    ],
)  # fmt: skip
async def test_a_message_at_the_limit_is_taken(
    api: Api, ann: Person, params: dict[str, Any]
) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, **params)
    assert ann.chat.last.id == sent["message_id"]


async def test_a_person_who_never_wrote_cannot_be_written_to(api: Api, telegram: Telegram) -> None:
    bob = telegram.person("Bob")
    refused = await api("sendMessage", chat_id=bob.id, text="Hello")
    assert refused["error_code"] == 403
    assert refused["description"] == "Forbidden: bot can't initiate conversation with a user"


async def test_a_person_who_blocked_the_bot_cannot_be_reached(api: Api, ann: Person) -> None:
    message = await api.result("sendMessage", chat_id=ann.id, text="Hello")
    ann.blocks()
    blocked = "Forbidden: bot was blocked by the user"
    assert await api.refusal("sendMessage", chat_id=ann.id, text="Still there?") == blocked
    assert await api.refusal("sendChatAction", chat_id=ann.id, action="typing") == blocked
    edit = {"chat_id": ann.id, "message_id": message["message_id"], "text": "Changed"}
    assert await api.refusal("editMessageText", **edit) == blocked
    ann.unblocks()
    await api.result("sendMessage", chat_id=ann.id, text="Welcome back")


@pytest.mark.parametrize("supergroup", [False, True])
async def test_a_group_that_threw_the_bot_out_cannot_be_written_to(
    api: Api, telegram: Telegram, ann: Person, supergroup: bool
) -> None:
    group = telegram.group("Border watch", admins=[ann], supergroup=supergroup)
    ann.kicks_bot(group)
    kind = "supergroup" if supergroup else "group"
    refused = await api("sendMessage", chat_id=group.id, text="Hello")
    assert refused["error_code"] == 403
    assert refused["description"] == f"Forbidden: bot was kicked from the {kind} chat"


async def test_a_group_the_bot_left_cannot_be_written_to(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    group = telegram.group("Border watch", admins=[ann])
    await api.result("leaveChat", chat_id=group.id)
    says = await api.refusal("sendMessage", chat_id=group.id, text="Hello")
    assert says == "Forbidden: bot is not a member of the group chat"


async def test_an_upgraded_group_names_its_new_chat(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    group = telegram.group("Border watch", admins=[ann])
    new = ann.upgrades(group)
    assert await api("sendMessage", chat_id=group.id, text="Hello") == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    await api.result("sendMessage", chat_id=new.id, text="Hello")


EDITS: list[tuple[dict[str, Any], str]] = [
    ({"text": "Now"}, NOT_MODIFIED),
    ({"text": " Now "}, NOT_MODIFIED),
    ({"text": ""}, "message text is empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "Then", "message_id": 999}, "message to edit not found"),
    ({"text": "Then", "message_id": None}, "message identifier is not specified"),
    ({"text": "Then", "chat_id": 5}, "chat not found"),
    ({"text": "Then", "reply_markup": {"keyboard": [["x"]]}}, "inline keyboard expected"),
    ({"text": "Then", "reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
]


@pytest.mark.parametrize(("params", "says"), EDITS)
async def test_an_edit_is_refused(api: Api, ann: Person, params: dict[str, Any], says: str) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="Now")
    params = {"chat_id": ann.id, "message_id": sent["message_id"]} | params
    assert await api.refusal("editMessageText", **params) == f"Bad Request: {says}"
    assert ann.chat.last.history == []


async def test_the_same_buttons_again_are_no_edit(api: Api, ann: Person) -> None:
    markup = keyboard(callback_data="a")
    sent = await api.result("sendMessage", chat_id=ann.id, text="Now", reply_markup=markup)
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    says = await api.refusal("editMessageReplyMarkup", **where, reply_markup=markup)
    assert says == f"Bad Request: {NOT_MODIFIED}"


async def test_nobody_edits_what_somebody_else_wrote(api: Api, ann: Person) -> None:
    written = ann.says("Hello")
    says = await api.refusal("editMessageText", chat_id=ann.id, message_id=written.id, text="Bye")
    assert says == "Bad Request: message can't be edited"


async def test_a_deleted_message_is_gone(api: Api, ann: Person) -> None:
    sent = await api.result("sendMessage", chat_id=ann.id, text="Now")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    await api.result("deleteMessage", **where)
    deleted = "Bad Request: message to delete not found"
    assert await api.refusal("deleteMessage", **where) == deleted
    edited = "Bad Request: message to edit not found"
    assert await api.refusal("editMessageText", **where, text="Then") == edited
    reply = {"reply_parameters": {"message_id": sent["message_id"]}}
    replied = "Bad Request: message to be replied not found"
    assert await api.refusal("sendMessage", chat_id=ann.id, text="x", **reply) == replied


async def test_a_bot_deletes_what_it_may(
    api: Api, telegram: Telegram, ann: Person, clock: Clock
) -> None:
    group = telegram.group("Border watch", admins=[ann])
    hers = ann.says("Hello", in_=group)
    where = {"chat_id": group.id, "message_id": hers.id}
    assert await api.refusal("deleteMessage", **where) == "Bad Request: message can't be deleted"
    ann.makes_bot_admin(group)
    await api.result("deleteMessage", **where)
    old = await api.result("sendMessage", chat_id=ann.id, text="Now")
    clock.pass_by(48 * 3600 + 1)
    says = await api.refusal("deleteMessage", chat_id=ann.id, message_id=old["message_id"])
    assert says == "Bad Request: message can't be deleted for everyone"


async def test_a_pressed_button_is_answered_once_and_in_time(
    api: Api, telegram: Telegram, ann: Person, clock: Clock
) -> None:
    markup = keyboard(callback_data="a")
    await api.result("sendMessage", chat_id=ann.id, text="Now", reply_markup=markup)
    press = ann.presses("x")
    too_long = await api.refusal("answerCallbackQuery", callback_query_id=press.id, text="x" * 201)
    assert too_long == "Bad Request: MESSAGE_TOO_LONG"
    url = {"url": "https://example.org"}
    elsewhere = await api.refusal("answerCallbackQuery", callback_query_id=press.id, **url)
    assert elsewhere == "Bad Request: URL_INVALID"
    await api.result("answerCallbackQuery", callback_query_id=press.id, text="x" * 200)
    again = await api.refusal("answerCallbackQuery", callback_query_id=press.id)
    unknown = await api.refusal("answerCallbackQuery", callback_query_id="5")
    late = ann.presses("x")
    clock.pass_by(telegram.press_lifetime + 1)
    too_late = await api.refusal("answerCallbackQuery", callback_query_id=late.id)
    assert {again, unknown, too_late} == {f"Bad Request: {OLD_QUERY}"}


ABOUT: list[tuple[str, dict[str, Any], str]] = [
    ("setMyCommands", {"commands": "x"}, "can't parse commands JSON object"),
    ("setMyCommands", {"commands": {}}, "expected an Array of BotCommand"),
    ("setMyCommands", {"commands": [1]}, "can't parse BotCommand: expected an Object"),
    ("setMyCommands", {"commands": [{"command": "a"}]},
     'can\'t parse BotCommand: Can\'t find field "description"'),
    ("setMyCommands", {"commands": [{"command": "/", "description": "x"}]},
     "command must be non-empty"),
    ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "x"}]},
     "command length must not exceed 32"),
    ("setMyCommands", {"commands": [{"command": "a", "description": " "}]},
     "command description must be non-empty"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "x" * 257}]},
     "command description length must not exceed 256"),
    ("setMyCommands", {"commands": [{"command": "Status", "description": "x"}]},
     "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a-b", "description": "x"}]},
     "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101},
     "BOT_COMMANDS_TOO_MUCH"),
    ("setMyCommands", {"commands": [], "scope": {"type": "everybody"}},
     "can't parse BotCommandScope: Unsupported type specified"),
    ("setMyCommands", {"commands": [], "scope": {"type": "chat"}},
     "can't parse BotCommandScope: Empty chat_id specified"),
    ("setMyCommands", {"commands": [], "language_code": "english"},
     "invalid language code specified"),
    ("setMyDescription", {"description": "x" * 513}, "bot description is too long"),
    ("setMyShortDescription", {"short_description": "x" * 121},
     "bot short description is too long"),
    ("setChatMenuButton", {"menu_button": {"type": "party"}},
     "can't parse menu button: Unsupported menu button type specified"),
    ("setWebhook", {"url": "http://example.org"},
     "bad webhook: An HTTPS URL must be provided for webhook"),
    ("setWebhook", {"url": "https://example.org", "secret_token": "a b"},
     "secret token contains unallowed characters"),
    ("sendChatAction", {"chat_id": 5, "action": "dancing"}, "wrong parameter action in request"),
    ("getChat", {"chat_id": 5}, "chat not found"),
    ("getChatMember", {"chat_id": 7000001, "user_id": 5}, "user not found"),
    ("getChatMember", {"chat_id": 7000001}, "invalid user_id specified"),
    ("getChatAdministrators", {"chat_id": 7000001},
     "there are no administrators in the private chat"),
    ("leaveChat", {"chat_id": 7000001},
     "chat member status can't be changed in private chats"),
    ("sendPhoto", {"chat_id": 7000001, "photo": ""}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 7000001, "photo": "attach://a"}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": 7000001, "photo": "x"},
     "wrong remote file identifier specified: can't unserialize it"),
    ("sendPhoto", {"chat_id": 7000001, "photo": "https://example.org/x.png"},
     "wrong file identifier/HTTP URL specified"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "says"), ABOUT)
async def test_what_else_is_refused(
    api: Api, ann: Person, method: str, params: dict[str, Any], says: str
) -> None:
    assert await api.refusal(method, **params) == f"Bad Request: {says}"


async def test_a_supergroup_without_the_bot_tells_it_nothing(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    group = telegram.group("Border watch", admins=[ann], supergroup=True)
    await api.result("leaveChat", chat_id=group.id)
    says = await api.refusal("getChat", chat_id=group.id)
    assert says == "Forbidden: bot is not a member of the supergroup chat"
    ann.kicks_bot(group)
    says = await api.refusal("getChat", chat_id=group.id)
    assert says == "Forbidden: bot was kicked from the supergroup chat"


async def test_unknown_methods_are_not_found(api: Api, ann: Person) -> None:
    for method in ("sendDice", "sendTelepathy", "messages.sendMessage"):
        answer = await api(method, chat_id=ann.id)
        assert answer == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_a_lenient_stand_in_ignores_unknown_parameters_but_keeps_them(
    api: Api, telegram: Telegram, ann: Person
) -> None:
    telegram.strict = False
    await api.result("sendMessage", chat_id=ann.id, text="x", colour="red")
    assert telegram.calls[-1].params["colour"] == "red"


@pytest.mark.parametrize(
    ("token", "code", "says"),
    [
        ("123456:another-token-than-the-right-one", 401, "Unauthorized"),
        ("123456", 404, "Not Found"),
        ("0:x", 404, "Not Found"),
        ("123456:no spaces", 404, "Not Found"),
    ],
)
async def test_a_wrong_token_is_turned_away(
    api: Api, telegram: Telegram, token: str, code: int, says: str
) -> None:
    answer = await api.http.post(f"/bot{token}/getMe")
    assert answer.status_code == code
    assert answer.json() == {"ok": False, "error_code": code, "description": says}
    assert telegram.calls == []


async def test_after_log_out_nothing_works(api: Api) -> None:
    assert await api.result("close") is True
    assert await api.result("logOut") is True
    assert await api.refusal("getMe") == "Logged out"


def test_a_token_that_is_none_is_not_taken(clock: Clock) -> None:
    from bot.sandbox.chats import Telegram

    with pytest.raises(ValueError, match="looks like"):
        Telegram("nonsense", now=clock.now)


def test_the_token_is_not_shown(telegram: Telegram) -> None:
    assert telegram.token not in repr(telegram)
