"""Subscribers: the chats that are told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subscriber:
    """A chat that has spoken to the bot; nothing else is kept about it.

    `zone` is an IANA time zone name, None where the chat has not chosen one; `active` is False
    after the chat has blocked the bot or thrown it out.
    """

    id: int
    chat_id: int
    is_group: bool
    zone: str | None
    active: bool
