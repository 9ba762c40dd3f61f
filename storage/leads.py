"""Leads: what feeds point to and editors may look into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import audit
from storage.model.audit import Act
from storage.model.feeds import KeptLead, Lead
from storage.rows import MOST_VALUES, chunks, insert
from storage.tables import leads

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from storage.model.roles import Actor

_BATCH = MOST_VALUES // len(leads.columns)
_TOLD = ("title", "summary", "url", "said_at", "changed_at")


def keep(conn: sa.Connection, feed: str, given: Sequence[Lead], now: datetime) -> int:
    """Keep the leads of a feed, with what each says now; returns how many were new or changed."""
    by_key = {lead.key: lead for lead in given}
    there = {
        row.item: row
        for some in chunks(by_key)
        for row in conn.execute(
            sa.select(leads).where(leads.c.feed == feed, leads.c.item.in_(some))
        )
    }
    fresh = [
        lead
        for lead in by_key.values()
        if lead.key not in there
        or there[lead.key].withdrawn_at is not None
        or _is_changed(_lead(there[lead.key]), lead)
    ]
    rows = [
        {
            "feed": feed,
            "item": lead.key,
            "title": lead.title,
            "summary": lead.summary,
            "url": lead.url,
            "said_at": lead.said,
            "changed_at": lead.changed,
            "withdrawn_at": None,
            "dismissed_at": None,
            "made_at": now,
        }
        for lead in fresh
    ]
    for start in range(0, len(rows), _BATCH):
        statement = insert(conn, leads)
        new = {name: statement.excluded[name] for name in (*_TOLD, "withdrawn_at", "dismissed_at")}
        conn.execute(
            statement.on_conflict_do_update(index_elements=["feed", "item"], set_=new),
            rows[start : start + _BATCH],
        )
    return len(fresh)


def _is_changed(there: Lead, now: Lead) -> bool:
    """Whether a lead says something else, unless it comes from an older copy of its feed."""
    older = there.changed is not None and (now.changed is None or now.changed < there.changed)
    return there != now and not older


def withdraw(
    conn: sa.Connection, feed: str, gone: Mapping[str, datetime | None], now: datetime
) -> int:
    """Mark leads as taken back where they came from; returns how many there were.

    `gone` has their keys, each with when that was (UTC, None: it is not told); what was said or
    changed later stands.
    """
    standing = [
        row.id
        for some in chunks(gone)
        for row in conn.execute(
            sa.select(leads).where(
                leads.c.feed == feed, leads.c.item.in_(some), leads.c.withdrawn_at.is_(None)
            )
        )
        if not _lead(row).stands_after(gone[row.item])
    ]
    for some_ids in chunks(standing):
        conn.execute(sa.update(leads).where(leads.c.id.in_(some_ids)).values(withdrawn_at=now))
    return len(standing)


def standing(conn: sa.Connection, feed: str, keys: Collection[str]) -> set[str]:
    """Those of the keys that leads of a feed have which were not taken back."""
    return {
        key
        for some in chunks(keys)
        for key in conn.scalars(
            sa.select(leads.c.item).where(
                leads.c.feed == feed, leads.c.item.in_(some), leads.c.withdrawn_at.is_(None)
            )
        )
    }


def count(conn: sa.Connection) -> int:
    """How many leads there are, withdrawn ones too, but for those that editors dismissed."""
    there = sa.select(sa.func.count()).select_from(leads).where(leads.c.dismissed_at.is_(None))
    return conn.scalar(there) or 0


def find(conn: sa.Connection, number: int) -> KeptLead | None:
    """The lead with this number, dismissed or not; None where there is none."""
    row = conn.execute(sa.select(leads).where(leads.c.id == number)).first()
    return None if row is None else _kept(row)


def dismiss(conn: sa.Connection, number: int, who: Actor, now: datetime) -> bool:
    """Note that an editor has no use for a lead, and who that was; False where somebody came
    before, or there is no such lead.
    """
    row = conn.execute(
        sa.update(leads)
        .where(leads.c.id == number, leads.c.dismissed_at.is_(None))
        .values(dismissed_at=now)
        .returning(leads)
    ).first()
    if row is None:
        return False
    audit.note(conn, who, Act.LEAD_DISMISSED, {"lead": row.title, "feed": row.feed}, now)
    return True


def settle(conn: sa.Connection, number: int, now: datetime) -> None:
    """A report that began with a lead is on record: the lead is listed no more."""
    conn.execute(
        sa.update(leads)
        .where(leads.c.id == number, leads.c.dismissed_at.is_(None))
        .values(dismissed_at=now)
    )


def newest(conn: sa.Connection, limit: int, feed: str | None = None) -> list[KeptLead]:
    """The leads that were said last and that nobody dismissed, newest first; of one feed only,
    where it is named.
    """
    condition = sa.true() if feed is None else leads.c.feed == feed
    rows = conn.execute(
        sa.select(leads)
        .where(condition, leads.c.dismissed_at.is_(None))
        .order_by(leads.c.said_at.desc(), leads.c.id.desc())
        .limit(limit)
    )
    return [_kept(row) for row in rows]


def _kept(row: Any) -> KeptLead:
    return KeptLead(row.id, row.feed, _lead(row), row.withdrawn_at, row.dismissed_at)


def _lead(row: Any) -> Lead:
    return Lead(row.item, row.title, row.summary, row.url, row.said_at, row.changed_at)
