"""Reading reply_markup: what the Bot API server refuses first, and what Telegram refuses after.

The wording follows the open source Bot API server and TDLib.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bot.sandbox.markup import link_problem, utf16_length
from bot.sandbox.model import Button, ReplyKeyboard, Rows, bad_request

MAX_DATA_BYTES = 64  # Bot API, InlineKeyboardButton.callback_data: 1-64 bytes
MAX_COPY_LENGTH = 256  # Bot API, CopyTextButton.text: 1-256 characters
MAX_BUTTONS = 100  # what Telegram takes in one inline keyboard
# Actions of an inline button in the order in which the server looks for them.
_ACTIONS = (
    "url",
    "callback_data",
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "copy_text",
    "login_url",
    "web_app",
)


@dataclass(frozen=True)
class Markup:
    """What reply_markup asks for; at most one of these is set."""

    inline: Rows = ()
    reply: ReplyKeyboard | None = None
    remove: bool = False


def read_markup(value: Any) -> Markup:
    """The keyboard in a reply_markup parameter (an object, or JSON text of one).

    Raises RefusedError for what the server cannot read.
    """
    if value in (None, ""):
        return Markup()
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    for name in ("keyboard", "inline_keyboard"):
        if not isinstance(value.get(name, []), list):
            raise bad_request(f'field "{name}" must be of type Array')
    if value.get("keyboard"):
        return Markup(reply=_reply_keyboard(value))
    return Markup(inline=_inline(value), remove=value.get("remove_keyboard") is True)


def _inline(value: dict[str, Any]) -> Rows:
    rows = []
    for row in value.get("inline_keyboard", []):
        if not isinstance(row, list):
            raise bad_request(
                'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
            )
        if row:
            rows.append(tuple(_button(button) for button in row))
    return tuple(rows)


def _button(value: Any) -> Button:
    cannot = "can't parse inline keyboard button: "
    if not isinstance(value, dict):
        raise bad_request(f"{cannot}InlineKeyboardButton must be an Object")
    if "text" not in value:
        raise bad_request(f'{cannot}Can\'t find field "text"')
    if not isinstance(value["text"], str):
        raise bad_request(f'{cannot}Field "text" must be of type String')
    for name in ("url", "callback_data"):
        if not isinstance(value.get(name, ""), str):
            raise bad_request(f'{cannot}Field "{name}" must be of type String')
    for action in _ACTIONS:
        if action in value and (value[action] or action not in ("url", "callback_data")):
            return Button(value["text"], {"text": value["text"], action: value[action]})
    raise bad_request(f"{cannot}Text buttons are unallowed in the inline keyboard")


def _reply_keyboard(value: dict[str, Any]) -> ReplyKeyboard:
    rows, asks = [], set()
    for row in value["keyboard"]:
        if not isinstance(row, list):
            raise bad_request('field "keyboard" must be an Array of Arrays')
        labels = []
        for button in row:
            label = button.get("text") if isinstance(button, dict) else button
            if not isinstance(label, str):
                raise bad_request("can't parse keyboard button: Can't find field \"text\"")
            if not label:
                raise bad_request("keyboard button text must be non-empty")
            labels.append(label)
            if isinstance(button, dict) and button.get("request_location") is True:
                asks.add(label)
        rows.append(tuple(labels))
    return ReplyKeyboard(
        tuple(rows),
        frozenset(asks),
        one_time=value.get("one_time_keyboard") is True,
        placeholder=str(value.get("input_field_placeholder", "")),
    )


def check_inline(rows: Rows) -> None:
    """What Telegram itself refuses in an inline keyboard that could be read."""
    buttons = [button for row in rows for button in row]
    for button in buttons:
        if not button.label:
            raise bad_request("inline keyboard button text must be non-empty")
        if button.url is not None and (problem := link_problem(button.url)):
            raise bad_request(f"inline keyboard button URL '{button.url}' is invalid: {problem}")
    if len(buttons) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    for button in buttons:
        if button.data is not None and not 0 < len(button.data.encode()) <= MAX_DATA_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        if "copy_text" in button.raw and not _can_copy(button.raw["copy_text"]):
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
        if "pay" in button.raw or "callback_game" in button.raw:
            raise bad_request("BUTTON_TYPE_INVALID")


def _can_copy(value: Any) -> bool:
    text = value.get("text") if isinstance(value, dict) else None
    return isinstance(text, str) and 0 < utf16_length(text) <= MAX_COPY_LENGTH
