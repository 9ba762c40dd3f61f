"""Feeds of the kind `gdelt`: articles that the DOC API of GDELT finds for a query, as leads.

https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/: at most 250 articles an answer, one request
in five seconds, errors as plain text. The time of an article is when GDELT saw it: to a quarter of
an hour, so that a broad query may find more at one time than an answer holds. The others cannot be
had; that they may be there is kept among the rejects.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field

from bot.feeds.blocks import Address, Block, Duration, Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.leads import lead_of, sorted_out
from bot.feeds.parsing import read_object, text_of
from storage.model.feeds import Batch, Item

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.feeds.leads import Found
    from storage.model.feeds import Lead

NAME = "gdelt"
PAGE = 250
ASKED, SEEN = "%Y%m%d%H%M%S", "%Y%m%dT%H%M%SZ"
FIRST = timedelta(days=1)  # how far back the first run looks
OVERLAP = timedelta(hours=2)  # how far back every other one looks, behind what it has seen
RESOLUTION = timedelta(seconds=1)  # of its times


class GdeltBlock(Block):
    """The `query` as GDELT knows it; there are at least `pause` between two requests."""

    url: Address = "https://api.gdeltproject.org/api/v2/doc/doc"
    query: Text
    pause: Duration | None = timedelta(seconds=5)
    page: int = Field(default=PAGE, ge=2, le=PAGE)


async def pull(block: GdeltBlock, work: Pull) -> AsyncIterator[Batch]:
    """The articles seen since the last one that was read, oldest first."""
    seen, until = work.cursor.get("seen"), work.now.strftime(ASKED)
    since = (work.now - FIRST).strftime(ASKED) if seen is None else _moved(seen, -OVERLAP)
    while since <= until:
        asked = {
            "query": block.query,
            "mode": "artlist",
            "format": "json",
            "sort": "dateasc",
            "maxrecords": str(block.page),
            "startdatetime": since,
            "enddatetime": until,
        }
        answer = await work.fetch.get(block.url, params=asked)
        # Off the loop: a large answer takes its time.
        items, leads, latest = await asyncio.to_thread(parse, answer.body, since, work.now)
        seen = max(seen or latest, latest)
        is_full = len(items) + len(leads) >= block.page
        if not is_full or latest > since:
            yield Batch({"seen": seen}, items, leads)
        elif any(lead.said.strftime(ASKED) == since for lead in leads):
            yield Batch({"seen": seen}, (*items, _more(block, since)), leads)
            latest = _moved(since, RESOLUTION)
        else:
            raise FeedTrouble(f"the {block.page} articles asked for since {since} have other times")
        if not is_full:
            return
        since = latest


def _moved(at: str, by: timedelta) -> str:
    """A time so much later; an earlier one, since articles may be found later than others that were
    seen later.
    """
    return (datetime.strptime(at, ASKED).replace(tzinfo=UTC) + by).strftime(ASKED)


def _more(block: GdeltBlock, at: str) -> Item:
    """That there may be more articles at one time than can be had."""
    when = datetime.strptime(at, ASKED).replace(tzinfo=UTC)
    why = (
        f"{block.page} articles at {when:%Y-%m-%d %H:%M:%S} UTC, as many as one answer holds: "
        "whether there are more cannot be known, and they cannot be had; narrow the query"
    )
    return Item(f"more at {at}", {"query": block.query, "at": at}, {}, why)


def parse(
    body: bytes,
    latest: str,
    now: datetime,
) -> tuple[tuple[Item, ...], tuple[Lead, ...], str]:
    """What cannot be used, the leads of an answer, and when the latest article was seen.

    `now` is the time now (UTC). Raises FeedTrouble where the answer is none, with what it says in
    place of that.
    """
    if not body.lstrip().startswith(b"{"):
        raise FeedTrouble(f"the service says: {body[:200].decode('utf-8', 'replace')!r}")
    articles = read_object(body, "the answer").get("articles", [])
    if not isinstance(articles, list) or any(not isinstance(a, dict) for a in articles):
        raise FeedTrouble("the answer has no list of articles")
    found: list[Found] = []
    for article in articles:
        seen = _seen(article)
        if seen is not None and seen <= now:  # or the next run would begin in the future
            latest = max(latest, seen.strftime(ASKED))
        found.append(_lead(article, seen))
    return *sorted_out(found, now), latest


def _lead(article: Mapping[str, Any], seen: datetime | None) -> Found:
    url = text_of(article.get("url"))
    return lead_of(
        url, text_of(article.get("title")), text_of(article.get("domain")), url, seen, None
    )


def _seen(article: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.strptime(text_of(article.get("seendate")), SEEN).replace(tzinfo=UTC)
    except ValueError:
        return None


KIND = Kind(NAME, GdeltBlock, pull)
