"""Feeds of the kind `geojson`: a map of control as polygons, drawn anew from time to time.

The map is compared with what it said last: a place that newly lies in another party's polygon is
one report, and of every other place inside it repeats its word once for each day it was drawn on.
It says when it was drawn (in a property, or by Last-Modified); when it was fetched tells nothing.
"""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from bot.feeds.blocks import Address, Block, Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.leads import AHEAD
from bot.feeds.maps import areas_of, in_scope, parties_at, words
from bot.feeds.parsing import from_milliseconds, read_object, text_of
from storage.model.errors import BadInput
from storage.model.feeds import Batch
from storage.model.times import iso, parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.feeds.fetching import Answer
    from bot.feeds.maps import Area, Word

NAME = "geojson"
BATCH = 500
# A number of milliseconds since 1970 that is surely one: seconds would lie in the far future.
LEAST_MILLISECONDS = 100_000_000_000
# What a map has said is compared also with what it says at another address.
LASTING = ("said",)


class MapBlock(Block):
    """Whose the polygons are: all of one `party`, or named by a `party_property` of each; who holds
    what lies `outside` of all; and in which `countries` places are looked up (all if none).
    """

    url: Address
    party: Text | None = None
    party_property: Text | None = None
    outside: Text | None = None
    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_of_both(self) -> MapBlock:
        if (self.party is None) == (self.party_property is None):
            raise ValueError("expected one of party and party_property")
        return self


class GeoJsonBlock(MapBlock):
    """`date_property` names where features say when they were drawn; Last-Modified tells it where
    they do not.
    """

    date_property: Text | None = None


async def pull(block: GeoJsonBlock, work: Pull) -> AsyncIterator[Batch]:
    """What a map says that it has not said yet."""
    answer = await work.fetch.get_if_changed(block.url, work.cursor.get("validators", {}))
    if answer is None:
        return
    areas, drawn = await asyncio.to_thread(parse, answer, block)
    async for batch in compared(block, work, areas, drawn, {"validators": dict(answer.validators)}):
        yield batch


def parse(answer: Answer, block: GeoJsonBlock) -> tuple[list[Area], str]:
    """The areas of a map and when it was drawn (ISO 8601, UTC); raises FeedTrouble."""
    collection = read_object(answer.body, "the map")
    return areas_of(collection, block), _drawn(collection, answer.validators, block)


def _drawn(
    collection: Mapping[str, Any], validators: Mapping[str, str], block: GeoJsonBlock
) -> str:
    if block.date_property is None:
        modified = validators.get("last-modified", "")
        try:
            return iso(parsedate_to_datetime(modified))
        except ValueError:
            raise FeedTrouble(
                "the map does not tell when it was drawn: name a property that does "
                "(`date_property`)"
            ) from None
    dates = [
        _date((feature.get("properties") or {}).get(block.date_property))
        for feature in collection["features"]
        if isinstance(feature.get("properties"), dict)
    ]
    if not any(dates):
        raise FeedTrouble(f"no {block.date_property!r} in the map tells when it was drawn")
    return max(dates)


def _date(value: Any) -> str:
    """A time in a property: ISO 8601, or milliseconds since 1970; empty where it is neither."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return from_milliseconds(value) if value > LEAST_MILLISECONDS else ""
    try:
        return str(parse_moment(text_of(value)))
    except BadInput:
        return ""


async def compared(
    block: MapBlock, work: Pull, areas: list[Area], drawn: str, behind: Mapping[str, Any]
) -> AsyncIterator[Batch]:
    """What a map drawn at `drawn` says that it has not said yet; `behind` is the rest of the cursor
    once all of it is on record.
    """
    if parse_moment(drawn).at > work.now + AHEAD:
        raise FeedTrouble(f"the map says that it was drawn at {drawn}, which is still to come")
    said: dict[str, list[Any]] = dict(work.cursor.get("said", {}))
    if not areas and any(parties for parties, _, _ in said.values()):
        raise FeedTrouble("the map has no areas any more: that is taken for a fault of it")
    found = await asyncio.to_thread(_found, block, work, areas, drawn, said)
    before = {name: value for name, value in work.cursor.items() if name != "said"}
    for start in range(0, max(len(found), 1), BATCH):
        some = found[start : start + BATCH]
        said |= {word.place: word.kept for word in some}
        rest = behind if start + BATCH >= len(found) else before
        items = tuple(word.item for word in some if word.item is not None)
        # Of what was unclear and is not any more, nothing waits to be made clear.
        clear = tuple(word.place for word in some if word.is_clear)
        yield Batch({**rest, "said": dict(said)}, items, settled=clear)


def _found(
    block: MapBlock,
    work: Pull,
    areas: list[Area],
    drawn: str,
    said: Mapping[str, list[Any]],
) -> list[Word]:
    parties = parties_at(areas, in_scope(work.places, block.countries))
    return list(words(work.feed, block, drawn, parties, said))


KIND = Kind(NAME, GeoJsonBlock, pull, needs_places=True, lasting=LASTING)
