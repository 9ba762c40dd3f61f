"""What a writing transaction needs to know and others should not wait for: it is read before it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    import sqlalchemy as sa

T = TypeVar("T")
_KNOWN = "whoholds_read"


class ReadFirst(Exception):
    """To be read, in a reading transaction, before the function that asked for it is run again."""

    def __init__(self, key: Hashable, read: Callable[[sa.Connection], Any]) -> None:
        super().__init__(f"to be read outside a writing transaction: {key!r}")
        self.key = key
        self.read = read


@contextmanager
def knowing(conn: sa.Connection, known: Mapping[Hashable, Any]) -> Iterator[None]:
    """What was read so far, by its keys, is known to what is run on the connection meanwhile."""
    conn.execution_options(**{_KNOWN: known})
    try:
        yield
    finally:
        # In a rehearsal the same connection is used by whatever follows.
        conn.execution_options(**{_KNOWN: {}})


def read_first(conn: sa.Connection, key: Hashable, read: Callable[[sa.Connection], T]) -> T:
    """What `read` returns, in a function that `Database.writing` runs, while nobody waits for it.

    The transaction is undone, `read` is run in a reading one, and then the function once more, now
    given what was read. By the `key` it is told whether that is still what it needs. Raises
    ReadFirst for that, also where nobody expects it: in a transaction begun in another way.
    """
    known: Mapping[Hashable, T] = conn.get_execution_options().get(_KNOWN, {})
    if key not in known:
        raise ReadFirst(key, read)
    return known[key]
