"""The sandbox as it starts, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.run import sandbox
from bot.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_one_of_its_people_may_try_what_owners_do(tmp_path: Path) -> None:
    async with sandbox(load_settings({}), port=0, pace=0.1, data=tmp_path) as box:
        amal, yusuf = box.telegram.people.values()
        for person, expected in ((amal, True), (yusuf, False)):
            asked = person.says("/help")
            said = await person.chat.wait_for(lambda _: True, timeout=30, after=asked)
            assert ("/report" in said.text) is expected
