"""The kinds of feeds there are, by the word that a block names its kind with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.feeds.kinds import acled, arcgis, cap, gdelt, geojson, news, reliefweb, reports, ucdp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feeds.kinds.kind import Kind

MODULES = (reports, geojson, arcgis, acled, ucdp, news, reliefweb, gdelt, cap)
KINDS: Mapping[str, Kind] = {module.KIND.name: module.KIND for module in MODULES}
