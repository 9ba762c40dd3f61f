"""The methods the stand-in has, and the parameters the Bot API 10 documents for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.sandbox import account, inline, sending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.chats import Telegram
    from bot.sandbox.params import Params

    Handler = Callable[[Telegram, Params], Any | Awaitable[Any]]

_SENDING = (
    "business_connection_id chat_id message_thread_id direct_messages_topic_id "
    "disable_notification protect_content allow_paid_broadcast message_effect_id "
    "suggested_post_parameters reply_parameters reply_markup ephemeral_message_parameters "
    "receiver_user_id callback_query_id parse_mode "
)
_EDITING = "business_connection_id chat_id message_id inline_message_id reply_markup "


@dataclass(frozen=True)
class Method:
    """One method: its name as documented, its parameters, and what it does."""

    name: str
    params: frozenset[str]
    handle: Handler


def _table(*rows: tuple[str, str, Handler]) -> dict[str, Method]:
    return {name.lower(): Method(name, frozenset(params.split()), do) for name, params, do in rows}


METHODS = _table(
    ("getMe", "", account.get_me),
    ("logOut", "", account.log_out),
    ("close", "", account.close),
    ("getUpdates", "offset limit timeout allowed_updates", account.get_updates),
    (
        "setWebhook",
        "url certificate ip_address max_connections allowed_updates drop_pending_updates "
        "secret_token",
        account.set_webhook,
    ),
    ("deleteWebhook", "drop_pending_updates", account.delete_webhook),
    ("getWebhookInfo", "", account.get_webhook_info),
    ("sendMessage", _SENDING + "text entities link_preview_options", sending.send_message),
    (
        "sendPhoto",
        _SENDING + "photo caption caption_entities show_caption_above_media has_spoiler",
        sending.send_photo,
    ),
    (
        "editMessageText",
        _EDITING + "text parse_mode entities link_preview_options rich_message",
        sending.edit_message_text,
    ),
    ("editMessageReplyMarkup", _EDITING, sending.edit_message_reply_markup),
    ("deleteMessage", "chat_id message_id", sending.delete_message),
    (
        "answerCallbackQuery",
        "callback_query_id text show_alert url cache_time",
        sending.answer_callback_query,
    ),
    (
        "answerInlineQuery",
        "inline_query_id results cache_time is_personal next_offset button",
        inline.answer_inline_query,
    ),
    (
        "sendChatAction",
        "business_connection_id chat_id message_thread_id action",
        sending.send_chat_action,
    ),
    ("setMyCommands", "commands scope language_code", account.set_my_commands),
    ("getMyCommands", "scope language_code", account.get_my_commands),
    ("deleteMyCommands", "scope language_code", account.delete_my_commands),
    ("setMyDescription", "description language_code", account.set_my_description),
    ("getMyDescription", "language_code", account.get_my_description),
    ("setMyShortDescription", "short_description language_code", account.set_my_short_description),
    ("getMyShortDescription", "language_code", account.get_my_short_description),
    ("setChatMenuButton", "chat_id menu_button", account.set_chat_menu_button),
    ("getChatMenuButton", "chat_id", account.get_chat_menu_button),
    ("getChat", "chat_id", account.get_chat),
    ("getChatMember", "chat_id user_id", account.get_chat_member),
    ("getChatAdministrators", "chat_id return_bots", account.get_chat_administrators),
    ("getChatMemberCount", "chat_id", account.get_chat_member_count),
    ("leaveChat", "chat_id", account.leave_chat),
)
