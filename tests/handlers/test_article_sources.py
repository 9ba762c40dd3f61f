"""What a news text tells of its link and of those who speak in it goes into the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlers.test_articles import TOOK
from tests.handlers.test_reporting import by_editors

if TYPE_CHECKING:
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (f"{TOOK} https://news.example/a?b=1", "https://news.example/a?b=1"),
        (f"https://news.example/a\n\n{TOOK} See https://other.example.", "https://news.example/a"),
        (f"{TOOK} (https://news.example/a)", "https://news.example/a"),
        (f"{TOOK} https://a.example https://b.example", ""),
        (f"{TOOK} http://[x", ""),
    ],
)
async def test_the_link_in_a_text_is_that_of_its_reports_where_it_is_clear(
    owner: Talk, record: Record, text: str, url: str
) -> None:
    shown = await owner.says(f"/article {text}")
    assert ("Its link: " in shown) == bool(url)
    await owner.presses("1")
    await owner.presses("Record")
    [report] = by_editors(record)
    assert (report.url, report.quote) == (url, TOOK)


async def test_what_a_text_tells_of_a_new_source_is_not_asked(owner: Talk, record: Record) -> None:
    said = "Militants seized Rawa on Sunday, two officers of the Iraqi army in Rawa said."
    await owner.says(f"/article {said}")
    await owner.presses("1")
    name = "two officers of the Iraqi army in Rawa"
    assert (await owner.presses(f"New source: {name}")).startswith(f"How reliable is “{name}”?")
    shown = await owner.presses("Fairly (C)")
    assert "New source: officer, the government of Iraq, at the scene, grade C" in shown
    await owner.presses("Change…")
    await owner.presses("Who says so")
    await owner.says(name)
    assert (await owner.presses(f"New source: {name}")).startswith("What is “two officers")


async def test_of_a_new_source_whatever_a_text_does_not_tell_is_asked(
    owner: Talk, record: Record
) -> None:
    await owner.says("/article Militants seized Rawa on Sunday, shopkeepers said.")
    await owner.presses("1")
    asked = await owner.presses("New source: shopkeepers")
    assert asked.startswith("Which party does “shopkeepers” belong to?")
    await owner.presses("No party")
    await owner.presses("Not there")
    shown = await owner.presses("Not known (F)")
    assert "New source: resident, no party, not at the scene, grade F" in shown
