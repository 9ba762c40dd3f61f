"""Who is still to be asked about something that waits for a second editor.

The tables of such things have the columns `to_ask` and `ask_at`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.tables import editors

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

# Whoever could not be asked is tried again after so long.
ASK_AGAIN = timedelta(minutes=1)


def has_no_role(who: sa.Column[int], owners: Collection[int]) -> sa.ColumnElement[bool]:
    """Whether a user id in a column is of nobody who may bring reports in (any more); `owners` are
    user ids.
    """
    return who.not_in(list(owners)) & who.not_in(sa.select(editors.c.user_id))


def to_ask(people: Collection[int], now: datetime) -> dict[str, Any]:
    """The values of a row about which these people (by user id) are to be asked at `now` (UTC).

    Whoever keeps them asks them; who is not `asked` within a minute is among `still_to_ask`.
    """
    return {"to_ask": sorted(people), "ask_at": now + ASK_AGAIN if people else None}


def asked(conn: sa.Connection, key: sa.Column[Any], row_id: int, people: Collection[int]) -> None:
    """These people have been asked about the row with this key, or never can be."""
    table, mine = key.table, key == row_id
    row = conn.execute(sa.select(table.c.to_ask).where(mine).with_for_update()).first()
    if row is None:
        return  # somebody has decided meanwhile
    left = [person for person in row.to_ask or () if person not in people]
    values: dict[str, Any] = {"to_ask": left} if left else {"to_ask": left, "ask_at": None}
    conn.execute(sa.update(table).where(mine).values(values))


def still_to_ask(conn: sa.Connection, key: sa.Column[Any], now: datetime) -> Sequence[sa.Row[Any]]:
    """The rows about which somebody has not been asked yet at the time `now` (UTC); nobody else is
    given them for a minute.
    """
    table = key.table
    due = sa.select(key).where(table.c.ask_at <= now)
    return conn.execute(
        sa.update(table).where(key.in_(due)).values(ask_at=now + ASK_AGAIN).returning(table)
    ).all()
