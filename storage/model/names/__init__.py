"""Which place a person means by what they type."""

from storage.model.names.folding import fold
from storage.model.names.index import Index, is_airport
from storage.model.names.resolving import (
    NO_CONTEXT,
    Ambiguous,
    Context,
    Found,
    NotFound,
    Resolution,
    resolve,
)

__all__ = [
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
]
