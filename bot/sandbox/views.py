"""Chats, messages and answers as the chat page gets them: plain JSON, nothing ready-made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.chats import Chat
from bot.sandbox.inline import InlineQuery
from bot.sandbox.model import Message, Press

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Button

QUOTE = 120  # characters of a message that a reply to it shows


def bot_view(telegram: Telegram) -> dict[str, Any]:
    """Who the bot is."""
    return {"id": telegram.bot.id, "name": telegram.bot.first_name, "at": telegram.bot.username}


def changes_view(
    changes: list[tuple[int, Chat | Message | Press | InlineQuery]],
) -> dict[str, Any]:
    """What has changed, sorted by kind; a thing that was known before takes its new form."""
    view: dict[str, list[Any]] = {"chats": [], "messages": [], "answers": [], "offers": []}
    for _, what in changes:
        if isinstance(what, Chat):
            view["chats"].append(chat_view(what))
        elif isinstance(what, Message):
            view["messages"].append(message_view(what))
        elif isinstance(what, InlineQuery):
            view["offers"].append(offers_view(what))
        else:
            view["answers"].append(answer_view(what))
    return view


def chat_view(chat: Chat) -> dict[str, Any]:
    """A chat: who is in it, what the bot may do there, its menu and its keyboard."""
    telegram = chat.telegram
    people = sorted(
        (m for m in chat.members.values() if not m.user.is_bot), key=lambda m: not m.is_admin
    )
    language = chat.person.language_code if chat.person else ""
    keyboard = chat.reply_keyboard
    texts = telegram.menus.texts
    return {
        "id": chat.id,
        "order": list(telegram.chats).index(chat.id),
        "type": chat.type,
        "title": chat.title,
        "people": [
            {"id": m.user.id, "name": m.user.first_name, "admin": m.is_admin} for m in people
        ],
        "bot": chat.bot_standing,
        "started": chat.started or chat.is_group,
        "moved": chat.migrated_to,
        "commands": telegram.menus.for_chat(chat, language, admin=False),
        "about": texts.get(("description", language[:2])) or texts.get(("description", ""), ""),
        "keyboard": keyboard
        and {
            "rows": keyboard.rows,
            "places": sorted(keyboard.asks_location),
            "hint": keyboard.placeholder,
        },
    }


def message_view(message: Message) -> dict[str, Any]:
    """A message: text and entities apart, so that the page can build it safely."""
    where = {"chat": message.chat.id, "id": message.id}
    if message.deleted:
        return where | {"deleted": True}
    original = message.reply_to
    return where | {
        "from": message.sender.id,
        "name": message.sender.first_name,
        "via": message.via_bot.first_name if message.via_bot else "",
        "bot": message.from_bot,
        "date": message.date.isoformat(),
        "edited": message.edit_date.isoformat() if message.edit_date else None,
        "silent": message.silent,
        "kind": message.kind,
        "text": _service_text(message) if message.kind == "service" else message.text,
        "entities": [entity.as_json() for entity in message.entities],
        "place": message.location,
        "buttons": [[_button_view(button) for button in row] for row in message.buttons],
        "reply": original
        and {
            "id": original.id,
            "name": original.sender.first_name,
            "text": original.text.partition("\n")[0][:QUOTE] or original.kind,
        },
    }


def _button_view(button: Button) -> dict[str, Any]:
    copy = button.raw.get("copy_text")
    return {
        "label": button.label,
        "data": button.data,
        "url": button.url,
        "copy": copy["text"] if copy else None,
    }


def answer_view(press: Press) -> dict[str, Any]:
    """The bot's answer to a pressed button."""
    answer = press.answer
    return {
        "press": press.id,
        "chat": press.message.chat.id,
        "message": press.message.id,
        "text": answer.text if answer else "",
        "alert": bool(answer and answer.alert),
        "url": answer.url if answer else "",
    }


def offers_view(asked: InlineQuery) -> dict[str, Any]:
    """What the bot offers for an inline query."""
    answer = asked.answer
    return {
        "inline": asked.id,
        "chat": asked.chat.id,
        "offers": [
            {"id": o.id, "title": o.title, "about": o.description}
            for o in (answer.offers if answer else ())
        ],
        "button": answer.button if answer else None,
    }


def _service_text(message: Message) -> str:
    who = message.sender.first_name
    if joined := message.service.get("new_chat_members"):
        return f"{who} added {joined[0]['first_name']}"
    if "migrate_to_chat_id" in message.service:
        return f"{who} made this group a supergroup; it goes on there"
    if "migrate_from_chat_id" in message.service:
        return f"{who} made the group a supergroup"
    return "something happened"
