"""The chat page in a real browser: what people see, press and hear of."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import telegram as ptb
from playwright.async_api import ViewportSize, async_playwright, expect

from bot.sandbox.chats import Telegram
from bot.sandbox.page import sandbox_app
from bot.sandbox.serve import running
from tests.bot.sandbox.conftest import TOKEN
from tests.bot.sandbox.playing import CONTRAST, SECRET, Story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page

    from bot.sandbox.chats import Chat
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Clock

pytestmark = pytest.mark.browser

WIDE = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=320, height=640)
KEYS = ptb.InlineKeyboardMarkup(
    [
        [
            ptb.InlineKeyboardButton("Who says so", callback_data="more"),
            ptb.InlineKeyboardButton("Mute", callback_data="mute"),
            ptb.InlineKeyboardButton("Unsubscribe", callback_data="alert"),
        ],
        [
            ptb.InlineKeyboardButton("Map", url="https://example.org/map"),
            ptb.InlineKeyboardButton("Rabia", url="https://t.me/WhoHoldsBot?start=p_rabia"),
        ],
    ]
)


async def echo(bot: ptb.Bot) -> None:
    """A bot that says everything back, in bold, with buttons."""
    offset = 0
    while True:
        for update in await bot.get_updates(offset=offset, timeout=10):
            offset = update.update_id + 1
            if update.message and update.message.text:
                await update.message.reply_html(
                    f"<b>Echo</b>: {update.message.text_html}",
                    reply_markup=KEYS,
                    do_quote=True,
                    disable_notification="quietly" in update.message.text,
                )
            elif typed := update.inline_query:
                content = ptb.InputTextMessageContent(f"about {typed.query}")
                article = ptb.InlineQueryResultArticle("1", f"Find {typed.query}", content)
                await typed.answer([article])
            elif query := update.callback_query:
                await query.answer(query.data, show_alert=query.data == "alert")
                if query.data == "more":
                    await query.edit_message_text(
                        "<b>Echo</b>, with more", parse_mode="HTML", reply_markup=KEYS
                    )


@asynccontextmanager
async def echoing(url: str) -> AsyncIterator[None]:
    async with ptb.Bot(TOKEN, base_url=f"{url}/bot") as bot:
        task = asyncio.create_task(echo(bot))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@dataclass
class Stage:
    """A sandbox with two people, a group and an echoing bot, and a browser to look at it."""

    telegram: Telegram
    ann: Person
    bob: Person
    group: Chat
    story: Story
    url: str
    browser: Browser
    problems: list[str] = field(default_factory=list)

    async def open(self, viewport: ViewportSize = WIDE, **options: Any) -> Page:
        context = await self.browser.new_context(viewport=viewport, locale="en-GB", **options)
        page = await context.new_page()
        page.set_default_timeout(5_000)
        page.on("console", lambda m: self.problems.append(f"{m.type}: {m.text}"))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        await page.goto(f"{self.url}/{SECRET}/")
        await expect(page.get_by_role("heading", name="Ann")).to_be_attached()
        return page


@pytest.fixture
async def stage(clock: Clock, chromium: str) -> AsyncIterator[Stage]:
    telegram = Telegram(TOKEN, now=clock.now, limits=None)
    ann, bob = telegram.person("Ann"), telegram.person("Bob", language="ar")
    group = telegram.group("Border watch", admins=[ann], members=[bob])
    telegram.menus.commands["default", ""] = (
        ("status", "Who holds it now"),
        ("subscribe", "Get alerts"),
        ("why", "Each source"),
    )
    telegram.menus.texts["description", ""] = "Who controls this place?"
    story = Story()
    app = sandbox_app(telegram, secret=SECRET, player=story)
    async with running(app) as url, echoing(url), async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"],  # as root in a container Chromium starts only without
        )
        stage = Stage(telegram, ann, bob, group, story, url, browser)
        yield stage
        await browser.close()
        assert stage.problems == []


def chat(page: Page, title: str) -> Locator:
    return page.locator(".chat", has=page.get_by_role("heading", name=title, exact=True))


async def say(page: Page, title: str, text: str) -> None:
    box = chat(page, title).get_by_role("textbox")
    await box.fill(text)
    await box.press("Enter")


async def test_chats_stand_side_by_side_and_the_bot_answers_in_each(stage: Stage) -> None:
    stage.ann.says("/start")
    stage.bob.says("/start")
    page = await stage.open()
    await say(page, "Ann", "Al Waleed quietly")
    await say(page, "Bob", "الوليد")
    await say(page, "Border watch", "/status@WhoHoldsBot")
    await expect(chat(page, "Ann").get_by_text("Echo: Al Waleed")).to_be_visible()
    arabic = chat(page, "Bob").get_by_text("Echo: الوليد")
    await expect(arabic).to_be_visible()
    answer = chat(page, "Border watch").locator(".message", has_text="Echo")
    await expect(answer.get_by_text("Who Holds", exact=True)).to_be_visible()
    await expect(answer.locator(".quote")).to_contain_text("/status@WhoHoldsBot")
    await expect(chat(page, "Ann").locator(".theirs").last).to_contain_text("🔕 silent")
    boxes = [await chat(page, name).bounding_box() for name in ("Ann", "Bob", "Border watch")]
    places = [(box["x"], box["y"]) for box in boxes if box]
    assert places == sorted(places)
    assert len({y for _, y in places}) == 1
    mine = chat(page, "Bob").locator(".mine .text").last
    assert await mine.evaluate("e => getComputedStyle(e).direction") == "rtl"


async def test_buttons_are_answered_and_edits_arrive(stage: Stage) -> None:
    stage.ann.says("/start")
    page = await stage.open()
    ann = chat(page, "Ann")
    await ann.get_by_role("button", name="Mute").click()
    await expect(ann.get_by_role("status")).to_have_text("mute")
    await ann.get_by_role("button", name="Who says so").click()
    await expect(ann.get_by_text("Echo, with more")).to_be_visible()
    await expect(ann.get_by_text("edited")).to_be_visible()
    await ann.get_by_role("button", name="Unsubscribe").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("alert")
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    away = ann.get_by_role("link", name="Map")
    assert await away.get_attribute("target") == "_blank"
    assert "noopener" in (await away.get_attribute("rel") or "")


async def test_everything_can_be_done_with_the_keyboard(stage: Stage) -> None:
    stage.ann.says("hello")
    page = await stage.open()
    await expect(page.get_by_role("button", name="Who says so")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the chats")).to_be_focused()
    await page.keyboard.press("Enter")
    box = chat(page, "Ann").get_by_role("textbox")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await box.evaluate("e => e === document.activeElement"):
            break
    ring = "e => getComputedStyle(e).outlineStyle + getComputedStyle(e).outlineWidth"
    assert await box.evaluate(ring) == "solid3px"
    await page.keyboard.type("/s")
    options = chat(page, "Ann").get_by_role("option")
    await expect(options).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(box).to_have_value("/subscribe ")
    await page.keyboard.type("Rabia")
    await page.keyboard.press("Enter")
    await expect(chat(page, "Ann").get_by_text("Echo: /subscribe Rabia")).to_be_visible()
    await page.keyboard.type("/")
    await page.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    button = chat(page, "Ann").get_by_role("button", name="Who says so").last
    for _ in range(40):
        await page.keyboard.press("Shift+Tab")
        if await button.evaluate("e => e === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(chat(page, "Ann").get_by_text("Echo, with more")).to_be_visible()
    await expect(button).to_be_focused()


async def test_a_phone_shows_one_chat_and_counts_what_is_unread(stage: Stage) -> None:
    stage.ann.says("/start")
    page = await stage.open(PHONE)
    await expect(chat(page, "Ann")).to_be_visible()
    await expect(chat(page, "Bob")).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    stage.bob.says("/start")
    await stage.bob.chat.wait_for(lambda m: "Echo" in m.text)
    tab = page.get_by_role("tab", name="Bob")
    await expect(tab).to_contain_text("1")
    await expect(page).to_have_title("(1) Sandbox: this is not Telegram")
    await page.get_by_role("tab", name="Ann").focus()
    await page.keyboard.press("ArrowRight")
    await expect(tab).to_be_focused()
    await expect(chat(page, "Bob")).to_be_visible()
    await expect(chat(page, "Ann")).to_be_hidden()
    await expect(page).to_have_title("Sandbox: this is not Telegram")
    send = await chat(page, "Bob").get_by_role("button", name="Send", exact=True).bounding_box()
    assert send is not None
    assert send["x"] + send["width"] <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_both_colour_schemes_can_be_read(stage: Stage, scheme: str) -> None:
    stage.ann.says("Al Waleed")
    stage.bob.says("quietly", in_=stage.group)
    stage.ann.says("/status quietly", in_=stage.group)
    await stage.group.wait_for(lambda m: True)
    press = (await stage.ann.chat.wait_for(lambda m: True)).id
    page = await stage.open(color_scheme=scheme, reduced_motion="reduce")
    await expect(chat(page, "Ann").locator(f"#m{stage.ann.id}-{press}")).to_be_visible()
    await chat(page, "Ann").get_by_role("textbox").fill("/")
    await expect(chat(page, "Ann").get_by_role("option").first).to_be_visible()
    assert await page.evaluate(CONTRAST) == []
    background = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(11, 18, 26)") == (scheme == "dark")
    message = page.locator(".message").first
    assert await message.evaluate("e => getComputedStyle(e).animationName") == "none"


async def test_nothing_anybody_writes_becomes_html(stage: Stage) -> None:
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    mallory = stage.telegram.person(evil)
    mallory.says(evil)
    page = await stage.open()
    await expect(page.get_by_text(f"Echo: {evil}")).to_be_visible()
    assert await page.locator(".chat img, .chat script").count() == 0


async def test_formatting_links_and_commands_look_and_work_like_themselves(stage: Stage) -> None:
    stage.ann.says("/start")
    from bot.sandbox.entities import finish
    from bot.sandbox.markup import parse_html

    html = (
        "🟠 <b>bold <i>both</i></b> <code>code</code> <tg-spoiler>secret</tg-spoiler> /why "
        '<a href="https://t.me/WhoHoldsBot?start=p_x">start</a> '
        '<a href="https://example.org/">away</a> <a href="tg://user?id=1">app</a>'
        "<blockquote>said</blockquote>"
    )
    stage.telegram.post(stage.ann.chat, stage.telegram.bot, formatted=finish(parse_html(html)))
    page = await stage.open()
    message = chat(page, "Ann").locator(".message", has_text="bold both")
    await expect(message.locator("b > i")).to_have_text("both")
    await expect(message.locator("blockquote")).to_have_text("said")
    await expect(message.get_by_role("link")).to_have_text(["away"])
    await message.get_by_role("button", name="Hidden text").click()
    await expect(message.locator(".spoiler.shown")).to_have_text("secret")
    await message.get_by_role("button", name="/why").click()
    await stage.ann.chat.wait_for(lambda m: m.text == "Echo: /why")
    await message.get_by_role("button", name="start").click()
    await stage.ann.chat.wait_for(lambda m: m.text == "Echo: /start p_x")
    await chat(page, "Ann").get_by_role("button", name="Rabia").last.click()
    await stage.ann.chat.wait_for(lambda m: m.text == "Echo: /start p_rabia")


async def test_a_new_person_starts_and_may_block_the_bot(stage: Stage) -> None:
    page = await stage.open()
    bob = chat(page, "Bob")
    await expect(bob.get_by_text("Who controls this place?")).to_be_visible()
    await bob.get_by_role("button", name="Start", exact=True).click()
    await expect(bob.get_by_text("Echo: /start")).to_be_visible()
    await expect(bob.get_by_text("Who controls this place?")).to_be_hidden()
    await bob.get_by_role("button", name="Block the bot as Bob").click()
    await expect(bob.get_by_text("blocked")).to_be_visible()
    assert stage.bob.has_blocked
    await bob.get_by_role("button", name="Unblock and restart").click()
    await expect(bob.get_by_text("Echo: /start")).to_have_count(2)


async def test_the_one_who_speaks_in_a_group_can_be_chosen(stage: Stage) -> None:
    page = await stage.open()
    group = chat(page, "Border watch")
    await group.get_by_label("Speaking as").select_option(label="Bob")
    await say(page, "Border watch", "Anybody near Rabia?")
    await expect(group.locator(".mine")).to_contain_text("Bob")
    assert stage.group.last.sender == stage.bob.user
    await group.get_by_label("Speaking as").select_option(label="Ann (admin)")
    await expect(group.locator(".mine")).to_have_count(0)


async def test_what_the_bot_offers_while_its_name_is_typed_can_be_sent(stage: Stage) -> None:
    page = await stage.open()
    box = chat(page, "Ann").get_by_role("textbox")
    await box.fill("@WhoHoldsBot rab")
    await chat(page, "Ann").get_by_role("option", name="Find rab").click()
    await expect(chat(page, "Ann").locator(".mine .text").last).to_have_text("about rab")
    await expect(chat(page, "Ann").locator(".mine .via").last).to_contain_text("via")
    await expect(box).to_have_value("")


async def test_a_point_of_the_story_can_be_sent(stage: Stage) -> None:
    page = await stage.open()
    await chat(page, "Ann").get_by_role("button", name="Send a location").click()
    await page.get_by_label("A point of the story").select_option("in Rawa")
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(chat(page, "Ann").locator(".mine").last).to_contain_text("📍")
    assert stage.ann.chat.messages[-1].location == (34.48, 41.92)


async def test_a_location_can_be_sent(stage: Stage) -> None:
    stage.ann.says("/start")
    page = await stage.open()
    await chat(page, "Ann").get_by_role("button", name="Send a location").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Latitude").fill("36.8")
    await dialog.get_by_label("Longitude").fill("42.1")
    await page.keyboard.press("Enter")
    await expect(chat(page, "Ann").get_by_text("36.8, 42.1")).to_be_visible()
    assert stage.ann.chat.messages[-1].location == (36.8, 42.1)


async def test_the_story_bar_shows_and_drives_the_story(stage: Stage) -> None:
    page = await stage.open()
    bar = page.get_by_role("region", name="Story")
    await expect(bar).to_contain_text("23 June 2014, 17:00")
    await expect(bar).to_contain_text("step 0 of 3")
    await bar.get_by_role("button", name="Step").click()
    await expect(bar).to_contain_text("step 1 of 3")
    await bar.get_by_role("button", name="Play").click()
    await bar.get_by_role("button", name="Pause").click()
    await bar.get_by_label("Pace").select_option("5")
    await expect(bar.get_by_label("Pace")).to_have_value("5")
    assert stage.story.now.speed == 5
    await bar.get_by_role("button", name="Restart").click()
    await expect(bar).to_contain_text("step 0 of 3")
    await stage.story.step()
    stage.telegram.signal.notify()
    await expect(bar).to_contain_text("step 1 of 3")


async def test_a_failing_story_says_so(stage: Stage) -> None:
    page = await stage.open()
    stage.story.fails = "the feed is missing"
    await page.get_by_role("button", name="Step").click()
    await expect(page.get_by_role("alert")).to_have_text("The story failed: the feed is missing")
    # Chromium reports every answer of 500; that one was asked for.
    assert ["status of 500" in problem for problem in stage.problems] == [True]
    stage.problems.clear()


async def test_the_page_finds_back_after_the_server_was_away(stage: Stage) -> None:
    """Another server on the same port: nothing is lost and nothing is there twice."""
    app = sandbox_app(stage.telegram, secret=SECRET)
    async with running(app) as url:
        page = await stage.browser.new_page(viewport=WIDE)
        await page.goto(f"{url}/{SECRET}/")
        await expect(page.get_by_role("heading", name="Ann")).to_be_visible()
        await expect(page.get_by_role("region", name="Story")).to_be_hidden()
    await expect(page.locator("#connection")).to_contain_text("Connection lost")
    stage.ann.says("while you were away")
    again = sandbox_app(stage.telegram, secret=SECRET)
    async with running(again, port=int(url.rpartition(":")[2])):
        said = page.locator(".text").get_by_text("while you were away", exact=True)
        await expect(said).to_have_count(1)
        await expect(page.get_by_role("heading", name="Ann")).to_have_count(1)
        await expect(page.locator("#connection")).to_have_text("")
        await page.close()
