"""Feeds of the kind `arcgis`: a map of control on a layer of an ArcGIS FeatureServer.

https://developers.arcgis.com/rest/services-reference/enterprise/query-feature-service-layer/
The layer says when its data was edited last; only when that has changed is it read, page by page.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from bot.feeds.blocks import Text
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.geojson import LASTING, MapBlock, compared
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.maps import areas_of
from bot.feeds.parsing import from_milliseconds, read_object

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.feeds.maps import Area
    from storage.model.feeds import Batch

NAME = "arcgis"
MOST_PAGES = 1000


class ArcGisBlock(MapBlock):
    """`url` is that of the layer, ending in its number; `where` chooses among its features."""

    where: Text = "1=1"


async def pull(block: ArcGisBlock, work: Pull) -> AsyncIterator[Batch]:
    """What the layer says that it has not said yet, if it was edited."""
    layer = await _layer(block, work)
    edited = edited_at(layer)
    if work.cursor.get("edited") == edited:
        return
    areas = await _areas(block, work, layer)
    if edited_at(await _layer(block, work)) != edited:
        raise FeedTrouble("the layer was edited while it was read")
    drawn = from_milliseconds(edited)
    async for batch in compared(block, work, areas, drawn, {"edited": edited}):
        yield batch


async def _layer(block: ArcGisBlock, work: Pull) -> dict[str, Any]:
    answer = await work.fetch.get(block.url, params={"f": "json"})
    return checked(read_object(answer.body, "the layer"))


def checked(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it is an error: ArcGIS answers those with the status 200."""
    error = answer.get("error")
    if error is not None:
        told = error if isinstance(error, dict) else {}
        raise FeedTrouble(
            f"the layer answered with the error {told.get('code')!r:.20}: "
            f"{told.get('message')!r:.200}"
        )
    return answer


def edited_at(layer: Mapping[str, Any]) -> int:
    """When the data of a layer was edited last, in milliseconds since 1970; raises FeedTrouble."""
    info = layer.get("editingInfo")
    told = info if isinstance(info, dict) else {}
    edited = told.get("dataLastEditDate", told.get("lastEditDate"))
    if type(edited) is not int or not from_milliseconds(edited):
        raise FeedTrouble("the layer does not tell when it was edited (editingInfo.lastEditDate)")
    return edited


async def _areas(block: ArcGisBlock, work: Pull, layer: Mapping[str, Any]) -> list[Area]:
    found: list[Area] = []
    order = layer.get("objectIdField")
    params: dict[str, str | int] = {
        "where": block.where,
        "outFields": "*",
        "returnGeometry": "true",
        "outSR": 4326,
        "f": "geojson",
        # Pages of what is in no order may hold a feature twice, and another one not at all.
        **({"orderByFields": order} if isinstance(order, str) and order else {}),
    }
    offset, before = 0, None
    for _ in range(MOST_PAGES):
        answer = await work.fetch.get(
            f"{block.url}/query", params=params | {"resultOffset": offset}
        )
        page = checked(read_object(answer.body, "the layer"))
        found += await asyncio.to_thread(areas_of, page, block)
        if before is not None and page["features"] == before:
            raise FeedTrouble("the layer gives the same features on every page")
        before = page["features"]
        if not has_more(page):
            return found
        if not page["features"]:
            raise FeedTrouble("the layer says that there is more, and gives nothing")
        offset += len(page["features"])
    raise FeedTrouble(f"the layer has more than {MOST_PAGES} pages")


def has_more(page: Mapping[str, Any]) -> bool:
    """Whether a page is not the last one; servers say so at one of two places."""
    properties = page.get("properties")
    inside = properties.get("exceededTransferLimit") if isinstance(properties, dict) else None
    return page.get("exceededTransferLimit") is True or inside is True


KIND = Kind(NAME, ArcGisBlock, pull, needs_places=True, lasting=LASTING)
