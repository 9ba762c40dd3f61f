"""The chart of a place: a picture that is drawn for whoever asks, and uploaded once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.sandbox.params import Upload
from handlers.photos import NotDrawn, drawn
from tests.handlers.conftest import Talk, plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.model import Message
    from tests.handlers.conftest import Record

pytestmark = pytest.mark.anyio


async def chart(talk: Talk, question: str = "/history Al Waleed") -> Message:
    return await talk.asks_after("Chart", on=await talk.asks(question))


def photos(telegram: Telegram) -> list[object]:
    """What each call of sendPhoto gave for the photo."""
    return [c.params["photo"] for c in telegram.calls if c.method == "sendPhoto"]


async def test_a_history_has_a_chart_of_who_held_the_place_when(talk: Talk, record: Record) -> None:
    record.up_to(11)
    shown = await chart(talk)
    assert shown.photo is not None
    assert shown.photo.content.startswith(b"\x89PNG")
    assert plain(shown) == (
        "Al Waleed crossing – who held it when\n"
        "Sun 8 Jun to Mon 23 Jun\n"
        "1 🔵 Government of Iraq: plain\n"
        "2 ⚫ Militants: dots\n"
        "🟠 hatched: disputed\n"
        "A number says who holds it, or who is ahead.\n"
        "Short times are drawn wider than they were."
    )
    assert shown.labels == [["Who says so", "History", "Map"], ["Subscribe", "Share"]]


async def test_a_picture_is_uploaded_once_for_all_chats(
    talk: Talk, record: Record, telegram: Telegram
) -> None:
    record.up_to(11)
    first = await chart(talk)
    second = await chart(Talk(telegram.person("Bob")))
    uploaded, reused = photos(telegram)
    assert isinstance(uploaded, Upload)
    assert first.photo is not None
    assert reused == first.photo.ids[-1]
    assert second.photo == first.photo


async def test_a_picture_that_telegram_has_lost_is_uploaded_anew_and_kept(
    talk: Talk, record: Record, telegram: Telegram
) -> None:
    record.up_to(11)
    first = await chart(talk)
    telegram.photos.forget()
    second = await chart(talk)
    third = await chart(talk)
    assert first.photo is not None
    assert second.photo is not None
    assert first.photo.content == second.photo.content
    assert third.photo == second.photo != first.photo
    assert [isinstance(photo, Upload) for photo in photos(telegram)] == [True, False, True, False]


async def test_another_refusal_of_a_known_picture_uploads_nothing(
    talk: Talk, record: Record, telegram: Telegram
) -> None:
    record.up_to(11)
    await chart(talk)
    asked = await talk.asks("/history Al Waleed")
    telegram.faults.refuse(
        400, "Bad Request: not enough rights to send photos to the chat", method="sendPhoto"
    )
    assert "went wrong" in (await talk.presses("Chart", on=asked)).casefold()
    assert len(photos(telegram)) == 2


async def test_a_place_without_a_history_has_no_chart(talk: Talk, record: Record) -> None:
    asked = await talk.asks("/history Al Waleed")
    assert "Chart" not in [label for row in asked.labels for label in row]


async def test_the_chart_of_another_time_ends_there(talk: Talk, record: Record) -> None:
    record.up_to(8)
    record.clock.at += timedelta(hours=1)
    record.up_to(11)
    text = plain(await chart(talk, "/history Al Waleed as of 17:30")).split("\n")
    assert text[0].startswith("Not now: as of Mon 23 Jun 2014 17:30 (Baghdad time)")
    assert text[4:6] == ["2 ⚫ Militants: dots", "A number says who holds it, or who is ahead."]
    assert "🟠 hatched: disputed" in plain(await chart(talk))


async def test_what_cannot_be_drawn_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("handlers.photos.svg", lambda _: "no drawing")
    with pytest.raises(NotDrawn, match="ValueError"):
        await drawn(None)  # type: ignore[arg-type] # nothing looks at it


async def test_a_drawing_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.photos.svg", lambda _: "no drawing")
    monkeypatch.setattr("handlers.photos.LONGEST", 0.001)
    with pytest.raises(NotDrawn, match="longer than"):
        await drawn(None)  # type: ignore[arg-type] # nothing looks at it
