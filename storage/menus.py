"""Whose private chats have a menu of their own, so that none outlives its owner's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from storage.model.roles import Role
from storage.rows import insert
from storage.tables import editors, menus

if TYPE_CHECKING:
    from collections.abc import Collection


def of_roles(conn: sa.Connection, owners: Collection[int]) -> dict[int, Role]:
    """The role that the menu of each private chat (by user id) is to show: of owners and editors,
    and SUBSCRIBER, which has none of its own, for those who may still have another one.
    """
    found = dict.fromkeys(conn.scalars(sa.select(menus.c.user_id)), Role.SUBSCRIBER)
    found |= dict.fromkeys(conn.scalars(sa.select(editors.c.user_id)), Role.EDITOR)
    return found | dict.fromkeys(owners, Role.OWNER)


def begin(conn: sa.Connection, user_id: int) -> None:
    """Somebody's menu is about to be set: from now on it may be there."""
    conn.execute(insert(conn, menus).values(user_id=user_id).on_conflict_do_nothing())


def gone(conn: sa.Connection, user_id: int) -> None:
    """Somebody has no menu of their own any more."""
    conn.execute(sa.delete(menus).where(menus.c.user_id == user_id))
