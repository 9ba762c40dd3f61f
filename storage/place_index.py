"""One index of the names of places for all questions, kept current."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from storage.airports import with_codes
from storage.model.names import Index
from storage.place_changes import changed_since, current_version
from storage.places import all_places, get_places
from storage.rows import chunks

if TYPE_CHECKING:
    import sqlalchemy as sa

# One in so many places changed: making the index anew is quicker.
_ANEW = 4


class PlaceIndex:
    """The index of the places of one database; for any number of threads.

    Before each use it is compared with a number that every change of places raises in its own
    transaction, so that what another process imports is known from the next question on.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = Index.build(())
        self._version = 0

    def current(self, conn: sa.Connection) -> Index:
        """The index of the places that `conn` sees, or of newer ones that another has seen.

        Not for a transaction that has changed places itself: it may yet be rolled back.
        """
        # Read before the places: what is committed in between is read again the next time.
        version = current_version(conn)
        with self._lock:
            if version > self._version:
                self._index = self._changed(conn)
                self._version = version
            return self._index

    def _changed(self, conn: sa.Connection) -> Index:
        ids = changed_since(conn, self._version)
        if len(ids) * _ANEW > len(self._index):
            return Index.build(with_codes(all_places(conn)))
        changed = {i: p for some in chunks(ids) for i, p in get_places(conn, some).items()}
        return self._index.with_places(with_codes(changed.values()), ids)
