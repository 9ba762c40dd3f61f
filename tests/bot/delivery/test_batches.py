"""Deliveries made ready to go out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.clock import utc_now
from bot.delivery.batches import Ready, made_ready
from bot.delivery.lanes import Lane
from storage import outbox, subscribers
from storage.leasing import Delivery
from storage.model.alerts import AlertKind
from tests.bot.delivery.conftest import WRITTEN, feed

if TYPE_CHECKING:
    from storage.engine import Database

MINUTE = timedelta(minutes=1)


def leased(db: Database, *zones: str | None) -> list[Delivery]:
    """The newest alert for a chat in each of these zones."""
    with db.begin() as conn:
        for chat, zone in enumerate(zones, 1):
            one = subscribers.ensure(conn, chat, is_group=False, now=WRITTEN)
            subscribers.set_zone(conn, one.id, zone)
            subscribers.subscribe(conn, one.id, "al-waleed", WRITTEN)
    feed(db, 7)
    with db.begin() as conn:
        return outbox.lease(conn, now=utc_now(), limit=100, lease_for=MINUTE)


def ready(db: Database, deliveries: list[Delivery]) -> list[Ready]:
    with db.connect() as conn:
        made = made_ready(conn, deliveries, ZoneInfo("Asia/Baghdad"), "WhoHoldsBot", utc_now())
    return [one for one in made if isinstance(one, Ready)]


def test_all_who_read_in_one_zone_are_told_in_the_same_words(filled: Database) -> None:
    deliveries = leased(filled, None, None, "UTC", "UTC")
    one, other, abroad, beside = ready(filled, deliveries)
    assert [r.delivery for r in (one, other, abroad, beside)] == deliveries
    assert one.message is other.message
    assert abroad.message is beside.message
    assert one.message is not abroad.message
    assert "MILITANTS" in one.message.text


@pytest.mark.parametrize("kind", [AlertKind.AMENDMENT, AlertKind.WITHDRAWAL])
def test_edits_are_silent_and_a_new_alert_rings(filled: Database, kind: AlertKind) -> None:
    (alert,) = ready(filled, leased(filled, None))
    assert alert.lane is Lane.URGENT
    edit = Delivery(1, 1, kind, alert.delivery.subscriber, 1, 77)
    assert Ready(edit, alert.message, alert.buttons).lane is Lane.SILENT
