"""What Telegram does to a text after reading its tags: clean, trim, find commands and links.

`finish` is the whole way of a text into a message; `as_html` goes back to HTML.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from bot.sandbox.markup import Entity, Formatted, sort_entities, utf16_length

if TYPE_CHECKING:
    from collections.abc import Iterator

# What Telegram's servers take out of any text: carriage returns, line and paragraph separators,
# the old bidirectional controls (the isolates FSI…PDI stay), combining vertical lines.
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_BLANKED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_SPACE = " \n"

_FINDERS = (
    (
        "bot_command",
        re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![/\w])"),
    ),
    ("url", re.compile(r"(?<![\w@])(?:https?://|t\.me/)[^\s<>\"]*[^\s<>\".,;:!?)\]}'’”»]")),
    ("mention", re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{3,31}(?!\w)")),
    ("hashtag", re.compile(r"(?<![\w#&])#(?=\w*[^\W\d])\w{1,256}(?!\w)")),
)
# Telegram looks for commands and links outside these only.
_OPAQUE = {"code", "pre", "text_link", "custom_emoji"}
_HTML = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "spoiler": "tg-spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


def finish(formatted: Formatted) -> Formatted:
    """The text and entities a message is kept with: cleaned, trimmed, links and commands found.

    The text may come out empty: Telegram then refuses it.
    """
    return _with_found(_trimmed(_cleaned(formatted)))


def plain(text: str) -> Formatted:
    """A text without tags as a message: what `finish` makes of it."""
    return finish(Formatted(text))


def _moved(formatted: Formatted, text: str, kept: list[int]) -> Formatted:
    """The same formatting over `text`, made of the characters of the old one at `kept`."""
    ends = [0]
    for character in formatted.text:
        ends.append(ends[-1] + utf16_length(character))
    at_unit = {unit: index for index, unit in enumerate(ends)}
    new_at = [0] * (len(formatted.text) + 1)
    position, kept_before = 0, set(kept)
    for index, character in enumerate(formatted.text):
        new_at[index] = position
        position += utf16_length(character) if index in kept_before else 0
    new_at[len(formatted.text)] = position
    entities = []
    for entity in formatted.entities:
        start, end = at_unit.get(entity.offset), at_unit.get(entity.end)
        if start is None or end is None:
            continue  # An entity that would cut a surrogate pair in two is no entity.
        moved = replace(entity, offset=new_at[start], length=new_at[end] - new_at[start])
        if moved.length:
            entities.append(moved)
    return Formatted(text, sort_entities(entities))


def _cleaned(formatted: Formatted) -> Formatted:
    text = _BLANKED.sub(" ", formatted.text)
    if not _REMOVED.search(text):
        return replace(formatted, text=text)
    kept = [i for i, character in enumerate(text) if not _REMOVED.match(character)]
    return _moved(formatted, "".join(text[i] for i in kept), kept)


def _trimmed(formatted: Formatted) -> Formatted:
    text = formatted.text
    start = len(text) - len(text.lstrip(_SPACE))
    trimmed = text.strip(_SPACE)
    if len(trimmed) == len(text):
        return formatted
    return _moved(formatted, trimmed, list(range(start, start + len(trimmed))))


def _found(text: str) -> Iterator[Entity]:
    taken: list[tuple[int, int]] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            offset = utf16_length(text[: match.start()])
            yield Entity(kind, offset, utf16_length(match.group()))


def _with_found(formatted: Formatted) -> Formatted:
    opaque = [e for e in formatted.entities if e.type in _OPAQUE]
    given = {(e.offset, e.length) for e in formatted.entities if e.type in dict(_FINDERS)}
    found = [
        entity
        for entity in _found(formatted.text)
        if (entity.offset, entity.length) not in given
        and not any(entity.offset < other.end and other.offset < entity.end for other in opaque)
    ]
    return replace(formatted, entities=sort_entities([*formatted.entities, *found]))


def command_of(formatted: Formatted) -> tuple[str, str] | None:
    """The command a text starts with and the bot it names ("" if none), or None."""
    for entity in formatted.entities:
        if entity.type == "bot_command" and entity.offset == 0:
            name, _, addressee = formatted.text[1 : entity.length].partition("@")
            return name, addressee
    return None


def as_html(formatted: Formatted) -> str:
    """The text with its formatting as Telegram HTML (found links and commands as plain text)."""
    units = [formatted.text[i] for i in range(len(formatted.text))]
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for entity in formatted.entities:
        start, end = _tags(entity)
        if start:
            opening.setdefault(entity.offset, []).append(start)
            closing.setdefault(entity.end, []).insert(0, end)
    written, unit = [], 0
    for character in units:
        written += [*closing.pop(unit, []), *opening.pop(unit, []), escape(character)]
        unit += utf16_length(character)
    return "".join([*written, *closing.pop(unit, [])])


def _tags(entity: Entity) -> tuple[str, str]:
    if entity.type == "text_link":
        return f'<a href="{escape(entity.url or "")}">', "</a>"
    if entity.type == "custom_emoji":
        return f'<tg-emoji emoji-id="{entity.custom_emoji_id}">', "</tg-emoji>"
    if entity.type == "expandable_blockquote":
        return "<blockquote expandable>", "</blockquote>"
    if entity.type == "pre" and entity.language:
        return f'<pre><code class="language-{escape(entity.language)}">', "</code></pre>"
    tag = _HTML.get(entity.type)
    return (f"<{tag}>", f"</{tag}>") if tag else ("", "")
