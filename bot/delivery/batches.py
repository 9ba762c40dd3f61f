"""Leased deliveries made ready to go out, many at a time and off the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from bot.delivery.lanes import Lane
from bot.delivery.telling import told
from handlers.keyboard import inline_keyboard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    import sqlalchemy as sa
    from telegram import InlineKeyboardMarkup

    from handlers.messages.message import Message
    from storage.outbox import Delivery

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ready:
    """A delivery with what it tells."""

    delivery: Delivery
    message: Message
    buttons: InlineKeyboardMarkup | None

    @property
    def lane(self) -> Lane:
        """What rings goes before what does not."""
        silent = self.message.silent or self.delivery.is_edit
        return Lane.SILENT if silent else Lane.URGENT


@dataclass(frozen=True)
class Untellable:
    """A delivery that cannot be put into words, and why."""

    delivery: Delivery
    reason: str


def made_ready(
    conn: sa.Connection, leased: Sequence[Delivery], zone: ZoneInfo, bot: str
) -> list[Ready | Untellable]:
    """What each of these deliveries tells, in their order; `zone` and `bot` as for `told`.

    An alert is told alike to all who read in one zone, so it is put into words once for them.
    """
    words: dict[tuple[int, str | None], tuple[Message, InlineKeyboardMarkup | None]] = {}
    made: list[Ready | Untellable] = []
    for delivery in leased:
        key = delivery.alert_id, delivery.subscriber.zone
        try:
            if key not in words:
                message = told(conn, delivery, zone, bot)
                words[key] = message, inline_keyboard(message)
        except DBAPIError:
            raise
        except Exception as error:
            log.error("an alert cannot be told", delivery=delivery.id, exc_info=error)
            made.append(Untellable(delivery, f"{type(error).__name__}: {error}"))
        else:
            made.append(Ready(delivery, *words[key]))
    return made
