"""The reports that editors are writing: one at a time for each person in each chat.

They are kept here and not in memory, so that a restart loses none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.report_drafts import KEPT_FOR, Asks, ReportDraft
from storage.model.reports import Claim
from storage.model.sources import Grade, Position, Source
from storage.model.times import parse_moment
from storage.tables import report_drafts

if TYPE_CHECKING:
    from datetime import datetime


def begin(conn: sa.Connection, chat_id: int, user_id: int, now: datetime) -> ReportDraft:
    """A new, empty draft in the place of the one that this person had in this chat.

    Whatever nobody has gone on with lately is put away.
    """
    mine = (report_drafts.c.chat_id == chat_id) & (report_drafts.c.user_id == user_id)
    conn.execute(
        sa.delete(report_drafts).where(mine | (report_drafts.c.changed_at <= now - KEPT_FOR))
    )
    made = conn.execute(
        sa.insert(report_drafts)
        .values(chat_id=chat_id, user_id=user_id, version=0, changed_at=now, body={})
        .returning(report_drafts.c.id)
    )
    return ReportDraft(made.scalar_one(), chat_id, user_id)


def find(conn: sa.Connection, chat_id: int, user_id: int, now: datetime) -> ReportDraft | None:
    """The draft of this person in this chat, locked until the transaction ends; None where there
    is none, or nobody has gone on with it lately.
    """
    row = conn.execute(
        sa.select(report_drafts)
        .where(
            report_drafts.c.chat_id == chat_id,
            report_drafts.c.user_id == user_id,
            report_drafts.c.changed_at > now - KEPT_FOR,
        )
        .with_for_update()
    ).first()
    return None if row is None else _draft(row)


def keep(conn: sa.Connection, draft: ReportDraft, now: datetime) -> ReportDraft:
    """Keep the next step of a draft; returns it as it is now. It must have been found, and so
    locked, in this transaction.
    """
    kept = replace(draft, version=draft.version + 1)
    conn.execute(
        sa.update(report_drafts)
        .where(report_drafts.c.id == draft.id)
        .values(version=kept.version, changed_at=now, body=body_of(kept))
    )
    return kept


def drop(conn: sa.Connection, draft: ReportDraft) -> None:
    """The draft was recorded, or is not wanted any more."""
    conn.execute(sa.delete(report_drafts).where(report_drafts.c.id == draft.id))


def others_with_lead(conn: sa.Connection, lead: int, user_id: int, now: datetime) -> bool:
    """Whether somebody else than this person is writing a report that began with a lead."""
    rows = conn.execute(
        sa.select(report_drafts.c.body).where(
            report_drafts.c.user_id != user_id, report_drafts.c.changed_at > now - KEPT_FOR
        )
    )
    return any(row.body.get("lead") == lead for row in rows)


def forget(conn: sa.Connection, chat_id: int) -> bool:
    """Delete every draft in a chat; False if there was none."""
    gone = conn.execute(sa.delete(report_drafts).where(report_drafts.c.chat_id == chat_id))
    return gone.rowcount > 0


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now; what somebody began there already is kept."""
    theirs = report_drafts.alias()
    has = sa.exists().where(theirs.c.chat_id == new, theirs.c.user_id == report_drafts.c.user_id)
    conn.execute(
        sa.update(report_drafts).where(report_drafts.c.chat_id == old, ~has).values(chat_id=new)
    )
    forget(conn, old)


def body_of(draft: ReportDraft) -> dict[str, Any]:
    """What a draft says and asks, as it is kept in JSON."""
    return {
        "place": draft.place,
        "claim": draft.claim and draft.claim.value,
        "party": draft.party,
        "denied": draft.denied,
        "named": draft.named,
        "source": draft.source,
        "new_source": draft.new_source and sourcebody_of(draft.new_source),
        "occurred": str(draft.occurred) if draft.occurred else None,
        "reported": str(draft.reported) if draft.reported else None,
        "via": draft.via,
        "url": draft.url,
        "quote": draft.quote,
        "credibility": draft.credibility,
        "person": draft.person,
        "lead": draft.lead,
        "album": draft.album,
        "heard": list(draft.heard),
        "corrects": draft.corrects,
        "asks": [a.value for a in draft.asks],
        "offers": list(draft.offers),
        "shown": draft.shown,
    }


def sourcebody_of(source: Source) -> dict[str, Any]:
    """A source that is not on record yet, as it is kept in JSON."""
    return {
        "id": source.id,
        "name": source.name,
        "kind": source.kind,
        "party": source.party,
        "reliability": source.reliability.value,
        "position": source.position.value,
    }


def _source_from(body: dict[str, Any]) -> Source:
    """The same, read again."""
    return Source(
        body["id"],
        body["name"],
        body["kind"],
        body["party"],
        Grade(body["reliability"]),
        Position(body["position"]),
    )


def _draft(row: Any) -> ReportDraft:
    return draft_from(row.id, row.chat_id, row.user_id, row.version, row.body)


def draft_from(
    draft_id: int, chat_id: int, user_id: int, version: int, body: dict[str, Any]
) -> ReportDraft:
    """The draft with this body; empty where that is."""
    empty = ReportDraft(draft_id, chat_id, user_id, version)
    if not body:
        return empty
    return replace(
        empty,
        place=body["place"],
        claim=Claim(body["claim"]) if body["claim"] else None,
        party=body["party"],
        denied=body["denied"],
        named=body["named"],
        source=body["source"],
        new_source=_source_from(body["new_source"]) if body["new_source"] else None,
        occurred=parse_moment(body["occurred"]) if body["occurred"] else None,
        reported=parse_moment(body["reported"]) if body["reported"] else None,
        via=body["via"],
        url=body["url"],
        quote=body["quote"],
        # What was begun before these were kept has none of them.
        credibility=body.get("credibility"),
        person=body.get("person", ""),
        lead=body.get("lead"),
        album=body.get("album", ""),
        heard=tuple(body.get("heard", ())),
        corrects=body["corrects"],
        asks=tuple(Asks(a) for a in body["asks"]),
        offers=tuple(body["offers"]),
        shown=body["shown"],
    )
