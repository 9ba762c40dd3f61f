"""Feeds of the kind `acled`: the events of ACLED that somebody has access to.

https://acleddata.com/api-documentation: a token for user name and password, events by the time they
were published or changed, page by page, and those that were deleted since.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from bot.feeds.blocks import Address, Block, Secret, Text
from bot.feeds.events import is_about_control, item_of
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.parsing import from_epoch, read_object, text_of
from storage.model.feeds import Batch, Gone, Item
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.feeds.fetching import Answer

NAME = "acled"
CLIENT = "acled"  # the one client that the service knows
PAGE = 5000  # rows; what the service gives at most
OVERLAP = 86_400  # seconds; how far behind what was read every run looks
# Seconds; what is as new as that when the first page is read may have moved the others.
CLOCKS = 3600
UNAUTHORIZED = 401
OURS = ("timestamp", "timestamp_where", "page", "limit", "_format", "fields")


class AcledBlock(Block):
    """Access, and `filters` as the service knows them (`country = "Iraq|Syria"`).

    `transfers_to` says which actor gains in a transfer without violence; those events wait where it
    is left out.
    """

    url: Address = "https://acleddata.com"
    username: Text
    password: Secret
    filters: dict[Text, Text] = Field(default_factory=dict)
    transfers_to: Literal["actor1", "actor2"] | None = None
    page: int = Field(default=PAGE, ge=1, le=PAGE)

    @field_validator("filters")
    @classmethod
    def _not_ours(cls, given: dict[str, str]) -> dict[str, str]:
        if ours := [name for name in given if name in OURS]:
            raise ValueError(f"{ours[0]} is set by the feed itself")
        return given


async def pull(block: AcledBlock, work: Pull) -> AsyncIterator[Batch]:
    """The events published or changed since the last run, then those deleted since.

    Both look back behind what was read, and read it again: whether the service counts the moment
    itself in, and how its clock goes, does not matter, since what is known changes nothing. Where
    rows are published or deleted while pages of them are read, others move between the pages and
    may be missed: then the next run reads all of it again.
    """
    service = _Service(block, work)
    now = int(work.now.timestamp())
    # What was deleted before anything was read was never on record.
    deleted, since = int(work.cursor.get("deleted", now)), int(work.cursor.get("since", 0))
    began, newest = int(work.cursor.get("began", now)), int(work.cursor.get("newest", since))
    number = int(work.cursor.get("page", 1))
    asked = {"timestamp": str(max(since - OVERLAP, 0)), "timestamp_where": ">="}
    while True:
        rows = await service.page("acled", block.filters | asked, number)
        items, over, newest = await asyncio.to_thread(
            parse_events, rows, newest, now, block.transfers_to
        )
        is_last = len(rows) < block.page
        number += not is_last
        # Where the next run goes on, should this one not come to its end.
        half = {"since": since, "page": number, "newest": newest, "began": began}
        yield Batch({"deleted": deleted, **half}, items, over=over)
        if is_last:
            break
    latest, page = 0, 1
    asked = {"deleted_timestamp": str(max(deleted - OVERLAP, 0)), "deleted_timestamp_where": ">="}
    while True:
        rows = await service.page("deleted", asked, page)
        gone, latest = parse_deleted(rows, latest, now)
        page += 1
        if len(rows) < block.page:
            break
        yield Batch({"deleted": deleted, **half}, gone=gone)
    has_moved = number > 1 and max(newest, latest) >= began - CLOCKS
    deleted = max(deleted, latest)
    yield Batch({"deleted": deleted, "since": since if has_moved else newest}, gone=gone)


@dataclass
class _Service:
    """The service, with the token of this run."""

    block: AcledBlock
    work: Pull
    token: str = ""
    refresh: str = ""

    async def page(
        self, what: str, filters: Mapping[str, str], number: int
    ) -> list[Mapping[str, Any]]:
        """A page of rows; takes a token first, and a new one where it has run out meanwhile."""
        if not self.token:
            await self._log_in()
        ours = {"_format": "json", "limit": str(self.block.page), "page": str(number)}
        params = {**filters, **ours}
        url = f"{self.block.url.rstrip('/')}/api/{what}/read"
        try:
            answer = await self.work.fetch.get(url, params=params, headers=self._headers())
        except FeedTrouble as error:
            if error.status != UNAUTHORIZED:
                raise
            await self._log_in()
            answer = await self.work.fetch.get(url, params=params, headers=self._headers())
        # Off the loop: a large page takes its time.
        return await asyncio.to_thread(rows_of, answer, what)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def _log_in(self) -> None:
        """A token by the refresh token, or by user name and password."""
        if self.refresh:
            refresh, self.refresh = self.refresh, ""
            try:
                await self._take({"grant_type": "refresh_token", "refresh_token": refresh})
            except FeedTrouble as error:
                if error.status is None:
                    raise
            else:
                return
        try:
            await self._take(
                {
                    "grant_type": "password",
                    "username": self.block.username,
                    "password": self.block.password.get_secret_value(),
                }
            )
        except FeedTrouble as error:
            if error.status in (400, UNAUTHORIZED, 403):
                raise FeedTrouble(f"{error.reason}: check user name and password") from None
            raise

    async def _take(self, form: Mapping[str, str]) -> None:
        url = f"{self.block.url.rstrip('/')}/oauth/token"
        answer = await self.work.fetch.post(url, form={**form, "client_id": CLIENT})
        given = read_object(answer.body, "the answer with the token")
        self.token, self.refresh = (
            text_of(given.get("access_token")),
            text_of(given.get("refresh_token")),
        )
        if not self.token:
            raise FeedTrouble("the answer that should hold a token holds none")


def rows_of(answer: Answer, what: str) -> list[Mapping[str, Any]]:
    """The rows of an answer; raises FeedTrouble where it is an error, which comes as a success."""
    given = read_object(answer.body, f"the answer of `{what}`")
    rows = given.get("data")
    if given.get("success") is False or not isinstance(rows, list):
        why = given.get("error") or given.get("message") or "no `data` in it"
        raise FeedTrouble(f"the service answered with an error: {why!r:.200}")
    if any(not isinstance(row, dict) for row in rows):
        raise FeedTrouble(f"the answer of `{what}` has rows that are no objects")
    return rows


def parse_events(
    rows: list[Mapping[str, Any]], newest: int, now: int, transfers_to: str | None
) -> tuple[tuple[Item, ...], tuple[str, ...], int]:
    """The items of a page, the keys of events that are not about control (any more), and the latest
    time of publishing so far, up to the time `now` (both in seconds since 1970).
    """
    if unnamed := sum(1 for row in rows if not text_of(row.get("event_id_cnty"))):
        raise FeedTrouble(f"{unnamed} of the events have no event_id_cnty")
    items = tuple(item_of(row, transfers_to) for row in rows if is_about_control(row))
    over = tuple(text_of(row["event_id_cnty"]) for row in rows if not is_about_control(row))
    return items, over, _latest(newest, now, [_seconds(row.get("timestamp")) for row in rows])


def parse_deleted(
    rows: list[Mapping[str, Any]], latest: int, now: int
) -> tuple[tuple[Gone, ...], int]:
    """The events that were deleted, and the latest time of that so far, as in `parse_events`."""
    if unnamed := sum(1 for row in rows if not text_of(row.get("event_id_cnty"))):
        raise FeedTrouble(f"{unnamed} of the deleted events have no event_id_cnty")
    gone, times = [], []
    for row in rows:
        seconds = _seconds(row.get("deleted_timestamp"))
        at = from_epoch(seconds) if seconds else ""
        gone.append(Gone(text_of(row.get("event_id_cnty")), parse_moment(at) if at else None))
        times.append(seconds)
    return tuple(gone), _latest(latest, now, times)


def _latest(so_far: int, now: int, times: list[int]) -> int:
    """The latest of the times, but for those to come: the next run would begin there."""
    return max([so_far, *(t for t in times if t <= now + CLOCKS)])


def _seconds(value: Any) -> int:
    """Seconds since 1970; 0 where it is none, or so far off that it is some other number."""
    text = text_of(value)
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    return number if number < 7_000_000_000 else 0


KIND = Kind(NAME, AcledBlock, pull, lasting=("deleted",))
