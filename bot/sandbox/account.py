"""The methods about the bot itself, its updates, and the chats it is in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.sandbox.menus import read_commands, read_language, read_scope, read_text
from bot.sandbox.model import Member, User, bad_request, forbidden

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.params import Params

_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")  # Bot API, setWebhook.secret_token
# What the Bot API promises to be in ChatFullInfo whatever the chat.
_FULL_INFO: dict[str, Any] = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    ),
}


def get_me(telegram: Telegram, _: Params) -> dict[str, Any]:
    """The method getMe: https://core.telegram.org/bots/api#getme."""
    return telegram.bot.as_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": not telegram.privacy,
        "supports_inline_queries": telegram.inline,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def log_out(telegram: Telegram, _: Params) -> bool:
    """The method logOut: the bot can do nothing here afterwards."""
    telegram.logged_out = True
    return True


def close(_: Telegram, __: Params) -> bool:
    """The method close: there is nothing to close in a stand-in."""
    return True


# ------------------------------------------------------------------------------------- updates


async def get_updates(telegram: Telegram, params: Params) -> list[dict[str, Any]]:
    """The method getUpdates: https://core.telegram.org/bots/api#getupdates."""
    _set_allowed(telegram, params)
    return await telegram.updates.poll(
        offset=params.number("offset"),
        limit=min(max(params.number("limit", 100), 1), 100),
        wait=params.number("timeout"),
    )


def set_webhook(telegram: Telegram, params: Params) -> bool:
    """The method setWebhook; the stand-in only keeps it and calls nobody."""
    url = params.text("url")
    if url and urlsplit(url).scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not _SECRET.fullmatch(params.text("secret_token")):
        raise bad_request("secret token contains unallowed characters")
    _set_allowed(telegram, params)
    telegram.updates.set_webhook(url)
    if params.flag("drop_pending_updates"):
        telegram.updates.pending.clear()
    return True


def delete_webhook(telegram: Telegram, params: Params) -> bool:
    """The method deleteWebhook: https://core.telegram.org/bots/api#deletewebhook."""
    telegram.updates.set_webhook("")
    if params.flag("drop_pending_updates"):
        telegram.updates.pending.clear()
    return True


def get_webhook_info(telegram: Telegram, _: Params) -> dict[str, Any]:
    """The method getWebhookInfo: https://core.telegram.org/bots/api#getwebhookinfo."""
    info: dict[str, Any] = {
        "url": telegram.updates.webhook,
        "has_custom_certificate": False,
        "pending_update_count": len(telegram.updates.pending),
    }
    if telegram.updates.allowed:
        info["allowed_updates"] = list(telegram.updates.allowed)
    return info


def _set_allowed(telegram: Telegram, params: Params) -> None:
    if "allowed_updates" not in params.values:
        return
    kinds = params.structure("allowed_updates") or []
    if not isinstance(kinds, list):
        raise bad_request("expected an Array of String in allowed_updates")
    telegram.updates.allowed = tuple(str(kind) for kind in kinds)


# -------------------------------------------------------------------------- menus, descriptions


def _menu_key(params: Params) -> tuple[str, str]:
    return read_scope(params.structure("scope")), read_language(params.text("language_code"))


def set_my_commands(telegram: Telegram, params: Params) -> bool:
    """The method setMyCommands: https://core.telegram.org/bots/api#setmycommands."""
    telegram.menus.commands[_menu_key(params)] = read_commands(params.structure("commands"))
    telegram.touch_all()
    return True


def get_my_commands(telegram: Telegram, params: Params) -> list[dict[str, str]]:
    """The method getMyCommands: exactly the given scope and language, or nothing."""
    commands = telegram.menus.commands.get(_menu_key(params), ())
    return [{"command": name, "description": description} for name, description in commands]


def delete_my_commands(telegram: Telegram, params: Params) -> bool:
    """The method deleteMyCommands: https://core.telegram.org/bots/api#deletemycommands."""
    telegram.menus.commands.pop(_menu_key(params), None)
    telegram.touch_all()
    return True


def set_my_description(telegram: Telegram, params: Params) -> bool:
    """The method setMyDescription: what an empty chat with the bot shows."""
    return _set_text(telegram, params, "description")


def get_my_description(telegram: Telegram, params: Params) -> dict[str, str]:
    """The method getMyDescription."""
    return _get_text(telegram, params, "description")


def set_my_short_description(telegram: Telegram, params: Params) -> bool:
    """The method setMyShortDescription: what the bot's profile shows."""
    return _set_text(telegram, params, "short_description")


def get_my_short_description(telegram: Telegram, params: Params) -> dict[str, str]:
    """The method getMyShortDescription."""
    return _get_text(telegram, params, "short_description")


def _set_text(telegram: Telegram, params: Params, name: str) -> bool:
    language = read_language(params.text("language_code"))
    telegram.menus.texts[name, language] = read_text(name, params.text(name))
    telegram.touch_all()
    return True


def _get_text(telegram: Telegram, params: Params, name: str) -> dict[str, str]:
    language = read_language(params.text("language_code"))
    texts = telegram.menus.texts
    return {name: texts.get((name, language), "") or texts.get((name, ""), "")}


def set_chat_menu_button(telegram: Telegram, params: Params) -> bool:
    """The method setChatMenuButton: https://core.telegram.org/bots/api#setchatmenubutton."""
    button = params.structure("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: Unsupported menu button type specified")
    telegram.menus.buttons[params.number("chat_id")] = button
    return True


def get_chat_menu_button(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method getChatMenuButton."""
    buttons = telegram.menus.buttons
    return buttons.get(params.number("chat_id")) or buttons.get(0) or {"type": "commands"}


# --------------------------------------------------------------------------------------- chats


def _readable(telegram: Telegram, params: Params) -> Chat:
    chat = telegram.chat_for(params.text("chat_id"))
    if chat.type == "supergroup" and chat.bot_standing == "kicked":
        raise forbidden("bot was kicked from the supergroup chat")
    if chat.type == "supergroup" and chat.bot_standing == "left":
        raise forbidden("bot is not a member of the supergroup chat")
    return chat


def get_chat(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method getChat: https://core.telegram.org/bots/api#getchat."""
    return _readable(telegram, params).as_json() | _FULL_INFO


def get_chat_member(telegram: Telegram, params: Params) -> dict[str, Any]:
    """The method getChatMember: https://core.telegram.org/bots/api#getchatmember."""
    user_id = params.number("user_id")
    if user_id <= 0:
        raise bad_request("invalid user_id specified")
    chat = _readable(telegram, params)
    if member := chat.members.get(user_id):
        return member.as_json()
    if person := telegram.people.get(user_id):
        return Member(person.user, "left").as_json()
    if user_id == telegram.bot.id:
        return Member(User(user_id, telegram.bot.first_name, is_bot=True), "left").as_json()
    raise bad_request("user not found")


def get_chat_administrators(telegram: Telegram, params: Params) -> list[dict[str, Any]]:
    """The method getChatAdministrators: …/bots/api#getchatadministrators."""
    chat = _readable(telegram, params)
    if not chat.is_group:
        raise bad_request("there are no administrators in the private chat")
    return [
        member.as_json()
        for member in chat.members.values()
        if member.is_admin and (not member.user.is_bot or member.user == telegram.bot)
    ]


def get_chat_member_count(telegram: Telegram, params: Params) -> int:
    """The method getChatMemberCount: https://core.telegram.org/bots/api#getchatmembercount."""
    members = _readable(telegram, params).members.values()
    return sum(member.standing not in ("left", "kicked") for member in members)


def leave_chat(telegram: Telegram, params: Params) -> bool:
    """The method leaveChat: https://core.telegram.org/bots/api#leavechat."""
    chat = _readable(telegram, params)
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    if chat.bot_standing == "kicked":
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    telegram.set_standing(chat, "left", telegram.bot)
    return True
