"""What a chat is told from now on: subscribing, unsubscribing, and what it has subscribed to.

Everything here takes a connection first and is run off the event loop, in one transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.asked import Asked, Messages, members_of, reader_in, with_status
from handlers.messages import subscriptions
from handlers.messages.area_alerts import most_urgent
from handlers.messages.words import Telling
from storage import ledger, places, subscribers, told_alerts
from storage.model.changes import Status
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Message
    from storage.engine import Connection
    from storage.model.alerts import Member
    from storage.model.places import Place

# As many subscriptions as a chat may have; a whole area counts as one.
MOST_SUBSCRIPTIONS = 50


def subscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """Tell this chat about the place from now on; the answer says how things stand."""
    reader = reader_in(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    new = all(p.id != place.id for p in mine)
    if new and len(mine) >= MOST_SUBSCRIPTIONS:
        return (subscriptions.too_many(MOST_SUBSCRIPTIONS, reader),)
    chat = subscribers.ensure(conn, asked.chat_id, is_group=asked.is_group, now=asked.now)
    subscribers.subscribe(conn, chat.id, place.id, asked.now)
    members = members_of(conn, place) if place.is_area else with_status(conn, [place])
    # It is told when the answer has arrived; if it does not, what changes is told from here all
    # the same.
    ledger.knows(conn, chat.id, _shown(conn, asked, members))
    view = subscriptions.Subscribed(
        place,
        members,
        asked.now,
        len(mine) + new,
        MOST_SUBSCRIPTIONS,
        asked.is_group,
        new,
    )
    return (subscriptions.subscribed(view, all_parties(conn), reader),)


def heard(conn: Connection, asked: Asked, place_id: str) -> None:
    """The answer to a subscription has arrived: the chat was last told what that says of places."""
    chat = subscribers.find(conn, asked.chat_id)
    if chat is None or not subscribers.is_subscribed(conn, asked.chat_id, place_id):
        return
    place = places.get_place(conn, place_id)
    members = members_of(conn, place) if place.is_area else with_status(conn, [place])
    newer = told_alerts.changed_since(conn, [m.place.id for m in members], asked.now)
    told = [(s, up_to) for s, up_to in _shown(conn, asked, members) if s.place not in newer]
    ledger.tell(conn, [(chat.id, told, asked.now)])


def _shown(conn: Connection, asked: Asked, members: Sequence[Member]) -> list[tuple[Status, int]]:
    """The statuses that the answer to a subscription shows, with the newest alert of each place."""
    telling = Telling(reader_in(conn, asked), all_parties(conn), asked.now)
    newest = told_alerts.newest(conn, [m.place.id for m in members])
    return [
        (m.status or Status(m.place.id, 0), newest.get(m.place.id, 0))
        for m in most_urgent(telling, members)
    ]


def unsubscribe(conn: Connection, asked: Asked, place: Place) -> Messages:
    """End the chat's subscription to the place."""
    reader = reader_in(conn, asked)
    chat = subscribers.find(conn, asked.chat_id)
    if chat and subscribers.unsubscribe(conn, chat.id, place.id):
        return (subscriptions.unsubscribed(place, reader),)
    mine = {p.id for p in subscribers.subscriptions_of(conn, asked.chat_id)}
    through = [a for a in places.areas_of(conn, [place.id])[place.id] if a.id in mine]
    return (subscriptions.not_subscribed(place, through, reader),)


def subscription_list(conn: Connection, asked: Asked, page: int = 0) -> Message:
    """What the chat has subscribed to, by pages."""
    mine = with_status(conn, subscribers.subscriptions_of(conn, asked.chat_id))
    return subscriptions.subscription_list(
        mine, page, MOST_SUBSCRIPTIONS, asked.now, all_parties(conn), reader_in(conn, asked)
    )


def of_subscriptions(conn: Connection, asked: Asked) -> Message | None:
    """What the chat has subscribed to, each with its status; None where that is nothing."""
    if not subscribers.subscriptions_of(conn, asked.chat_id):
        return None
    return subscription_list(conn, asked)


def which_to_end(conn: Connection, asked: Asked) -> Messages:
    """A button for each subscription, to end it."""
    reader = reader_in(conn, asked)
    mine = subscribers.subscriptions_of(conn, asked.chat_id)
    if not mine:
        return (subscriptions.no_subscriptions(reader),)
    return (subscriptions.which_to_end(mine, reader),)
