"""Inline mode of the stand-in refuses what Telegram refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.bot.sandbox.conftest import Api, Clock

pytestmark = pytest.mark.anyio


def article(number: object = 1, **more: Any) -> dict[str, Any]:
    content = {"message_text": "<b>Rabia</b>", "parse_mode": "HTML"}
    return {
        "type": "article",
        "id": str(number),
        "title": "Rabia",
        "input_message_content": content,
    } | more


async def test_results_are_offered_and_one_is_sent(
    api: Api, ann: Person, telegram: Telegram
) -> None:
    asked = ann.types_inline("rab")
    [update] = await api.result("getUpdates")
    query = update["inline_query"]
    assert (query["query"], query["offset"], query["chat_type"]) == ("rab", "", "sender")
    keyboard = {"inline_keyboard": [[{"text": "Map", "url": "https://example.org/"}]]}
    assert await api.result(
        "answerInlineQuery",
        inline_query_id=query["id"],
        results=json.dumps([article(reply_markup=keyboard)]),
        cache_time=5,
        is_personal=True,
        next_offset="20",
        button={"text": "Look", "start_parameter": "look"},
    )
    answer = await ann.offers_for(asked)
    assert (answer.cache_time, answer.is_personal, answer.next_offset) == (5, True, "20")
    assert answer.button == ("Look", "look")
    sent = ann.sends_offer(asked, "1")
    assert (sent.html, sent.labels) == ("<b>Rabia</b>", [["Map"]])
    [update] = await api.result("getUpdates", offset=update["update_id"] + 1)
    assert update["message"]["via_bot"]["username"] == "WhoHoldsBot"
    with pytest.raises(ValueError, match="no result"):
        ann.sends_offer(asked, "2")


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"results": [article(n) for n in range(51)]}, "too many inline query results specified"),
        ({"results": [article(), article()]}, "RESULT_ID_DUPLICATE"),
        ({"results": [article("x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [article("")]}, "RESULT_ID_EMPTY"),
        ({"results": [article(title=" ")]}, "ARTICLE_TITLE_EMPTY"),
        ({"results": [article(type="photo")]}, "the sandbox knows articles only"),
        ({"results": [article(colour="red")]}, "documents no colour of an article"),
        ({"results": [article(input_message_content={})]}, 'find field "input_message_content"'),
        (
            {"results": [article(input_message_content={"message_text": ""})]},
            "message text is empty",
        ),
        (
            {"results": [article(input_message_content={"message_text": "x" * 4097})]},
            "message is too long",
        ),
        (
            {"results": [article(input_message_content={"message_text": "x", "colour": 1})]},
            "documents no colour of a text",
        ),
        (
            {
                "results": [
                    article(input_message_content={"message_text": "<b>", "parse_mode": "HTML"})
                ]
            },
            "can't parse entities",
        ),
        (
            {
                "results": [
                    article(
                        reply_markup={
                            "inline_keyboard": [[{"text": "x", "callback_data": "y" * 65}]]
                        }
                    )
                ]
            },
            "BUTTON_DATA_INVALID",
        ),
        ({"results": ["x"]}, "InlineQueryResult must be an Object"),
        ({"results": "7"}, "expected an Array"),
        ({"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"button": {"text": "x", "start_parameter": ""}}, "can't use empty start_parameter"),
        ({"button": {"text": "x", "start_parameter": "y" * 65}}, "too long start_parameter"),
        ({"button": {"text": "x", "start_parameter": "a b"}}, "unallowed characters"),
        ({"button": {"text": "", "start_parameter": "y"}}, "SWITCH_PM_TEXT_EMPTY"),
        ({"button": {"text": "x"}}, "buttons with a start_parameter only"),
        ({"button": 7}, "can't parse inline query results button"),
        ({"inline_query_id": "77"}, "query is too old"),
    ],
)
async def test_what_telegram_refuses_is_refused(
    api: Api, ann: Person, params: dict[str, Any], refusal: str
) -> None:
    asked = ann.types_inline("rab")
    call = {"inline_query_id": asked.id, "results": []} | params
    assert refusal in await api.refusal("answerInlineQuery", **call)
    assert asked.answer is None


async def test_a_query_is_forgotten_after_a_while(api: Api, ann: Person, clock: Clock) -> None:
    asked = ann.types_inline("rab")
    clock.pass_by(61)
    refusal = await api.refusal("answerInlineQuery", inline_query_id=asked.id, results=[])
    assert "query is too old" in refusal


async def test_an_app_asks_nothing_where_inline_mode_is_off_or_too_much_is_typed(
    api: Api, ann: Person, telegram: Telegram
) -> None:
    with pytest.raises(ValueError, match="256"):
        ann.types_inline("x" * 257)
    telegram.inline = False
    with pytest.raises(ValueError, match="inline mode is off"):
        ann.types_inline("x")
    assert (await api.result("getMe"))["supports_inline_queries"] is False


async def test_nobody_answers_a_query_that_the_bot_does_not_see(ann: Person) -> None:
    with pytest.raises(TimeoutError, match="rab"):
        await ann.offers_for(ann.types_inline("rab"), timeout=0.01)
