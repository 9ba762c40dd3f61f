"""What a delivery tells its chat, put together when it is about to go out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from handlers.messages.alerts import compose
from handlers.messages.message import Reader
from storage import alerts
from storage.sources import all_parties

if TYPE_CHECKING:
    import sqlalchemy as sa

    from handlers.messages.message import Message
    from storage.outbox import Delivery


def told(conn: sa.Connection, delivery: Delivery, zone: ZoneInfo, bot: str) -> Message:
    """The message of a delivery, in its reader's zone, or in `zone` if none was chosen.

    `bot` is the bot's user name, for links (none without it).
    """
    chosen = delivery.subscriber.zone
    reader = Reader(ZoneInfo(chosen) if chosen else zone, bot=bot)
    return compose(alerts.load(conn, delivery.alert_id), all_parties(conn), reader)
