"""Where a forwarded message comes from (https://core.telegram.org/bots/api#messageorigin)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.model import User

Origin = dict[str, Any]


def of_user(user: User, date: datetime) -> Origin:
    """A message that somebody wrote on `date` (aware)."""
    return {"type": "user", "date": _unix(date), "sender_user": user.as_json()}


def of_hidden_user(name: str, date: datetime) -> Origin:
    """A message of somebody who does not let their account be linked to."""
    return {"type": "hidden_user", "date": _unix(date), "sender_user_name": name}


def of_chat(title: str, date: datetime, *, signature: str = "") -> Origin:
    """A message that was written in the name of a group."""
    chat = {"id": -1_002_000_900_001, "type": "supergroup", "title": title}
    return _signed({"type": "chat", "date": _unix(date), "sender_chat": chat}, signature)


def of_channel(
    title: str, date: datetime, message_id: int, *, username: str = "", signature: str = ""
) -> Origin:
    """A post of a channel; a public one has a username."""
    chat = {"id": -1_002_000_900_002, "type": "channel", "title": title}
    if username:
        chat["username"] = username
    origin = {"type": "channel", "date": _unix(date), "chat": chat, "message_id": message_id}
    return _signed(origin, signature)


def _signed(origin: Origin, signature: str) -> Origin:
    return origin | ({"author_signature": signature} if signature else {})


def _unix(date: datetime) -> int:
    return int(date.timestamp())
