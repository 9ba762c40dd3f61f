"""The answer to /subscribe is what the chat was last told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import ledger, outbox, subscribers

if TYPE_CHECKING:
    from bot.sandbox.people import Person
    from storage.model.deliveries import LastTold
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


def last_told(record: Record, person: Person, *places: str) -> dict[str, LastTold]:
    with record.database.connect() as conn:
        chat = subscribers.find(conn, person.chat.id)
        assert chat is not None
        told = ledger.of_chats(conn, [chat.id], places)
        return {place: last for (_, place), last in told.items()}


async def test_what_the_answer_says_is_what_the_chat_was_last_told(
    talk: Talk, record: Record, ann: Person
) -> None:
    record.up_to(7)
    asked_at = record.clock.at
    await talk.says("/subscribe al waleed")
    await talk.says("/list")  # the answer to the other one is on record by then
    told = last_told(record, ann, "al-waleed")["al-waleed"]
    assert (told.status.holder, told.doubted) == ("militants", False)
    assert told.told_at is not None
    assert told.told_at >= asked_at
    assert told.up_to > 0


async def test_of_an_area_it_is_each_place_that_the_answer_lists(
    talk: Talk, record: Record, ann: Person
) -> None:
    record.up_to(1)
    await talk.says("/subscribe Iraq–Syria border")
    await talk.says("/list")
    told = last_told(record, ann, "al-waleed", "al-qaim", "rabia", "rawa")
    assert {"al-waleed", "al-qaim"} <= set(told)
    assert "rawa" not in told


async def test_whoever_asks_again_is_not_told_the_same_by_an_alert(
    talk: Talk, record: Record, ann: Person
) -> None:
    record.up_to(1)
    await talk.says("/subscribe al waleed")
    record.up_to(7)
    await talk.says("/subscribe al waleed")
    await talk.says("/list")
    told = last_told(record, ann, "al-waleed")["al-waleed"]
    with record.database.begin() as conn:
        (waiting,) = outbox.lease(
            conn, now=record.clock.at, limit=5, lease_for=timedelta(minutes=1)
        )
    assert told.up_to == waiting.alert_id
