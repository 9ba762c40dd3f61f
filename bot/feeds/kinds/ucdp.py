"""Feeds of the kind `ucdp`: the georeferenced events of the Uppsala Conflict Data Program.

https://ucdp.uu.se/apidocs/: pages by NextPageUrl, with a token. Nothing there says who holds a
place: fighting on a known day at a known place is a report, everything else a lead.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from bot.feeds.blocks import Address, Block, Secret, Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.parsing import one_line, read_object, text_of
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Item, Lead
from storage.model.reports import Claim
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

NAME = "ucdp"
PAGE = 1000  # events; what the service gives at most
# Of the three kinds of violence, those with two sides that fight; the third is against civilians.
WITH_TWO_SIDES = ("1", "2")
EXACT = "1"


class UcdpBlock(Block):
    """The `version` of the data (`25.1`, or of candidate events `26.0.9`), the `token`, and
    `filters` as the service knows them (`Country = "645"`).
    """

    url: Address = "https://ucdpapi.pcr.uu.se/api/gedevents"
    version: Text
    token: Secret
    filters: dict[Text, Text] = Field(default_factory=dict)
    page: int = Field(default=PAGE, ge=1, le=PAGE)


async def pull(block: UcdpBlock, work: Pull) -> AsyncIterator[Batch]:
    """All events of the version, each the first time; a new version is read anew."""
    first = f"{block.url.rstrip('/')}/{block.version}"
    headers = {"x-ucdp-access-token": block.token.get_secret_value()}
    # A version never changes once it is out: what was read to its end is looked at from there.
    here: dict[str, str] = work.cursor.get("here", {})
    here = here or {**block.filters, "pagesize": str(block.page)}
    read: list[dict[str, str]] = []
    while True:
        answer = await work.fetch.get(first, params=here, headers=headers)
        page = read_object(answer.body, "the page")
        items, leads = parse(page)
        following = next_page(page)
        read.append(here)
        if following in read:
            raise FeedTrouble("a page says that one before it comes next")
        here = following or here
        yield Batch({"here": here}, items, leads)
        if not following:
            return


def next_page(page: Mapping[str, Any]) -> dict[str, str]:
    """What to ask for the next page, empty behind the last.

    Only that is taken from its address: the token goes to no server but the one of the block.
    """
    return dict(parse_qsl(urlsplit(text_of(page.get("NextPageUrl"))).query))


def parse(page: Mapping[str, Any]) -> tuple[tuple[Item, ...], tuple[Lead, ...]]:
    """The fighting and the leads of a page; raises FeedTrouble where it is none."""
    rows = page.get("Result")
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
        raise FeedTrouble("the page has no list of events (Result)")
    items, leads = [], []
    for row in rows:
        key = text_of(row.get("id"))
        if not key:
            raise FeedTrouble("an event has no id")
        said = _said(row)
        exact = text_of(row.get("date_prec")) == text_of(row.get("where_prec")) == EXACT
        if said is None:
            items.append(Item(key, {"id": key}, dict(row), "reported_at: no date can be used"))
        elif exact and text_of(row.get("type_of_violence")) in WITH_TWO_SIDES:
            items.append(_fighting(key, row, said))
        else:
            leads.append(_lead(key, row, said))
    return tuple(items), tuple(leads)


def _said(row: Mapping[str, Any]) -> date | None:
    """When the last of its sources told of an event; when it ended, where they have no dates."""
    dates = [d for part in text_of(row.get("source_date")).split(";") if (d := _date(part))]
    ended = _date(row.get("date_end"))
    return max(dates) if dates and (ended is None or max(dates) >= ended) else ended


def _date(value: Any) -> date | None:
    try:
        return parse_moment(text_of(value).partition(" ")[0]).at.date()
    except BadInput:
        return None


def _fighting(key: str, row: Mapping[str, Any], said: date) -> Item:
    ended = _date(row.get("date_end"))
    fields = {
        "id": f"ucdp-{key}",
        "place": _place(row),
        "claim": Claim.FIGHTING.value,
        "occurred_at": ended.isoformat() if ended else "",
        "reported_at": said.isoformat(),
        "quote": one_line(text_of(row.get("dyad_name")), 200),
        "via": one_line(text_of(row.get("source_office")), 200),
        "lat": text_of(row.get("latitude")),
        "lon": text_of(row.get("longitude")),
    }
    return Item(key, fields, dict(row))


def _place(row: Mapping[str, Any]) -> str:
    """The place without the word for its kind, which is no part of its name."""
    name = text_of(row.get("where_coordinates"))
    for kind in ("town", "village", "city"):
        name = name.removesuffix(f" {kind}")
    return name


def _lead(key: str, row: Mapping[str, Any], said: date) -> Lead:
    where = one_line(text_of(row.get("where_coordinates")), 100) or "somewhere"
    days = f"{text_of(row.get('date_start'))[:10]} to {text_of(row.get('date_end'))[:10]}"
    return Lead(
        key,
        f"{one_line(text_of(row.get('dyad_name')), 100) or 'violence'}: {where}",
        f"{days}; {one_line(text_of(row.get('source_headline')), 400)}",
        "",
        datetime(said.year, said.month, said.day, tzinfo=UTC),
    )


KIND = Kind(NAME, UcdpBlock, pull)
