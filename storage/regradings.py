"""Other grades of sources that editors have asked for: kept, so that a restart loses none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import second_editors
from storage.model.audit import Act
from storage.model.regradings import Regrading
from storage.model.roles import Actor
from storage.model.sources import Grade
from storage.tables import regradings

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_key = regradings.c.id


def keep(conn: sa.Connection, new: Regrading, now: datetime) -> Regrading:
    """Keep what an editor asks at the time `now` (UTC); returns it with its number.

    What has run out by then and waited for nobody is put away.
    """
    over = (regradings.c.until <= now) & ~regradings.c.waits
    conn.execute(sa.delete(regradings).where(over))
    made = conn.execute(
        sa.insert(regradings)
        .values(
            chat_id=new.chat_id,
            user_id=new.who.id,
            name=new.who.name,
            source_id=new.source,
            until=new.until,
            waits=new.waits,
            body={
                "act": new.act.value,
                "given": new.given and new.given.value,
                "before": new.before,
                "counts": list(new.counts),
            },
        )
        .returning(_key)
    )
    return replace(new, id=made.scalar_one())


def find(conn: sa.Connection, number: int, now: datetime) -> Regrading | None:
    """What was asked under this number, locked until the transaction ends; None where that is not
    kept, or has run out by the time `now` (UTC).
    """
    row = conn.execute(
        sa.select(regradings).where(_key == number, regradings.c.until > now).with_for_update()
    ).first()
    return None if row is None else _regrading(row)


def wait(conn: sa.Connection, number: int, people: Collection[int], now: datetime) -> None:
    """From the time `now` (UTC) on a second editor has to do it; these people are to be asked."""
    values = {"waits": True, **second_editors.to_ask(people, now)}
    conn.execute(sa.update(regradings).where(_key == number).values(values))


def done(conn: sa.Connection, number: int) -> None:
    """Somebody did it: nobody is to be asked any more."""
    conn.execute(
        sa.update(regradings).where(_key == number).values(waits=False, to_ask=[], ask_at=None)
    )


def asked(conn: sa.Connection, number: int, people: Collection[int]) -> None:
    """These people have been asked to do it, or never can be."""
    second_editors.asked(conn, _key, number, people)


def still_to_ask(conn: sa.Connection, now: datetime) -> list[tuple[Regrading, tuple[int, ...]]]:
    """What somebody has not been asked yet at the time `now` (UTC), with the people; nobody else
    is given it for a minute.
    """
    rows = second_editors.still_to_ask(conn, _key, now)
    return [(_regrading(row), tuple(row.to_ask)) for row in rows]


def run_out(conn: sa.Connection, now: datetime) -> list[Regrading]:
    """What waited for a second editor in vain until the time `now` (UTC); it is put away."""
    rows = conn.execute(
        sa.delete(regradings)
        .where(regradings.c.until <= now, regradings.c.waits)
        .returning(regradings)
    )
    return sorted((_regrading(row) for row in rows), key=lambda one: one.id)


def lapsed(conn: sa.Connection, owners: Collection[int]) -> list[Regrading]:
    """What waited for a second editor and is of somebody who is neither one of the `owners` (user
    ids) nor an editor any more; it is put away.
    """
    gone = second_editors.has_no_role(regradings.c.user_id, owners)
    rows = conn.execute(sa.delete(regradings).where(gone, regradings.c.waits).returning(regradings))
    return sorted((_regrading(row) for row in rows), key=lambda one: one.id)


def end(conn: sa.Connection, number: int) -> None:
    """Put away what was asked under this number."""
    conn.execute(sa.delete(regradings).where(_key == number))


def forget(conn: sa.Connection, chat_id: int) -> bool:
    """Delete what was asked in a chat, but for what waits; False if there was nothing."""
    mine = (regradings.c.chat_id == chat_id) & ~regradings.c.waits
    return conn.execute(sa.delete(regradings).where(mine)).rowcount > 0


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now: what becomes of what was asked is told there."""
    conn.execute(sa.update(regradings).where(regradings.c.chat_id == old).values(chat_id=new))


def _regrading(row: Any) -> Regrading:
    given = row.body["given"]
    changed, alerted, corrected = row.body["counts"]
    return Regrading(
        row.id,
        row.chat_id,
        Actor(row.user_id, row.name),
        row.source_id,
        Act(row.body["act"]),
        Grade(given) if given else None,
        row.body["before"],
        (changed, alerted, corrected),
        row.until,
        row.waits,
    )
