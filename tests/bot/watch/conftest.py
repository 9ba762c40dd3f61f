"""Three subscribed chats, and what a check makes due to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.delivery.telling import Teller
from bot.watch import Checked, check
from storage import alerts, events, outbox, subscribers
from storage.model.alerts import AreaAlert, Correction, PlaceAlert
from storage.model.deliveries import GiveWay
from storage.model.policy import DEFAULT_POLICY
from tests.builders import clock_of, load, step_of, story

if TYPE_CHECKING:
    from storage.engine import Database
    from storage.model.reports import Report


WORLD = story(what_if=True)
ANN, BORDER_DESK, PROVINCE = 1, 2, 3


@pytest.fixture(name="told")
def told_chats(db: Database) -> Database:
    """The story's places, and three chats: Al Waleed, the border, and its province."""
    with db.begin() as conn:
        load(conn, WORLD)
        for chat, place in (
            (ANN, "al-waleed"),
            (BORDER_DESK, "iraq-syria-border"),
            (PROVINCE, "anbar"),
        ):
            subscriber = subscribers.ensure(conn, chat, is_group=False, now=clock_of(1))
            subscribers.subscribe(conn, subscriber.id, place, clock_of(1))
    return db


def feed(db: Database, *steps: int, alert: bool = True) -> Checked:
    """Record the reports of these steps and check, as at the last step's time."""
    reports = [r for r in WORLD.reports if step_of(r) in steps]
    now = clock_of(max(steps))
    with db.begin() as conn:
        events.append(conn, reports, now=now, alert=alert)
    return look(db, now)


def look(db: Database, now: datetime) -> Checked:
    with db.begin() as conn:
        return check(conn, now=now, policy=DEFAULT_POLICY)


def record(db: Database, report: Report, now: datetime) -> None:
    with db.begin() as conn:
        events.append(conn, [report], now=now, alert=True)
    look(db, now)


def sent_to(db: Database, chat: int) -> list[tuple[str, str]]:
    """What a chat is sent, in order, as (kind, place), when all that is due goes out."""
    found = []
    now = datetime(2014, 7, 1, tzinfo=UTC)
    while True:
        with db.begin() as conn:
            leased = outbox.lease(conn, now=now, limit=50, lease_for=timedelta(minutes=1))
            for delivery in leased:
                way = Teller(conn, ZoneInfo("UTC"), "", now).told(delivery)
                if isinstance(way, GiveWay):
                    outbox.give_way(conn, delivery, way, now)
                    continue
                alert = alerts.load(conn, delivery.alert_id)
                if delivery.subscriber.chat_id == chat:
                    found.append((delivery.kind.value, subject(alert)))
                outbox.sent_all(
                    conn, [outbox.Arrived(delivery, 100 + delivery.id, now, way.content)]
                )
        if not leased:
            return found


def subject(alert: PlaceAlert | AreaAlert | Correction) -> str:
    if isinstance(alert, Correction):
        return subject(alert.wrong)
    return alert.area.id if isinstance(alert, AreaAlert) else alert.place.id
