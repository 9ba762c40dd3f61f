"""XML from outside: read strictly, and without entities, by which a few lines become gigabytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from bot.feeds.fetching import FeedTrouble

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_xml(body: bytes, where: str) -> Element:
    """The root of an XML document; raises FeedTrouble, naming `where`, for anything else, for half
    a document, and for one that declares entities.
    """
    try:
        root: Element = fromstring(body)
    except DefusedXmlException:
        raise FeedTrouble(f"{where} declares entities, which could unpack to anything") from None
    except (ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise FeedTrouble(f"{where} is no XML, or was cut: {error}") from None
    return root
