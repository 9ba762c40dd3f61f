"""A Telegram in one process: people, chats, messages, and one bot that talks to them.

    telegram = Telegram("123456:TEST-TOKEN-OF-THE-STAND-IN", now=clock.now)
    app = bot_api(telegram)                     # bot.sandbox.api: the Bot API, a Starlette app

    ann = telegram.person("Ann")                # knows the bot, has not written to it yet
    ann.says("/start p_al-waleed")              # in her private chat with the bot
    answer = await ann.chat.wait_for(lambda m: "Al Waleed" in m.text)
    press = ann.presses("Who says so", on=answer)
    assert (await ann.answer_to(press)).text == ""

    group = telegram.group("Border watch", admins=[ann], members=[telegram.person("Bob")])
    ann.says("/status@WhoHoldsBot Rabia", in_=group)
    print(group.transcript())

    telegram.faults.too_many_requests(3, method="sendMessage")   # see bot.sandbox.faults
    telegram.calls[-1].outcome                                   # every call the bot made

`bot.sandbox.serve` has the two ways for a bot to reach it: in process and over HTTP. All of it
lives in one event loop; nothing here is safe to call from another thread.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.entities import command_of
from bot.sandbox.faults import Faults
from bot.sandbox.inline import InlineQuery
from bot.sandbox.limits import Limits
from bot.sandbox.menus import Menus
from bot.sandbox.model import Member, Message, Press, ReplyKeyboard, Standing, User, bad_request
from bot.sandbox.people import Person
from bot.sandbox.photos import Photos
from bot.sandbox.signal import Signal
from bot.sandbox.updates import Updates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

ChatType = Literal["private", "group", "supergroup"]
DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class Outcome:
    """How a call ended: a result, a refusal (code and description), or no answer at all."""

    ok: bool
    code: int = 200
    description: str = ""
    result: Any = None
    fault: str = ""


@dataclass(eq=False)
class Call:
    """One call of the bot: method, parameters as sent, when (UTC), how it ended (None: not yet)."""

    method: str
    params: dict[str, Any]
    at: datetime
    outcome: Outcome | None = None


@dataclass(eq=False)
class Chat:
    """A chat the bot is, was or may be in. `members` includes the bot, by user id."""

    telegram: Telegram
    id: int
    type: ChatType
    title: str
    person: User | None = None
    members: dict[int, Member] = field(default_factory=dict)
    everything: list[Message] = field(default_factory=list)
    reply_keyboard: ReplyKeyboard | None = None
    started: bool = False
    migrated_to: int | None = None

    def __repr__(self) -> str:
        return f"<{self.type} chat {self.id} {self.title!r}>"

    @property
    def messages(self) -> list[Message]:
        """The transcript: what is visible now, oldest first."""
        return [message for message in self.everything if not message.deleted]

    @property
    def from_bot(self) -> list[Message]:
        """What of it the bot wrote."""
        return [message for message in self.messages if message.from_bot]

    @property
    def last(self) -> Message:
        """The newest visible message; IndexError where there is none."""
        return self.messages[-1]

    @property
    def is_group(self) -> bool:
        """Whether it is a group of either kind."""
        return self.type != "private"

    @property
    def bot_standing(self) -> Standing:
        """The bot's place in it; in a private chat "kicked" means that it is blocked."""
        member = self.members.get(self.telegram.bot.id)
        return member.standing if member else "left"

    def message(self, message_id: int) -> Message | None:
        """The visible message with this id, if there is one."""
        found = self.telegram.find_message(self, message_id)
        return found if found and not found.deleted else None

    def transcript(self) -> str:
        """The visible messages as readable text, buttons and marks included."""
        return "\n".join(_described(message) for message in self.messages) or "(nothing)"

    def clear(self) -> None:
        """Deletes every message, as "Clear history" does in an app."""
        for message in self.messages:
            self.telegram.delete(message)

    async def wait_for(
        self,
        condition: Callable[[Message], object],
        timeout: float = 20.0,  # noqa: ASYNC109 - the deadline is part of the question, and its error text too
        *,
        after: Message | None = None,
    ) -> Message:
        """The first visible message of the bot for which `condition` holds, now or later.

        Edits count: a message is looked at again when it changes. `after` looks only at newer
        messages than that one. Raises TimeoutError, with the transcript, after `timeout` seconds.
        """
        newer_than = after.id if after else 0

        def found() -> Message | None:
            fitting = (m for m in self.from_bot if m.id > newer_than and condition(m))
            return next(fitting, None)

        try:
            return await self.telegram.signal.until(found, timeout)
        except TimeoutError:
            raise TimeoutError(
                f"no such message in {self!r} within {timeout} s; it shows:\n{self.transcript()}"
            ) from None

    def as_json(self) -> dict[str, Any]:
        """The chat as the Bot API writes it (Chat)."""
        if self.person:
            who = self.person.as_json()
            kept = {key: who[key] for key in ("first_name", "username") if key in who}
            return {"id": self.id, "type": self.type} | kept
        return {"id": self.id, "type": self.type, "title": self.title}


def _described(message: Message) -> str:
    marks = [
        *(["silent"] if message.silent else []),
        *(["edited"] if message.edit_date else []),
        *([f"reply to #{message.reply_to.id}"] if message.reply_to else []),
    ]
    head = f"#{message.id} {message.sender.first_name}"
    head += f" ({', '.join(marks)})" if marks else ""
    rows = ["  " + " ".join(f"[{label}]" for label in row) for row in message.labels]
    return "\n".join([f"{head}: {message.text or message.kind}", *rows])


class Telegram:
    """People, chats and one bot.

    `token` is the only one accepted; it is never printed or logged. `now` tells the date of
    messages (aware, UTC); `clock` (seconds, monotonic) drives the rate limits. `limits=None`
    takes any number of messages; `strict=False` ignores parameters that the Bot API does not
    know, as the real server does; `privacy=False` lets the bot read everything in groups;
    a pressed button may be answered for `press_lifetime` seconds (Telegram does not say for how
    long), and so may an inline query; `paid_broadcast=True` lets allow_paid_broadcast pass the
    limits instead of refusing it; with `inline=False` the bot's inline mode is not switched on.
    """

    def __init__(
        self,
        token: str,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        username: str = "WhoHoldsBot",
        name: str = "Who Holds",
        limits: Limits | None = DEFAULT_LIMITS,
        strict: bool = True,
        privacy: bool = True,
        press_lifetime: float = 60.0,
        paid_broadcast: bool = False,
        inline: bool = True,
    ) -> None:
        head, _, tail = token.partition(":")
        if not (head.isdecimal() and tail):
            raise ValueError("a bot token looks like 123456:letters-and-digits")
        self.token = token
        self.bot = User(int(head), name, username, is_bot=True)
        self.now = now
        self.clock = clock
        self.limits = Limits() if limits is DEFAULT_LIMITS else limits
        self.strict = strict
        self.privacy = privacy
        self.press_lifetime = press_lifetime
        self.paid_broadcast = paid_broadcast
        self.inline = inline
        self.faults = Faults()
        self.updates = Updates()
        self.menus = Menus()
        self.photos = Photos()
        self.calls: list[Call] = []
        self.chats: dict[int, Chat] = {}
        self.people: dict[int, Person] = {}
        self.presses: dict[str, Press] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.signal = Signal()
        self.logged_out = False
        self.version = 0
        self._journal: dict[Chat | Message | Press | InlineQuery, int] = {}
        self._messages: dict[tuple[int, int], Message] = {}
        self._counters: dict[str | int, int] = {}

    def __repr__(self) -> str:
        return f"<Telegram with @{self.bot.username} and {len(self.chats)} chats>"

    # ------------------------------------------------------------------ making people and chats

    def person(self, name: str, *, username: str = "", language: str = "en") -> Person:
        """A new person; their private chat with the bot exists, but they have not written yet."""
        user = User(self._count("user", 7_000_001), name, username, language)
        person = Person(self, user)
        self.people[user.id] = person
        chat = Chat(self, user.id, "private", name, person=user)
        for member in (user, self.bot):
            chat.members[member.id] = Member(member, "member")
        self.chats[chat.id] = chat
        self.touch(chat)
        return person

    def group(
        self,
        title: str,
        *,
        admins: Sequence[Person],
        members: Iterable[Person] = (),
        supergroup: bool = False,
        with_bot: bool = True,
    ) -> Chat:
        """A new group (or supergroup) made by the first of `admins`, who then adds the bot."""
        if not admins:
            raise ValueError("somebody has to make a group: name at least one admin")
        chat = self.new_group(title, "supergroup" if supergroup else "group")
        for person in members:
            chat.members[person.user.id] = Member(person.user, "member")
        for person in admins:
            standing: Standing = "creator" if person is admins[0] else "administrator"
            chat.members[person.user.id] = Member(person.user, standing)
        if with_bot:
            admins[0].adds_bot(chat)
        return chat

    def new_group(self, title: str, kind: ChatType) -> Chat:
        """An empty group with a fresh id, in the range Telegram uses for its kind."""
        number = self._count("group", 4_001)
        chat_id = -1_002_000_000_000 - number if kind == "supergroup" else -number
        chat = self.chats[chat_id] = Chat(self, chat_id, kind, title)
        self.touch(chat)
        return chat

    # --------------------------------------------------------------------- what changes and when

    def touch(self, what: Chat | Message) -> None:
        """Something is new or different: whoever waits looks again."""
        self._journal_put(what)

    def touch_all(self) -> None:
        """Something about the bot itself is different, in every chat (its menu, its texts)."""
        for chat in self.chats.values():
            self.touch(chat)

    def answered(self, what: Press | InlineQuery) -> None:
        """The bot has answered a pressed button or an inline query."""
        self._journal_put(what)

    def changes_since(self, version: int) -> list[tuple[int, Chat | Message | Press | InlineQuery]]:
        """What is new or different since `version`, in order; each thing once, as it is now."""
        newest = []
        for what, at in reversed(self._journal.items()):
            if at <= version:
                break
            newest.append((at, what))
        return newest[::-1]

    def post(self, chat: Chat, sender: User, **content: Any) -> Message:
        """Puts a message into a chat; `content` is as in Message. Checks nothing."""
        counter = chat.id if chat.type == "supergroup" else "message"
        message = Message(self._count(counter, 1), chat, sender, self.now(), **content)
        chat.everything.append(message)
        self._messages[chat.id, message.id] = message
        self.touch(message)
        return message

    def find_message(self, chat: Chat, message_id: int) -> Message | None:
        """The message with this id, deleted or not."""
        return self._messages.get((chat.id, message_id))

    def delete(self, message: Message) -> None:
        """The message disappears from its chat."""
        message.deleted = True
        self.touch(message)

    def deliver(self, kind: str, message: Message) -> None:
        """Tells the bot of a new or edited message, if it is one that Telegram lets it see."""
        if self.bot_sees(message):
            self.updates.add(kind, message.as_json())

    def bot_sees(self, message: Message) -> bool:
        """Whether a message reaches the bot (https://core.telegram.org/bots/features#privacy-mode).

        In a group, as long as privacy mode is on and the bot is not an admin: commands that do
        not name another bot, replies to the bot, what is sent by way of it, and service messages.
        """
        chat = message.chat
        if not chat.is_group:
            return chat.bot_standing == "member"
        if chat.bot_standing not in ("member", "administrator"):
            return False
        if chat.bot_standing == "administrator" or not self.privacy or message.kind == "service":
            return True
        if message.via_bot or (message.reply_to and message.reply_to.sender == self.bot):
            return True
        command = command_of(message.formatted)
        return command is not None and command[1].lower() in ("", self.bot.username.lower())

    def set_standing(self, chat: Chat, standing: Standing, by: User) -> None:
        """Changes the bot's place in a chat and tells the bot (my_chat_member)."""
        before = chat.members.get(self.bot.id, Member(self.bot, "left"))
        after = before.now(standing)
        if before.standing == after.standing:
            return
        chat.members[self.bot.id] = after
        change = {
            "chat": chat.as_json(),
            "from": by.as_json(),
            "date": int(self.now().timestamp()),
            "old_chat_member": before.as_json(),
            "new_chat_member": after.as_json(),
        }
        self.updates.add("my_chat_member", change)
        self.touch(chat)

    def press(self, person: User, message: Message, data: str) -> Press:
        """Somebody presses a button: the bot is told, and may answer."""
        press_id = str(self._count("press", 4_382_740_001))
        press = Press(press_id, person, message, data, self.clock())
        self.presses[press_id] = press
        self.updates.add("callback_query", press.as_json())
        return press

    def type_inline(self, person: User, chat: Chat, query: str, offset: str) -> InlineQuery:
        """Somebody types something after the bot's name: the bot is asked for results."""
        query_id = str(self._count("inline", 5_382_740_001))
        asked = InlineQuery(query_id, person, chat, query, offset, self.clock())
        self.inline_queries[query_id] = asked
        self.updates.add("inline_query", asked.as_json())
        return asked

    def chat_for(self, chat_id: int | str) -> Chat:
        """The chat a bot means; RefusedError where Telegram says that there is none."""
        if chat_id == "":
            raise bad_request("chat_id is empty")
        try:
            return self.chats[int(chat_id)]
        except (ValueError, KeyError):
            raise bad_request("chat not found") from None

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method, in any case, oldest first."""
        return [call for call in self.calls if call.method.lower() == method.lower()]

    def _journal_put(self, what: Chat | Message | Press | InlineQuery) -> None:
        self.version += 1
        self._journal.pop(what, None)
        self._journal[what] = self.version
        self.signal.notify()

    def _count(self, what: str | int, first: int) -> int:
        number = self._counters.get(what, first)
        self._counters[what] = number + 1
        return number
