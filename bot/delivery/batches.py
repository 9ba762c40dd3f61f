"""Leased deliveries made ready to go out, many at a time and off the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.exc import DBAPIError

from bot.delivery.lanes import Lane
from bot.delivery.telling import Teller
from handlers.keyboard import inline_keyboard
from storage.model.deliveries import AS_IT_IS, GiveWay
from storage.outbox import State
from storage.outcomes import Ended, GaveWay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    import sqlalchemy as sa
    from telegram import InlineKeyboardMarkup

    from handlers.messages.message import Message
    from storage.leasing import Delivery
    from storage.model.deliveries import Content

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ready:
    """A delivery with what it tells, and what its chat has been told when it has arrived."""

    delivery: Delivery
    message: Message
    buttons: InlineKeyboardMarkup | None
    content: Content = AS_IT_IS

    @property
    def lane(self) -> Lane:
        """What rings goes before what does not."""
        silent = self.message.silent or self.delivery.is_edit
        return Lane.SILENT if silent else Lane.URGENT


def made_ready(
    conn: sa.Connection, leased: Sequence[Delivery], zone: ZoneInfo, bot: str, now: datetime
) -> list[Ready | GaveWay | Ended]:
    """What each of these deliveries tells, in their order, or how it ends untold.

    `now` is the time (UTC), `zone` and `bot` are as for `Teller`.
    """
    teller = Teller(conn, zone, bot, now)
    try:
        teller.prepare(leased)
    except DBAPIError:
        raise
    except Exception as error:
        # One that cannot be read must not hold up the others: each looks up its own then.
        log.error("alerts cannot be prepared together", exc_info=error)
    # By the message: many chats are told the same one. The teller keeps it, so that ids are safe.
    buttons: dict[int, InlineKeyboardMarkup | None] = {}
    made: list[Ready | GaveWay | Ended] = []
    for delivery in leased:
        try:
            telling = teller.told(delivery)
            if isinstance(telling, GiveWay):
                made.append(GaveWay(delivery, telling, now))
                continue
            message = telling.message
            if id(message) not in buttons:
                buttons[id(message)] = inline_keyboard(message)
        except DBAPIError:
            raise
        except Exception as error:
            log.error("an alert cannot be told", delivery=delivery.id, exc_info=error)
            made.append(Ended(delivery, State.DEAD, f"{type(error).__name__}: {error}", now))
        else:
            made.append(Ready(delivery, message, buttons[id(message)], telling.content))
    return made
