"""The reports that are held back.

What waits is the recording. A report on record counts at once, in answers as in alerts, and cannot
be unsaid; held back in the outbox, its alert would say later what everybody who asks reads already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import audit, second_editors
from storage.model.audit import Act
from storage.model.holds import Held
from storage.model.roles import Actor
from storage.report_drafts import body_of, draft_from
from storage.tables import held_reports

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def keep(conn: sa.Connection, held: Held, to_ask: Collection[int], now: datetime) -> None:
    """Hold a report back from the time `now` (UTC) on; these people (by user id) are to be asked.

    Whoever keeps it asks them; see `storage.second_editors`.
    """
    draft = held.draft
    conn.execute(
        sa.insert(held_reports).values(
            draft_id=draft.id,
            chat_id=draft.chat_id,
            user_id=draft.user_id,
            name=held.who.name,
            until=held.until,
            body=body_of(draft),
            **second_editors.to_ask(to_ask, now),
        )
    )
    audit.note(conn, held.who, Act.HELD, {"report": draft.report_id}, now)


def asked(conn: sa.Connection, draft_id: int, people: Collection[int]) -> None:
    """These people have been asked about a report, or never can be."""
    second_editors.asked(conn, held_reports.c.draft_id, draft_id, people)


def still_to_ask(conn: sa.Connection, now: datetime) -> list[tuple[Held, tuple[int, ...]]]:
    """The reports about which somebody has not been asked yet at the time `now` (UTC), with the
    people; nobody else is given them for a minute.
    """
    rows = second_editors.still_to_ask(conn, held_reports.c.draft_id, now)
    return [(_held(row), tuple(row.to_ask)) for row in rows]


def find(conn: sa.Connection, draft_id: int) -> Held | None:
    """The report with this draft that is held back, locked until the transaction ends."""
    row = conn.execute(
        sa.select(held_reports).where(held_reports.c.draft_id == draft_id).with_for_update()
    ).first()
    return None if row is None else _held(row)


def end(conn: sa.Connection, draft_id: int) -> Held | None:
    """A report is held back no more; None where it was not: somebody came before."""
    row = conn.execute(
        sa.delete(held_reports).where(held_reports.c.draft_id == draft_id).returning(held_reports)
    ).first()
    return None if row is None else _held(row)


def due(conn: sa.Connection, owners: Collection[int], now: datetime) -> list[int]:
    """The drafts whose reports have been held back long enough at the time `now` (UTC), or were
    written by somebody who is neither an owner nor an editor any more.
    """
    over = held_reports.c.until <= now
    gone = second_editors.has_no_role(held_reports.c.user_id, owners)
    return list(
        conn.scalars(
            sa.select(held_reports.c.draft_id).where(over | gone).order_by(held_reports.c.draft_id)
        )
    )


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now: what becomes of its reports is told there."""
    conn.execute(sa.update(held_reports).where(held_reports.c.chat_id == old).values(chat_id=new))


def _held(row: Any) -> Held:
    draft = draft_from(row.draft_id, row.chat_id, row.user_id, 0, row.body)
    return Held(draft, Actor(row.user_id, row.name), row.until)
