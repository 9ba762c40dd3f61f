"""The outbox: one row for each alert and chat, kept until its outcome is on record.

A delivery is *pending* until it is *sent*, *dead* (Telegram refuses it: a dead letter, with the
reason) or *closed* (there is nothing to send any more). Taking one is a lease: `visible_at` moves
into the future, and if nobody records an outcome by then it is due again. Before its call is made
that is marked: only what was marked is in doubt then whether it arrived. `attempts` counts the
leases; an outcome, and the mark, is only written by the holder of the latest one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import catch_ups, ledger
from storage.deliveries import LET_GO, content_to_json, count, ensure
from storage.leasing import lease as lease  # who works with the outbox has all of it from here
from storage.model.deliveries import AS_IT_IS, Content, GiveWay
from storage.model.deliveries import State as State
from storage.progress import Counts as Counts
from storage.progress import counts as counts
from storage.progress import progress as progress
from storage.tables import alerts, deliveries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.leasing import Delivery


def begin(
    conn: sa.Connection, wanted: Sequence[tuple[Delivery, Content]], now: datetime
) -> set[int]:
    """Mark, at `now` (UTC), that the calls of these deliveries are about to be made, each with what
    it tells. Returns the ids of those that may go out.

    The others are not to be sent: they were closed since they were leased, are to be put together
    anew, or somebody else has leased them.
    """
    ids = {delivery.id for delivery, _ in wanted}
    if not wanted:
        return ids
    marked = conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.id == sa.bindparam("held"),
            deliveries.c.attempts == sa.bindparam("lease"),
            deliveries.c.state == State.PENDING.value,
        )
        .values(begun_by=sa.bindparam("held")),
        # Always in one order: two that wait for each other would wait for ever.
        sorted(({"held": d.id, "lease": d.attempts} for d, _ in wanted), key=itemgetter("held")),
    )
    mine = ids if marked.rowcount == len(ids) else _begun(conn, wanted)
    for delivery, content in wanted:
        if content.catch_up and delivery.id in mine:
            catch_ups.begin_others(conn, delivery, content, now)
    return mine


def _begun(conn: sa.Connection, wanted: Sequence[tuple[Delivery, Content]]) -> set[int]:
    leases = {(delivery.id, delivery.attempts) for delivery, _ in wanted}
    rows = conn.execute(
        sa.select(deliveries.c.id, deliveries.c.attempts).where(
            deliveries.c.id.in_([delivery.id for delivery, _ in wanted]),
            deliveries.c.state == State.PENDING,
            deliveries.c.begun_by == deliveries.c.id,
        )
    )
    return {row.id for row in rows if (row.id, row.attempts) in leases}


def put_together_anew(conn: sa.Connection, subscriber_id: int) -> None:
    """A chat wants to hear of something else than before: what was leased for it and not begun
    waits again, and tells what is so when it is leased next.
    """
    made_at = sa.select(alerts.c.made_at).where(alerts.c.id == deliveries.c.alert_id)
    conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.subscriber_id == subscriber_id,
            deliveries.c.state == State.PENDING,
            deliveries.c.leased,
            deliveries.c.begun_by.is_(None),
        )
        .values(
            attempts=deliveries.c.attempts + 1, visible_at=made_at.scalar_subquery(), leased=False
        )
    )


@dataclass(frozen=True)
class Arrived:
    """A delivery that has certainly arrived at a time (UTC), as this message (None: an earlier
    message was edited), and what the chat was told by it.
    """

    delivery: Delivery
    message_id: int | None
    at: datetime
    content: Content = AS_IT_IS


def sent_all(conn: sa.Connection, arrived: Sequence[Arrived]) -> int:
    """Record that deliveries have arrived, and what their chats were told; returns how many.

    The rest was leased by somebody else meanwhile. Their chats were told it all the same.
    """
    if not arrived:
        return 0
    rows = conn.execute(
        sa.select(
            deliveries.c.id,
            deliveries.c.attempts,
            deliveries.c.state,
            deliveries.c.subscriber_id,
        )
        .where(deliveries.c.id.in_([a.delivery.id for a in arrived]))
        .order_by(deliveries.c.id)
        .with_for_update()
    ).all()
    # Not those that are on record: the database may have lost its answer, and not what it was told.
    held = {(row.id, row.attempts) for row in rows if row.state == State.PENDING}
    # The chat may have been made one with another meanwhile, or be forgotten.
    chats = {row.id: row.subscriber_id for row in rows}
    mine = [a for a in arrived if (a.delivery.id, a.delivery.attempts) in held]
    _mark_sent(conn, mine)
    last = {a.delivery.alert_id: a.at for a in sorted(mine, key=lambda a: a.at)}
    # In one order, as for `begin`.
    for alert_id, number in sorted(Counter(a.delivery.alert_id for a in mine).items()):
        count(conn, alert_id, sent=number, at=last[alert_id])
    kept = [(chats[a.delivery.id], a) for a in arrived if a.delivery.id in chats]
    ledger.tell(conn, [(chat, a.content.places, a.at) for chat, a in kept])
    for chat, a in kept:
        if a.content.catch_up:
            catch_ups.told_others(conn, chat, a)
    return len(mine)


def _mark_sent(conn: sa.Connection, arrived: Sequence[Arrived]) -> None:
    if not arrived:
        return
    conn.execute(
        sa.update(deliveries)
        .where(deliveries.c.id == sa.bindparam("held"))
        .values(
            state=State.SENT,
            reason="",
            message_id=sa.bindparam("message"),
            sent_at=sa.bindparam("at"),
            told=sa.bindparam("how"),
            **LET_GO,
        ),
        [
            {
                "held": a.delivery.id,
                "message": a.message_id,
                "at": a.at,
                "how": content_to_json(a.content),
            }
            for a in arrived
        ],
    )


def retry(
    conn: sa.Connection,
    delivery: Delivery,
    at: datetime,
    reason: str,
    *,
    in_doubt: bool,
    content: Content = AS_IT_IS,
) -> bool:
    """Put a delivery back until `at` (UTC).

    `in_doubt` if it may have arrived all the same, and told its chat the `content`.
    """
    doubt = 1 if in_doubt else 0
    catch_ups.end_others(conn, delivery, content, in_doubt=in_doubt)
    return _outcome(
        conn, delivery, visible_at=at, reason=reason, doubts=deliveries.c.doubts + doubt
    )


def end(conn: sa.Connection, delivery: Delivery, state: State, reason: str, now: datetime) -> bool:
    """End a delivery without its having been sent, as a dead letter or as closed, at `now` (UTC).

    False if the lease was somebody else's by then.
    """
    written = _outcome(conn, delivery, state=state, reason=reason, visible_at=now)
    if written and state is State.CLOSED:
        count(conn, delivery.alert_id, closed=1)
    return written


def give_way(conn: sa.Connection, delivery: Delivery, way: GiveWay, now: datetime) -> bool:
    """Close a delivery that is not to be sent, and have the chat told by other alerts instead.

    `now` is when those are due (UTC). False if the lease was somebody else's by then.
    """
    if not end(conn, delivery, State.CLOSED, way.reason, now):
        return False
    # The chat may have been made one with another meanwhile.
    chat = conn.scalars(
        sa.select(deliveries.c.subscriber_id).where(deliveries.c.id == delivery.id)
    ).one()
    ledger.knows(conn, chat, way.knew)
    if delivery.doubts:
        ledger.doubt(conn, chat, [status.place for status, _ in way.knew])
    for alert_id in way.to:
        ensure(conn, alert_id, chat, now, now if way.late else None)
    return True


def waiting_for(conn: sa.Connection, subscriber_id: int) -> list[int]:
    """The alerts that wait for a chat, in the order in which they are sent."""
    rows = conn.scalars(
        sa.select(deliveries.c.alert_id)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state == State.PENDING)
        .order_by(deliveries.c.id)
    )
    return list(rows)


def close_all_of(
    conn: sa.Connection, subscriber_id: int, reason: str, *, dead: bool = False
) -> int:
    """Close everything that waits for a chat, with `dead` its dead letters as well; returns how
    many deliveries.
    """
    states = [State.PENDING, State.DEAD] if dead else [State.PENDING]
    closed = conn.scalars(
        sa.update(deliveries)
        .where(deliveries.c.subscriber_id == subscriber_id, deliveries.c.state.in_(states))
        .values(state=State.CLOSED, reason=reason, **LET_GO)
        .returning(deliveries.c.alert_id)
    ).all()
    for alert_id in sorted(closed):
        count(conn, alert_id, closed=1)
    return len(closed)


def _outcome(conn: sa.Connection, delivery: Delivery, **values: Any) -> bool:
    written = conn.execute(
        sa.update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.attempts == delivery.attempts,
            deliveries.c.state == State.PENDING,
        )
        .values(**values, **LET_GO)
    )
    return written.rowcount == 1
