"""Notices to owners and editors as they are kept, and what became of each.

As in the outbox a notice is *pending* until it is *sent* or *dead*, and taking one is a lease.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.deliveries import State
from storage.model.holds import HoldEnd, HoldEnded
from storage.model.notices import Notice, NoticeKind
from storage.model.outages import Ending, Suspicion
from storage.model.progress import DeadLetters
from storage.model.regradings import RegradingEnded
from storage.model.roles import Actor, Editor
from storage.model.silence import Silence
from storage.sources import get_sources
from storage.tables import notices

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.model.notices import Told

# What is told to whoever asked for something, and not to owners.
TO_EDITORS = (NoticeKind.HOLD_ENDED, NoticeKind.REGRADING_ENDED)


@dataclass(frozen=True)
class Waiting:
    """A notice that waits to be sent to a chat, leased for the `attempts`th time."""

    id: int
    chat_id: int
    attempts: int


def tell_of_suspicion(
    conn: sa.Connection, suspicion: Suspicion, owners: Collection[int], now: datetime
) -> int:
    """Have every owner (a user id) told that a suspicion began or ended; returns how many are."""
    kind = NoticeKind.CLEARED if suspicion.ending else NoticeKind.SUSPECTED
    return _add(conn, kind, suspicion.source, _to_json(suspicion), owners, now)


def tell_of_silence(
    conn: sa.Connection, silence: Silence, owners: Collection[int], now: datetime
) -> int:
    """Have every owner (a user id) told that a source is silent or back; returns how many are."""
    kind = NoticeKind.BACK if silence.ended_at else NoticeKind.SILENT
    return _add(conn, kind, silence.source, _silence_to_json(silence), owners, now)


def tell_of_dead_letters(
    conn: sa.Connection,
    letters: DeadLetters,
    up_to: datetime,
    owners: Collection[int],
    now: datetime,
) -> int:
    """Have every owner (a user id) told of letters that died up to a time (UTC)."""
    body = {"reason": letters.reason, "number": letters.number, "up_to": up_to.isoformat()}
    return _add(conn, NoticeKind.DEAD_LETTERS, None, body, owners, now)


def tell_of_hold(
    conn: sa.Connection, ended: HoldEnded, chats: Collection[int], now: datetime
) -> int:
    """Have these chats told what became of a report that was held back; returns how many are."""
    return _add(conn, NoticeKind.HOLD_ENDED, None, _hold_to_json(ended), chats, now)


def tell_of_regrading(
    conn: sa.Connection, ended: RegradingEnded, chats: Collection[int], now: datetime
) -> int:
    """Have these chats told what became of another grade that waited; returns how many are."""
    return _add(conn, NoticeKind.REGRADING_ENDED, None, asdict(ended), chats, now)


def tell_of_editor(conn: sa.Connection, made: Editor, now: datetime) -> int:
    """Have whoever invited an editor told that they are one now; returns how many are."""
    who, by = made.who, made.invited_by
    body = {"id": who.id, "name": who.name, "by": by.name, "since": made.since.isoformat()}
    return _add(conn, NoticeKind.EDITOR_MADE, None, body, [by.id], now)


def dead_letters_told(conn: sa.Connection) -> dict[str, tuple[datetime, datetime]]:
    """For each reason of dead letters when owners were told of it last, and up to when."""
    rows = conn.execute(
        sa.select(notices.c.made_at, notices.c.body)
        .where(notices.c.kind == NoticeKind.DEAD_LETTERS)
        .order_by(notices.c.id)
    )
    return {
        row.body["reason"]: (row.made_at, datetime.fromisoformat(row.body["up_to"]))
        for row in rows
        # One that cannot be read is set aside for that, and was told to nobody.
        if {"reason", "up_to"} <= row.body.keys()
    }


def lease(conn: sa.Connection, *, now: datetime, limit: int, lease_for: timedelta) -> list[Waiting]:
    """Take up to `limit` notices that are due at `now` (UTC), oldest first."""
    due = (
        sa.select(notices.c.id)
        .where(notices.c.state == State.PENDING, notices.c.visible_at <= now)
        .order_by(notices.c.visible_at, notices.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    taken = conn.execute(
        sa.update(notices)
        .where(notices.c.id.in_(sa.select(due.c.id)))
        .values(visible_at=now + lease_for, attempts=notices.c.attempts + 1)
        .returning(notices.c.id, notices.c.chat_id, notices.c.attempts)
    ).all()
    return [
        Waiting(row.id, row.chat_id, row.attempts) for row in sorted(taken, key=lambda row: row.id)
    ]


def read(conn: sa.Connection, waiting: Waiting) -> Told:
    """What a notice tells; read one by one, so that one that cannot be read holds up no other."""
    row = conn.execute(sa.select(notices).where(notices.c.id == waiting.id)).one()
    sources = get_sources(conn, {row.source_id} if row.source_id else set())
    kind = NoticeKind(row.kind)
    if kind is NoticeKind.DEAD_LETTERS:
        return DeadLetters(row.body["reason"], row.body["number"])
    if kind is NoticeKind.HOLD_ENDED:
        return _hold_from_json(row.body)
    if kind is NoticeKind.REGRADING_ENDED:
        return RegradingEnded(**row.body)
    if kind is NoticeKind.EDITOR_MADE:
        return _editor_from_json(row.chat_id, row.body)
    parse = _silence_from_json if kind in (NoticeKind.SILENT, NoticeKind.BACK) else _from_json
    return Notice(kind, sources[row.source_id], row.made_at, parse(row.source_id, row.body))


def sent(conn: sa.Connection, waiting: Waiting, now: datetime) -> None:
    """Record that a notice has arrived."""
    _outcome(conn, waiting, state=State.SENT, sent_at=now, reason="")


def retry(conn: sa.Connection, waiting: Waiting, at: datetime, reason: str) -> None:
    """Put a notice back until `at` (UTC)."""
    _outcome(conn, waiting, visible_at=at, reason=reason)


def give_up(conn: sa.Connection, waiting: Waiting, reason: str) -> None:
    """Record that a notice cannot be sent: Telegram will never take it, or it cannot be told."""
    _outcome(conn, waiting, state=State.DEAD, reason=reason)


def counts(conn: sa.Connection) -> dict[State, int]:
    """How many notices are in each state that a notice can be in."""
    rows = conn.execute(
        sa.select(notices.c.state, sa.func.count().label("number")).group_by(notices.c.state)
    )
    found = {State(row.state): row.number for row in rows}
    return {state: found.get(state, 0) for state in (State.PENDING, State.SENT, State.DEAD)}


def unsent(conn: sa.Connection) -> dict[int, str]:
    """The owners that a notice could not be sent to, with the reason."""
    rows = conn.execute(
        sa.select(notices.c.chat_id, notices.c.reason).where(
            notices.c.state == State.DEAD,
            # Who wrote a report may be nobody's owner, and nothing is wrong with the bot then.
            notices.c.kind.not_in(TO_EDITORS),
        )
    )
    return {row.chat_id: row.reason for row in rows}


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now: what is still to be told is told there."""
    conn.execute(
        sa.update(notices)
        .where(notices.c.chat_id == old, notices.c.state == State.PENDING)
        .values(chat_id=new)
    )


def _add(
    conn: sa.Connection,
    kind: NoticeKind,
    source_id: str | None,
    body: dict[str, Any],
    chats: Collection[int],
    now: datetime,
) -> int:
    rows = [
        {
            "chat_id": chat,
            "kind": kind.value,
            "source_id": source_id,
            "made_at": now,
            "body": body,
            "state": State.PENDING,
            "visible_at": now,
            "attempts": 0,
            "reason": "",
        }
        for chat in sorted(chats)
    ]
    if rows:
        conn.execute(sa.insert(notices), rows)
    return len(rows)


def _outcome(conn: sa.Connection, waiting: Waiting, **values: Any) -> None:
    conn.execute(
        sa.update(notices)
        .where(
            notices.c.id == waiting.id,
            notices.c.attempts == waiting.attempts,
            notices.c.state == State.PENDING,
        )
        .values(**values)
    )


def _to_json(suspicion: Suspicion) -> dict[str, Any]:
    return {
        "side": suspicion.side,
        "since": suspicion.since.isoformat(),
        "until": suspicion.until.isoformat(),
        "moved": suspicion.moved,
        "backed": suspicion.backed,
        "ended_at": suspicion.ended_at.isoformat() if suspicion.ended_at else None,
        "ending": suspicion.ending.value if suspicion.ending else None,
    }


def _from_json(source_id: str, body: Any) -> Suspicion:
    return Suspicion(
        source_id,
        body["side"],
        datetime.fromisoformat(body["since"]),
        datetime.fromisoformat(body["until"]),
        body["moved"],
        body["backed"],
        datetime.fromisoformat(body["ended_at"]) if body["ended_at"] else None,
        Ending(body["ending"]) if body["ending"] else None,
    )


def _hold_to_json(ended: HoldEnded) -> dict[str, Any]:
    return {
        "how": ended.how.value,
        "by": ended.by,
        "report": ended.report,
        "place": ended.place,
        "writer": ended.writer,
        "to_writer": ended.to_writer,
    }


def _hold_from_json(body: Any) -> HoldEnded:
    return HoldEnded(
        HoldEnd(body["how"]),
        body["by"],
        body["report"],
        body["place"],
        body["writer"],
        body["to_writer"],
    )


def _editor_from_json(chat_id: int, body: Any) -> Editor:
    who = Actor(body["id"], body["name"])
    return Editor(who, Actor(chat_id, body["by"]), datetime.fromisoformat(body["since"]))


def _silence_to_json(silence: Silence) -> dict[str, Any]:
    return {
        "since": silence.since.isoformat(),
        "rhythm_seconds": silence.rhythm.total_seconds(),
        "found_at": silence.found_at.isoformat(),
        "ended_at": silence.ended_at.isoformat() if silence.ended_at else None,
    }


def _silence_from_json(source_id: str, body: Any) -> Silence:
    return Silence(
        source_id,
        datetime.fromisoformat(body["since"]),
        timedelta(seconds=body["rhythm_seconds"]),
        datetime.fromisoformat(body["found_at"]),
        datetime.fromisoformat(body["ended_at"]) if body["ended_at"] else None,
    )
