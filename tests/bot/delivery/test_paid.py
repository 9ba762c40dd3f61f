"""Alerts that are paid for, and what beside them cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.delivery.lanes import Lane
from bot.delivery.pacing import AT_ONCE
from storage.tables import alerts, deliveries
from tests.bot.delivery.conftest import feed, sending, subscribe, until

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from storage.engine import Database

CHATS = 60


async def test_alerts_are_paid_for_where_that_is_set_and_edits_are_not(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    telegram.paid_broadcast = True
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram, paid_per_second=1000) as sender:
        await until(filled, sender, sent=1)
        feed(filled, 8)
        await until(filled, sender, sent=2)
    made = [(c.method, c.params.get("allow_paid_broadcast")) for c in telegram.calls]
    assert [name for name, _ in made] == ["sendMessage", "editMessageText"]
    assert [paid is not None for _, paid in made] == [True, False]
    assert sender.figures.calls == {Lane.REPLY: 0, Lane.URGENT: 1, Lane.SILENT: 1}


async def test_a_bot_that_may_not_pay_says_so_and_goes_on_without(
    filled: Database, telegram: Telegram
) -> None:
    people = [telegram.person(f"Person {n}") for n in range(5)]
    subscribe(filled, *people)
    feed(filled, 7)
    with capture_logs() as logged:
        async with sending(filled, telegram, paid_per_second=1000) as sender:
            assert sender.figures.paid_rate == 1000
            await until(filled, sender, sent=5)
    assert [len(p.chat.from_bot) for p in people] == [1] * 5
    assert (sender.figures.paid_rate, sender.pacer.rate(paid=True)) == (0, 30)
    told = [line for line in logged if "takes no paid broadcasts" in line["event"]]
    assert told
    assert all("Floodskip_not_allowed" in line["reason"] for line in told)


@pytest.mark.parametrize("silent", [False, True], ids=["ringing", "silent"])
async def test_edits_that_wait_hold_no_paid_alert_up(
    filled: Database, telegram: Telegram, silent: bool
) -> None:
    telegram.paid_broadcast = True
    people = [telegram.person(f"Person {n}") for n in range(CHATS)]
    subscribe(filled, *people)
    feed(filled, 7)
    async with sending(filled, telegram, paid_per_second=1000, patience=30) as sender:
        sender.lease_for = timedelta(minutes=1)
        await until(filled, sender, sent=CHATS)
        telegram.faults.hang(processed=False, method="editMessageText", times=CHATS)
        feed(filled, 8)
        sender.wake()
        await telegram.faults.until_hung(AT_ONCE, timeout=20)
        feed(filled, 10)
        with filled.begin() as conn:
            newest = sa.select(sa.func.max(alerts.c.id)).scalar_subquery()
            conn.execute(sa.update(alerts).where(alerts.c.id == newest).values(silent=silent))
            new = deliveries.c.alert_id == newest
            conn.execute(sa.update(deliveries).where(new).values(silent=silent))
        await until(filled, sender, sent=2 * CHATS)
        with filled.connect() as conn:
            leased = conn.scalar(sa.select(sa.func.count()).where(deliveries.c.leased))
        # Those that hang, and as many ready as go out in a second: nobody else waits for its lease.
        assert leased is not None
        assert AT_ONCE <= leased <= AT_ONCE + 32
        sender.stop()
        telegram.faults.release()
    assert [len(p.chat.from_bot) for p in people] == [2] * CHATS
