"""What is kept of a chat's questions: which place it means by a name, what it asked about lately,
and the places that it misses. All of it goes with `forget`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.wishes import Question, Wish
from storage.rows import insert
from storage.tables import choices, questions, recent, wishes

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

MOST_RECENT = 10
# Of one chat: more open questions, choices and wishes than anybody has are nobody's.
MOST_QUESTIONS = 50
MOST_CHOICES = 200
MOST_WISHES = 50
_TABLES = (questions, choices, recent, wishes)


# ------------------------------------------------------------------------------- asking back


def keep_question(
    conn: sa.Connection, chat_id: int, query: str, spelling: str, does: str, now: datetime
) -> Question:
    """Keep what a chat was asked back about; the oldest of too many questions goes."""
    row = conn.execute(
        insert(conn, questions)
        .values(chat_id=chat_id, query=query, spelling=spelling, does=does, asked_at=now)
        .on_conflict_do_update(
            index_elements=["chat_id", "spelling", "does"], set_={"query": query, "asked_at": now}
        )
        .returning(questions.c.id)
    ).one()
    _drop_oldest(conn, questions, chat_id, questions.c.asked_at, MOST_QUESTIONS)
    return Question(row.id, query, spelling, does)


def find_question(conn: sa.Connection, chat_id: int, question_id: int) -> Question | None:
    """The question with this number that the chat was asked, if it is still kept."""
    row = conn.execute(
        sa.select(questions).where(questions.c.id == question_id, questions.c.chat_id == chat_id)
    ).first()
    return None if row is None else Question(row.id, row.query, row.spelling, row.does)


def choose(
    conn: sa.Connection, chat_id: int, question: Question, place_id: str, now: datetime
) -> None:
    """Remember which place the chat means by this name."""
    values = {"query": question.query, "place_id": place_id, "chosen_at": now}
    conn.execute(
        insert(conn, choices)
        .values(chat_id=chat_id, spelling=question.spelling, **values)
        .on_conflict_do_update(index_elements=["chat_id", "spelling"], set_=values)
    )
    _drop_oldest(conn, choices, chat_id, choices.c.chosen_at, MOST_CHOICES)


def chosen_by(conn: sa.Connection, chat_id: int) -> dict[str, str]:
    """The ids of the places that a chat means, by the folded names it means them by."""
    rows = conn.execute(sa.select(choices).where(choices.c.chat_id == chat_id))
    return {row.spelling: row.place_id for row in rows}


def queries_chosen(conn: sa.Connection, chat_id: int) -> dict[str, tuple[str, str]]:
    """The choices of a chat: the name as typed and the id of the place, by the folded name."""
    rows = conn.execute(sa.select(choices).where(choices.c.chat_id == chat_id))
    return {row.spelling: (row.query, row.place_id) for row in rows}


def forget_choices(conn: sa.Connection, chat_id: int, spellings: Collection[str]) -> None:
    """Forget which places the chat means by these folded names."""
    conn.execute(
        sa.delete(choices).where(
            choices.c.chat_id == chat_id, choices.c.spelling.in_(list(spellings))
        )
    )


# ----------------------------------------------------------------------------- recent questions


def remember(conn: sa.Connection, chat_id: int, place_id: str, now: datetime) -> None:
    """The chat has asked about this place; of those asked about lately ten are kept."""
    conn.execute(
        insert(conn, recent)
        .values(chat_id=chat_id, place_id=place_id, asked_at=now)
        .on_conflict_do_update(index_elements=["chat_id", "place_id"], set_={"asked_at": now})
    )
    _drop_oldest(conn, recent, chat_id, recent.c.asked_at, MOST_RECENT)


def recent_of(conn: sa.Connection, chat_id: int) -> list[str]:
    """The ids of the places that a chat has asked about lately, newest first; at most ten."""
    return list(
        conn.scalars(
            sa.select(recent.c.place_id)
            .where(recent.c.chat_id == chat_id)
            .order_by(recent.c.asked_at.desc(), recent.c.place_id)
        )
    )


def forget_recent(conn: sa.Connection, chat_id: int, place_ids: Collection[str]) -> None:
    """Forget that the chat has asked about these places."""
    conn.execute(
        sa.delete(recent).where(recent.c.chat_id == chat_id, recent.c.place_id.in_(list(place_ids)))
    )


# ---------------------------------------------------------------------------------------- wishes


def wish(conn: sa.Connection, chat_id: int, query: str, spelling: str, now: datetime) -> bool:
    """Keep that a chat misses a place; False where it misses as many as are kept of one chat."""
    mine = sa.select(wishes.c.spelling).where(wishes.c.chat_id == chat_id)
    known = set(conn.scalars(mine))
    if spelling not in known and len(known) >= MOST_WISHES:
        return False
    values = {"query": query, "wished_at": now}
    conn.execute(
        insert(conn, wishes)
        .values(chat_id=chat_id, spelling=spelling, **values)
        .on_conflict_do_update(index_elements=["chat_id", "spelling"], set_=values)
    )
    return True


def all_wishes(conn: sa.Connection) -> list[Wish]:
    """The places that people miss, those of most chats first, then the latest."""
    latest = (
        sa.select(
            wishes.c.spelling,
            wishes.c.query,
            sa.func.count().over(partition_by=wishes.c.spelling).label("chats"),
            wishes.c.wished_at,
            sa.func.row_number()
            .over(
                partition_by=wishes.c.spelling,
                order_by=(wishes.c.wished_at.desc(), wishes.c.chat_id),
            )
            .label("number"),
        )
    ).subquery()
    rows = conn.execute(
        sa.select(latest)
        .where(latest.c.number == 1)
        .order_by(latest.c.chats.desc(), latest.c.wished_at.desc(), latest.c.spelling)
    )
    return [Wish(row.spelling, row.query, row.chats, row.wished_at) for row in rows]


def fulfil(conn: sa.Connection, spellings: Collection[str]) -> int:
    """The place with these folded names is there now: its wishes go; returns of how many chats."""
    these = wishes.c.spelling.in_(list(spellings))
    chats = conn.scalar(sa.select(sa.func.count(sa.distinct(wishes.c.chat_id))).where(these))
    conn.execute(sa.delete(wishes).where(these))
    return chats or 0


# --------------------------------------------------------------------------------- whole chats


def forget(conn: sa.Connection, chat_id: int) -> bool:
    """Delete everything kept of a chat's questions; False if there was nothing."""
    gone = [conn.execute(sa.delete(t).where(t.c.chat_id == chat_id)).rowcount for t in _TABLES]
    return any(gone)


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now: everything follows it; what the new one has is kept."""
    for table, keys in (
        (questions, ("spelling", "does")),
        (choices, ("spelling",)),
        (recent, ("place_id",)),
        (wishes, ("spelling",)),
    ):
        theirs = table.alias()
        same = [theirs.c[key] == table.c[key] for key in keys]
        has = sa.exists().where(theirs.c.chat_id == new, *same)
        conn.execute(sa.update(table).where(table.c.chat_id == old, ~has).values(chat_id=new))
        conn.execute(sa.delete(table).where(table.c.chat_id == old))


def _drop_oldest(
    conn: sa.Connection, table: sa.Table, chat_id: int, at: sa.ColumnElement[Any], most: int
) -> None:
    key = next(c for c in table.primary_key if c.name != "chat_id")
    kept = (
        sa.select(key).where(table.c.chat_id == chat_id).order_by(at.desc(), key).limit(most)
    ).scalar_subquery()
    conn.execute(sa.delete(table).where(table.c.chat_id == chat_id, key.not_in(kept)))
