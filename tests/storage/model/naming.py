"""Places with names to ask for, and answers in short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.names import Ambiguous, Found, Index, NotFound, Resolution, resolve
from storage.model.places import AREA, Place

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = [
    Place(
        "al-waleed",
        "Al Waleed",
        "crossing",
        ("IQ", "SY"),
        aliases=("Al-Walid", "al-Tanf", "الوليد"),
    ),
    Place(
        "al-qaim", "Al-Qaim", "crossing", ("IQ", "SY"), aliases=("Al Qa'im", "Abu Kamal", "القائم")
    ),
    Place("rabia", "Rabia", "crossing", ("IQ", "SY"), aliases=("Rabi'ah", "Yarubiyah", "ربيعة")),
    Place("trebil", "Trebil", "crossing", ("IQ", "JO"), aliases=("Turaibil", "Karameh")),
    Place("tal-afar", "Tal Afar", "town", ("IQ",), aliases=("Tall 'Afar", "تلعفر")),
    Place("tal-afar-airport", "Tal Afar airport", "airport", ("IQ",)),
    Place("rawa", "Rawa", "town", ("IQ",), aliases=("Rawah", "راوة")),
    Place("ana", "Ana", "town", ("IQ",), aliases=("Anah", "عانة")),
    Place("kupiansk", "Куп'янськ", "town", ("UA",), aliases=("Kupyansk", "Kupiansk")),
    Place("iraq-syria-border", "Iraq–Syria border", AREA, ("IQ", "SY")),
    Place("anbar", "Anbar", AREA, ("IQ",), aliases=("Al-Anbar", "الأنبار")),
]
INDEX = Index.build(PLACES)


def answer(query: str, places: Sequence[Place] = PLACES) -> str:
    """The id found, or a sign that none was."""
    return shown(resolve(query, Index.build(places)))


def shown(resolution: Resolution) -> str:
    match resolution:
        case Found(place):
            return place.id
        case Ambiguous(candidates):
            return "? " + " ".join(p.id for p in candidates)
        case NotFound(near):
            return "- " + " ".join(p.id for p in near)
