"""What the page asks for on behalf of a person, checked before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.people import MAX_TEXT, client_split

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.people import Person

MAX_PIECES = 10  # messages an app would make of one text; beyond that it was a mistake


class ActError(ValueError):
    """A request of the page that cannot be done; the message tells the person why."""


def act(telegram: Telegram, body: dict[str, Any]) -> dict[str, Any]:
    """Does what `body["do"]` names for the person `body["as"]` in the chat `body["chat"]`.

    Returns what the page needs to know of it: `{"messages": [ids]}`, `{"press": id}`,
    `{"inline": id}` or `{"chat": id}`. Raises ActError with the reason when it cannot be done.
    """
    do = body.get("do")
    if not isinstance(do, str) or do not in ACTS:
        raise ActError(f"a person can {', '.join(sorted(ACTS))}; not {do!r}")
    person = telegram.people.get(_whole(body, "as"))
    chat = telegram.chats.get(_whole(body, "chat"))
    if person is None or chat is None:
        raise ActError("there is no such person or chat")
    try:
        return ACTS[do](person, chat, body)
    except ActError:
        raise
    except ValueError as error:
        raise ActError(str(error)) from None


def _whole(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ActError(f"{name} must be a whole number")
    return value


def _words(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ActError(f"{name} must be a text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ActError(f"{name} holds half a character") from None
    return value


def _degrees(body: dict[str, Any], name: str, most: float) -> float:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -most <= value <= most:
        raise ActError(f"{name} must be a number from -{most:.0f} to {most:.0f}")
    return float(value)


def _place(body: dict[str, Any]) -> tuple[float, float]:
    return _degrees(body, "latitude", 90), _degrees(body, "longitude", 180)


def _say(person: Person, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    pieces = client_split(_words(body, "text"))
    if not pieces:
        raise ActError("write something first")
    if len(pieces) > MAX_PIECES:
        raise ActError(f"too long: at most {MAX_PIECES * MAX_TEXT} characters at once")
    answered = body.get("reply_to")
    reply_to = chat.message(_whole(body, "reply_to")) if answered is not None else None
    sent = [person.says(piece, in_=chat, reply_to=reply_to) for piece in pieces]
    return {"messages": [message.id for message in sent]}


def _locate(person: Person, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    return {"messages": [person.sends_location(*_place(body), in_=chat).id]}


def _press(person: Person, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    message = chat.message(_whole(body, "message"))
    if message is None:
        raise ActError("this message is gone")
    return {"press": person.presses(data=_words(body, "data"), on=message).id}


def _tap(person: Person, _: Chat, body: dict[str, Any]) -> dict[str, Any]:
    place = _place(body) if "latitude" in body else None
    return {"messages": [person.taps(_words(body, "label"), location=place).id]}


def _inline(person: Person, chat: Chat, body: dict[str, Any]) -> dict[str, Any]:
    return {"inline": person.types_inline(_words(body, "query"), in_=chat).id}


def _offer(person: Person, _: Chat, body: dict[str, Any]) -> dict[str, Any]:
    asked = person.telegram.inline_queries.get(_words(body, "inline"))
    if asked is None or asked.person != person.user:
        raise ActError("the bot has offered nothing")
    return {"messages": [person.sends_offer(asked, _words(body, "offer")).id]}


def _follow(person: Person, _: Chat, body: dict[str, Any]) -> dict[str, Any]:
    message = person.follows(_words(body, "link"))
    return {"messages": [message.id], "chat": message.chat.id}


def _block(person: Person, _: Chat, __: dict[str, Any]) -> dict[str, Any]:
    person.blocks()
    return {"chat": person.chat.id}


def _unblock(person: Person, _: Chat, __: dict[str, Any]) -> dict[str, Any]:
    person.unblocks()
    return {"chat": person.chat.id}


ACTS: dict[str, Callable[[Person, Chat, dict[str, Any]], dict[str, Any]]] = {
    "say": _say,
    "locate": _locate,
    "press": _press,
    "inline": _inline,
    "offer": _offer,
    "tap": _tap,
    "follow": _follow,
    "block": _block,
    "unblock": _unblock,
}
