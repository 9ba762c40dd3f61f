"""The chats that are told, and what each wants to hear about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage import articles, holds, memory, notices, outbox, regradings, report_drafts, returning
from storage.model.subscriptions import Subscriber
from storage.places import get_places
from storage.rows import insert
from storage.tables import deliveries, ledger, subscribers, subscriptions

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.places import Place


def find(conn: sa.Connection, chat_id: int) -> Subscriber | None:
    """The subscriber with this chat id, if anything is kept about the chat."""
    row = conn.execute(sa.select(subscribers).where(subscribers.c.chat_id == chat_id)).first()
    return None if row is None else _subscriber(row)


def ensure(conn: sa.Connection, chat_id: int, *, is_group: bool, now: datetime) -> Subscriber:
    """The subscriber with this chat id: made if there was none, active again if it had left.

    Whoever comes back is told what became of its places meanwhile.
    """
    before = find(conn, chat_id)
    row = conn.execute(
        insert(conn, subscribers)
        .values(chat_id=chat_id, is_group=is_group, active=True, joined_at=now)
        .on_conflict_do_update(
            index_elements=["chat_id"], set_={"active": True, "is_group": is_group}
        )
        .returning(subscribers)
    ).one()
    if before is not None and not before.active:
        returning.come_back(conn, before.id, now)
    return _subscriber(row)


def subscribe(conn: sa.Connection, subscriber_id: int, place_id: str, now: datetime) -> bool:
    """Subscribe to a place or area; False if that was so already."""
    added = conn.execute(
        insert(conn, subscriptions)
        .values(subscriber_id=subscriber_id, place_id=place_id, since=now)
        .on_conflict_do_nothing()
        .returning(subscriptions.c.place_id)
    )
    return added.first() is not None


def unsubscribe(conn: sa.Connection, subscriber_id: int, place_id: str) -> bool:
    """End a subscription; False if there was none.

    What waits for the chat is looked at anew: of this place it hears no more, but corrections.
    """
    ended = conn.execute(
        sa.delete(subscriptions).where(
            subscriptions.c.subscriber_id == subscriber_id,
            subscriptions.c.place_id == place_id,
        )
    )
    outbox.put_together_anew(conn, subscriber_id)
    return ended.rowcount == 1


def is_subscribed(conn: sa.Connection, chat_id: int, place_id: str) -> bool:
    """Whether the chat has a subscription of its own to this place or area."""
    return place_id in _ids_of(conn, chat_id)


def subscriptions_of(conn: sa.Connection, chat_id: int) -> list[Place]:
    """The places and areas that a chat is subscribed to, by name."""
    return list(get_places(conn, _ids_of(conn, chat_id)).values())


def set_zone(conn: sa.Connection, subscriber_id: int, zone: str | None) -> None:
    """Keep the time zone (an IANA name) that a chat wants to read times in."""
    conn.execute(sa.update(subscribers).where(subscribers.c.id == subscriber_id).values(zone=zone))


def deactivate(conn: sa.Connection, chat_id: int) -> None:
    """The chat has blocked the bot or thrown it out: tell it nothing, keep its settings."""
    chat = find(conn, chat_id)
    if chat is not None and chat.active:
        conn.execute(
            sa.update(subscribers)
            .where(subscribers.c.id == chat.id)
            .values(active=False, left_after=returning.newest_alert(conn))
        )


def forget(conn: sa.Connection, chat_id: int) -> bool:
    """Delete everything kept about a chat; False if there was nothing."""
    asked = memory.forget(conn, chat_id) | report_drafts.forget(conn, chat_id)
    asked |= articles.forget(conn, chat_id) | regradings.forget(conn, chat_id)
    if (chat := find(conn, chat_id)) is not None:
        # It goes with the chat, but must be counted.
        outbox.close_all_of(conn, chat.id, "forgotten", dead=True)
    gone = conn.execute(sa.delete(subscribers).where(subscribers.c.chat_id == chat_id))
    return asked or gone.rowcount == 1


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has become a supergroup with another chat id: everything follows it there.

    Where the new chat has spoken already, the two are made one.
    """
    memory.migrate_chat(conn, old, new)
    report_drafts.migrate_chat(conn, old, new)
    articles.migrate_chat(conn, old, new)
    holds.migrate_chat(conn, old, new)
    notices.migrate_chat(conn, old, new)
    regradings.migrate_chat(conn, old, new)
    before, after = find(conn, old), find(conn, new)
    if before is None:
        return
    if after is not None:
        for table, key in (
            (subscriptions, subscriptions.c.place_id),
            (deliveries, deliveries.c.alert_id),
            (ledger, ledger.c.place_id),
        ):
            has = sa.select(key).where(table.c.subscriber_id == after.id)
            conn.execute(
                sa.update(table)
                .where(table.c.subscriber_id == before.id, key.not_in(has))
                .values(subscriber_id=after.id)
            )
        outbox.close_all_of(conn, before.id, "the chat has moved", dead=True)
        conn.execute(sa.delete(subscribers).where(subscribers.c.id == before.id))
    else:
        conn.execute(
            sa.update(subscribers).where(subscribers.c.id == before.id).values(chat_id=new)
        )


def _ids_of(conn: sa.Connection, chat_id: int) -> set[str]:
    return set(
        conn.scalars(
            sa.select(subscriptions.c.place_id)
            .join(subscribers)
            .where(subscribers.c.chat_id == chat_id)
        )
    )


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(row.id, row.chat_id, row.is_group, row.zone, row.active)
