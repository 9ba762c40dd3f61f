"""The kinds of feeds there are, by the word that a block names its kind with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.feeds.kinds import acled, arcgis, geojson, reports, ucdp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feeds.kinds.kind import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (reports.KIND, geojson.KIND, arcgis.KIND, acled.KIND, ucdp.KIND)
}
