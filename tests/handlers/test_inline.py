"""Typing the bot's name and that of a place in any chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage import places
from storage.model.places import Place
from tests.handlers.conftest import without_marks

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.inline import InlineAnswer
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def offers(person: Person, query: str, offset: str = "") -> InlineAnswer:
    return await person.offers_for(person.types_inline(query, offset=offset))


def titles(answer: InlineAnswer) -> list[str]:
    return [offer.title for offer in answer.offers]


async def test_a_status_is_offered_while_the_name_is_typed(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.up_to(8)
    answer = await offers(ann, "al wal")
    assert titles(answer) == ["⚫ Al Waleed crossing"]
    [card] = answer.offers
    assert card.id == "al-waleed"
    assert without_marks(card.description) == "militants (likely, since Sun 22 Jun)"
    text = without_marks(card.formatted.text)
    assert text.startswith("⚫ Al Waleed crossing: reported held by MILITANTS\n")
    [[says, where]] = card.buttons
    assert says.url == "https://t.me/WhoHoldsBot?start=p_al-waleed"
    assert where.label == "Map"
    assert answer.is_personal
    assert answer.cache_time == 10
    assert answer.button is None


async def test_what_is_sent_from_there_is_no_question_to_the_bot(
    talk: Talk, ann: Person, telegram: Telegram, record: Record
) -> None:
    record.up_to(8)
    asked = ann.types_inline("al wal")
    await ann.offers_for(asked)
    sent = ann.sends_offer(asked, "al-waleed")
    assert "reported held by" in sent.text
    await talk.says("/start")
    assert not any("I know no place" in m.text for m in ann.chat.from_bot)


async def test_a_status_can_be_sent_where_the_bot_is_not(
    talk: Talk, ann: Person, telegram: Telegram
) -> None:
    group = telegram.group("Friends", admins=[ann], with_bot=False)
    asked = ann.types_inline("Rabia", in_=group)
    await ann.offers_for(asked)
    assert "Rabia" in ann.sends_offer(asked, "rabia").text
    assert group.last.via_bot == telegram.bot


@pytest.mark.parametrize(
    "query", ["???", "zzzzqqqq", "\u200b\u200b", "🟠" * 100, "<i>Zz</i>", "z" * 256]
)
async def test_to_what_means_nothing_only_the_way_to_a_chat_is_offered(
    talk: Talk, ann: Person, query: str
) -> None:
    answer = await offers(ann, query)
    assert answer.offers == ()
    assert answer.button == ("No such place – look for it in a chat", "look")
    ann.follows("t.me/WhoHoldsBot?start=look")
    await ann.chat.wait_for(lambda m: m.text.startswith("Which place?"))


async def test_a_name_with_an_error_offers_what_is_like_it(talk: Talk, ann: Person) -> None:
    assert "⚪ Al Waleed crossing" in titles(await offers(ann, "Al Walletta"))


async def test_an_ambiguous_name_offers_every_place_that_has_it(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    assert titles(await offers(ann, "Walid")) == ["⚪ Al-Walid", "⚪ Al Waleed crossing"]


async def test_the_place_that_a_chat_has_chosen_by_a_name_comes_first(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.adds_place("al-walid-village", "Al-Walid", "village", ("SY",))
    await talk.presses("2", on=await talk.asks("Walid"))
    assert titles(await offers(ann, "Walid")) == ["⚪ Al Waleed crossing", "⚪ Al-Walid"]


async def test_a_road_that_takes_several_messages_says_that_there_is_more(
    talk: Talk, ann: Person, record: Record
) -> None:
    stops = [Place(f"stop-{n}", f"Stop {n} {'x' * 60}", "hill") for n in range(60)]
    with record.database.begin() as conn:
        places.upsert_places(conn, [*stops, Place("long-road", "Long road", "corridor")])
        places.put_in_order(conn, "long-road", [p.id for p in stops])
    [road] = (await offers(ann, "Long road")).offers
    assert road.formatted.text.endswith("\n… and more: ask me for the rest.")
    assert "Stop 59" in await talk.says("Long road") or len(ann.chat.from_bot) > 1


async def test_before_anything_is_typed_ones_own_places_are_offered(
    talk: Talk, ann: Person
) -> None:
    await talk.says("/subscribe Trebil")
    await talk.says("Rabia")
    found = titles(await offers(ann, ""))
    assert {*found[:2]} == {"⚪ Rabia crossing", "⚪ Trebil crossing"}
    assert "🚧 Anbar" in found


async def test_an_area_and_a_road_are_offered_with_their_first_line(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.has_road()
    record.up_to(8)
    [area] = (await offers(ann, "Iraq–Syria")).offers
    assert area.title == "🚧 Iraq–Syria border"
    said = "NO crossing is reported in government hands"
    assert said in without_marks(area.description)
    [road] = (await offers(ann, "Euphr")).offers
    assert road.title == "🛣 Euphrates road"
    assert road.description.startswith("🛣")


async def test_more_places_than_one_answer_takes_come_by_pages(
    talk: Talk, ann: Person, record: Record
) -> None:
    with record.database.begin() as conn:
        places.upsert_places(conn, [Place(f"t{n:02}", f"Zell {n:02}", "hill") for n in range(45)])
    seen: list[str] = []
    offset = ""
    for size in (20, 20, 5):
        answer = await offers(ann, "Zell", offset)
        assert len(answer.offers) == size
        seen += titles(answer)
        offset = answer.next_offset
    assert len({*seen}) == 45
    assert offset == ""


@pytest.mark.parametrize("offset", ["x", "-1", "9" * 60, "²", "1000"])
async def test_an_offset_that_is_none_of_ours_is_answered(
    talk: Talk, ann: Person, offset: str
) -> None:
    assert (await offers(ann, "Rabia", offset)) is not None


async def test_a_query_that_is_too_old_does_no_harm(
    talk: Talk, ann: Person, telegram: Telegram
) -> None:
    telegram.press_lifetime = -1
    asked = ann.types_inline("Rabia")
    calls = telegram.calls_of
    outcome = await telegram.signal.until(
        lambda: next((c.outcome for c in calls("answerInlineQuery")), None), 5
    )
    assert "query is too old" in outcome.description
    assert asked.answer is None
    assert "Who controls" in await talk.says("/start")
