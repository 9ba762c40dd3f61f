"""A forwarded message as the beginning of a report: who relays it, its link, when it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import (
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

if TYPE_CHECKING:
    from datetime import datetime

    from telegram import Chat, Message


@dataclass(frozen=True)
class Forward:
    """What is known of a forwarded message: who it is from, its address in Telegram (empty where
    it has no public one), when it was said (aware), and its text; `private` where it is from a
    person and not from a channel or a group. `album` is what the messages of one album share.
    """

    publisher: str
    url: str
    said: datetime
    text: str
    private: bool = False
    album: str = ""


def forward_of(message: Message) -> Forward | None:
    """What is known of a forwarded message; None where it is none."""
    origin = message.forward_origin
    url = ""
    match origin:
        case MessageOriginUser(sender_user=user):
            name = user.full_name
        case MessageOriginHiddenUser(sender_user_name=name):
            pass
        case MessageOriginChat(sender_chat=chat, author_signature=signature):
            name = _signed(chat, signature)
        case MessageOriginChannel(chat=chat, message_id=number, author_signature=signature):
            name = _signed(chat, signature)
            if chat.username:
                url = f"https://t.me/{chat.username}/{number}"
        case _:
            return None
    private = isinstance(origin, MessageOriginUser | MessageOriginHiddenUser)
    text, album = message.text or message.caption or "", message.media_group_id or ""
    return Forward(name, url, origin.date, text, private, album)


def _signed(chat: Chat, signature: str | None) -> str:
    title = chat.effective_name or ""
    return f"{title} ({signature})" if signature else title
