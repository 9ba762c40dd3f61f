"""Which command goes where: one table, read by the menu, by /help and by the README's test."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from telegram import BotCommand
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
)
from telegram.ext.filters import (
    COMMAND,
    FORWARDED,
    LOCATION,
    TEXT,
    VIA_BOT,
    ChatType,
    StatusUpdate,
    UpdateType,
)

from handlers import (
    areas,
    article,
    auditing,
    chat_answers,
    chats,
    feeds,
    inline,
    leads,
    near,
    new_places,
    outbox,
    place_questions,
    press,
    rejects,
    report_commands,
    roles,
    sources,
)
from handlers.asked import asked_by
from handlers.context import Context, Services, chat_of, is_group, reader_for, reply
from handlers.errors import on_error
from handlers.messages.buttons import HELP
from handlers.messages.roles import in_private
from handlers.messages.start import CommandHelp
from handlers.messages.subscriptions import admins_only
from handlers.rights import may_change, role_of
from storage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telegram import Update

    from handlers.context import App

Handler: TypeAlias = "Callable[[Update, Context], Coroutine[Any, Any, None]]"


class Who(StrEnum):
    """Who may use a command."""

    EVERYONE = "everyone"
    ADMINS = "admins"  # in groups: it changes what the whole group is told
    EDITORS = "editors"  # who bring reports in, and owners; nobody else is shown it
    OWNERS = "owners"  # of the bot, by WHOHOLDS_OWNERS; nobody else is shown it


@dataclass(frozen=True)
class Command:
    """A command: what handles it, the line for menus, an example to type, and who may use it."""

    name: str
    handler: Handler
    description: str
    example: str
    who: Who = Who.EVERYONE


async def show_help(update: Update, context: Context) -> None:
    """/help, and the button of that name: the commands and the symbols."""
    if update.callback_query:
        await press.acknowledge(update.callback_query)
    role = await role_of(update, context)
    lines = [
        CommandHelp(c.example, c.description)
        for c in COMMANDS
        if c.name != "help" and may_use(role, c)
    ]
    if role is not Role.SUBSCRIBER:
        lines += FOR_EDITORS
    reading = context.services.database.reading
    found = await reading(chat_answers.help_text, asked_by(update, context), lines)
    await reply(update, context, *found)


COMMANDS = (
    Command("status", place_questions.status, "who holds a place now", "/status Al Waleed"),
    Command("why", place_questions.why, "each source, word for word", "/why Al Waleed"),
    Command("history", place_questions.history, "every change", "/history Al Waleed"),
    Command(
        "source", sources.source, "what a source claimed and what came of it", "/source colonel"
    ),
    Command(
        "subscribe",
        place_questions.subscribe,
        "be told when it changes",
        "/subscribe Al Waleed",
        Who.ADMINS,
    ),
    Command(
        "unsubscribe",
        place_questions.unsubscribe,
        "end an alert",
        "/unsubscribe Al Waleed",
        Who.ADMINS,
    ),
    Command("near", near.near, "the places near one, or near you", "/near Al Waleed"),
    Command("areas", areas.areas, "borders, provinces and roads at a glance", "/areas"),
    Command("route", areas.route, "a road place by place", "/route Euphrates road"),
    Command("list", chats.list_subscriptions, "your alerts", "/list"),
    Command(
        "timezone", chats.timezone, "the zone for times", "/timezone Europe/Berlin", Who.ADMINS
    ),
    Command("start", chats.start, "what I do", "/start"),
    Command("help", show_help, "all commands and symbols", "/help"),
    Command(
        "forget", chats.forget, "delete everything I keep about this chat", "/forget", Who.ADMINS
    ),
    Command("place", new_places.place, "add a place, or a name of one", "/place", Who.OWNERS),
    Command("wishes", new_places.wishes, "the places that people miss", "/wishes", Who.OWNERS),
    Command(
        "report",
        report_commands.report,
        "put a report on record",
        "/report Al Waleed: militants hold it, says a colonel, today",
        Who.EDITORS,
    ),
    Command("article", article.article, "draft the claims in a news text", "/article", Who.EDITORS),
    Command("retract", report_commands.retract, "take a report back", "/retract", Who.EDITORS),
    Command(
        "correct",
        report_commands.correct,
        "put a report in the place of one",
        "/correct",
        Who.EDITORS,
    ),
    Command(
        "cancel",
        report_commands.cancel,
        "put away the report being written",
        "/cancel",
        Who.EDITORS,
    ),
    Command("invite", roles.invite, "a link that makes an editor", "/invite", Who.OWNERS),
    Command("audit", auditing.show_audit, "what owners and editors did", "/audit", Who.OWNERS),
    Command("roles", roles.show_roles, "the editors, and who invited them", "/roles", Who.EDITORS),
    Command("outbox", outbox.outbox, "what is on its way, waits or died", "/outbox", Who.OWNERS),
    Command("feeds", feeds.feeds, "how the feeds are doing", "/feeds", Who.OWNERS),
    Command("rejects", rejects.waiting, "rows that cannot be used yet", "/rejects", Who.OWNERS),
    Command("leads", leads.listed, "what feeds point to, no claims", "/leads", Who.EDITORS),
    Command("lead", leads.lead, "report from a lead, or dismiss it", "/lead 12", Who.EDITORS),
)

# Those that are answered in private chats only: in a group everybody would read the answer.
CONFIDENTIAL = frozenset(
    {"wishes", "invite", "audit", "roles", "outbox", "feeds", "rejects", "leads", "lead"}
)
# What else editors can do with commands that everybody has.
FOR_EDITORS = (CommandHelp("/source add", "add, grade or pin a source"),)


def may_use(role: Role, command: Command) -> bool:
    """Whether somebody in this role may use a command; who runs a group is another question."""
    if command.who is Who.OWNERS:
        return role is Role.OWNER
    return command.who is not Who.EDITORS or role is not Role.SUBSCRIBER


def menu(role: Role = Role.SUBSCRIBER) -> list[BotCommand]:
    """The commands as Telegram shows them in its menu to those in a role (setMyCommands)."""
    return [BotCommand(c.name, c.description) for c in COMMANDS if may_use(role, c)]


def register(application: App, services: Services) -> None:
    """Add every handler to an application that was built with `context_types()`."""
    application.bot_data["services"] = services
    for command in COMMANDS:
        # An edited question is answered anew: people correct the spelling of a name that way.
        application.add_handler(CommandHandler(command.name, _allowed(command)))
    in_private, new = ChatType.PRIVATE, UpdateType.MESSAGE
    for handler in (
        CallbackQueryHandler(show_help, pattern=f"^{HELP}$"),
        CallbackQueryHandler(press.pressed),
        InlineQueryHandler(inline.inline),
        ChatMemberHandler(chats.membership, ChatMemberHandler.MY_CHAT_MEMBER),
        MessageHandler(StatusUpdate.MIGRATE, chats.moved),
        MessageHandler(COMMAND & UpdateType.MESSAGES, place_questions.unknown),
        MessageHandler(
            in_private & new & FORWARDED & ~StatusUpdate.ALL & ~VIA_BOT, report_commands.forwarded
        ),
        # Not what somebody has sent by way of this bot: that is an answer, and no question.
        MessageHandler(TEXT & UpdateType.MESSAGES & ~VIA_BOT, report_commands.typed),
        # Not edited ones: a live location is edited every few seconds.
        MessageHandler(in_private & new & LOCATION, near.located),
        MessageHandler(in_private & new & ~StatusUpdate.ALL & ~VIA_BOT, place_questions.no_text),
    ):
        application.add_handler(handler)
    application.add_error_handler(on_error)


def _allowed(command: Command) -> Handler:
    """The command's handler, for those who may use it."""
    if command.who is Who.EVERYONE:
        return command.handler
    if command.who is not Who.ADMINS:
        return _for_roles(command)

    async def only_admins(update: Update, context: Context) -> None:
        if await may_change(update, context):
            await command.handler(update, context)
        else:
            refusal = admins_only(await reader_for(update, context), context.bot.username)
            await reply(update, context, refusal)

    return only_admins


def _for_roles(command: Command) -> Handler:
    """The command's handler; to anybody else it is a command that there is not."""

    async def only_they(update: Update, context: Context) -> None:
        if not may_use(await role_of(update, context), command):
            await place_questions.unknown(update, context)
        elif command.name in CONFIDENTIAL and is_group(chat_of(update)):
            reader = await reader_for(update, context)
            await reply(update, context, in_private(reader, context.bot.username))
        else:
            await command.handler(update, context)

    return only_they
