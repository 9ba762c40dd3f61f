"""Which places were changed when: what keeps an index of them current, in every process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.rows import upsert
from storage.tables import place_changes, place_version

if TYPE_CHECKING:
    from collections.abc import Collection


def mark_changed(conn: sa.Connection, place_ids: Collection[str]) -> None:
    """Say that places were added, changed or deleted; in the transaction that does so.

    Others who change places wait until it ends.
    """
    if not place_ids:
        return
    version = conn.scalars(
        sa.update(place_version)
        .values(version=place_version.c.version + 1)
        .returning(place_version.c.version)
    ).one()
    rows = [{"place_id": i, "version": version} for i in dict.fromkeys(place_ids)]
    upsert(conn, place_changes, rows)


def current_version(conn: sa.Connection) -> int:
    """A number that grows with every change of places."""
    version: int = conn.scalars(sa.select(place_version.c.version)).one()
    return version


def changed_since(conn: sa.Connection, version: int) -> list[str]:
    """The ids of the places that were changed after this version, in the order of the changes."""
    changed = sa.select(place_changes.c.place_id).where(place_changes.c.version > version)
    in_order = changed.order_by(place_changes.c.version, place_changes.c.place_id)
    return list(conn.scalars(in_order))
