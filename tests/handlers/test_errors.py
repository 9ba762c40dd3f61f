"""When a handler fails: the person is told, and the log has the same reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from storage import tables

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


def breaks(record: Record) -> None:
    """The database loses a table under the running bot."""
    with record.database.begin() as conn:
        tables.aliases.drop(conn)


async def test_the_person_gets_a_reference_that_is_in_the_log(talk: Talk, record: Record) -> None:
    breaks(record)
    with capture_logs() as logs:
        text = await talk.says("Rabia my secret words")
    assert text.startswith("Something went wrong on my side. Please try again.")
    found = re.search(r"reference ([0-9A-F]{6})", text)
    assert found is not None
    [entry] = [one for one in logs if one["log_level"] == "error"]
    assert entry["reference"] == found[1]
    assert entry["exc_info"] is not None
    assert "secret words" not in str({k: v for k, v in entry.items() if k != "exc_info"})


async def test_a_press_that_fails_is_answered_too(talk: Talk, ann: Person, record: Record) -> None:
    status = await talk.asks("Rabia")
    breaks(record)
    await ann.answer_to(ann.presses("Subscribe", on=status))
    await ann.chat.wait_for(lambda m: "Something went wrong" in m.text, after=status)


async def test_the_bot_goes_on_after_an_error(talk: Talk, record: Record) -> None:
    breaks(record)
    assert "went wrong" in await talk.says("Rabia")
    assert "Who controls" in await talk.says("/start")


async def test_a_network_that_is_away_is_a_warning_without_a_traceback(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    telegram.faults.refuse(502, "Bad Gateway", method="sendMessage")
    with capture_logs() as logs:
        ann.says("/start")
        assert "Who controls" in await talk.says("/start")
    assert [(one["log_level"], "exc_info" in one) for one in logs] == [("warning", False)]


async def test_somebody_who_blocked_the_bot_meanwhile_is_no_error(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    refusal = "Forbidden: bot was blocked by the user"
    telegram.faults.refuse(403, refusal, method="sendMessage")
    with capture_logs() as logs:
        ann.says("/start")
        await talk.says("/start")
    assert [one["log_level"] for one in logs] == ["info"]


async def test_an_answer_that_telegram_refuses_is_an_error(telegram: Telegram, talk: Talk) -> None:
    refusal = "Bad Request: BUTTON_DATA_INVALID"
    telegram.faults.refuse(400, refusal, method="sendMessage")
    with capture_logs() as logs:
        assert "Something went wrong" in await talk.says("/start")
    assert [one["log_level"] for one in logs] == ["error"]


async def test_an_error_where_nobody_asked_anything_is_only_logged(
    telegram: Telegram, talk: Talk, ann: Person, record: Record
) -> None:
    with record.database.begin() as conn:
        tables.subscribers.drop(conn)
    gone = {"id": -100_777, "type": "supergroup", "title": "x"}
    user = ann.user.as_json()
    left = {"user": telegram.bot.as_json(), "status": "left"}
    member = {"user": telegram.bot.as_json(), "status": "member"}
    change = {"chat": gone, "from": user, "date": 1, "old_chat_member": member}
    with capture_logs() as logs:
        telegram.updates.add("my_chat_member", change | {"new_chat_member": left})
        await talk.says("???")  # fails as well, but somebody asked
    assert [one["log_level"] for one in logs] == ["error", "error"]
    told = [call.params["chat_id"] for call in telegram.calls_of("sendMessage")]
    assert told == [str(ann.chat.id)]


async def test_where_nobody_can_be_told_the_error_is_still_logged(
    telegram: Telegram, talk: Talk, ann: Person, record: Record
) -> None:
    breaks(record)
    telegram.faults.refuse(502, "Bad Gateway", method="sendMessage")
    with capture_logs() as logs:
        ann.says("Rabia")
        await talk.says("/start")
    assert [one["log_level"] for one in logs] == ["error", "warning"]
    assert logs[0]["reference"] == logs[1]["reference"]
