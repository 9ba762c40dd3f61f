"""Who may change what: what a chat is told its admins, what is on record owners and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus

from handlers.context import chat_of, is_group
from storage import roles
from storage.model.roles import Actor, Role

if TYPE_CHECKING:
    from telegram import Update, User

    from handlers.context import Context

_ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


async def role_of(update: Update, context: Context) -> Role:
    """What whoever sent this may do."""
    user = update.effective_user
    services = context.services
    if user is None:
        return Role.SUBSCRIBER
    if user.id in services.owners:
        return Role.OWNER
    known = await services.database.reading(roles.is_editor, user.id)
    return Role.EDITOR if known else Role.SUBSCRIBER


def actor_of(update: Update) -> Actor:
    """Who sent this; RuntimeError where nobody did."""
    if update.effective_user is None:
        raise RuntimeError("an update without a sender reached a handler for owners and editors")
    return actor(update.effective_user)


def actor(user: User) -> Actor:
    """Somebody, by the name that Telegram shows."""
    username = f" (@{user.username})" if user.username else ""
    return Actor(user.id, f"{user.full_name}{username}")


async def may_change(update: Update, context: Context) -> bool:
    """Whether whoever sent this may change the chat's subscriptions and settings."""
    chat = chat_of(update)
    if not is_group(chat):
        return True
    message = update.message or update.edited_message
    if message and message.sender_chat:
        # An admin who stays anonymous writes in the name of the group itself.
        return message.sender_chat.id == chat.id
    user = update.effective_user
    if user is None:
        return False
    member = await context.bot.get_chat_member(chat.id, user.id)
    return member.status in _ADMINS
