"""From a sourced report to a push alert: the whole bot, the real import, the June 2014 story."""

from __future__ import annotations

import time
from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from storage import outbox
from tests.e2e.stage import STEPS, Stage, first_lines, staged

if TYPE_CHECKING:
    from pathlib import Path

    from bot.sandbox.people import Person
    from storage.engine import Database

TAKEN = "⚫ Al Waleed crossing: now reported held by MILITANTS"
DISPUTED = "🟠 Al Waleed crossing: now DISPUTED"
NO_CROSSING = "🚧 Iraq–Syria border: NO crossing is reported in government hands"
AL_QAIM = "⚫ Al-Qaim crossing: now reported held by MILITANTS"

HEARD_BY_ANN = {7: [TAKEN], 10: [DISPUTED]}
HEARD_BY_DESK = {3: [AL_QAIM], 7: [NO_CROSSING], 10: [DISPUTED]}
STORY = STEPS[:14]  # what happened; the last step is a what-if


def all_of(heard: dict[int, list[str]]) -> list[str]:
    return [line for step in sorted(heard) for line in heard[step]]


async def two_subscribers(stage: Stage) -> tuple[Person, Person]:
    ann, desk = stage.telegram.person("Ann"), stage.telegram.person("Border desk")
    assert "Who controls" in (await stage.asks(ann, "/start")).text
    await stage.asks(ann, "/subscribe al waleed")
    await stage.asks(desk, "/start")
    await stage.asks(desk, "/subscribe Iraq-Syria border")
    return ann, desk


@pytest.mark.slow
async def test_each_chat_hears_what_the_story_says_in_order_and_once(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        await stage.start_bot()
        ann, desk = await two_subscribers(stage)
        for step in STORY:
            stage.feed(step)
            await stage.settled()
            heard = step.number + 1
            assert first_lines(ann) == all_of({s: x for s, x in HEARD_BY_ANN.items() if s < heard})
            assert first_lines(desk) == all_of(
                {s: x for s, x in HEARD_BY_DESK.items() if s < heard}
            )
        disputed = ann.chat.from_bot[-1]
        assert "says the government of Iraq retook it" in plain(disputed.text)
        assert "two officials at the crossing" in plain(disputed.text)
        status = plain((await stage.asks(ann, "/status Al Waleed")).text)
    assert status.startswith("🟠 Al Waleed crossing: DISPUTED")
    assert db_counts(db).doubts == 0


@pytest.mark.slow
async def test_killing_the_bot_between_any_two_steps_changes_nothing(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        await stage.start_bot()
        ann, desk = await two_subscribers(stage)
        for step in STORY:
            stage.feed(step)
            # At any moment: before, while and after the alerts go out.
            await stage.kill_bot()
            await stage.start_bot()
            await stage.settled()
    assert without_doubles(first_lines(ann)) == all_of(HEARD_BY_ANN)
    assert without_doubles(first_lines(desk)) == all_of(HEARD_BY_DESK)
    doubled = len(first_lines(ann)) + len(first_lines(desk)) - 5
    assert doubled <= db_counts(db).doubts <= len(STORY)


@pytest.mark.slow
async def test_the_correction_reaches_who_was_told_and_the_wrong_alert_is_marked(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    async with staged(db, database_url, tmp_path) as stage:
        await stage.start_bot()
        ann, _desk = await two_subscribers(stage)
        late = stage.telegram.person("Late")
        for step in STEPS:
            if step.number == 12:
                await stage.asks(late, "/subscribe al waleed")
            stage.feed(step)
            await stage.settled()
    correction = ann.chat.from_bot[-1]
    assert plain(correction.text).startswith("↩️ CORRECTION: Al Waleed crossing")
    assert correction.reply_to is not None
    assert plain(correction.reply_to.text).startswith("↩️ Withdrawn, see below")
    assert not any("CORRECTION" in line for line in first_lines(late))


async def test_a_report_reaches_the_phone_without_being_asked_for(
    db: Database, database_url: str, tmp_path: Path
) -> None:
    """Not a timed test: it prints what it measured, and fails only where nothing arrives."""
    async with staged(db, database_url, tmp_path) as stage:
        await stage.start_bot()
        ann, _desk = await two_subscribers(stage)
        for step in STORY[:6]:
            stage.feed(step)
        await stage.settled()
        stage.feed(STORY[6])
        committed = time.monotonic()
        await ann.chat.wait_for(lambda m: m.from_bot and "MILITANTS" in m.text, timeout=20)
        print(f"{db.engine.dialect.name}: {time.monotonic() - committed:.3f} s")  # noqa: T201 - the measure


def without_doubles(lines: list[str]) -> list[str]:
    return [line for line, _ in groupby(lines)]


def plain(text: str) -> str:
    return text.translate({0x2068: None, 0x2069: None})


def db_counts(db: Database) -> outbox.Counts:
    with db.connect() as conn:
        return outbox.counts(conn)
