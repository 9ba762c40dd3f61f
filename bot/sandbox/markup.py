"""Telegram's HTML subset: text with tags in, plain text and entities out.

The rules and the wording of the refusals follow Telegram's own parser (the open source
TDLib that the Bot API server runs on) and https://core.telegram.org/bots/api#html-style:
byte offsets in errors count UTF-8 bytes of the text as it was sent, entity offsets and
lengths count UTF-16 code units of the plain text.

    parse_html("<b>Al Waleed</b> &amp; more")
    # Formatted(text="Al Waleed & more", entities=(Entity("bold", 0, 9),))
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_SPACE = b" \t\r\n\0\x0b"
_REFERENCE = re.compile(rb"&(?:#x([0-9a-fA-F]{1,9})|#([0-9]{1,9})|([A-Za-z]+));?")
_END_OF_TAG_NAME = re.compile(rb"[ \t\r\n\0\x0b>]")
_ATTRIBUTE_NAME = re.compile(rb"[^ \t\r\n\0\x0b=>/\"']*")
_TOKEN = re.compile(rb"[A-Za-z0-9.\-]*")
# What encloses is written before what it encloses when both start and end together.
_PRIORITY = {"blockquote": 0, "expandable_blockquote": 0, "pre": 10, "code": 20, "text_link": 49}


class ParseError(ValueError):
    """The text is not in Telegram's HTML subset; the message is Telegram's own."""


@dataclass(frozen=True)
class Entity:
    """One formatted stretch of a text: offset and length in UTF-16 code units."""

    type: str
    offset: int
    length: int
    url: str | None = None
    language: str | None = None
    custom_emoji_id: str | None = None

    @property
    def end(self) -> int:
        """The first UTF-16 code unit after the entity."""
        return self.offset + self.length

    def as_json(self) -> dict[str, Any]:
        """The entity as the Bot API writes it (MessageEntity)."""
        fields = {"type": self.type, "offset": self.offset, "length": self.length}
        extra = {k: getattr(self, k) for k in ("url", "language", "custom_emoji_id")}
        return fields | {k: v for k, v in extra.items() if v}


@dataclass(frozen=True)
class Formatted:
    """A plain text and its entities, sorted by where they start, longest first."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_length(text: str) -> int:
    """How long Telegram takes a text to be: its number of UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def sort_entities(entities: list[Entity]) -> tuple[Entity, ...]:
    """Entities in Telegram's order: by start, then longest first, then enclosing first."""
    return tuple(
        sorted(entities, key=lambda e: (e.offset, -e.length, _PRIORITY.get(e.type, 90), e.type))
    )


def checked_link(url: str) -> str | None:
    """The link as Telegram keeps it, or None where Telegram would not accept it as one."""
    return None if link_problem(url) else _with_scheme(url.strip())


def link_problem(url: str) -> str | None:
    """What Telegram says is wrong with a link ("Wrong HTTP URL" …), or None."""
    url = url.strip()
    if not url:
        return "URL host is empty"
    try:
        parts = urlsplit(_with_scheme(url))
        host = parts.hostname or ""
    except ValueError:
        return "Wrong HTTP URL"
    if parts.scheme in ("tg", "ton", "tonsite"):
        return None if host else "Wrong HTTP URL"
    if parts.scheme not in ("http", "https"):
        return "Unsupported URL protocol"
    labels = host.split(".")
    if len(labels) < 2 or not all(labels) or any(c.isspace() for c in url):
        return "Wrong HTTP URL"
    return None


def _with_scheme(url: str) -> str:
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*://", url):
        return url
    return f"tg://{url[3:]}" if url.startswith("tg:") else f"http://{url}"


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    text_at: int


class _Parser:
    """Walks over the UTF-8 bytes once; every refusal names the byte it is about."""

    def __init__(self, source: str) -> None:
        self.bytes = source.encode()
        self.at = 0
        self.out: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def run(self) -> Formatted:
        while self.at < len(self.bytes):
            if self.bytes[self.at] != ord("<"):
                self._plain()
            elif self._byte(self.at + 1) == b"/":
                self._end_tag()
            else:
                self._start_tag()
        if self.open:
            raise ParseError(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"'
            )
        text = "".join(self.out)
        try:
            # A pair of references may have named the two halves of one character.
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise ParseError(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ) from None
        entities = [replace(e, language=None) if e.type == "code" else e for e in self.entities]
        return Formatted(text, sort_entities(entities))

    def _byte(self, at: int) -> bytes:
        return self.bytes[at : at + 1]

    def _emit(self, text: str) -> None:
        self.out.append(text)
        self.offset += utf16_length(text)

    def _plain(self) -> None:
        if self._byte(self.at) == b"&":
            character, self.at = self._reference(self.at)
            self._emit(character)
            return
        ends = [e for e in (self.bytes.find(c, self.at) for c in (b"<", b"&")) if e >= 0]
        end = min(ends, default=len(self.bytes))
        self._emit(self.bytes[self.at : end].decode())
        self.at = end

    def _reference(self, at: int) -> tuple[str, int]:
        """The character a reference at this byte stands for; "&" itself if it is none."""
        if found := _REFERENCE.match(self.bytes, at):
            hexadecimal, decimal, name = found.groups()
            if name:
                if name in _NAMED:
                    return _NAMED[name], found.end()
            else:
                code = int(hexadecimal, 16) if hexadecimal else int(decimal)
                if 0 < code < 0x10FFFF:
                    return chr(code), found.end()
        return "&", at + 1

    def _skip_space(self) -> None:
        while self.at < len(self.bytes) and self.bytes[self.at] in _SPACE:
            self.at += 1

    def _start_tag(self) -> None:
        begin = self.at
        ending = _END_OF_TAG_NAME.search(self.bytes, begin)
        if ending is None:
            raise ParseError(f"Unclosed start tag at byte offset {begin}")
        self.at = ending.start()
        tag = self.bytes[begin + 1 : self.at].decode(errors="replace").lower()
        if tag not in TAGS:
            raise ParseError(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self._byte(self.at) != b">":
            self._skip_space()
            if self._byte(self.at) == b">":
                break
            argument = self._attribute(tag, begin) or argument
        self.at += 1
        if tag == "span" and argument != "spoiler":
            raise ParseError(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))

    def _attribute(self, tag: str, begin: int) -> str:
        """Reads one attribute; returns what it means for this tag ("" if nothing)."""
        found = _ATTRIBUTE_NAME.match(self.bytes, self.at)
        name = found.group().decode(errors="replace") if found else ""
        self.at += len(name.encode())
        if self.at >= len(self.bytes):
            raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        if not name:
            raise ParseError(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        self._skip_space()
        if self._byte(self.at) != b"=":
            if self.at >= len(self.bytes):
                raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return "1" if (tag, name) == ("blockquote", "expandable") else ""
        self.at += 1
        self._skip_space()
        if self.at >= len(self.bytes):
            raise ParseError(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self._attribute_value()
        if self.at >= len(self.bytes):
            raise ParseError(f"Unclosed start tag at byte offset {begin}")
        if (tag, name) in {("a", "href"), ("tg-emoji", "emoji-id")}:
            return value
        if (tag, name) == ("code", "class") and value.startswith("language-"):
            return value.removeprefix("language-")
        if (tag, name) == ("span", "class") and value.startswith("tg-"):
            return value.removeprefix("tg-")
        return "1" if (tag, name) == ("blockquote", "expandable") else ""

    def _attribute_value(self) -> str:
        quote = self._byte(self.at)
        if quote not in (b'"', b"'"):
            found = _TOKEN.match(self.bytes, self.at)
            token = found.group() if found else b""
            after = self._byte(self.at + len(token))
            if after != b">" and after not in [bytes([c]) for c in _SPACE]:
                raise ParseError(f"Unexpected end of name token at byte offset {self.at}")
            self.at += len(token)
            return token.decode().lower()
        self.at += 1
        value: list[str] = []
        while self.at < len(self.bytes) and self._byte(self.at) != quote:
            if self._byte(self.at) == b"&":
                character, self.at = self._reference(self.at)
                value.append(character)
                continue
            ends = [self.bytes.find(c, self.at + 1) for c in (quote, b"&")]
            end = min((e for e in ends if e >= 0), default=len(self.bytes))
            value.append(self.bytes[self.at : end].decode())
            self.at = end
        self.at += self.at < len(self.bytes)
        return "".join(value)

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            raise ParseError(f"Unexpected end tag at byte offset {begin}")
        ending = _END_OF_TAG_NAME.search(self.bytes, begin)
        self.at = ending.start() if ending else len(self.bytes)
        tag = self.bytes[begin + 2 : self.at].decode(errors="replace").lower()
        self._skip_space()
        if self._byte(self.at) != b">":
            raise ParseError(f"Unclosed end tag at byte offset {begin}")
        self.at += 1
        opened = self.open.pop()
        if tag not in ("", opened.tag):
            raise ParseError(
                f"Unmatched end tag at byte offset {begin}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        kind = TAGS[opened.tag]
        entity = Entity(kind, opened.offset, self.offset - opened.offset)
        inner = self.entities[-1] if self.entities else None
        same = inner is not None and (inner.offset, inner.end) == (entity.offset, entity.end)
        if kind == "custom_emoji":
            if not opened.argument.isdecimal() or not 0 < int(opened.argument) < 2**63:
                raise ParseError("Invalid custom emoji identifier specified")
            entity = replace(entity, custom_emoji_id=opened.argument)
        elif kind == "text_link":
            url = checked_link(opened.argument or "".join(self.out[opened.text_at :]))
            if url is None:
                return  # Telegram keeps the words and drops what is not a link.
            entity = replace(entity, url=url)
        elif kind == "pre" and same and inner and inner.type == "code" and inner.language:
            self.entities[-1] = replace(inner, type="pre")
            return
        elif kind == "code" and same and inner and inner.type == "pre" and opened.argument:
            self.entities[-1] = replace(inner, language=opened.argument)
            return
        elif kind == "code":
            entity = replace(entity, language=opened.argument or None)
        elif kind == "blockquote" and opened.argument:
            entity = replace(entity, type="expandable_blockquote")
        self.entities.append(entity)


def parse_html(source: str) -> Formatted:
    """Plain text and entities of a text in Telegram's HTML subset.

    Raises ParseError with Telegram's own words, which the Bot API puts after
    "Bad Request: can't parse entities: ".
    """
    return _Parser(source).run()
