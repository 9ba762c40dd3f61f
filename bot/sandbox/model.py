"""What there is on Telegram: users, chats' members, messages, buttons; and how it is written.

`as_json` of each is what the Bot API answers (https://core.telegram.org/bots/api#available-types).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.entities import as_html
from bot.sandbox.markup import Entity, Formatted

if TYPE_CHECKING:
    from datetime import datetime

    from bot.sandbox.chats import Chat
    from bot.sandbox.photos import Photo

Kind = Literal["text", "sticker", "location", "photo", "service"]
Standing = Literal["creator", "administrator", "member", "left", "kicked"]
NOTHING = Formatted("")


class RefusedError(Exception):
    """What Telegram answers instead of a result: HTTP status, description, parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(what: str, **parameters: int) -> RefusedError:
    """A 400 in Telegram's wording."""
    return RefusedError(400, f"Bad Request: {what}", **parameters)


def forbidden(what: str) -> RefusedError:
    """A 403 in Telegram's wording."""
    return RefusedError(403, f"Forbidden: {what}")


@dataclass(frozen=True)
class User:
    """A person or a bot, as others see them."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = ""
    is_bot: bool = False

    def as_json(self) -> dict[str, Any]:
        """The user as the Bot API writes it (User)."""
        fields: dict[str, Any] = {"id": self.id, "is_bot": self.is_bot}
        fields["first_name"] = self.first_name
        optional = {"username": self.username, "language_code": self.language_code}
        return fields | {key: value for key, value in optional.items() if value}


@dataclass(frozen=True)
class Button:
    """An inline button: its label and what it does (`raw` is the Bot API's form of it)."""

    label: str
    raw: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def data(self) -> str | None:
        """What pressing it sends to the bot (callback_data), if it is that kind of button."""
        return self.raw.get("callback_data")

    @property
    def url(self) -> str | None:
        """Where it leads, if it is that kind of button."""
        return self.raw.get("url")


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class ReplyKeyboard:
    """Buttons in place of the keyboard: each a text to send, or a request for a location."""

    rows: tuple[tuple[str, ...], ...]
    asks_location: frozenset[str] = frozenset()
    one_time: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Version:
    """What a message said before an edit, and when it had been written."""

    formatted: Formatted
    buttons: Rows
    date: datetime

    @property
    def text(self) -> str:
        """The plain text of this version."""
        return self.formatted.text


@dataclass(eq=False)
class Message:
    """One message, as everybody in the chat sees it now.

    `history` holds earlier versions, oldest first; `silent` is disable_notification; `service`
    holds the extra fields of a service message, `origin` where a forwarded one comes from (see
    `bot.sandbox.origins`); `deleted` messages are in no transcript.
    """

    id: int
    chat: Chat
    sender: User
    date: datetime
    formatted: Formatted = NOTHING
    kind: Kind = "text"
    buttons: Rows = ()
    silent: bool = False
    reply_to: Message | None = None
    edit_date: datetime | None = None
    history: list[Version] = field(default_factory=list)
    service: dict[str, Any] = field(default_factory=dict)
    location: tuple[float, float] | None = None
    photo: Photo | None = None
    via_bot: User | None = None
    origin: dict[str, Any] = field(default_factory=dict)
    album: str = ""
    deleted: bool = False

    def __repr__(self) -> str:
        return f"<{self.sender.first_name} #{self.id}: {self.text!r} {self.labels}>"

    @property
    def text(self) -> str:
        """The plain text (of a photo: its caption; of a sticker: its emoji)."""
        return self.formatted.text

    @property
    def html(self) -> str:
        """The text as Telegram HTML."""
        return as_html(self.formatted)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The formatting of the text; offsets in UTF-16 code units."""
        return self.formatted.entities

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.sender.is_bot

    @property
    def labels(self) -> list[list[str]]:
        """The labels of its inline buttons, row by row."""
        return [[button.label for button in row] for row in self.buttons]

    def button(self, label: str | None = None, *, data: str | None = None) -> Button | None:
        """The first inline button with this label (or this callback data), if there is one."""
        for row in self.buttons:
            for button in row:
                if label in (None, button.label) and data in (None, button.data):
                    return button
        return None

    def edit(self, formatted: Formatted, buttons: Rows, at: datetime) -> None:
        """The message says something else from now on."""
        self.history.append(Version(self.formatted, self.buttons, self.edit_date or self.date))
        self.formatted, self.buttons, self.edit_date = formatted, buttons, at

    def as_json(self, *, nested: bool = False) -> dict[str, Any]:
        """The message as the Bot API writes it (Message); `nested`: without what it replies to."""
        fields: dict[str, Any] = {
            "message_id": self.id,
            "from": self.sender.as_json(),
            "chat": self.chat.as_json(),
            "date": int(self.date.timestamp()),
        }
        if self.via_bot:
            fields["via_bot"] = self.via_bot.as_json()
        if self.origin:
            fields["forward_origin"] = self.origin
        if self.album:
            fields["media_group_id"] = self.album
        if self.edit_date:
            fields["edit_date"] = int(self.edit_date.timestamp())
        if self.reply_to and not nested:
            fields["reply_to_message"] = self.reply_to.as_json(nested=True)
        fields |= self._content()
        if self.buttons:
            fields["reply_markup"] = {
                "inline_keyboard": [[button.raw for button in row] for row in self.buttons]
            }
        return fields

    def _content(self) -> dict[str, Any]:
        entities = [entity.as_json() for entity in self.entities]
        if self.kind == "service":
            return self.service
        if self.location:
            latitude, longitude = self.location
            return {"location": {"latitude": latitude, "longitude": longitude}}
        if self.kind == "sticker":
            return {"sticker": _sticker(self.text)}
        if self.kind == "photo":
            caption = {"caption": self.text} if self.text else {}
            listed = {"caption_entities": entities} if entities else {}
            return {"photo": self.photo.as_json() if self.photo else [], **caption, **listed}
        return {"text": self.text} | ({"entities": entities} if entities else {})


def _sticker(emoji: str) -> dict[str, Any]:
    return {
        "file_id": "sticker",
        "file_unique_id": "s1",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
        "emoji": emoji,
    }


@dataclass(frozen=True)
class Answer:
    """How the bot answered a pressed button: a toast, or an alert to be dismissed."""

    text: str = ""
    alert: bool = False
    url: str = ""


@dataclass(eq=False)
class Press:
    """A pressed button (CallbackQuery) and the bot's answer, once there is one.

    `pressed_at` is a reading of the monotonic clock: Telegram forgets a press after a while.
    """

    id: str
    person: User
    message: Message
    data: str
    pressed_at: float
    answer: Answer | None = None
    expired: bool = False

    def as_json(self) -> dict[str, Any]:
        """The press as the Bot API writes it (CallbackQuery).

        Of a message that is no longer there it tells only where it was (InaccessibleMessage).
        """
        message = self.message.as_json()
        if self.message.deleted:
            message = {"message_id": self.message.id, "chat": message["chat"], "date": 0}
        return {
            "id": self.id,
            "from": self.person.as_json(),
            "message": message,
            "chat_instance": str(self.message.chat.id),
            "data": self.data,
        }


ADMIN_RIGHTS = dict.fromkeys(
    (
        "can_manage_chat",
        "can_change_info",
        "can_delete_messages",
        "can_invite_users",
        "can_restrict_members",
        "can_pin_messages",
        "can_promote_members",
        "can_manage_video_chats",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
        "can_send_welcome_messages",
    ),
    True,
)


@dataclass(frozen=True)
class Member:
    """Who somebody is in a chat."""

    user: User
    standing: Standing

    @property
    def is_admin(self) -> bool:
        """Whether they run the chat."""
        return self.standing in ("creator", "administrator")

    def now(self, standing: Standing) -> Member:
        """The same person in another standing."""
        return replace(self, standing=standing)

    def as_json(self) -> dict[str, Any]:
        """The member as the Bot API writes it (ChatMember…)."""
        fields: dict[str, Any] = {"user": self.user.as_json(), "status": self.standing}
        if self.standing == "creator":
            fields["is_anonymous"] = False
        elif self.standing == "administrator":
            fields |= {"can_be_edited": False, "is_anonymous": False} | ADMIN_RIGHTS
        elif self.standing == "kicked":
            fields["until_date"] = 0
        return fields
