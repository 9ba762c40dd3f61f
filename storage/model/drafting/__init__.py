"""Drafts of claims, made from a news text for a person to confirm; English only."""

from storage.model.drafting.draft import (
    Attribution,
    Denied,
    Draft,
    Gap,
    PartySaid,
    PlaceSaid,
    Precisely,
    Span,
    Speaker,
    TimeSaid,
)
from storage.model.drafting.drafting import LONGEST_TEXT, drafts
from storage.model.drafting.language import foreign_part
from storage.model.drafting.lexicon import Lexicon

__all__ = [
    "LONGEST_TEXT",
    "Attribution",
    "Denied",
    "Draft",
    "Gap",
    "Lexicon",
    "PartySaid",
    "PlaceSaid",
    "Precisely",
    "Span",
    "Speaker",
    "TimeSaid",
    "drafts",
    "foreign_part",
]
