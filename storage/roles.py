"""Who brings reports in: editors, and the invitations by which people become some.

Owners are named in the operator's settings and are not kept here. Of an invitation only a hash is
kept: whoever reads the database cannot follow it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import audit
from storage.model.audit import Act
from storage.model.roles import INVITED_FOR, Actor, Editor
from storage.tables import articles, editors, invitations, regradings, report_drafts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def invite(conn: sa.Connection, secret: str, by: Actor, now: datetime) -> datetime:
    """Keep an invitation by its `secret`; returns until when it is good (UTC).

    Those that were good until `now` go.
    """
    conn.execute(sa.delete(invitations).where(invitations.c.until <= now))
    until = now + INVITED_FOR
    conn.execute(
        sa.insert(invitations).values(
            hash=_hash(secret), made_by=by.id, made_by_name=by.name, until=until
        )
    )
    audit.note(conn, by, Act.INVITED, {}, now)
    return until


def accept(
    conn: sa.Connection, secret: str, who: Actor, owners: Collection[int], now: datetime
) -> Editor | None:
    """Make somebody an editor by an invitation, which is used up; None where it is not good.

    It is not where it was used, has run out, or was made by somebody who is no owner any more; who
    is an editor already uses none up.
    """
    if is_editor(conn, who.id):
        return None
    used = conn.execute(
        sa.delete(invitations)
        .where(_good(secret, owners, now))
        .returning(invitations.c.made_by, invitations.c.made_by_name)
    ).first()
    if used is None:
        return None
    made = Editor(who, Actor(used.made_by, used.made_by_name), now)
    conn.execute(
        sa.insert(editors).values(
            user_id=who.id,
            name=who.name,
            invited_by=used.made_by,
            invited_by_name=used.made_by_name,
            since=now,
        )
    )
    audit.note(conn, who, Act.ROLE_GIVEN, {"by": used.made_by_name}, now)
    return made


def is_good(conn: sa.Connection, secret: str, owners: Collection[int], now: datetime) -> bool:
    """Whether somebody who is no editor could still follow an invitation."""
    found = sa.select(invitations.c.hash).where(_good(secret, owners, now))
    return conn.execute(found).first() is not None


def dismiss(conn: sa.Connection, user_id: int, by: Actor, now: datetime) -> Editor | None:
    """Take the role of an editor away, with what they write; None where they had no role.

    What waits of theirs for a second editor ends with the next look at what waits: those who were
    asked about it are told.
    """
    row = conn.execute(
        sa.delete(editors).where(editors.c.user_id == user_id).returning(editors)
    ).first()
    if row is None:
        return None
    for table in (report_drafts, articles):
        conn.execute(sa.delete(table).where(table.c.user_id == user_id))
    begun = (regradings.c.user_id == user_id) & ~regradings.c.waits
    conn.execute(sa.delete(regradings).where(begun))
    audit.note(conn, by, Act.ROLE_TAKEN, {"from": row.name}, now)
    return _editor(row)


def is_editor(conn: sa.Connection, user_id: int) -> bool:
    """Whether somebody is an editor."""
    found = sa.select(editors.c.user_id).where(editors.c.user_id == user_id)
    return conn.execute(found).first() is not None


def brings_in(conn: sa.Connection, owners: Collection[int], user_id: int) -> bool:
    """Whether somebody may bring reports in, as an owner or an editor; a role that is there stays
    until the transaction ends.
    """
    mine = sa.select(editors.c.user_id).where(editors.c.user_id == user_id)
    return user_id in owners or conn.execute(mine.with_for_update(read=True)).first() is not None


def all_editors(conn: sa.Connection) -> list[Editor]:
    """Every editor, those of the longest standing first."""
    rows = conn.execute(sa.select(editors).order_by(editors.c.since, editors.c.user_id))
    return [_editor(row) for row in rows]


def others(conn: sa.Connection, owners: Collection[int], than: int) -> set[int]:
    """Everybody else who may bring reports in, `owners` among them; all by user id."""
    return {*owners, *conn.scalars(sa.select(editors.c.user_id))} - {than}


def _good(secret: str, owners: Collection[int], now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        invitations.c.hash == _hash(secret),
        invitations.c.until > now,
        invitations.c.made_by.in_(list(owners)),
    )


def _hash(secret: str) -> str:
    # Random and long: nothing slower is needed against guessing.
    return hashlib.sha256(secret.encode()).hexdigest()


def _editor(row: Any) -> Editor:
    return Editor(
        Actor(row.user_id, row.name), Actor(row.invited_by, row.invited_by_name), row.since
    )
