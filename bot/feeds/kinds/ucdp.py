"""Feeds of the kind `ucdp`: the georeferenced events of the Uppsala Conflict Data Program.

https://ucdp.uu.se/apidocs/: pages by NextPageUrl, with a token. Nothing there says who holds a
place: fighting on a known day at a known place is a report, everything else a lead.

A version tells of all events of a time: a yearly one of every year since 1989, one of candidate
events of a month or some. Of an event that an earlier version had in that time and a later one has
not, the researchers think otherwise by now: it is taken back. What lies outside of that time stays.
"""

from __future__ import annotations

import asyncio
import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from bot.feeds.blocks import Address, Block, Secret, Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.parsing import one_line, read_object, text_of
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Edition, Item, Lead, fingerprint
from storage.model.reports import Claim
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

NAME = "ucdp"
PAGE = 1000  # events; what the service gives at most
# Of the three kinds of violence, those with two sides that fight; the third is against civilians.
WITH_TWO_SIDES = ("1", "2")
EXACT = "1"
FIRST_DAY = date(1989, 1, 1)  # of all yearly versions
CENTURY, MONTHS_A_YEAR = 2000, 12
# 25.1 tells of the years to 2024, 25.0.9 of September 2025, 25.01.25.09 of January to September.
YEARLY, MONTHLY = re.compile(r"([0-9]{2})\.1"), re.compile(r"([0-9]{2})\.0\.([0-9]{1,2})")
MONTHS = re.compile(r"([0-9]{2})\.([0-9]{1,2})\.\1\.([0-9]{1,2})")


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
    """All events of the version, each the first time; a new version is read anew.

    Where the pages do not hold as many events as the service tells of, some were lost or have moved
    meanwhile: nothing is taken back then, and the next run reads all of them again.
    """
    first = f"{block.url.rstrip('/')}/{block.version}"
    headers = {"x-ucdp-access-token": block.token.get_secret_value()}
    collection = fingerprint({"url": block.url, "filters": dict(block.filters)})
    start = {**block.filters, "pagesize": str(block.page)}
    anew = _Reading(start, f"{block.version} {work.now.isoformat()}")
    # A version rarely changes once it is out: what was read to its end is looked at from there.
    at = _Reading.goes_on(work.cursor) or anew
    asked: list[dict[str, str]] = []
    while True:
        answer = await work.fetch.get(first, params=at.next, headers=headers)
        # Off the loop: a large page takes its time.
        page = await asyncio.to_thread(read_object, answer.body, "the page")
        items, leads = await asyncio.to_thread(parse, page)
        total = _total(page)
        if at.name != anew.name and total != at.total:
            at = anew  # it did change: its events are on other pages now
            continue
        days, following = days_of(page), next_page(page)
        asked.append(at.next)
        if following in asked:
            raise FeedTrouble("a page says that one before it comes next")
        seen = at.before.and_of(days.values(), len(page["Result"]))
        part = Edition(collection, block.version, at.name, seen.number, days)
        if at is not anew and total != at.total:
            yield Batch({}, items, leads, edition=part)
            raise FeedTrouble(
                f"the service told of {at.total} events and now tells of {total}: "
                "all of them are read again"
            )
        if following:
            at = _Reading(following, at.name, seen, total)
            yield Batch(at.cursor, items, leads, edition=part)
            continue
        if total not in (None, seen.number):
            yield Batch({}, items, leads, edition=part)
            raise FeedTrouble(
                f"the service tells of {total} events and has given {seen.number}: "
                "all of them are read again"
            )
        # Without a number of events, an empty page may stand for what is not there just now.
        is_whole = total is not None or bool(page["Result"])
        covers = covered(block.version, seen) if is_whole else None
        cursor = replace(at, total=total).cursor
        yield Batch(cursor, items, leads, edition=part, covers=covers)
        return


class Seen(NamedTuple):
    """What pages had so far: how many events, and of which days (ISO 8601) the first and last."""

    number: int = 0
    first: str = ""
    last: str = ""

    def and_of(self, days: Iterable[date | None], number: int) -> Seen:
        """That and one more page of so many events."""
        all_days = sorted({self.first, self.last, *(d.isoformat() for d in days if d)} - {""})
        return Seen(self.number + number, *((all_days[0], all_days[-1]) if all_days else ()))


NOTHING = Seen()


@dataclass(frozen=True)
class _Reading:
    """Where one reading of a version, which has a name, goes on: what to ask for next, what the
    pages before that had, and how many events there are in all, if that is told.
    """

    next: dict[str, str]
    name: str
    before: Seen = NOTHING
    total: int | None = None

    @property
    def cursor(self) -> dict[str, Any]:
        return {**vars(self), "before": list(self.before)}

    @classmethod
    def goes_on(cls, cursor: Mapping[str, Any]) -> _Reading | None:
        """The reading that a cursor stands for; None where a new one begins."""
        if "next" not in cursor:
            return None
        before = Seen(*cursor["before"])
        return cls(cursor["next"], cursor["name"], before, cursor["total"])


def covered(version: str, seen: Seen) -> tuple[date, date] | None:
    """The days that a version tells of, the first and the last; None if that is not known.

    Those between its first event and its last, and all that its name tells of where they lie in it.
    """
    if not seen.first:
        return None
    first, last = date.fromisoformat(seen.first), date.fromisoformat(seen.last)
    start, end = _named(version) or (first, last)
    return (start, end) if start <= first and last <= end else (first, last)


def _named(version: str) -> tuple[date, date] | None:
    if found := YEARLY.fullmatch(version):
        return FIRST_DAY, date(CENTURY + int(found[1]) - 1, 12, 31)
    found = MONTHLY.fullmatch(version) or MONTHS.fullmatch(version)
    if found is None:
        return None
    year, start, end = CENTURY + int(found[1]), int(found[2]), int(found[found.lastindex or 2])
    if not 1 <= start <= end <= MONTHS_A_YEAR:
        return None
    return date(year, start, 1), date(year, end, monthrange(year, end)[1])


def days_of(page: Mapping[str, Any]) -> dict[str, date | None]:
    """The day on which each event of a page ended, by its id; None where it has none."""
    return {text_of(row.get("id")): _date(row.get("date_end")) for row in page["Result"]}


def _total(page: Mapping[str, Any]) -> int | None:
    total = page.get("TotalCount")
    return total if isinstance(total, int) and not isinstance(total, bool) else None


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
        one_line(f"{days}; {text_of(row.get('source_headline'))}", 430),
        "",
        datetime(said.year, said.month, said.day, tzinfo=UTC),
    )


KIND = Kind(NAME, UcdpBlock, pull)
