"""What is near a place, or near a person; areas and roads; links to share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from storage import places
from storage.model.places import Place
from tests.handlers.conftest import plain

if TYPE_CHECKING:
    from bot.sandbox.chats import Telegram
    from bot.sandbox.people import Person
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def located(person: Person, lat: float, lon: float) -> str:
    sent = person.sends_location(lat, lon)
    return plain(await person.chat.wait_for(lambda _: True, after=sent))


async def test_a_location_is_answered_with_the_nearest_places(
    talk: Talk, ann: Person, record: Record
) -> None:
    record.up_to(8)
    text = (await located(ann, 33.4, 38.9)).split("\n")
    assert text[0] == "Nearest to where you are"
    assert text[1] == "⚫ Al Waleed – 4 km north-east · militants (likely, since Sun 22 Jun)"
    assert text[2] == "⚪ Trebil – 64 km south · no report on record"
    assert text[-1] == "Your location was used for this answer and is not kept."
    assert len(text) == 10
    assert (await talk.presses("Trebil crossing")).startswith("⚪ Trebil crossing")


async def test_near_asks_where_one_is_with_a_button_that_sends_it(talk: Talk, ann: Person) -> None:
    assert "I do not keep it" in await talk.says("/near")
    sent = ann.taps("Send my location", location=(36.8, 42.1))
    answer = await ann.chat.wait_for(lambda _: True, after=sent)
    assert plain(answer).split("\n")[1].startswith("⚪ Rabia – 3 km north-west")


async def test_near_a_place_names_the_others(talk: Talk) -> None:
    text = (await talk.says("/near Rawa")).split("\n")
    assert text[0] == "Nearest to Rawa"
    assert text[1] == "⚪ Ana – 14 km south-east · no report on record"
    assert "is not kept" not in text[-1]


async def test_near_an_area_are_its_places(talk: Talk) -> None:
    assert "Al-Qaim – no report on record" in await talk.says("/near Iraq-Syria border")


async def test_near_a_place_without_a_position_says_so(talk: Talk, record: Record) -> None:
    record.adds_place("camp", "Camp Ashraf", "camp")
    assert await talk.says("/near Camp Ashraf") == "I do not know where Camp Ashraf lies."


async def test_where_no_other_place_is_known_that_is_said(talk: Talk, record: Record) -> None:
    record.forgets_places()
    with record.database.begin() as conn:
        places.upsert_places(conn, [Place("x", "Xanthos", "ruin", lat=1, lon=1)])
    assert await talk.says("/near Xanthos") == (
        "Nearest to Xanthos ruin\nI do not know where any other place lies."
    )


@pytest.mark.parametrize(
    ("lat", "lon"), [(90.0, 0.0), (-90.0, 180.0), (0.0, 180.0), (0.0, -180.0), (-33.9, 151.2)]
)
async def test_poles_and_the_date_line_are_far_from_everything(
    talk: Talk, ann: Person, lat: float, lon: float
) -> None:
    text = await located(ann, lat, lon)
    assert "I know no place within 500 km; these are far away." in text
    assert text.count(" km") == 9


@pytest.mark.parametrize("point", [(91.0, 0.0), (0.0, 181.0), (1e300, -1e300)])
async def test_a_location_that_is_nowhere_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, point: tuple[float, float]
) -> None:
    hello = await talk.asks("/start")
    telegram.updates.add("message", message(ann, {"latitude": point[0], "longitude": point[1]}))
    await ann.chat.wait_for(lambda m: "nowhere on Earth" in m.text, after=hello)


async def test_a_live_location_is_answered_once(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    hello = await talk.asks("/start")
    live = message(ann, {"latitude": 33.4, "longitude": 38.9, "live_period": 900})
    telegram.updates.add("message", live)
    telegram.updates.add("edited_message", live | {"edit_date": 1_403_532_060})
    await ann.chat.wait_for(lambda m: "Nearest to where you are" in m.text, after=hello)
    await talk.says("/start")
    assert sum("Nearest to where" in m.text for m in ann.chat.from_bot) == 1


def message(person: Person, location: dict[str, Any]) -> dict[str, Any]:
    """A location as Telegram sends it, of a kind that the stand-in does not offer."""
    return {
        "message_id": 999_999,
        "date": 1_403_532_000,
        "chat": person.chat.as_json(),
        "from": person.user.as_json(),
        "location": location,
    }


async def test_in_a_group_nobody_is_asked_where_they_are(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    group = telegram.group("Border watch", admins=[ann])
    asked = ann.says("/near@WhoHoldsBot", in_=group)
    answer = await group.wait_for(lambda _: True, after=asked)
    assert "write to me directly" in answer.text
    assert group.reply_keyboard is None


async def test_near_me_is_offered_at_the_start(talk: Talk, ann: Person) -> None:
    hello = await talk.asks("/start")
    assert "I do not keep it" in await talk.presses("Near me", on=hello)
    assert ann.chat.reply_keyboard is not None


# ------------------------------------------------------------------------------ areas and roads


async def test_areas_are_told_with_a_line_each(talk: Talk, record: Record) -> None:
    record.has_road()
    record.up_to(10)
    text = (await talk.says("/areas")).split("\n")
    assert text == [
        "5 areas",
        "🚧 Anbar – 5 places: 1 in government hands, 3 in other hands, 1 disputed",
        "🛣 Euphrates road – reported held by MILITANTS all the way",
        "🚧 Iraq–Jordan border – 1 place: 1 in government hands",
        "🚧 Iraq–Syria border – 3 places: 2 in other hands, 1 disputed",
        "🚧 Nineveh – 3 places: 2 in government hands, 1 in other hands",
    ]
    assert "NO crossing" in await talk.presses("Iraq–Syria border")


async def test_many_areas_and_places_are_paged(talk: Talk, ann: Person, record: Record) -> None:
    with record.database.begin() as conn:
        places.upsert_places(conn, [Place(f"a{n:02}", f"Area {n:02}", "area") for n in range(12)])
        inside = [Place(f"p{n:02}", f"P{n:02}", "hill", part_of=("a00",)) for n in range(11)]
        places.upsert_places(conn, inside)
    shown = await talk.asks("/areas")
    assert "16 areas" in plain(shown)
    await ann.answer_to(ann.presses("More (1 of 2) →", on=shown))
    await ann.chat.wait_for(lambda m: m is shown and m.labels[-1] == ["← Back"])
    area = await talk.asks("Area 00")
    page = await talk.presses("All 11 places", on=area)
    assert page.startswith("Area 00\n⚪ P00 – no report on record")
    last = ann.chat.last
    await ann.answer_to(ann.presses("More (1 of 2) →", on=last))
    await ann.chat.wait_for(lambda m: m is last and m.labels[0] == ["P08 hill"])
    picked = await talk.asks("/start")
    await talk.presses("Pick a place", on=picked)
    last = ann.chat.last
    await ann.answer_to(ann.presses("More (1 of 2) →", on=last))
    await ann.chat.wait_for(lambda m: m is last and m.labels[-1] == ["← Back"])


@pytest.mark.parametrize("data", ["in:atlantis", "in:atlantis:1", "in::", "areas:x", "pick:²"])
async def test_a_page_that_is_not_there_is_answered(
    telegram: Telegram, talk: Talk, ann: Person, data: str
) -> None:
    hello = await talk.asks("/start")
    calls = len(telegram.calls)
    await ann.answer_to(telegram.press(ann.user, hello, data))
    await telegram.signal.until(lambda: len(telegram.calls) > calls + 1, 5)
    assert not any("went wrong" in m.text for m in ann.chat.from_bot)


async def test_a_message_that_was_deleted_meanwhile_is_sent_anew(
    telegram: Telegram, talk: Talk, ann: Person
) -> None:
    hello = await talk.asks("/start")
    press = telegram.press(ann.user, hello, "areas:0")
    telegram.faults.refuse(400, "Bad Request: message can't be edited", method="editMessageText")
    await ann.answer_to(press)
    await ann.chat.wait_for(lambda m: "4 areas" in m.text, after=hello)


async def test_a_page_that_is_shown_already_stays(talk: Talk, ann: Person) -> None:
    shown = await talk.asks("/areas")
    press = ann.telegram.press(ann.user, shown, "areas:0")
    await ann.answer_to(press)
    await talk.says("/start")
    assert sum("4 areas" in m.text for m in ann.chat.from_bot) == 1


async def test_a_road_is_as_bad_as_its_worst_place_and_names_where_holders_change(
    talk: Talk, record: Record
) -> None:
    record.has_road()
    record.up_to(3)
    text = (await talk.says("/route Euphrates road")).split("\n")
    assert text[0] == "🛣 Euphrates road: the holder changes 1 time on the way"
    assert text[1].startswith("1. ⚫ Al-Qaim – militants")
    assert text[2].startswith("2. 🔵 Rawa – the government of Iraq")
    assert text[4] == "↔️ Between Al-Qaim and Rawa: militants → the government of Iraq"
    assert await talk.says("Euphrates road") == "\n".join(text)


async def test_a_road_can_be_subscribed_to(talk: Talk, record: Record) -> None:
    record.has_road()
    answer = await talk.says("/subscribe Euphrates road")
    assert answer.startswith("✅ You will hear about Euphrates road")


async def test_route_without_a_name_offers_the_roads(talk: Talk, record: Record) -> None:
    assert await talk.says("/route") == "I know no corridors yet."
    record.has_road()
    asked = await talk.asks("/route")
    assert asked.labels == [["Euphrates road"]]
    assert "🛣 Euphrates road" in await talk.presses("Euphrates road", on=asked)


async def test_route_with_a_place_offers_the_roads_that_lead_through_it(
    talk: Talk, record: Record
) -> None:
    record.has_road()
    assert await talk.says("/route Rawa") == "These lead through Rawa:"
    assert "No corridor that I know leads through Rabia" in await talk.says("/route Rabia")


async def test_without_any_area_that_is_said(talk: Talk, record: Record) -> None:
    record.forgets_places()
    assert await talk.says("/areas") == "I know no areas yet."


async def test_a_status_can_be_shared(talk: Talk) -> None:
    shown = await talk.asks("Rabia")
    [share] = [b for row in shown.buttons for b in row if b.label == "Share"]
    assert share.url == (
        "https://t.me/share/url?url=https%3A%2F%2Ft.me%2FWhoHoldsBot%3Fstart%3Dp_rabia"
    )


async def test_a_town_by_geonames_says_so(talk: Talk, record: Record) -> None:
    with record.database.begin() as conn:
        places.upsert_places(conn, [Place("gn-1", "Hīt", "town", ("IQ",), origin="geonames")])
    assert (await talk.says("gn-1")).endswith("Name and position: GeoNames, CC BY 4.0")
