"""Feeds of the kind `cap`: alerts in CAP 1.1 or 1.2, as leads.

https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html. At the address is an alert, or an
Atom or RSS feed that has alerts in it or links to them. Only those of the status Actual and for
everybody count; an Update takes the place of what it refers to, a Cancel takes that back.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from bot.feeds.blocks import Address, Block
from bot.feeds.fetching import FeedTrouble
from bot.feeds.kinds.kind import Kind, Pull
from bot.feeds.leads import lead_of, sorted_out
from bot.feeds.xml import read_xml
from storage.model.errors import BadInput
from storage.model.feeds import Batch, Gone, Item, fingerprint
from storage.model.times import parse_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from bot.feeds.leads import Found

NAME = "cap"
NAMESPACES = ("urn:oasis:names:tc:emergency:cap:1.1", "urn:oasis:names:tc:emergency:cap:1.2")
NEEDED = ("identifier", "sender", "sent", "status", "msgType", "scope")
ATOM = "{http://www.w3.org/2005/Atom}"
CAP_TYPE = "application/cap+xml"
MOST_LINKS = 500
MOST_TROUBLES = 5  # alerts that cannot be read, after which the others are not asked for
TOLD, TAKES_BACK = ("Alert", "Update", "Cancel"), ("Update", "Cancel")


class CapBlock(Block):
    """Where the alert is, or the feed of alerts."""

    url: Address


@dataclass(frozen=True)
class CapAlert:
    """An alert: what can be made of it, and the keys of the alerts that it takes back."""

    found: Found | None
    takes_back: tuple[str, ...] = ()


async def pull(block: CapBlock, work: Pull) -> AsyncIterator[Batch]:
    """The alerts that are new, and what they take back.

    Alerts that cannot be read do not keep back the others: they are asked for again the next time.
    """
    answer = await work.fetch.get_if_changed(block.url, work.cursor.get("validators", {}))
    if answer is None:
        return
    root = await asyncio.to_thread(read_xml, answer.body, "the feed")
    alerts = list(alerts_in(root))
    listed = {} if alerts else dict(_links(root, block.url))
    if len(listed) > MOST_LINKS:
        raise FeedTrouble(f"the feed links to more than {MOST_LINKS} alerts")
    known = work.cursor.get("read", {})
    read = {link: known[link] for link in listed if link in known}
    troubles: list[str] = []
    for link, changed in listed.items():
        if read.get(link) == changed:
            continue
        try:
            linked = await work.fetch.get(link)
            there = list(alerts_in(await asyncio.to_thread(read_xml, linked.body, link)))
            if not there:
                raise FeedTrouble(f"{link[:200]} holds no alert")
        except FeedTrouble as error:
            troubles.append(error.reason)
            if error.not_before is not None or len(troubles) == MOST_TROUBLES:
                raise FeedTrouble("; ".join(troubles), not_before=error.not_before) from None
            continue
        read = {**read, link: changed}
        yield Batch({"read": read}, *sorted_alerts(there, work.now))
    if troubles:
        raise FeedTrouble("; ".join(troubles))
    yield Batch(
        {"validators": dict(answer.validators), "read": read}, *sorted_alerts(alerts, work.now)
    )


def sorted_alerts(alerts: Sequence[Element], now: datetime) -> tuple[Any, Any, tuple[Gone, ...]]:
    """What cannot be used, the leads, and what is taken back, of alerts in any order; `now` is the
    time now (UTC).
    """
    parsed = [parse(alert) for alert in alerts]
    items, leads = sorted_out([p.found for p in parsed if p.found is not None], now)
    gone = dict.fromkeys(key for p in parsed for key in p.takes_back)
    return items, leads, tuple(map(Gone, gone))


def alerts_in(root: Element) -> Iterator[Element]:
    """The alerts in a document, of both versions."""
    for namespace in NAMESPACES:
        yield from root.iter(f"{{{namespace}}}alert")


def _links(root: Element, base: str) -> Iterator[tuple[str, str]]:
    """The alerts that a feed links to, each with when it was changed, as the feed says."""
    entries = [*root.iter(f"{ATOM}entry"), *root.iter("item")]
    if root.tag not in (f"{ATOM}feed", "rss"):
        raise FeedTrouble(f"there is neither an alert nor a feed of alerts, but {root.tag!r:.60}")
    for entry in entries:
        links = entry.findall(f"{ATOM}link")
        chosen = next((a for a in links if a.get("type") == CAP_TYPE), None)
        chosen = chosen if chosen is not None else next(iter(links), None)
        href = entry.findtext("link", "") if chosen is None else chosen.get("href", "")
        if href.strip():
            changed = entry.findtext(f"{ATOM}updated") or entry.findtext("pubDate") or ""
            yield _joined(base, href.strip()), changed.strip()


def _joined(base: str, href: str) -> str:
    try:
        return urljoin(base, href)
    except ValueError:
        return href  # no address: whoever asks for it is told so, and for the others too


def parse(alert: Element) -> CapAlert:
    """What an alert says; an Item with the reason where it lacks what every alert has."""
    namespace = alert.tag.partition("}")[0] + "}"

    def text(name: str, within: Element | None = None) -> str:
        found = (alert if within is None else within).findtext(f"{namespace}{name}", "")
        return found.strip()

    given = {name: text(name) for name in NEEDED}
    missing = [name for name in NEEDED if not given[name]]
    sent = _time(given["sent"])
    if missing or sent is None:
        why = f"it lacks {missing[0]}" if missing else f"sent: {given['sent'][:40]!r} is no time"
        key = given["identifier"] or f"alert {fingerprint(given)}"
        return CapAlert(Item(key, given, {}, why))
    if given["status"] != "Actual" or given["scope"] != "Public" or given["msgType"] not in TOLD:
        return CapAlert(None)
    references = text("references").split() if given["msgType"] in TAKES_BACK else []
    back = tuple(before for reference in references if (before := _key_of(reference)))
    if given["msgType"] == "Cancel":
        return CapAlert(None, back)
    info = alert.find(f"{namespace}info")
    said = {n: text(n, info) if info is not None else "" for n in ("headline", "event", "web")}
    description = text("description", info) if info is not None else ""
    itself = f"{given['sender']},{given['identifier']},{sent.isoformat()}"
    title = said["headline"] or said["event"] or given["identifier"]
    return CapAlert(lead_of(itself, title, description, said["web"], sent, None), back)


def _key_of(reference: str) -> str | None:
    """The key of the alert that a reference (sender,identifier,sent) means."""
    parts = reference.split(",")
    sent = _time(parts[-1]) if len(parts) == len(("sender", "identifier", "sent")) else None
    return None if sent is None else f"{parts[0]},{parts[1]},{sent.isoformat()}"


def _time(text: str) -> datetime | None:
    try:
        return parse_moment(text).at
    except BadInput:
        return None


KIND = Kind(NAME, CapBlock, pull)
