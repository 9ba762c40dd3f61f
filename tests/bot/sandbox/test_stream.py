"""The live stream behind the page: everything once, in order, from where it was lost."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.sandbox.page import sandbox_app
from bot.sandbox.serve import running
from tests.bot.sandbox.playing import SECRET, Story

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

    from bot.sandbox.chats import Chat, Telegram
    from bot.sandbox.people import Person


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def app(telegram: Telegram, story: Story) -> Starlette:
    return sandbox_app(telegram, secret=SECRET, player=story)


@pytest.fixture
def group(telegram: Telegram, ann: Person) -> Chat:
    return telegram.group("Border watch", admins=[ann], members=[telegram.person("Bob")])


# -------------------------------------------------------------------------------- live stream


@dataclass
class Event:
    kind: str
    data: Any
    id: str


class Stream:
    """Reads server-sent events."""

    def __init__(self, answer: httpx.Response) -> None:
        self.headers = answer.headers
        self._lines = answer.aiter_lines()

    async def next(self, *kinds: str) -> Event:
        """The next event of one of these kinds."""
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "event" in fields and fields["event"] in kinds:
                return Event(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
            else:
                fields = {}
        raise EOFError


@asynccontextmanager
async def streaming(url: str, last_seen: str = "") -> AsyncIterator[Stream]:
    headers = {"last-event-id": last_seen} if last_seen else {}
    async with (
        httpx.AsyncClient(timeout=5) as client,
        client.stream("GET", f"{url}/{SECRET}/events", headers=headers) as answer,
    ):
        yield Stream(answer)


async def test_the_stream_tells_everything_and_then_what_changes(
    app: Starlette, telegram: Telegram, ann: Person, story: Story
) -> None:
    async with running(app) as url, streaming(url) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert (await stream.next("hello")).data["bot"]["at"] == "WhoHoldsBot"
        first = await stream.next("changes")
        assert [chat["title"] for chat in first.data["chats"]] == ["Ann"]
        assert [message["text"] for message in first.data["messages"]] == ["/start"]
        assert (await stream.next("story")).data["time"] == "23 June 2014, 17:00"
        said = ann.says("Rabia")
        second = await stream.next("changes")
        assert [m["text"] for m in second.data["messages"]] == ["Rabia"]
        ann.deletes(said)
        gone = await stream.next("changes")
        assert gone.data["messages"] == [{"chat": ann.id, "id": said.id, "deleted": True}]
        await story.step()
        telegram.signal.notify()
        assert (await stream.next("story")).data["step"] == 1


async def test_a_stream_goes_on_where_it_was_lost(
    app: Starlette, telegram: Telegram, ann: Person
) -> None:
    async with running(app) as url:
        async with streaming(url) as stream:
            seen = (await stream.next("changes")).id
        one, two = ann.says("one"), ann.says("two")
        ann.edits(one, "uno")
        async with streaming(url, seen) as stream:
            event = await stream.next("hello", "changes")
            texts = [message["text"] for message in event.data["messages"]]
            assert (event.kind, texts) == ("changes", [two.text, "uno"])
        async with streaming(url, "another-epoch-1") as stream:
            assert (await stream.next("hello", "changes")).kind == "hello"
            assert len((await stream.next("changes")).data["messages"]) == 3


async def test_a_playing_story_shows_without_being_told(
    app: Starlette, story: Story, ann: Person
) -> None:
    async with running(app) as url, streaming(url) as stream:
        await story.play()
        await stream.next("story")
        ann.says("x")
        assert (await stream.next("story")).data["playing"]
        await story.step()
        assert (await stream.next("story")).data["step"] == 1


async def test_the_server_stops_though_a_stream_is_open(app: Starlette) -> None:
    async with running(app) as url:
        opened = streaming(url)
        stream = await opened.__aenter__()
        await stream.next("story")
    with pytest.raises(EOFError):
        await stream.next("changes")
    await opened.__aexit__(None, None, None)


async def test_what_the_page_gets_of_chats_and_messages(
    telegram: Telegram, ann: Person, group: Chat
) -> None:
    from bot.sandbox.keyboards import read_markup
    from bot.sandbox.views import changes_view

    telegram.menus.commands["default", ""] = (("status", "Who holds it"),)
    telegram.menus.texts["description", ""] = "Who holds a place"
    buttons = [
        {"text": "Why", "callback_data": "w"},
        {"text": "Map", "url": "https://x.org"},
        {"text": "Copy", "copy_text": {"text": "33.4"}},
    ]
    asked = ann.says("Rabia?", in_=group)
    rows = read_markup({"inline_keyboard": [buttons]}).inline
    telegram.post(group, telegram.bot, buttons=rows, reply_to=asked, silent=True)
    new = ann.upgrades(group)
    view = changes_view(telegram.changes_since(0))
    chats = {chat["id"]: chat for chat in view["chats"]}
    assert chats[group.id]["moved"] == new.id
    assert [person["name"] for person in chats[group.id]["people"]] == ["Ann", "Bob"]
    assert chats[ann.id]["commands"] == (("status", "Who holds it"),)
    assert chats[ann.id]["about"] == "Who holds a place"
    services = [m["text"] for m in view["messages"] if m["kind"] == "service"]
    assert services == [
        "Ann added Who Holds",
        "Ann made this group a supergroup; it goes on there",
        "Ann made the group a supergroup",
    ]
    answer = next(m for m in view["messages"] if m["bot"])
    assert answer["reply"] == {"id": asked.id, "name": "Ann", "text": "Rabia?"}
    assert [button["copy"] for button in answer["buttons"][0]] == [None, None, "33.4"]
    assert answer["silent"]
