"""What a person can do on Telegram: write, edit, press, block, run a group.

What an app would not let them do raises ValueError, so that a test cannot do it by mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from bot.sandbox.entities import plain
from bot.sandbox.inline import MAX_QUERY
from bot.sandbox.markup import utf16_length

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.inline import InlineAnswer, InlineQuery
    from bot.sandbox.model import Answer, Button, Member, Message, Press, User
    from bot.sandbox.origins import Origin

MAX_TEXT = 4096  # UTF-16 code units; what an app sends as one message
_PAYLOAD = re.compile(
    r"[A-Za-z0-9_-]{1,64}"
)  # https://core.telegram.org/bots/features#deep-linking


class Person:
    """Somebody with the app. `chat` is their private chat with the bot.

    Every action takes `in_` for a group; without it, it happens in the private chat.
    """

    def __init__(self, telegram: Telegram, user: User) -> None:
        self.telegram = telegram
        self.user = user

    def __repr__(self) -> str:
        return f"<{self.user.first_name} {self.user.id}>"

    @property
    def id(self) -> int:
        """The user id, which is also the id of the private chat."""
        return self.user.id

    @property
    def chat(self) -> Chat:
        """The private chat with the bot."""
        return self.telegram.chats[self.user.id]

    @property
    def has_blocked(self) -> bool:
        """Whether the bot can reach them no more."""
        return self.chat.bot_standing == "kicked"

    # ------------------------------------------------------------------------------- talking

    def says(
        self, text: str, *, in_: Chat | None = None, reply_to: Message | None = None
    ) -> Message:
        """Sends a text of 1 to 4096 UTF-16 units; returns the message."""
        chat = self._may_write(in_)
        formatted = plain(text)
        if not formatted.text:
            raise ValueError("an app does not send an empty message")
        if (length := utf16_length(formatted.text)) > MAX_TEXT:
            raise ValueError(f"an app does not send {length} characters at once; see client_split")
        message = self.telegram.post(chat, self.user, formatted=formatted, reply_to=reply_to)
        self.telegram.deliver("message", message)
        return message

    def follows(self, link: str) -> Message:
        """Follows a deep link to the bot (t.me/<bot>?start=payload) and presses Start."""
        url = urlsplit(link if "://" in link else f"https://{link}")
        username = url.path.strip("/")
        if url.hostname != "t.me" or username.lower() != self.telegram.bot.username.lower():
            raise ValueError(f"not a link to @{self.telegram.bot.username}: {link}")
        payload = parse_qs(url.query).get("start", [""])[0]
        if payload and not _PAYLOAD.fullmatch(payload):
            raise ValueError("a start payload is 1-64 letters, digits, _ and -")
        if self.has_blocked:
            self.unblocks()
        return self.says(f"/start {payload}".strip())

    def edits(self, message: Message, text: str) -> None:
        """Changes what they wrote."""
        if message.sender != self.user or message.deleted or message.kind != "text":
            raise ValueError("one edits one's own texts only")
        self._may_write(message.chat)
        message.edit(plain(text), (), self.telegram.now())
        self.telegram.touch(message)
        self.telegram.deliver("edited_message", message)

    def deletes(self, message: Message) -> None:
        """Deletes a message; the bot is not told, as on Telegram."""
        self.telegram.delete(message)

    def sends_sticker(self, emoji: str = "👍", *, in_: Chat | None = None) -> Message:
        """Sends a sticker that stands for this emoji."""
        chat = self._may_write(in_)
        message = self.telegram.post(chat, self.user, kind="sticker", formatted=plain(emoji))
        self.telegram.deliver("message", message)
        return message

    def forwards(
        self,
        text: str,
        origin: Origin,
        *,
        in_: Chat | None = None,
        photo: bytes = b"",
        album: str = "",
    ) -> Message:
        """Forwards a message from elsewhere, a text or a photo with the text as its caption; where
        it comes from is as in `bot.sandbox.origins`. The photos of one album share its id.
        """
        chat = self._may_write(in_)
        if not text and not photo:
            raise ValueError("an app does not forward an empty message")
        message = self.telegram.post(
            chat,
            self.user,
            kind="photo" if photo else "text",
            formatted=plain(text),
            photo=self.telegram.photos.new(photo) if photo else None,
            origin=origin,
            album=album,
        )
        self.telegram.deliver("message", message)
        return message

    def sends_location(
        self, latitude: float, longitude: float, *, in_: Chat | None = None
    ) -> Message:
        """Sends a place on the map, in degrees (WGS 84)."""
        chat = self._may_write(in_)
        place = (latitude, longitude)
        message = self.telegram.post(chat, self.user, kind="location", location=place)
        self.telegram.deliver("message", message)
        return message

    def types_inline(
        self, query: str = "", *, in_: Chat | None = None, offset: str = ""
    ) -> InlineQuery:
        """Types the bot's name and `query` in a chat, where the bot need not be; does not send."""
        chat = in_ or self.chat
        self._check_member(chat)
        if not self.telegram.inline:
            raise ValueError("the bot's inline mode is off: an app asks it nothing")
        if len(query) > MAX_QUERY:
            raise ValueError(f"an app asks for at most {MAX_QUERY} characters")
        return self.telegram.type_inline(self.user, chat, query, offset)

    async def offers_for(self, asked: InlineQuery, timeout: float = 20.0) -> InlineAnswer:  # noqa: ASYNC109 - the deadline is part of the question, and its error text too
        """What the bot offers; TimeoutError if it does not answer within `timeout` seconds."""
        try:
            return await self.telegram.signal.until(lambda: asked.answer, timeout)
        except TimeoutError:
            raise TimeoutError(f"no answer to {asked.query!r} within {timeout} s") from None

    def sends_offer(self, asked: InlineQuery, offer_id: str) -> Message:
        """Picks one of the offers: its message goes to the chat, in this person's name."""
        offer = asked.offer(offer_id)
        message = self.telegram.post(
            asked.chat,
            self.user,
            formatted=offer.formatted,
            buttons=offer.buttons,
            via_bot=self.telegram.bot,
        )
        self.telegram.deliver("message", message)
        return message

    def taps(self, label: str, *, location: tuple[float, float] | None = None) -> Message:
        """Taps a button of the keyboard the bot has put up in the private chat."""
        keyboard = self.chat.reply_keyboard
        if keyboard is None or not any(label in row for row in keyboard.rows):
            raise ValueError(f"there is no {label!r} on the keyboard of {self!r}")
        asks = label in keyboard.asks_location
        if asks and location is None:
            raise ValueError(f"{label!r} asks for a location")
        if keyboard.one_time:
            self.chat.reply_keyboard = None
            self.telegram.touch(self.chat)
        return self.sends_location(*location) if asks and location else self.says(label)

    # ------------------------------------------------------------------------------ pressing

    def presses(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        on: Message | None = None,
        in_: Chat | None = None,
    ) -> Press:
        """Presses an inline button, found by label or callback data.

        Without `on` it is on the newest message that has such a button. An old button may be
        pressed too, if `on` had it once or has been deleted meanwhile: an app may be behind.
        """
        chat = on.chat if on else in_ or self.chat
        self._check_member(chat)
        if chat is self.chat and self.has_blocked:
            raise ValueError(f"{self!r} has blocked the bot")
        message, button = _pressed(chat, on, label, data)
        if button.data is None:
            raise ValueError(f"{button.label!r} tells the bot nothing: {button.raw}")
        return self.telegram.press(self.user, message, button.data)

    async def answer_to(self, press: Press, timeout: float = 20.0) -> Answer:  # noqa: ASYNC109 - the deadline is part of the question, and its error text too
        """What the bot answers; TimeoutError if it does not within `timeout` seconds."""
        try:
            return await self.telegram.signal.until(lambda: press.answer, timeout)
        except TimeoutError:
            raise TimeoutError(f"no answer to {press.data!r} within {timeout} s") from None

    # -------------------------------------------------------------------- coming and going

    def blocks(self) -> None:
        """Blocks the bot: it learns of it and can write to them no more."""
        self.telegram.set_standing(self.chat, "kicked", self.user)

    def unblocks(self) -> None:
        """Takes the block back."""
        self.telegram.set_standing(self.chat, "member", self.user)

    def adds_bot(self, group: Chat, *, as_admin: bool = False) -> None:
        """Adds the bot to a group, as an admin or an ordinary member."""
        self._check_member(group)
        self.telegram.set_standing(group, "administrator" if as_admin else "member", self.user)
        added = {"new_chat_members": [self.telegram.bot.as_json()]}
        message = self.telegram.post(group, self.user, kind="service", service=added)
        self.telegram.deliver("message", message)

    def makes_bot_admin(self, group: Chat, *, admin: bool = True) -> None:
        """Makes the bot an admin of a group, or an ordinary member again."""
        self._check_admin(group)
        self.telegram.set_standing(group, "administrator" if admin else "member", self.user)

    def kicks_bot(self, group: Chat) -> None:
        """Throws the bot out of a group."""
        self._check_admin(group)
        self.telegram.set_standing(group, "kicked", self.user)

    def upgrades(self, group: Chat) -> Chat:
        """Makes a group a supergroup: a new chat with a new id, which the bot is told of."""
        self._check_admin(group)
        if group.type != "group" or group.migrated_to:
            raise ValueError(f"{group!r} cannot be upgraded")
        new = self.telegram.new_group(group.title, "supergroup")
        new.members = dict(group.members)
        old_notice = {"migrate_to_chat_id": new.id}
        message = self.telegram.post(group, self.user, kind="service", service=old_notice)
        self.telegram.deliver("message", message)
        group.migrated_to = new.id
        self.telegram.touch(group)
        new_notice = {"migrate_from_chat_id": group.id}
        message = self.telegram.post(new, self.user, kind="service", service=new_notice)
        self.telegram.deliver("message", message)
        return new

    # ------------------------------------------------------------------------------ checks

    def _may_write(self, chat: Chat | None) -> Chat:
        chat = chat or self.chat
        self._check_member(chat)
        if chat is self.chat and self.has_blocked:
            raise ValueError(f"{self!r} has blocked the bot; an app offers only to unblock it")
        if chat.migrated_to:
            raise ValueError(f"{chat!r} is now the supergroup {chat.migrated_to}")
        if chat is self.chat and not chat.started:
            chat.started = True
            self.telegram.touch(chat)
        return chat

    def _check_member(self, chat: Chat) -> Member:
        member = chat.members.get(self.user.id)
        if member is None:
            raise ValueError(f"{self!r} is not in {chat!r}")
        return member

    def _check_admin(self, chat: Chat) -> None:
        if not self._check_member(chat).is_admin:
            raise ValueError(f"{self!r} does not run {chat!r}")


def _pressed(
    chat: Chat, on: Message | None, label: str | None, data: str | None
) -> tuple[Message, Button]:
    if label is None and data is None:
        raise ValueError("say which button: its label or its data")
    for message in [on] if on else reversed(chat.from_bot):
        rows = [message.buttons]
        if on:
            rows += [version.buttons for version in reversed(on.history)]
        for row in (row for version in rows for row in version):
            for button in row:
                if label in (None, button.label) and data in (None, button.data):
                    return message, button
    wanted = repr(label) if label is not None else f"with data {data!r}"
    raise ValueError(f"no button {wanted} in {chat!r}; it shows:\n{chat.transcript()}")


def client_split(text: str) -> list[str]:
    """A long text in the pieces an app sends it in: at most 4096 UTF-16 units each.

    It breaks after the last line end or space that fits, and never inside a character.
    """
    pieces = []
    rest = plain(text).text
    while utf16_length(rest) > MAX_TEXT:
        end = MAX_TEXT
        while utf16_length(rest[:end]) > MAX_TEXT:
            end -= max(1, (utf16_length(rest[:end]) - MAX_TEXT) // 2)
        space = max(rest.rfind("\n", 0, end + 1), rest.rfind(" ", 0, end + 1))
        end = space if space > 0 else end
        pieces.append(rest[:end].strip())
        rest = rest[end:].strip()
    return [*pieces, rest] if rest else pieces
