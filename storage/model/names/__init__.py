"""Which place a person means by what they type."""

from storage.model.names.folding import fold, take_apart
from storage.model.names.index import Index, is_airport
from storage.model.names.resolving import (
    LONGEST_QUERY,
    MOST_NEAR,
    NO_CONTEXT,
    Ambiguous,
    Context,
    Found,
    NotFound,
    Resolution,
    resolve,
)

__all__ = [
    "LONGEST_QUERY",
    "MOST_NEAR",
    "NO_CONTEXT",
    "Ambiguous",
    "Context",
    "Found",
    "Index",
    "NotFound",
    "Resolution",
    "fold",
    "is_airport",
    "resolve",
    "take_apart",
]
