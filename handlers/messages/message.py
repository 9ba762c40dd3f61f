"""A message as it goes out, and what makes any text from outside safe to put into one.

Lengths are in UTF-16 code units, as Telegram counts them. A line of a message is `Markup`, whole
in itself: a tag never spans lines, so that a message can be cut between any two of them. Whoever
sends a message turns link previews off: a report's link is a source, not an illustration.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations
from itertools import accumulate, takewhile, tee
from typing import TYPE_CHECKING

from babel import Locale
from babel.lists import format_list
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from handlers.messages.strip import Strip

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_DATA = 64
MAX_LABEL = 60
MAX_URL = 500
# First-strong isolate and its end: what stands between keeps its direction to itself.
FSI, PDI = "\u2068", "\u2069"
# The only invisible characters that spelling needs: Persian and emoji are joined with them.
_JOINERS = "\u200c\u200d"
_ZWJ = "\u200d"
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True)
class Button:
    """A button under a message: its `data` comes back when pressed, or it opens a `url`.

    Raises ValueError when it has neither or both, no label, or more than 64 bytes of data.
    """

    label: str
    data: str | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if not self.label.strip() or (self.data is None) == (self.url is None):
            raise ValueError(f"a button needs a label and either data or a URL: {self!r}")
        if self.data is not None and not 0 < len(self.data.encode()) <= MAX_DATA:
            raise ValueError(f"button data must have 1 to {MAX_DATA} bytes: {self.data!r}")


Buttons = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Message:
    """Telegram HTML, rows of buttons, and whether it comes without a sound.

    `asks_location` is the label of a button, in place of the keyboard, that sends where one is;
    `picture` goes above the text, which is then its caption.

    Raises ValueError when Telegram would not take the text: empty, or too long when parsed.
    """

    text: str
    buttons: Buttons = ()
    silent: bool = False
    asks_location: str = ""
    picture: Strip | None = None

    def __post_init__(self) -> None:
        most = MAX_CAPTION if self.picture else MAX_TEXT
        if not 0 < utf16_length(plain(self).strip()) <= most:
            raise ValueError(f"a message needs 1 to {most} characters")


@dataclass(frozen=True)
class Reader:
    """Who reads: the zone for times, the language, and the username of the bot they read it from.

    Every text people read goes through here.
    """

    zone: ZoneInfo
    translations: NullTranslations = field(default_factory=NullTranslations)
    locale: Locale = field(default_factory=lambda: Locale("en", "GB"))
    bot: str = ""

    def say(self, text: str, /, **values: object) -> Markup:
        """A text of ours in the reader's language; what is put in is escaped unless Markup."""
        return _ours(self.translations.gettext(text)).format(**values)

    def count(self, one: str, many: str, number: int, /, **values: object) -> Markup:
        """The form of a text that goes with a number, which is put in as `{n}`."""
        text = self.translations.ngettext(one, many, number)
        return _ours(text).format(n=number, **values)

    def label(self, text: str, /, **values: object) -> str:
        """A text for a button, without markup, shortened to what fits one."""
        filled = self.translations.gettext(text).format(**values)
        return shorten(clean(filled), MAX_LABEL)

    def all_of(self, items: Sequence[Markup]) -> Markup:
        """A list in words: "a, b and c"."""
        slots = [f"{{{number}}}" for number in range(len(items))]
        return _ours(format_list(slots, locale=self.locale)).format(*items)


def _ours(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - source texts and catalogues are ours; values are escaped


def clean(text: str) -> str:
    """A text from outside on one line, without control, direction and zero-width characters.

    Empty when there is nothing in it to see.
    """
    line = " ".join("".join(map(_kept, text)).split())
    return line if any(unicodedata.category(c)[0] in "LNPS" for c in line) else ""


@lru_cache(maxsize=4096)  # texts are long, and their characters few
def _kept(character: str) -> str:
    if character.isspace():
        return " "
    seen = character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    return character if seen else ""


def outside(text: str, limit: int = MAX_LABEL) -> Markup:
    """A text from outside, cleaned, shortened, escaped and isolated from its surroundings."""
    return Markup("{}{}{}").format(FSI, shorten(clean(text), limit) or "?", PDI)


def link(url: str, words: Markup) -> Markup:
    """Words that open a link from outside; the words alone where it is none of the web."""
    if len(url) > MAX_URL or not _LINK.fullmatch(url):
        return words
    return Markup('<a href="{}">{}</a>').format(url, words)


def shorten(text: str, limit: int) -> str:
    """The text, or as much of it as fits `limit` UTF-16 units with "…" after whole characters."""
    if utf16_length(text) <= limit:
        return text
    room = limit - 1
    # One letter may carry any number of accents: then some of those have to go.
    return (_fitting(_graphemes(text), room) or _fitting(text, room)).rstrip() + "…"


def _fitting(parts: Iterable[str], room: int) -> str:
    pieces, measured = tee(parts)  # read no further than there is room
    ends = takewhile(lambda end: end <= room, accumulate(map(utf16_length, measured)))
    return "".join(piece for _, piece in zip(ends, pieces, strict=False))


def _graphemes(text: str) -> Iterator[str]:
    """What people see as single characters: accents, joined emoji and flags stay whole."""
    cluster = ""
    for character in text:
        flag = len(cluster) == 1 and _is_half_flag(cluster) and _is_half_flag(character)
        if cluster and not (flag or _continues(character) or cluster.endswith(_ZWJ)):
            yield cluster
            cluster = ""
        cluster += character
    yield cluster


def _continues(character: str) -> bool:
    skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return skin_tone or character in _JOINERS or unicodedata.category(character)[0] == "M"


def _is_half_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def utf16_length(text: str) -> int:
    """How long Telegram takes a text to be."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(message: Message) -> str:
    """The text of a message without its tags, for a retry where Telegram refused them."""
    return plain_text(message.text)


def plain_text(markup: str) -> str:
    """Telegram HTML without tags, its entities decoded."""
    return html.unescape(_TAG.sub("", markup))


def length_of(lines: Iterable[Markup]) -> int:
    """How long Telegram takes lines to be, each with its end."""
    return sum(utf16_length(plain_text(line)) + 1 for line in lines)


def one_message(
    lines: Sequence[Markup],
    buttons: Buttons = (),
    *,
    silent: bool = False,
    asks_location: str = "",
    picture: Strip | None = None,
) -> Message:
    """Lines as one message; the view has kept them short enough."""
    return Message(str(Markup("\n").join(lines)), buttons, silent, asks_location, picture)


def split(lines: Sequence[Markup], buttons: Buttons = ()) -> tuple[Message, ...]:
    """Lines as one message or, where they do not fit, as several; the buttons under the last.

    Each line has to fit a message.
    """
    pages: list[list[Markup]] = [[]]
    room = MAX_TEXT
    for line in lines:
        length = length_of([line])
        if length > room and pages[-1]:
            pages.append([])
            room = MAX_TEXT
        pages[-1].append(line)
        room -= length
    *first, last = pages
    return (*(one_message(page) for page in first), one_message(last, buttons))
