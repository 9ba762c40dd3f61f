"""Leads: what feeds point to and editors may look into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.feeds import KeptLead, Lead
from storage.rows import MOST_VALUES, chunks, insert
from storage.tables import leads

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

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
            "made_at": now,
        }
        for lead in fresh
    ]
    for start in range(0, len(rows), _BATCH):
        statement = insert(conn, leads)
        new = {name: statement.excluded[name] for name in (*_TOLD, "withdrawn_at")}
        conn.execute(
            statement.on_conflict_do_update(index_elements=["feed", "item"], set_=new),
            rows[start : start + _BATCH],
        )
    return len(fresh)


def _is_changed(there: Lead, now: Lead) -> bool:
    """Whether a lead says something else, unless it comes from an older copy of its feed."""
    older = there.changed is not None and (now.changed is None or now.changed < there.changed)
    return there != now and not older


def withdraw(conn: sa.Connection, feed: str, keys: Collection[str], now: datetime) -> int:
    """Mark leads as taken back where they came from; returns how many there were."""
    return sum(
        conn.execute(
            sa.update(leads)
            .where(leads.c.feed == feed, leads.c.item.in_(some), leads.c.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        ).rowcount
        for some in chunks(keys)
    )


def count(conn: sa.Connection) -> int:
    """How many leads there are, withdrawn ones too."""
    return conn.scalar(sa.select(sa.func.count()).select_from(leads)) or 0


def newest(conn: sa.Connection, limit: int, feed: str | None = None) -> list[KeptLead]:
    """The leads that were said last, newest first; of one feed only, where it is named."""
    condition = sa.true() if feed is None else leads.c.feed == feed
    rows = conn.execute(
        sa.select(leads)
        .where(condition)
        .order_by(leads.c.said_at.desc(), leads.c.id.desc())
        .limit(limit)
    )
    return [KeptLead(row.id, row.feed, _lead(row), row.withdrawn_at) for row in rows]


def _lead(row: Any) -> Lead:
    return Lead(row.item, row.title, row.summary, row.url, row.said_at, row.changed_at)
