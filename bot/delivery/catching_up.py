"""What became of the places that wait to be told to a chat, for one message about all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import control, ledger, outbox, told_alerts
from storage.following import followed
from storage.model.deliveries import is_news
from storage.model.nets import Net
from storage.places import get_places

if TYPE_CHECKING:
    import sqlalchemy as sa

    from storage.leasing import Delivery
    from storage.model.changes import Status


def changes(conn: sa.Connection, delivery: Delivery) -> list[tuple[Net, int]]:
    """The net changes of all places that wait for a chat and that it follows, each with its newest
    alert.

    The place of the delivery comes first, then the others in the order in which they were
    addressed.
    """
    chat = delivery.subscriber.id
    wanted = followed(conn, chat)
    subjects = told_alerts.subjects(conn, outbox.waiting_for(conn, chat))
    waiting = [subject for subject in subjects if subject[0] in wanted]
    befores: dict[str, Status] = {}
    for place_id, before, _ in waiting:
        befores.setdefault(place_id, before)
    own = [place_id for place_id, _, alert_id in waiting if alert_id == delivery.alert_id]
    last = ledger.known_to(conn, chat, befores)
    statuses = control.statuses_of(conn, befores)
    newest = told_alerts.newest(conn, befores)
    places = get_places(conn, befores)
    found = []
    for place_id in dict.fromkeys([*own, *befores]):
        known = last.get(place_id)
        before = known.status if known else befores[place_id]
        doubted = known is not None and known.doubted
        in_doubt = doubted or (place_id in own and delivery.doubts > 0)
        if place_id in newest and (in_doubt or is_news(before, statuses[place_id])):
            told_at = known.told_at if known else None
            net = Net(places[place_id], before, told_at, statuses[place_id])
            found.append((net, newest[place_id]))
    return found
