"""What a bot tells about itself: its command menu, descriptions, and menu button.

Limits and scopes: https://core.telegram.org/bots/api#setmycommands and #botcommandscope.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.model import bad_request

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat

MAX_COMMANDS = 100
MAX_COMMAND = 32
MAX_COMMAND_DESCRIPTION = 256
MAX_TEXTS = {"description": 512, "short_description": 120, "name": 64}
_COMMAND = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"|[a-z]{2}")
_SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}

Commands = tuple[tuple[str, str], ...]


@dataclass
class Menus:
    """Commands by scope and language, texts by name and language, menu buttons by chat."""

    commands: dict[tuple[str, str], Commands] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    buttons: dict[int, dict[str, Any]] = field(default_factory=dict)

    def for_chat(self, chat: Chat, language: str, *, admin: bool) -> Commands:
        """The commands an app shows somebody with this language in this chat.

        It takes the most particular scope that has any, its language first.
        """
        kind = "all_group_chats" if chat.is_group else "all_private_chats"
        scopes = [f"chat:{chat.id}", kind, "default"]
        if admin:
            scopes[1:1] = ["all_chat_administrators"]
            scopes[:0] = [f"chat_administrators:{chat.id}"]
        for scope in scopes:
            for code in (language[:2], ""):
                if found := self.commands.get((scope, code)):
                    return found
        return ()


def read_commands(value: object) -> Commands:
    """The commands in setMyCommands; raises RefusedError for what Telegram does not take."""
    if not isinstance(value, list):
        raise bad_request("expected an Array of BotCommand")
    commands = tuple(_command(item) for item in value)
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for name, _ in commands:
        if not _COMMAND.fullmatch(name):
            raise bad_request("BOT_COMMAND_INVALID")
    return commands


def _command(item: object) -> tuple[str, str]:
    cannot = "can't parse BotCommand: "
    if not isinstance(item, dict):
        raise bad_request(f"{cannot}expected an Object")
    for name in ("command", "description"):
        if not isinstance(item.get(name), str):
            raise bad_request(f'{cannot}Can\'t find field "{name}"')
    command = item["command"].strip().removeprefix("/")
    description = item["description"].strip()
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > MAX_COMMAND:
        raise bad_request(f"command length must not exceed {MAX_COMMAND}")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > MAX_COMMAND_DESCRIPTION:
        raise bad_request(f"command description length must not exceed {MAX_COMMAND_DESCRIPTION}")
    return command, description


def read_scope(value: object) -> str:
    """A BotCommandScope as a key: its type, and the chat and user it names, with colons."""
    if value in (None, ""):
        return "default"
    cannot = "can't parse BotCommandScope: "
    if not isinstance(value, dict):
        raise bad_request(f"{cannot}BotCommandScope must be an Object")
    kind = value.get("type")
    if kind not in _SCOPES:
        raise bad_request(f"{cannot}Unsupported type specified")
    if str(kind) in ("chat", "chat_administrators", "chat_member") and not value.get("chat_id"):
        raise bad_request(f"{cannot}Empty chat_id specified")
    named = [str(value[key]) for key in ("chat_id", "user_id") if key in value]
    return ":".join([str(kind), *named])


def read_language(code: str) -> str:
    """A language code as Telegram takes it: two small letters or nothing."""
    if not _LANGUAGE.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def read_text(name: str, text: str) -> str:
    """A description, short description or name; its longest length is in MAX_TEXTS."""
    if len(text) > MAX_TEXTS[name]:
        raise bad_request(f"bot {name.replace('_', ' ')} is too long")
    return text
