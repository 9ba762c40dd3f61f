"""Every call that the bot makes is one that the Bot API knows, by a client written elsewhere."""

from __future__ import annotations

import asyncio
import json
from inspect import getmembers, isclass
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.params import Upload
from tests.e2e.stage import STEPS, Stage, staged

if TYPE_CHECKING:
    from pathlib import Path

    from aiogram.methods.base import TelegramMethod

    from storage.engine import Database

QUESTIONS = (
    "/start",
    "/start p_al-waleed",
    "/help",
    "/status",
    "/status al waleed",
    "/status Iraq–Syria border",
    "/status xyzzy",
    "/why al waleed",
    "/history al waleed",
    "/subscribe al waleed",
    "/subscribe anbar",
    "/list",
    "/unsubscribe anbar",
    "/timezone Asia/Baghdad",
    "/forget",
    "tanf",
    "<b>&amp;</b> \u202e evil",
    "/nonsense",
)


@pytest.mark.slow
async def test_every_call_is_well_formed(db: Database, database_url: str, tmp_path: Path) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        await stage.start_bot()
        await asyncio.gather(*(talk(stage, question) for question in QUESTIONS))
        await stage.asks(stage.telegram.person("Ann"), "/subscribe al waleed")
        for step in STEPS:
            stage.feed(step)
        await stage.settled()
        bob = stage.telegram.person("Bob")
        history = await stage.asks(bob, "/history al waleed")
        bob.presses("Chart", on=history)
        await bob.chat.wait_for(lambda message: message.photo, 30, after=history)
    calls = stage.telegram.calls
    methods = all_methods()
    assert {
        "sendMessage",
        "sendPhoto",
        "editMessageText",
        "answerCallbackQuery",
        "setMyCommands",
        "setMyDescription",
        "setMyShortDescription",
    } <= {c.method for c in calls}
    for call in calls:
        method = methods[call.method]
        given = {name: read(value) for name, value in call.params.items()}
        assert given.keys() <= method.model_fields.keys(), call.method
        method.model_validate(given)
        # Two presses at once may find the buttons as they should be already.
        refused = call.outcome is not None and call.outcome.code == 400
        assert not refused or "not modified" in str(call.outcome), (call.method, call.outcome)


def all_methods() -> dict[str, type[TelegramMethod[Any]]]:
    """Every method of the Bot API by its name, with its parameters as fields."""
    # Imported here, since that takes seconds and every process of a run reads this file.
    from aiogram import methods
    from aiogram.methods.base import TelegramMethod

    return {
        cls.__api_method__: cls
        for _, cls in getmembers(methods, isclass)
        if issubclass(cls, TelegramMethod) and cls is not TelegramMethod
    }


async def talk(stage: Stage, question: str) -> None:
    """Ask something in a chat of one's own, and press every button of the answer."""
    person = stage.telegram.person("Somebody")
    answer = await stage.asks(person, question)
    for row in answer.buttons:
        for button in row:
            if button.data:
                press = person.presses(button.label, data=button.data, on=answer)
                await person.answer_to(press, timeout=30)


def read(value: Any) -> Any:
    """A parameter as it was meant: objects travel as JSON text."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    if isinstance(value, Upload):
        from aiogram.types import BufferedInputFile

        return BufferedInputFile(value.content, value.name)
    return value
