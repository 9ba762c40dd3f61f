"""The sandbox as somebody new meets it: a browser, the chat page, the story."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.sandbox.run import sandbox
from bot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.browser

DESK = ViewportSize(width=1280, height=1010)
PATIENCE = 15_000  # milliseconds


@pytest.fixture
async def page(chromium: str, tmp_path: Path) -> AsyncIterator[Page]:
    """The page of a sandbox, open in a browser; anything on its console fails the test."""
    problems: list[str] = []
    async with (
        sandbox(load_settings({}), port=0, pace=0.1, data=tmp_path) as box,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"],  # as root in a container Chromium starts only without
        )
        context = await browser.new_context(
            viewport=DESK, locale="en-GB", timezone_id="Asia/Baghdad", device_scale_factor=2
        )
        opened = await context.new_page()
        opened.set_default_timeout(PATIENCE)
        opened.on("console", lambda m: problems.append(f"{m.type}: {m.text}"))
        opened.on("pageerror", lambda error: problems.append(str(error)))
        await opened.goto(box.address)
        yield opened
        await browser.close()
    assert problems == []


def chat(page: Page, title: str) -> Locator:
    return page.locator(".chat", has=page.get_by_role("heading", name=title, exact=True))


async def say(page: Page, title: str, text: str) -> None:
    box = chat(page, title).get_by_role("textbox")
    await box.fill(text)
    await box.press("Enter")


async def sees(page: Page, title: str, text: str) -> None:
    """Wait for a message of the bot with this text; isolating marks may stand between words."""
    words = re.compile(r"[\s\u2068\u2069]+".join(re.escape(w) for w in text.split()))
    message = chat(page, title).locator(".theirs", has_text=words).last
    await expect(message).to_be_visible(timeout=PATIENCE)


@pytest.mark.slow
async def test_a_newcomer_asks_subscribes_steps_the_story_and_sees_the_dispute(
    page: Page, tmp_path: Path
) -> None:
    await say(page, "Amal", "/start")
    await sees(page, "Amal", "Who controls this place")
    await say(page, "Amal", "/status al waleed")
    await sees(page, "Amal", "reported held by the GOVERNMENT OF IRAQ")
    await chat(page, "Amal").get_by_role("button", name="Subscribe", exact=True).click()
    await sees(page, "Amal", "You will hear about")
    for _ in range(2, 12):
        await page.get_by_role("button", name="Step").click()
    await sees(page, "Amal", "now reported held by MILITANTS")
    await sees(page, "Amal", "now DISPUTED")
    await sees(page, "Amal", "government of Iraq retook it")
    await sees(page, "Amal", "captain of the border guards say militants took it")
    await sees(page, "Amal", "two officials at the crossing say militants still hold it")
    # The README's picture: made anew with WHOHOLDS_TEST_SCREENSHOTS=.github
    folder = Path(os.environ.get("WHOHOLDS_TEST_SCREENSHOTS") or tmp_path)
    shot = await chat(page, "Amal").screenshot(path=folder / "sandbox.jpg", type="jpeg", quality=55)
    assert len(shot) > 10_000


async def test_a_group_listens_to_its_admins_only(page: Page) -> None:
    await say(page, "Border desk", "/subscribe@WhoHoldsBot rabia")
    await sees(page, "Border desk", "This group will hear about Rabia")
    await chat(page, "Border desk").get_by_label("Speaking as").select_option(label="Yusuf")
    await say(page, "Border desk", "/subscribe@WhoHoldsBot rawa")
    await sees(page, "Border desk", "admins")
    await say(page, "Border desk", "/status@WhoHoldsBot rawa")
    await sees(page, "Border desk", "reported held by the GOVERNMENT OF IRAQ")


async def test_the_story_plays_by_itself_to_the_end_and_starts_again(page: Page) -> None:
    await say(page, "Amal", "/subscribe al waleed")
    await sees(page, "Amal", "You will hear about")
    await page.get_by_role("button", name="Play").click()
    await expect(page.get_by_text("step 15 of 15")).to_be_visible(timeout=60_000)
    await sees(page, "Amal", "now reported held by MILITANTS")
    await page.get_by_role("button", name="Restart").click()
    await expect(page.get_by_text("step 1 of 15")).to_be_visible(timeout=PATIENCE)
    await expect(chat(page, "Amal").locator(".theirs")).to_have_count(0)
    await say(page, "Amal", "al waleed")
    await sees(page, "Amal", "reported held by the GOVERNMENT OF IRAQ")
