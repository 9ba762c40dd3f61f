"""What handlers work with: the services, the reader, and how an answer goes out."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import structlog
from telegram import LinkPreviewOptions, ReplyParameters, Update
from telegram import Message as Shown
from telegram.constants import ChatType, ParseMode
from telegram.error import BadRequest
from telegram.ext import Application, CallbackContext, ContextTypes, ExtBot

from handlers.keyboard import inline_keyboard, keyboard
from handlers.messages.message import Reader, plain
from handlers.photos import drawn, send_photo
from storage import subscribers
from storage.place_index import PlaceIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from telegram import CallbackQuery, Chat

    from handlers.messages.message import Message
    from storage.engine import Connection, Database
    from storage.model.effects import Effect
    from storage.model.feeds import FeedPlan
    from storage.model.holds import Hold
    from storage.model.policy import Policy

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
log = structlog.get_logger(__name__)


class Rehearse(Protocol):
    """Tells what would follow if what `write` records stayed on record; nothing is kept.

    `write` returns the ids of the places concerned; `now` is UTC. Needs a transaction that
    `Database.writing` has begun, which it may have run again.
    """

    def __call__(
        self,
        conn: Connection,
        write: Callable[[Connection], Collection[str]],
        *,
        now: datetime,
        policy: Policy,
    ) -> Effect:
        """The effect."""


def _nothing(_: int) -> None:
    """Where nobody sets menus, a role changes none."""


@dataclass(frozen=True)
class Services:
    """What every handler needs: `clock` tells the time now (aware, UTC), `zone` is the one in
    which times are shown to a chat that has not chosen another, and `owners` are the user ids of
    those who own the bot. `rehearse` tells what recording something would change, and `recorded`
    is called when something was; `hold` tells what waits for a second editor, and `feeds` are those
    that are read. `role_changed` is called with the user id of whoever has another role, or may
    not have its menu yet.
    """

    database: Database
    clock: Callable[[], datetime]
    policy: Policy
    zone: ZoneInfo
    owners: frozenset[int] = frozenset()
    _: KW_ONLY
    rehearse: Rehearse
    recorded: Callable[[], None]
    hold: Hold | None = None
    place_index: PlaceIndex = field(default_factory=PlaceIndex)
    feeds: tuple[FeedPlan, ...] = ()
    role_changed: Callable[[int], None] = _nothing


class Context(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], dict[str, Any]]):
    """The context of an update; knows the services of the bot that it came to."""

    @property
    def services(self) -> Services:
        """The services given to `register`."""
        services: Services = self.bot_data["services"]
        return services

    @property
    def words(self) -> str:
        """What was typed after a command, on one line."""
        return " ".join(self.args or ())


App: TypeAlias = Application[Any, Context, Any, Any, Any, Any]


def context_types() -> ContextTypes[Context, dict[Any, Any], dict[Any, Any], dict[str, Any]]:
    """What an application has to be built with so that its handlers find their context."""
    return ContextTypes(context=Context)


def chat_of(update: Update) -> Chat:
    """The chat an update comes from; RuntimeError where it has none."""
    if update.effective_chat is None:
        raise RuntimeError("an update without a chat reached a handler that answers")
    return update.effective_chat


def is_group(chat: Chat) -> bool:
    """Whether several people read the chat."""
    return chat.type != ChatType.PRIVATE


def reader_of(conn: Connection, chat_id: int, services: Services) -> Reader:
    """Who reads in this chat: its time zone, or the usual one."""
    subscriber = subscribers.find(conn, chat_id)
    chosen = subscriber.zone if subscriber else None
    return Reader(ZoneInfo(chosen) if chosen else services.zone)


async def reader_for(update: Update, context: Context) -> Reader:
    """Who reads in the chat that an update comes from."""
    services = context.services
    return await services.database.reading(reader_of, chat_of(update).id, services)


async def reply(update: Update, context: Context, *messages: Message) -> None:
    """Answer in the chat that asked; in a group, as a reply to whoever asked."""
    for message in messages:
        try:
            await _send(update, context, message, message.text, ParseMode.HTML)
        except BadRequest as error:
            if "parse entities" not in error.message:
                raise
            log.error("Telegram refused our markup", reason=error.message)
            await _send(update, context, message, plain(message), None)


async def change(update: Update, context: Context, query: CallbackQuery, message: Message) -> None:
    """Put a message in the place of the one whose button was pressed; below it where that fails."""
    shown = query.message
    if not isinstance(shown, Shown):
        await reply(update, context, message)  # too old: Telegram does not let it be edited
        return
    try:
        await query.edit_message_text(
            message.text,
            parse_mode=ParseMode.HTML,
            reply_markup=inline_keyboard(message),
            link_preview_options=NO_PREVIEW,
        )
    except BadRequest as error:
        if "not modified" in error.message:
            return  # the page that was shown already
        log.info("a message cannot be changed", reason=error.message)
        await reply(update, context, message)


async def _send(
    update: Update, context: Context, message: Message, text: str, parse_mode: ParseMode | None
) -> None:
    chat = chat_of(update)
    # A button is answered below everything; a message of a group where it stands.
    asked = update.message or update.edited_message
    how: dict[str, Any] = {
        "parse_mode": parse_mode,
        "reply_markup": keyboard(message),
        "reply_parameters": (
            ReplyParameters(asked.message_id, allow_sending_without_reply=True)
            if asked and is_group(chat)
            else None
        ),
        "message_thread_id": _topic(update),
    }
    if message.picture:
        services = context.services
        photo = await drawn(message.picture)
        send = partial(context.bot.send_photo, chat.id, caption=text, **how)
        await send_photo(send, photo, context.bot.id, services.database, services.clock)
    else:
        await context.bot.send_message(chat.id, text, link_preview_options=NO_PREVIEW, **how)


def _topic(update: Update) -> int | None:
    """The topic of a forum in which the question was asked."""
    message = update.effective_message
    return message.message_thread_id if message and message.is_topic_message else None
