"""The chat page's endpoints: who may come in, and what they take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bot.sandbox.inline import answer_inline_query
from bot.sandbox.page import HEADERS, sandbox_app
from bot.sandbox.params import Params
from bot.sandbox.photos import Photo
from bot.sandbox.serve import InProcess
from bot.sandbox.views import changes_view
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
async def page(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://127.0.0.1:8090/{SECRET}/"
    async with httpx.AsyncClient(transport=InProcess(app), base_url=base) as client:
        yield client


@pytest.fixture
def group(telegram: Telegram, ann: Person) -> Chat:
    return telegram.group("Border watch", admins=[ann], members=[telegram.person("Bob")])


# ---------------------------------------------------------------------------- who may come in


async def test_the_page_comes_with_strict_headers(page: httpx.AsyncClient) -> None:
    kinds = {
        "": "text/html",
        "app.js": "text/javascript",
        "chat.js": "text/javascript",
        "text.js": "text/javascript",
        "style.css": "text/css",
        "icon.svg": "image/svg+xml",
    }
    for path, kind in kinds.items():
        answer = await page.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(kind)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
    assert "Sandbox: this is not Telegram." in (await page.get("")).text


async def test_without_the_secret_there_is_nothing(page: httpx.AsyncClient) -> None:
    for path in ("/", "/another-secret-here/", f"/{SECRET}", f"/{SECRET}/..%2fpage.py"):
        assert (await page.get(f"http://127.0.0.1:8090{path}")).status_code in (307, 404)


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"host": "localhost:8090"}, True),
        ({"host": "[::1]:8090"}, True),
        ({"origin": "http://127.0.0.1:8090"}, True),
        ({"origin": "http://localhost:8090"}, True),
        ({"host": "127.0.0.1:9999"}, False),
        ({"host": "127.0.0.1"}, False),
        ({"host": "sandbox.example.org:8090"}, False),
        ({"host": "127.0.0.1.example.org:8090"}, False),
        ({"origin": "http://example.org"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://127.0.0.1:8090"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
    ],
)
@pytest.mark.parametrize("path", ["", "act"])
async def test_only_the_loopback_address_is_answered(
    page: httpx.AsyncClient, headers: dict[str, str], allowed: bool, path: str
) -> None:
    method = "POST" if path else "GET"
    answer = await page.request(method, path, headers=headers, json={})
    assert (answer.status_code != 403) == allowed
    if not allowed:
        assert "this page" in answer.json()["error"]


async def test_a_port_that_goes_without_saying_is_understood(app: Starlette) -> None:
    transport = InProcess(app)
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get(f"http://127.0.0.1/{SECRET}/")).status_code == 200


@pytest.mark.parametrize("secret", ["", "short", "a secret with spaces", "ein-geheimnis-für-uns"])
def test_a_secret_has_to_be_one(telegram: Telegram, secret: str) -> None:
    with pytest.raises(ValueError, match="16 or more"):
        sandbox_app(telegram, secret=secret)


# ------------------------------------------------------------------------------- what it takes


async def test_a_person_talks(page: httpx.AsyncClient, ann: Person) -> None:
    said = {"do": "say", "as": ann.id, "chat": ann.chat.id, "text": "الوليد"}
    answer = await page.post("act", json=said)
    assert answer.json() == {"messages": [ann.chat.last.id]}
    first = ann.chat.last
    await page.post("act", json=said | {"text": "and?", "reply_to": first.id})
    assert ann.chat.last.reply_to is first
    await page.post("act", json=said | {"text": "word " * 2000})
    assert len(ann.chat.messages) == 6


async def test_a_person_does_the_rest(
    page: httpx.AsyncClient, telegram: Telegram, ann: Person, group: Chat
) -> None:
    from bot.sandbox.keyboards import read_markup

    markup = {"inline_keyboard": [[{"text": "Why", "callback_data": "why"}]]}
    asked = telegram.post(group, telegram.bot, buttons=read_markup(markup).inline)
    ann.chat.reply_keyboard = read_markup(
        {"keyboard": [[{"text": "Near me", "request_location": True}, "Border"]]}
    ).reply
    private = {"as": ann.id, "chat": ann.chat.id}
    place = {"latitude": 33.42, "longitude": 38.93}
    done: list[dict[str, Any]] = [
        {"do": "press", "as": ann.id, "chat": group.id, "message": asked.id, "data": "why"},
        {"do": "tap", "label": "Border", **private},
        {"do": "tap", "label": "Near me", **place, **private},
        {"do": "locate", **place, **private},
        {"do": "block", **private},
        {"do": "unblock", **private},
        {"do": "follow", "as": ann.id, "chat": group.id, "link": "t.me/WhoHoldsBot?start=p_x"},
    ]
    answers = [await page.post("act", json=body) for body in done]
    assert [answer.status_code for answer in answers] == [200] * len(done)
    assert answers[-1].json()["chat"] == ann.chat.id
    assert ann.chat.last.text == "/start p_x"
    assert [list(update)[1] for update in telegram.updates.pending[2:]] == [
        *("callback_query", "message", "message", "message"),
        *("my_chat_member", "my_chat_member", "message"),
    ]


async def test_what_the_bot_offers_inline_can_be_picked_on_the_page(
    page: httpx.AsyncClient, telegram: Telegram, ann: Person
) -> None:
    private = {"as": ann.id, "chat": ann.chat.id}
    asked = (await page.post("act", json={"do": "inline", "query": "rab", **private})).json()
    content = {"message_text": "Rabia"}
    offer = {"type": "article", "id": "1", "title": "R", "input_message_content": content}
    call = Params({"inline_query_id": asked["inline"], "results": [offer]})
    answer_inline_query(telegram, call)
    [view] = changes_view(telegram.changes_since(telegram.version - 1))["offers"]
    assert view["offers"] == [{"id": "1", "title": "R", "about": ""}]
    picked = {"do": "offer", "inline": asked["inline"], **private}
    assert (await page.post("act", json={**picked, "offer": "1"})).status_code == 200
    assert ann.chat.last.text == "Rabia"
    for wrong in ({**picked, "offer": "2"}, {**picked, "inline": "77", "offer": "1"}):
        assert (await page.post("act", json=wrong)).status_code == 400


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"do": "dance"},
        "a person can block, follow, inline, locate, offer, press, say, tap, unblock; not 'dance'",
    ),
    ({"do": ["say"]}, "not ['say']"),
    ({"as": "7"}, "as must be a whole number"),
    ({"as": True}, "as must be a whole number"),
    ({"as": 5}, "there is no such person or chat"),
    ({"chat": 5}, "there is no such person or chat"),
    ({"text": 5}, "text must be a text"),
    ({"text": "  "}, "write something first"),
    ({"text": "x" * 50_000}, "too long: at most 40960 characters at once"),
    ({"text": "\ud800"}, "text holds half a character"),
    ({"reply_to": "1"}, "reply_to must be a whole number"),
    ({"do": "locate", "latitude": 91, "longitude": 0}, "latitude must be a number from -90 to 90"),
    ({"do": "locate", "latitude": 1}, "longitude must be a number from -180 to 180"),
    ({"do": "press", "message": 99, "data": "x"}, "this message is gone"),
    ({"do": "press", "message": 1, "data": "x"}, "no button with data 'x'"),
    ({"do": "tap", "label": "x"}, "there is no 'x' on the keyboard"),
    ({"do": "follow", "link": "https://example.org"}, "not a link to @WhoHoldsBot"),
]


@pytest.mark.parametrize(("body", "says"), WRONG)
async def test_what_cannot_be_done_is_said(
    page: httpx.AsyncClient, ann: Person, body: dict[str, Any], says: str
) -> None:
    complete = {"do": "say", "as": ann.id, "chat": ann.chat.id, "text": "x"} | body
    answer = await page.post("act", content=json.dumps(complete), headers=JSON)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert len(ann.chat.messages) == 1


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "says"),
    [
        (b"{", JSON, "not JSON"),
        (b"\xff", JSON, "not JSON"),
        (b"[]", JSON, "expected a JSON object"),
        (b"{}", {"content-type": "text/plain"}, "send application/json"),
        (b"do=say", {}, "send application/json"),
        (b" " * 300_000, JSON, "at most 262144 bytes"),
    ],
)
@pytest.mark.parametrize("path", ["act", "story"])
async def test_a_body_that_is_no_json_object_is_refused(
    page: httpx.AsyncClient, path: str, content: bytes, headers: dict[str, str], says: str
) -> None:
    answer = await page.post(path, content=content, headers=headers)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


async def test_pictures_are_shown(page: httpx.AsyncClient, telegram: Telegram, ann: Person) -> None:
    sent = telegram.post(ann.chat, telegram.bot, kind="photo", photo=Photo("p", b"\x89PNG..."))
    answer = await page.get(f"photo/{ann.chat.id}/{sent.id}")
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG...", "image/png")
    assert (await page.get(f"photo/{ann.chat.id}/1")).status_code == 404
    assert (await page.get("photo/5/1")).status_code == 404


# -------------------------------------------------------------------------------------- story


async def test_the_story_bar_drives_the_player(page: httpx.AsyncClient) -> None:
    states = [
        (await page.post("story", json=body)).json()
        for body in (
            {"do": "step"},
            {"do": "play"},
            {"do": "pace", "seconds": 5},
            {"do": "pause"},
            {"do": "restart"},
        )
    ]
    assert [(s["step"], s["playing"], s["speed"]) for s in states] == [
        *((1, False, 2.0), (1, True, 2.0), (1, True, 5.0)),
        *((1, False, 5.0), (0, False, 5.0)),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"do": "dance"}, "not 'dance'"),
        ({}, "not None"),
        ({"do": "pace"}, "pace needs seconds"),
        ({"do": "pace", "seconds": True}, "pace needs seconds"),
        ({"do": "pace", "seconds": 0}, "a step takes"),
        ({"do": "pace", "seconds": 1e9}, "a step takes"),
    ],
)
async def test_the_story_takes_no_nonsense(
    page: httpx.AsyncClient, body: dict[str, Any], says: str
) -> None:
    answer = await page.post("story", json=body)
    assert answer.status_code == 400
    assert says in answer.json()["error"]


@pytest.mark.parametrize(("reason", "says"), [("no feed", "no feed"), ("", "RuntimeError")])
async def test_a_failing_story_is_shown_and_logged(
    page: httpx.AsyncClient,
    story: Story,
    caplog: pytest.LogCaptureFixture,
    reason: str,
    says: str,
) -> None:
    story.fails = reason
    answer = await page.post("story", json={"do": "step"})
    assert answer.status_code == 500
    assert answer.json()["error"] == f"The story failed: {says}"
    assert "RuntimeError" in caplog.text


async def test_without_a_player_there_is_no_story(telegram: Telegram) -> None:
    transport = InProcess(sandbox_app(telegram, secret=SECRET))
    base = f"http://127.0.0.1/{SECRET}/"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        assert (await client.post("story", json={"do": "step"})).status_code == 404
