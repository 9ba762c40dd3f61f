"""From an editor's conversation to the alerts: the whole bot, killed in the middle of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.e2e.stage import STEPS, Stage, first_lines, staged

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.model import Message
    from bot.sandbox.people import Person
    from storage.engine import Database

DISPUTED = "🟠 Al Waleed crossing: now DISPUTED"
NINE, TEN = STEPS[:9], STEPS[9]


def plain(text: str) -> str:
    return text.translate({0x2068: None, 0x2069: None})


async def presses(person: Person, label: str) -> Message:
    """The message that a button is answered with."""
    last = person.chat.last
    person.presses(label)
    return await person.chat.wait_for(lambda _: True, timeout=30, after=last)


async def up_to_nine(stage: Stage) -> tuple[Person, Person]:
    """Two chats that have heard what there was up to the ninth step, at the time of the tenth."""
    ann, desk = stage.telegram.person("Ann"), stage.telegram.person("Border desk")
    await stage.asks(ann, "/subscribe al waleed")
    await stage.asks(desk, "/subscribe Iraq-Syria border")
    for step in NINE:
        stage.feed(step)
        await stage.settled()
    stage.clock.write_text(TEN.at.isoformat(), encoding="utf-8")
    return ann, desk


@pytest.mark.slow
async def test_an_editors_report_goes_out_to_the_chats_that_the_preview_counted(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        editor = stage.telegram.person("Editor")
        await stage.start_bot(owners=frozenset({editor.id}))
        ann, desk = await up_to_nine(stage)
        await stage.asks(editor, "/report")
        await stage.asks(editor, "al waleed")
        await presses(editor, "A party took it")
        await presses(editor, "government of Iraq")
        await stage.kill_bot()
        await stage.start_bot(owners=frozenset({editor.id}))
        await stage.asks(editor, "the prime minister's security spokesman")
        await presses(editor, "Today")
        await stage.asks(editor, "state television")
        shown = plain((await presses(editor, "There is none")).text).split("\n")
        assert "With it: 🟠 disputed, militants ahead" in shown
        assert "2 chats would be alerted." in shown
        assert DISPUTED not in first_lines(ann)
        await presses(editor, "Record")
        for person in (ann, desk):
            alert = await person.chat.wait_for(lambda m: "now DISPUTED" in m.text, timeout=30)
            assert "says the government of Iraq retook it" in plain(alert.text)
        await stage.settled()
        assert first_lines(ann).count(DISPUTED) == 1
        assert first_lines(desk).count(DISPUTED) == 1


@pytest.mark.slow
async def test_a_report_that_waits_goes_out_when_its_time_is_up(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        editor = stage.telegram.person("Editor")
        hold = {"owners": frozenset({editor.id}), "hold_chats": 1, "hold_minutes": 5}
        await stage.start_bot(**hold)
        ann, _ = await up_to_nine(stage)
        line = "/report al waleed: government took it, says the prime minister's security spokesman"
        await stage.asks(editor, f"{line}, today")
        waits = await presses(editor, "Record")
        assert "⏸" in waits.text
        await stage.kill_bot()
        later = TEN.at + timedelta(minutes=5)
        stage.clock.write_text(later.isoformat(), encoding="utf-8")
        await stage.start_bot(**hold)
        await editor.chat.wait_for(lambda m: "Nobody stopped it" in m.text, timeout=30)
        await ann.chat.wait_for(lambda m: "now DISPUTED" in m.text, timeout=30)


@pytest.mark.slow
async def test_who_wrote_a_report_hears_once_that_it_was_let_go_though_the_bot_was_killed(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        ann, bob = stage.telegram.person("Ann"), stage.telegram.person("Bob")
        hold = {"owners": frozenset({ann.id, bob.id}), "hold_chats": 1, "hold_minutes": 5}
        await stage.start_bot(**hold)
        await up_to_nine(stage)
        await stage.asks(ann, "/start")
        line = "/report al waleed: government took it, says the prime minister's security spokesman"
        await stage.asks(bob, f"{line}, today")
        await presses(bob, "Record")
        await presses(ann, "Let it go")
        await stage.kill_bot()
        await stage.start_bot(**hold)
        await bob.chat.wait_for(lambda m: "let it go: on record" in m.text, timeout=30)
        await stage.settled()
        told = [m for m in bob.chat.from_bot if "let it go: on record" in m.text]
        assert len(told) == 1
