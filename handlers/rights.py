"""Who may change what: what a chat is told its admins, the places the bot's owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatMemberStatus

from handlers.context import chat_of, is_group

if TYPE_CHECKING:
    from telegram import Update

    from handlers.context import Context

_ADMINS = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


def is_owner(update: Update, context: Context) -> bool:
    """Whether whoever sent this edits the places, by the operator's settings."""
    user = update.effective_user
    return user is not None and user.id in context.services.owners


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
