"""Alerts as CAP 1.2 and an Atom feed of them: from what is to be said to XML, nothing else.

https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
LONGEST_HEADLINE = 160  # what the standard asks for
# What no XML may hold, beside what isolates names from their surroundings.
_LEFT_OUT = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 8296, 8297, 65534, 65535))

register_namespace("", CAP)


class MessageType(StrEnum):
    """What a message does to those before it."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Certainty(StrEnum):
    """How sure it is, in the words of CAP."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Reference:
    """A message, as others refer to it: who sent it, its identifier, and when (UTC)."""

    sender: str
    identifier: str
    sent: datetime

    def __str__(self) -> str:
        return f"{self.sender},{self.identifier},{cap_time(self.sent)}"


@dataclass(frozen=True)
class CapMessage:
    """A message: what it is, which earlier ones it updates or cancels, and what it says of where.

    `position` is latitude and longitude in degrees.
    """

    itself: Reference
    type: MessageType
    references: tuple[Reference, ...]
    headline: str
    description: str
    certainty: Certainty
    area: str
    position: tuple[float, float] | None = None


def cap_time(at: datetime) -> str:
    """A time as CAP wants it: to the second, and never with a Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def cap_xml(message: CapMessage) -> bytes:
    """The message as an XML document."""
    root = Element(f"{{{CAP}}}alert")
    _add(root, CAP, "identifier", message.itself.identifier)
    _add(root, CAP, "sender", message.itself.sender)
    _add(root, CAP, "sent", cap_time(message.itself.sent))
    _add(root, CAP, "status", "Actual")
    _add(root, CAP, "msgType", message.type.value)
    _add(root, CAP, "scope", "Public")
    if message.references:
        _add(root, CAP, "references", " ".join(map(str, message.references)))
    info = SubElement(root, f"{{{CAP}}}info")
    _add(info, CAP, "language", "en")
    _add(info, CAP, "category", "Security")
    _add(info, CAP, "event", "Change of control")
    # What it means for somebody is not for us to say.
    _add(info, CAP, "urgency", "Unknown")
    _add(info, CAP, "severity", "Unknown")
    _add(info, CAP, "certainty", message.certainty.value)
    _add(info, CAP, "headline", _short(message.headline))
    _add(info, CAP, "description", message.description)
    area = SubElement(info, f"{{{CAP}}}area")
    _add(area, CAP, "areaDesc", message.area)
    if message.position is not None:
        lat, lon = message.position
        _add(area, CAP, "circle", f"{lat},{lon} 0")
    return _document(root)


def atom_xml(messages: list[tuple[CapMessage, str]], sender: str) -> bytes:
    """An Atom feed of messages, newest first, each with the name of the file that it is in."""
    root = Element(f"{{{ATOM}}}feed")
    _add(root, ATOM, "id", f"urn:whoholds:{sender}")
    _add(root, ATOM, "title", "Who holds a place: alerts")
    newest = max((m.itself.sent for m, _ in messages), default=datetime(1970, 1, 1, tzinfo=UTC))
    _add(root, ATOM, "updated", cap_time(newest))
    _add(SubElement(root, f"{{{ATOM}}}author"), ATOM, "name", sender)
    for message, file in messages:
        entry = SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, ATOM, "id", f"urn:whoholds:{sender}:{message.itself.identifier}")
        _add(entry, ATOM, "title", f"{message.type.value}: {_short(message.headline)}")
        _add(entry, ATOM, "updated", cap_time(message.itself.sent))
        SubElement(entry, f"{{{ATOM}}}link", {"type": CAP_TYPE, "href": file})
    return _document(root)


def _add(parent: Element, namespace: str, name: str, text: str) -> None:
    SubElement(parent, f"{{{namespace}}}{name}").text = text.translate(_LEFT_OUT)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_HEADLINE else f"{text[: LONGEST_HEADLINE - 1]}…"


def _document(root: Element) -> bytes:
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document
