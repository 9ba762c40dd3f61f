"""Leads out of what feeds of several formats say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.feeds.parsing import one_line
from storage.model.feeds import Item, Lead, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_URL = 300, 1000, 2000
AHEAD = timedelta(days=1)  # as for reports: what lies further ahead was not said yet

# A lead, or what cannot be one, with the reason.
Found: TypeAlias = Lead | Item


def lead_of(
    key: str,
    title: str,
    summary: str,
    url: str,
    said: datetime | None,
    changed: datetime | None,
) -> Found:
    """A lead of these parts; an Item with the reason where it cannot be one (times are UTC)."""
    title, summary = one_line(title, LONGEST_TITLE), one_line(summary, LONGEST_SUMMARY)
    title = title or one_line(summary, 100)
    parts = {"title": title, "summary": summary, "url": one_line(url, LONGEST_URL)}
    key = one_line(key, len(key)) or f"entry {fingerprint(parts)}"
    first = said or changed
    if first is None:
        return Item(key, parts, {}, "it does not tell when it was published")
    if not title:
        return Item(key, parts, {}, "it has neither a title nor a text")
    later = changed if changed is not None and changed > first else None
    return Lead(key, title, summary, parts["url"], first, later)


def sorted_out(found: Iterable[Found], now: datetime) -> tuple[tuple[Item, ...], tuple[Lead, ...]]:
    """What cannot be a lead, and the leads that can, by the time `now` (UTC)."""
    items: list[Item] = []
    leads: list[Lead] = []
    for one in found:
        if isinstance(one, Item):
            items.append(one)
        elif one.said > now + AHEAD:
            parts = {"title": one.title, "summary": one.summary, "url": one.url}
            why = f"{one.said:%Y-%m-%d %H:%M} UTC is still to come"
            items.append(Item(one.key, parts, {}, why))
        else:
            leads.append(one)
    return tuple(items), tuple(leads)
