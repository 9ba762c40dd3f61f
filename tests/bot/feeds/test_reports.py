"""Lists in the format of the import: what becomes of their rows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage.model.feeds import FeedPlan
from storage.model.places import Place
from storage.places import upsert_places

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World

pytestmark = pytest.mark.anyio
HEADER = "id,place,claim,party,source,reported_at"
ROWA = "a,rawa,holds,militants,,2014-06-22T10:00:00Z"
ROWB = "b,ana,took,militants,colonel,2014-06-23T09:00:00Z"


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in (HEADER, *rows))


async def test_every_row_of_a_list_is_on_record_once(world: World) -> None:
    world.has("feed", "reports", url="/list.csv", via="a relay")
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    outcome = await world.run()
    assert (outcome.new, outcome.rejected, world.found) == (2, 0, 1)
    assert world.claims() == [
        ("a", "rawa", "holds", "militants"),
        ("b", "ana", "took", "militants"),
    ]
    said = world.reports()
    assert (said["a"].source, said["b"].source) == ("agency", "colonel")
    assert said["a"].via == "a relay"
    assert world.in_inbox() == [("a", True, False), ("b", True, False)]


async def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA))
    await world.run()
    assert (await world.run()).news == 0
    assert [r.headers.get("if-none-match") is not None for r in world.server.asked] == [False, True]
    assert world.state().brought == 1
    assert world.found == 1


async def test_a_row_that_says_something_else_is_a_correction(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(ROWA.replace("militants", "iraq"), ROWB))
    outcome = await world.run()
    assert (outcome.corrected, outcome.unchanged) == (1, 1)
    assert world.claims() == [
        ("a", "rawa", "holds", "militants"),
        ("a~2", "rawa", "holds", "iraq"),
        ("a~withdrawn", "rawa", "retracts", None),
        ("b", "ana", "took", "militants"),
    ]
    assert world.reports()["a~withdrawn"].refers_to == "a"
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    await world.run()
    assert {"a~3", "a~2~withdrawn"} <= world.reports().keys()
    world.once_each()


async def test_a_row_that_has_left_the_list_still_stands(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    await world.run()
    world.server.serves("/list.csv", lines(ROWB))
    assert (await world.run()).news == 0
    assert len(world.reports()) == 2


async def test_what_was_said_long_ago_is_late(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    old = ROWA.replace("2014-06-22T10", "2014-06-21T10")
    world.server.serves("/list.csv", lines())
    await world.run()
    world.server.serves("/list.csv", lines(old, ROWB))
    await world.run()
    assert world.in_inbox() == [("a", True, True), ("b", True, False)]


async def test_what_a_feed_brings_first_and_is_no_news_is_its_history(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    old = ROWA.replace("2014-06-22T10", "2014-06-21T10")
    world.server.serves("/list.csv", lines(old, ROWB))
    await world.run()
    assert world.in_inbox() == [("a", False, False), ("b", True, False)]


async def test_rows_that_cannot_be_used_wait_whole_with_their_reason(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves(
        "/list.csv",
        lines(
            ROWA,
            "b,Atlantis,took,militants,,2014-06-23",
            "c,ana,took,martians,,2014-06-23",
            "d,ana,took,iraq,,",
            "e,ana,took,iraq,nobody,2014-06-23",
            "f,ana,took,iraq,,2014-06-23,more",
            "a,rawa,holds,iraq,,2014-06-22",
        ),
    )
    outcome = await world.run()
    assert (outcome.new, outcome.rejected) == (1, 6)
    assert world.reasons() == [
        ("b", "place", "no place is surely meant by 'Atlantis'"),
        ("c", "party", "no party is called 'martians'"),
        ("d", "reported_at", "is missing"),
        ("e", "source", "no source is called 'nobody'"),
        ("f", "", "has 7 fields, but the header 6"),
        ("a (line 8)", "", "id: stands in the list already, with other content"),
    ]
    assert world.waiting()[0].item.fields == {
        "id": "b",
        "place": "Atlantis",
        "claim": "took",
        "party": "militants",
        "source": "",
        "reported_at": "2014-06-23",
    }
    assert world.state().rejects == 6
    numbers = [w.id for w in world.waiting()]
    world.server.serves("/list.csv", lines(ROWA, "b,Atlantis,took,militants,,2014-06-23"))
    await world.run()
    assert [w.id for w in world.waiting()] == numbers


async def test_names_are_taken_as_the_block_explains_them(world: World) -> None:
    world.has(
        "feed",
        "reports",
        url="/list.csv",
        places={"Point 7": "rabia"},
        parties={"ISIL": "militants"},
    )
    world.server.serves(
        "/list.csv",
        lines(
            "a,Point 7,took,ISIL,,2014-06-23",
            "b,Tenef,took,Kurdish Forces,a news agency,2014-06-23",
        ),
    )
    await world.run()
    assert world.claims() == [
        ("a", "rabia", "took", "militants"),
        ("b", "al-waleed", "took", "kurdish"),
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "a web page (HTML) in place of data"),
        ("\ufeff <HTML>", "a web page (HTML) in place of data"),
        ("", "the list has no header"),
        ("id;place\n", "the list is not separated by commas"),
        ("id,place,claim\n", "the list lacks the columns reported_at of a list of reports"),
    ],
)
async def test_what_is_no_list_moves_nothing(body: str, why: str, world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA))
    await world.run()
    before = world.state()
    world.server.serves("/list.csv", body)
    assert why in await world.fails()
    after = world.state()
    assert (after.cursor, after.brought) == (before.cursor, 1)
    assert (after.failures, after.succeeded_at) == (1, before.succeeded_at)
    world.server.serves("/list.csv", lines(ROWA, ROWB))
    assert (await world.run()).new == 1
    assert (world.state().failures, world.state().error) == (0, "")


async def test_health_tells_when_something_new_came_last(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWA))
    await world.run()
    came = world.now
    world.now += timedelta(hours=3)
    await world.run()
    state = world.state()
    assert (state.item_at, state.succeeded_at) == (came, world.now)
    hours = [timedelta(hours=n) for n in range(5)]
    assert state.next_run(FeedPlan("feed", hours[1]), world.now) == world.now + hours[1]
    assert state.is_silent(FeedPlan("feed", hours[1], hours[2]), world.now)
    assert not state.is_silent(FeedPlan("feed", hours[1], hours[4]), world.now)
    assert not state.is_silent(FeedPlan("feed", hours[1]), world.now)


async def test_what_no_database_takes_waits_as_well(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    bad = lines(ROWA, ROWB).encode() + b"c\xff,rawa,holds,iraq,,2014-06-23\n"
    bad += b"d\x00,raw\x00a,holds,iraq,,2014-06-23\n"
    world.server.serves("/list.csv", bad)
    outcome = await world.run()
    assert (outcome.new, outcome.rejected) == (2, 2)
    assert [w.item.key for w in world.waiting()] == ["c\\udcff", "d\\x00"]
    world.has("other", "geojson", url="/map", party="x\x00", date_property="date")
    ring = [[41.9, 36.7], [42.2, 36.7], [42.2, 36.9], [41.9, 36.7]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "geometry": shape, "properties": {"date": "2014-06-22"}}
    world.server.serves("/map", json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert (await world.run("other")).rejected == 1


async def test_a_place_of_a_name_that_several_have_is_told_by_where_it_lies(world: World) -> None:
    with world.db.begin() as conn:
        upsert_places(
            conn,
            [
                Place("karak-jo", "Karak", "town", ("JO",), 31.18, 35.70),
                Place("karak-sy", "Karak", "town", ("SY",), 32.68, 36.35),
            ],
        )
    world.has("feed", "reports", url="/list.csv")
    world.server.serves(
        "/list.csv",
        "id,place,lat,lon,country,claim,party,reported_at\n"
        "a,Karak,31.2,35.7,,holds,iraq,2014-06-23\n"
        "b,Karak,,,SY,holds,iraq,2014-06-23\n"
        "c,Karak,,,,holds,iraq,2014-06-23\n"
        "d,Karak,40,40,,holds,iraq,2014-06-23\n"
        "e,Karak,north,40,,holds,iraq,2014-06-23\n"
        f"{'f' * 151},rawa,,,,holds,iraq,2014-06-23\n",
    )
    await world.run()
    assert [claim[:2] for claim in world.claims()] == [("a", "karak-jo"), ("b", "karak-sy")]
    unsure = "no place is surely meant by 'Karak'; it could be Karak (karak-jo), Karak (karak-sy)"
    assert [reason for _, _, reason in world.reasons()] == [unsure] * 3 + [
        "has more than 150 characters"
    ]


async def test_a_row_that_takes_back_a_corrected_one_takes_back_what_it_says_now(
    world: World,
) -> None:
    header, end = f"{HEADER},refers_to\n", ",\n"
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", header + ROWA + end)
    await world.run()
    other = ROWA.replace("militants", "kurdish")
    world.server.serves("/list.csv", header + other + end)
    await world.run()
    back = "r,rawa,retracts,,,2014-06-23T11:00:00Z,a\n"
    world.server.serves("/list.csv", header + other + end + back)
    await world.run()
    assert world.reports()["r"].refers_to == "a~2"
    # What is taken back stays so when it is worded anew, until that is taken back itself.
    third = other.replace("22T10", "22T11")
    world.server.serves("/list.csv", header + third + end + back)
    assert (await world.run()).corrected == 1
    assert world.reports()["r~2"].refers_to == "a~3"
    assert (await world.run()).news == 0
    again = back.replace(
        "r,rawa,retracts,,,2014-06-23T11:00:00Z,a", "r,ana,holds,iraq,,2014-06-23,"
    )
    world.server.serves("/list.csv", header + third + end + again)
    await world.run()
    assert world.reports()["r~2~withdrawn"].refers_to == "r~2"
    assert world.reports()["r~3"].place == "ana"
