"""The methods that put something into a chat, and everything Telegram refuses of it.

Checks come in the order of the real server: what can be read at all, then the chat, then the
message replied to or edited, then the content, then whether it can be delivered, then the limits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.sandbox.entities import finish
from bot.sandbox.keyboards import Markup, check_inline, read_markup
from bot.sandbox.markup import (
    Entity,
    Formatted,
    ParseError,
    link_problem,
    parse_html,
    sort_entities,
    utf16_length,
)
from bot.sandbox.model import Answer, Message, RefusedError, bad_request, forbidden
from bot.sandbox.photos import given_photo

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.params import Params
    from bot.sandbox.photos import Photo

MAX_TEXT = 4096  # Bot API, sendMessage.text: 1-4096 characters after entities parsing
MAX_CAPTION = 1024  # Bot API, sendPhoto.caption: 0-1024 characters after entities parsing
MAX_ANSWER = 200  # Bot API, answerCallbackQuery.text: 0-200 characters
DELETABLE = timedelta(hours=48)  # Bot API, deleteMessage
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)
OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
_ACTIONS = frozenset(
    {
        *("typing", "choose_sticker", "find_location"),
        *("upload_photo", "upload_video", "upload_voice", "upload_audio"),
        *("record_video", "record_voice", "record_audio", "record_video_note"),
        *("upload_document", "upload_video_note"),
    }
)


def send_message(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method sendMessage: https://core.telegram.org/bots/api#sendmessage."""
    if not params.text("text"):
        raise bad_request("message text is empty")
    formatted = read_formatted(params, "text", "entities")
    return _send(telegram, params, formatted, MAX_TEXT).as_json()


def send_photo(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method sendPhoto, for uploads and known ids: …/bots/api#sendphoto."""
    photo = given_photo(telegram.photos, params)
    formatted = read_formatted(params, "caption", "caption_entities")
    return _send(telegram, params, formatted, MAX_CAPTION, photo=photo).as_json()


def edit_message_text(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method editMessageText: https://core.telegram.org/bots/api#editmessagetext."""
    if not params.text("text"):
        raise bad_request("message text is empty")
    formatted = read_formatted(params, "text", "entities")
    markup = read_markup(params.values.get("reply_markup"))
    message = _editable(telegram, params)
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    return _edit(telegram, message, check_text(formatted, MAX_TEXT), markup)


def edit_message_reply_markup(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method editMessageReplyMarkup: …/bots/api#editmessagereplymarkup."""
    markup = read_markup(params.values.get("reply_markup"))
    message = _editable(telegram, params)
    return _edit(telegram, message, message.formatted, markup)


def delete_message(telegram: Telegram, params: Params) -> bool:
    """The method deleteMessage: https://core.telegram.org/bots/api#deletemessage."""
    chat = _chat(telegram, params)
    message = _message(telegram, chat, params, "message to delete not found")
    may = message.from_bot or not chat.is_group or chat.bot_standing == "administrator"
    if not may:
        raise bad_request("message can't be deleted")
    if telegram.now() - message.date > DELETABLE and chat.bot_standing != "administrator":
        raise bad_request("message can't be deleted for everyone")
    telegram.delete(message)
    return True


def answer_callback_query(telegram: Telegram, params: Params) -> bool:
    """The method answerCallbackQuery: …/bots/api#answercallbackquery."""
    press = telegram.presses.get(params.text("callback_query_id"))
    if press is None or press.answer or press.expired:
        raise bad_request(OLD_QUERY)
    if telegram.clock() - press.pressed_at > telegram.press_lifetime:
        raise bad_request(OLD_QUERY)
    text = params.text("text")
    if utf16_length(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    url = params.text("url")
    if url and not url.lower().startswith(f"https://t.me/{telegram.bot.username.lower()}?start="):
        raise bad_request("URL_INVALID")
    press.answer = Answer(text, params.flag("show_alert"), url)
    telegram.answered(press)
    return True


def send_chat_action(telegram: Telegram, params: Params) -> bool:
    """The method sendChatAction: https://core.telegram.org/bots/api#sendchataction."""
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    _check_reachable(_chat(telegram, params))
    return True


# ------------------------------------------------------------------------------------- content


def read_formatted(params: Params, text: str, entities: str) -> Formatted:
    """The text and its formatting as sent, by parse_mode or by a list of entities."""
    source = params.text(text)
    mode = params.text("parse_mode").lower()
    if mode == "html":
        try:
            return parse_html(source)
        except ParseError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    if mode in ("markdown", "markdownv2"):
        raise bad_request(f"the sandbox reads HTML only, not parse_mode {mode}")
    if mode:
        raise bad_request("unsupported parse_mode")
    return Formatted(source, _entities(source, params.structure(entities) or []))


def _entities(text: str, given: Any) -> tuple[Entity, ...]:
    if not isinstance(given, list):
        raise bad_request("expected an Array of MessageEntity")
    length, found = utf16_length(text), []
    for item in given:
        if not isinstance(item, dict):
            raise bad_request("can't parse MessageEntity: MessageEntity must be an Object")
        for name in ("type", "offset", "length"):
            if name not in item:
                raise bad_request(f"can't parse MessageEntity: Can't find field \"{name}\"")
        entity = Entity(str(item["type"]), int(item["offset"]), int(item["length"]))
        if entity.offset < 0:
            raise bad_request(f"receive an entity with incorrect offset {entity.offset}")
        if entity.offset >= length:
            where = f"at UTF-16 offset {entity.offset}"
            raise bad_request(f"entity begins after the end of the text {where}")
        if entity.end > length:
            raise bad_request(
                f"entity beginning at UTF-16 offset {entity.offset} ends after the end of the "
                f"text at UTF-16 offset {entity.end}"
            )
        url = item.get("url")
        if url is not None and (problem := link_problem(str(url))):
            raise bad_request(f"entity URL '{url}' is invalid: {problem}")
        language = item.get("language")
        found.append(Entity(entity.type, entity.offset, entity.length, url, language))
    return sort_entities(found)


def check_text(formatted: Formatted, most: int, *, may_be_empty: bool = False) -> Formatted:
    """The text as the message will have it; Telegram counts its length after all cleaning."""
    finished = finish(formatted)
    if not finished.text and not may_be_empty:
        raise bad_request("text must be non-empty")
    if utf16_length(finished.text) > most:
        what = "message caption" if may_be_empty else "message"
        raise bad_request(f"{what} is too long")
    return finished


# --------------------------------------------------------------------------- chats and messages


def _chat(telegram: Telegram, params: Params) -> Chat:
    """The chat, if the bot may write there as far as groups go."""
    chat = telegram.chat_for(params.text("chat_id"))
    if chat.migrated_to:
        raise bad_request(
            "group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to
        )
    if chat.is_group and chat.bot_standing == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    if chat.is_group and chat.bot_standing == "left":
        raise forbidden(f"bot is not a member of the {chat.type} chat")
    return chat


def _check_reachable(chat: Chat) -> None:
    """A private chat: the person must have written to the bot, and not have blocked it."""
    if chat.is_group:
        return
    if chat.bot_standing == "kicked":
        raise forbidden("bot was blocked by the user")
    if not chat.started:
        raise forbidden("bot can't initiate conversation with a user")


def _message(telegram: Telegram, chat: Chat, params: Params, missing: str) -> Message:
    message = telegram.find_message(chat, params.number("message_id"))
    if message is None or message.deleted:
        raise bad_request(missing)
    return message


def _editable(telegram: Telegram, params: Params) -> Message:
    if params.number("message_id") == 0:
        raise bad_request("message identifier is not specified")
    chat = _chat(telegram, params)
    message = _message(telegram, chat, params, "message to edit not found")
    if message.sender != telegram.bot:
        raise bad_request("message can't be edited")
    return message


def _reply_target(telegram: Telegram, chat: Chat, params: Params) -> Message | None:
    given = params.structure("reply_parameters")
    if given is None:
        return None
    if not isinstance(given, dict) or "message_id" not in given:
        raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
    where = chat
    if str(given.get("chat_id", chat.id)) != str(chat.id):
        where = telegram.chat_for(given["chat_id"])
    message = telegram.find_message(where, int(given["message_id"]))
    if message is None or message.deleted:
        if given.get("allow_sending_without_reply") is True:
            return None
        raise bad_request("message to be replied not found")
    return message


# ---------------------------------------------------------------------------- sending, editing


def _send(
    telegram: Telegram,
    params: Params,
    formatted: Formatted,
    most: int,
    *,
    photo: Photo | None = None,
) -> Message:
    markup = read_markup(params.values.get("reply_markup"))
    if params.text("business_connection_id"):
        raise bad_request("business connection not found")
    chat = _chat(telegram, params)
    if params.number("message_thread_id"):
        raise bad_request("message thread not found")
    reply_to = _reply_target(telegram, chat, params)
    finished = check_text(formatted, most, may_be_empty=photo is not None)
    check_inline(markup.inline)
    paid = params.flag("allow_paid_broadcast")
    if paid and not telegram.paid_broadcast:
        raise bad_request("FLOODSKIP_NOT_ALLOWED")
    _check_reachable(chat)
    if not paid:
        _within_limits(telegram, chat, edit=False)
    if markup.reply or markup.remove:
        chat.reply_keyboard = markup.reply
        telegram.touch(chat)
    return telegram.post(
        chat,
        telegram.bot,
        formatted=finished,
        kind="photo" if photo else "text",
        photo=photo,
        buttons=markup.inline,
        silent=params.flag("disable_notification"),
        reply_to=reply_to,
    )


def _edit(
    telegram: Telegram, message: Message, formatted: Formatted, markup: Markup
) -> dict[str, Any]:
    if markup.reply or markup.remove:
        raise bad_request("inline keyboard expected")
    check_inline(markup.inline)
    if (formatted, markup.inline) == (message.formatted, message.buttons):
        raise bad_request(NOT_MODIFIED)
    _check_reachable(message.chat)
    _within_limits(telegram, message.chat, edit=True)
    message.edit(formatted, markup.inline, telegram.now())
    telegram.touch(message)
    return message.as_json()


def _within_limits(telegram: Telegram, chat: Chat, *, edit: bool) -> None:
    if telegram.limits is None:
        return
    counted = None if edit else chat.id
    wait = telegram.limits.admit(telegram.clock(), chat=counted, group=chat.is_group)
    if wait:
        raise RefusedError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
