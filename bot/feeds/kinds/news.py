"""Feeds of the kind `news`: RSS, Atom and JSON Feed. What they bring is a lead, and no claim.

An entry is known by its guid or id, is changed by a later date of change, and is withdrawn by a
`deleted-entry` (RFC 6721). One that has left the feed stays.
"""

from __future__ import annotations

import asyncio
import io
from calendar import timegm
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import feedparser
from markupsafe import Markup

from bot.feeds.blocks import Address, Block
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.leads import lead_of, sorted_out
from bot.feeds.parsing import one_line, read_object, text_of
from bot.feeds.xml import read_xml
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Gone
from storage.model.times import YEARS, parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.feeds.leads import Found
    from storage.model.feeds import Item, Lead

NAME = "news"
JSON_FEED = "https://jsonfeed.org/version/1"
# Taking entries apart takes a thousandth of a second each, which the bot then lacks for others.
ENTRIES, MOST_ENTRIES = ("entry", "item"), 20_000
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"


class NewsBlock(Block):
    """Where the feed is."""

    url: Address


async def pull(block: NewsBlock, work: Pull) -> AsyncIterator[Batch]:
    """The entries of the feed, if it has changed."""
    answer = await work.fetch.get_if_changed(block.url, work.cursor.get("validators", {}))
    if answer is None:
        return
    found = await asyncio.to_thread(parse, answer.body, work.now)
    yield Batch({"validators": dict(answer.validators)}, *found)


def parse(
    body: bytes, now: datetime
) -> tuple[tuple[Item, ...], tuple[Lead, ...], tuple[Gone, ...]]:
    """What cannot be used, the leads, and what was withdrawn; `now` is the time now (UTC).

    Raises FeedTrouble where this is none of the three formats.
    """
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return *sorted_out(_of_json(body), now), ()
    found, gone = _of_xml(body)
    return *sorted_out(found, now), gone


def _of_xml(body: bytes) -> tuple[list[Found], tuple[Gone, ...]]:
    root = read_xml(body, "the feed")
    entries = sum(1 for element in root.iter() if element.tag.rpartition("}")[2] in ENTRIES)
    if entries > MOST_ENTRIES:
        raise FeedTrouble(f"the feed has {entries} entries; at most {MOST_ENTRIES} are read")
    # What is no XML has ended above; what declares entities too.
    parsed = feedparser.parse(io.BytesIO(body))
    if not parsed.version:
        raise FeedTrouble(f"the feed is neither RSS nor Atom, but {root.tag!r:.60}")
    gone = tuple(
        Gone(one_line(key, len(key)), _moment(element.get("when", "")))
        for element in root.iter(DELETED)
        if (key := element.get("ref", ""))
    )
    # Plain dictionaries: theirs take one time for the other where that is missing.
    return [_entry(dict(entry)) for entry in parsed.entries], gone


def _entry(entry: Mapping[str, Any]) -> Found:
    title, url = _plain(entry.get("title", "")), entry.get("link", "")
    said, changed = (_instant(entry.get(f"{n}_parsed")) for n in ("published", "updated"))
    return lead_of(
        entry.get("id") or url, title, _plain(entry.get("summary", "")), url, said, changed
    )


def _of_json(body: bytes) -> list[Found]:
    feed = read_object(body, "the feed")
    items = feed.get("items")
    if not text_of(feed.get("version")).startswith(JSON_FEED) or not isinstance(items, list):
        raise FeedTrouble("the feed is JSON, but no JSON Feed (https://jsonfeed.org)")
    found = []
    for item in items:
        if not isinstance(item, dict):
            raise FeedTrouble("the feed has an item that is no object")
        text = next((t for n in ("summary", "content_text") if (t := text_of(item.get(n)))), "")
        dates = [_of_text(item.get(name)) for name in ("date_published", "date_modified")]
        url = text_of(item.get("url"))
        found.append(
            lead_of(text_of(item.get("id")) or url, text_of(item.get("title")), text, url, *dates)
        )
    return found


def _plain(text: str) -> str:
    """A text without its HTML."""
    return Markup(text).striptags()  # noqa: S704 - made to take the tags out


def _instant(parsed: Any) -> datetime | None:
    """A time as feedparser gives it: in UTC, without saying so."""
    if parsed is None or parsed[0] not in YEARS:
        return None
    return datetime.fromtimestamp(timegm(parsed), UTC)


def _moment(text: str) -> Any:
    try:
        return parse_moment(text)
    except BadInput:
        return None


def _of_text(value: Any) -> datetime | None:
    moment = _moment(text_of(value))
    return None if moment is None else moment.at


KIND = Kind(NAME, NewsBlock, pull)
