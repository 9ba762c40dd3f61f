"""Alerts on their way to Telegram, and what becomes of them when the chat has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage import outbox, subscribers
from tests.bot.delivery.conftest import WRITTEN, feed, sending, states, subscribe, until

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.sandbox.chats import Telegram
    from storage.engine import Database
    from storage.leasing import Delivery


async def test_an_alert_arrives_once_with_its_buttons_and_is_on_record(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        found = await until(filled, sender, sent=1)
    (message,) = ann.chat.from_bot
    assert "MILITANTS" in message.text
    assert found.pending == found.doubts == 0


@pytest.mark.slow
async def test_more_evidence_edits_the_message_and_a_correction_replies_to_it(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
        feed(filled, 10)
        await until(filled, sender, sent=2)
        feed(filled, 11)
        await until(filled, sender, sent=3)
        taken, disputed = ann.chat.from_bot
        assert "two officials at the crossing" in disputed.text
        feed(filled, 15)
        await until(filled, sender, sent=5)
    taken, disputed, correction = ann.chat.from_bot
    assert correction.text.startswith("↩️ CORRECTION")
    assert correction.reply_to is disputed
    assert "Withdrawn" in disputed.text
    assert "Withdrawn" not in taken.text


@pytest.mark.slow
async def test_alerts_keep_to_the_limits_of_a_chat(filled: Database, telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    subscribe(filled, ann, place="anbar")
    feed(filled, 3, 4, 5, 7, 10)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=4, closed=1)  # of two about Al Waleed the newer one
    refused = [c for c in telegram.calls if c.outcome is not None and not c.outcome.ok]
    assert refused == []


async def test_a_group_that_became_a_supergroup_is_told_at_its_new_id(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Border desk", admins=[ann])
    with filled.begin() as conn:
        one = subscribers.ensure(conn, group.id, is_group=True, now=WRITTEN)
        subscribers.subscribe(conn, one.id, "al-waleed", WRITTEN)
    feed(filled, 7)
    new = ann.upgrades(group)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
    assert "MILITANTS" in new.from_bot[-1].text
    with filled.connect() as conn:
        assert subscribers.find(conn, group.id) is None
        assert subscribers.is_subscribed(conn, new.id, "al-waleed")


async def test_a_blocked_bot_tells_the_chat_nothing_more(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 10)
    ann.blocks()
    async with sending(filled, telegram) as sender:
        await until(filled, sender, closed=2, pending=0)
    with filled.connect() as conn:
        left = subscribers.find(conn, ann.chat.id)
    assert left is not None
    assert not left.active
    (_, older), (_, newer) = states(filled)
    assert older.startswith("superseded by alert")
    assert "Forbidden" in newer


async def test_an_edit_of_a_message_that_was_deleted_is_over(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
        ann.deletes(ann.chat.from_bot[0])
        feed(filled, 8)
        await until(filled, sender, closed=1)
    assert states(filled)[-1] == ("closed", "BadRequest: Message to edit not found")


async def test_an_edit_of_a_message_that_never_went_out_is_over(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7, 8)
    telegram.faults.refuse(400, "Bad Request: message is too long", method="sendMessage")
    async with sending(filled, telegram) as sender:
        await until(filled, sender, dead=1, closed=1)
    assert states(filled)[-1] == ("closed", "the message to edit was never sent")


async def test_a_correction_arrives_even_where_the_wrong_alert_was_deleted(
    filled: Database, telegram: Telegram
) -> None:
    ann = telegram.person("Ann")
    subscribe(filled, ann)
    feed(filled, 7)
    async with sending(filled, telegram) as sender:
        await until(filled, sender, sent=1)
        feed(filled, 10)
        await until(filled, sender, sent=2)
        ann.deletes(ann.chat.from_bot[-1])
        feed(filled, 15)
        await until(filled, sender, sent=3, closed=1)
    assert ann.chat.from_bot[-1].text.startswith("↩️ CORRECTION")


@pytest.mark.parametrize("paid_per_second", [0, 1000])
async def test_with_each_lease_another_alert_has_its_turn(
    filled: Database, telegram: Telegram, monkeypatch: pytest.MonkeyPatch, paid_per_second: int
) -> None:
    turns: list[int] = []
    lease = outbox.lease

    def noted(conn: sa.Connection, *, turn: int, **how: Any) -> list[Delivery]:
        turns.append(turn)
        return lease(conn, turn=turn, **how)

    monkeypatch.setattr(outbox, "lease", noted)
    telegram.paid_broadcast = True
    subscribe(filled, telegram.person("Ann"))
    feed(filled, 7)
    async with sending(filled, telegram, paid_per_second=paid_per_second) as sender:
        await until(filled, sender, sent=1)
        feed(filled, 10)
        await until(filled, sender, sent=2)
    assert len(turns) > 1
    assert turns == list(range(len(turns)))
