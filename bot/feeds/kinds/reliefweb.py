"""Feeds of the kind `reliefweb`: reports of ReliefWeb by the time they were changed, as leads.

https://apidoc.reliefweb.int: every request names its `appname`; filters and order come as JSON.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from bot.feeds.blocks import Address, Block, Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.leads import lead_of, sorted_out
from bot.feeds.parsing import read_object, text_of
from storage.model.errors import BadInput
from storage.model.feeds import Batch
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from bot.feeds.leads import Found
    from storage.model.feeds import Item, Lead

NAME = "reliefweb"
PAGE = 1000  # reports; what the service gives at most
FIELDS = ("title", "url", "url_alias", "date.created", "date.changed", "source.shortname")


def _day(value: Any) -> str:
    """A day as the service wants it; TOML has a word for days too."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError("expected a day, such as 2026-01-31") from None


class ReliefWebBlock(Block):
    """The `appname` that ReliefWeb has approved, and which reports: those about `countries` (names
    as ReliefWeb writes them) that a `query` finds, changed on the day `since` or later.
    """

    url: Address = "https://api.reliefweb.int/v2/reports"
    appname: Text
    query: Text | None = None
    countries: list[Text] = Field(default_factory=list)
    since: Annotated[str, BeforeValidator(_day)]
    page: int = Field(default=PAGE, ge=1, le=PAGE)


async def pull(block: ReliefWebBlock, work: Pull) -> AsyncIterator[Batch]:
    """The reports changed since the last one that was read, oldest first."""
    since = work.cursor.get("changed", f"{block.since}T00:00:00+00:00")
    offset, latest = 0, since
    while True:
        asked = request_of(block, since, offset)
        answer = await work.fetch.post(block.url, params={"appname": block.appname}, json=asked)
        # Off the loop: a large page takes its time.
        page = await asyncio.to_thread(read_object, answer.body, "the page")
        items, leads, latest = await asyncio.to_thread(parse, page, latest, work.now)
        count = len(page["data"])
        # In the order of change: whatever comes next was changed then, or later.
        yield Batch({"changed": latest}, items, leads)
        if count < block.page:
            return
        # By time where that goes on: a report that is changed meanwhile moves to the end, and what
        # is counted off would skip the one that takes its place.
        offset = 0 if latest > since else offset + count
        since = latest


def request_of(block: ReliefWebBlock, since: str, offset: int) -> dict[str, Any]:
    """The question for a page of what was changed at `since` (ISO 8601) or later."""
    conditions: list[dict[str, Any]] = [{"field": "date.changed", "value": {"from": since}}]
    if block.countries:
        names = {"field": "country.name", "value": list(block.countries), "operator": "OR"}
        conditions.append(names)
    asked = {
        "limit": block.page,
        "offset": offset,
        "sort": ["date.changed:asc"],
        "fields": {"include": list(FIELDS)},
        "filter": {"operator": "AND", "conditions": conditions},
    }
    return asked if block.query is None else {**asked, "query": {"value": block.query}}


def parse(
    page: Mapping[str, Any], latest: str, now: datetime
) -> tuple[tuple[Item, ...], tuple[Lead, ...], str]:
    """What cannot be used, the leads of a page, and the latest time of change so far.

    `now` is the time now (UTC). Raises FeedTrouble where it is no page.
    """
    rows = page.get("data")
    if not isinstance(rows, list):
        raise FeedTrouble(f"the page has no `data`: {text_of(page.get('message'))[:200]}")
    found: list[Found] = []
    for row in rows:
        fields = row.get("fields") if isinstance(row, dict) else None
        if not isinstance(fields, dict) or not text_of(row.get("id")):
            raise FeedTrouble("the page has a report without id or fields")
        dates = fields.get("date")
        dates = dates if isinstance(dates, dict) else {}
        created, changed = (_time(dates.get(name)) for name in ("created", "changed"))
        if changed is not None and changed <= now:  # or the next run would begin in the future
            latest = max(latest, changed.isoformat())
        url = text_of(fields.get("url_alias")) or text_of(fields.get("url"))
        title = text_of(fields.get("title"))
        found.append(lead_of(text_of(row["id"]), title, _sources(fields), url, created, changed))
    return *sorted_out(found, now), latest


def _sources(fields: Mapping[str, Any]) -> str:
    given = fields.get("source")
    sources = given if isinstance(given, list) else []
    names = [text_of(s.get("shortname")) for s in sources if isinstance(s, dict)]
    return ", ".join(n for n in names if n)


def _time(value: Any) -> datetime | None:
    try:
        return parse_moment(text_of(value)).at
    except BadInput:
        return None


KIND = Kind(NAME, ReliefWebBlock, pull)
