"""Inline mode: the query somebody types after the bot's name, and the bot's answer to it.

Limits: https://core.telegram.org/bots/api#answerinlinequery; the wording of refusals is that of
the real server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.keyboards import check_inline, read_markup
from bot.sandbox.model import Rows, bad_request
from bot.sandbox.params import Params
from bot.sandbox.sending import MAX_TEXT, OLD_QUERY, check_text, read_formatted

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.markup import Formatted
    from bot.sandbox.model import User

MAX_RESULTS = 50
MAX_ID = 64  # bytes
MAX_OFFSET = 64  # bytes
MAX_QUERY = 256  # characters, as Bot API has it of InlineQuery.query
MAX_PARAMETER = 64
_PARAMETER = re.compile(r"[A-Za-z0-9_-]+")
_ARTICLE = frozenset(
    {
        *("type", "id", "title", "input_message_content", "reply_markup", "url"),
        *("description", "thumbnail_url", "thumbnail_width", "thumbnail_height"),
    }
)
_CONTENT = frozenset({"message_text", "parse_mode", "entities", "link_preview_options"})


@dataclass(frozen=True)
class Offer:
    """One result (InlineQueryResultArticle): what is shown of it, and the message it sends."""

    id: str
    title: str
    description: str
    formatted: Formatted
    buttons: Rows


@dataclass(frozen=True)
class InlineAnswer:
    """What the bot answered; `button` is its label and the payload of the start it leads to."""

    offers: tuple[Offer, ...]
    cache_time: int
    is_personal: bool
    next_offset: str
    button: tuple[str, str] | None


@dataclass(eq=False)
class InlineQuery:
    """What somebody has typed after the bot's name in a chat, and the answer once there is one.

    `asked_at` is a reading of the monotonic clock: Telegram forgets a query after a while.
    """

    id: str
    person: User
    chat: Chat
    query: str
    offset: str
    asked_at: float
    answer: InlineAnswer | None = field(default=None)

    def as_json(self) -> dict[str, Any]:
        """The query as the Bot API writes it (InlineQuery)."""
        own = not self.chat.is_group and self.chat.id == self.person.id
        return {
            "id": self.id,
            "from": self.person.as_json(),
            "chat_type": "sender" if own else self.chat.type,
            "query": self.query,
            "offset": self.offset,
        }

    def offer(self, offer_id: str) -> Offer:
        """The result with this id; ValueError where the bot has offered none."""
        for offer in self.answer.offers if self.answer else ():
            if offer.id == offer_id:
                return offer
        raise ValueError(f"there is no result {offer_id!r} for {self.query!r}")


def answer_inline_query(telegram: Telegram, params: Params) -> bool:
    """The method answerInlineQuery: https://core.telegram.org/bots/api#answerinlinequery."""
    button = _button(params.structure("button"))
    given = params.structure("results")
    if not isinstance(given, list):
        raise bad_request("can't parse inline query results: expected an Array")
    if len(given) > MAX_RESULTS:
        raise bad_request("too many inline query results specified")
    offers = tuple(_offer(item) for item in given)
    if len({offer.id for offer in offers}) < len(offers):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(params.text("next_offset").encode()) > MAX_OFFSET:
        raise bad_request("NEXT_OFFSET_INVALID")
    query = telegram.inline_queries.get(params.text("inline_query_id"))
    if query is None or telegram.clock() - query.asked_at > telegram.press_lifetime:
        raise bad_request(OLD_QUERY)
    query.answer = InlineAnswer(
        offers,
        params.number("cache_time", 300),
        params.flag("is_personal"),
        params.text("next_offset"),
        button,
    )
    telegram.answered(query)
    return True


def _button(value: Any) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise bad_request("can't parse inline query results button")
    parameter = value.get("start_parameter")
    if not isinstance(parameter, str):
        raise bad_request("the sandbox knows buttons with a start_parameter only")
    if not value["text"]:
        raise bad_request("SWITCH_PM_TEXT_EMPTY")
    if not parameter:
        raise bad_request("can't use empty start_parameter")
    if len(parameter) > MAX_PARAMETER:
        raise bad_request("too long start_parameter specified")
    if not _PARAMETER.fullmatch(parameter):
        raise bad_request("unallowed characters in start_parameter are used")
    return value["text"], parameter


def _offer(value: Any) -> Offer:
    cannot = "can't parse inline query result: "
    if not isinstance(value, dict):
        raise bad_request(f"{cannot}InlineQueryResult must be an Object")
    if value.get("type") != "article":
        raise bad_request(f"the sandbox knows articles only, not {value.get('type')!r}")
    unknown = sorted(value.keys() - _ARTICLE)
    if unknown:
        raise bad_request(f"{cannot}the Bot API documents no {', '.join(unknown)} of an article")
    offer_id = value.get("id")
    if not isinstance(offer_id, str) or not offer_id:
        raise bad_request("RESULT_ID_EMPTY")
    if len(offer_id.encode()) > MAX_ID:
        raise bad_request("RESULT_ID_INVALID")
    if not isinstance(value.get("title"), str) or not value["title"].strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    rows = read_markup(value.get("reply_markup")).inline
    check_inline(rows)
    formatted = _content(value.get("input_message_content"))
    return Offer(offer_id, value["title"], str(value.get("description", "")), formatted, rows)


def _content(value: Any) -> Formatted:
    cannot = "can't parse inline query result: "
    if not isinstance(value, dict) or not isinstance(value.get("message_text"), str):
        raise bad_request(f'{cannot}Can\'t find field "input_message_content"')
    unknown = sorted(value.keys() - _CONTENT)
    if unknown:
        raise bad_request(f"{cannot}the Bot API documents no {', '.join(unknown)} of a text")
    if not value["message_text"]:
        raise bad_request("message text is empty")
    return check_text(read_formatted(Params(value), "message_text", "entities"), MAX_TEXT)
