"""Lists in the format of the import, over HTTP and in a folder."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage import feeds
from storage.model.feeds import FeedPlan
from storage.model.places import Place
from storage.places import upsert_places
from tests.bot.feeds.server import Response

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request

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


async def test_a_list_that_breaks_off_is_not_taken(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    body = lines(ROWA, ROWB).encode()
    world.server.paths["/list.csv"] = lambda _: Response(body, cut=len(body) - 5)
    assert "broke off" in await world.fails()
    world.server.paths["/list.csv"] = lambda _: Response(body[:-5], framed=False)
    assert await world.fails() == "the list breaks off in the middle of a line"
    assert world.reports() == {}
    world.server.paths["/list.csv"] = lambda _: Response(body, framed=False)
    assert (await world.run()).new == 2


async def test_lists_may_be_packed_and_be_json_lines(world: World) -> None:
    fields = {"id": "a", "place": "rawa", "claim": "holds", "party": "iraq"}
    row = json.dumps({**fields, "reported_at": "2014-06-23"}) + "\n"
    world.has("feed", "reports", url="/list.jsonl.gz")
    world.server.serves("/list.jsonl.gz", gzip.compress(row.encode()))
    assert (await world.run()).new == 1
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("list.csv", lines(ROWB))
    world.has("other", "reports", url="/export", format="csv")
    world.server.serves("/export", packed.getvalue())
    assert (await world.run("other")).new == 1


async def test_a_small_file_that_unpacks_to_much_is_refused(world: World) -> None:
    world.has("feed", "reports", url="/list.csv", largest_mb=1)
    bomb = gzip.compress(b"0" * 30_000_000)
    world.server.serves("/list.csv", bomb)
    assert "more than 1 MB" in await world.fails()
    world.server.serves("/list.csv", bomb, Content_Encoding="gzip")
    assert "more than 1 MB" in await world.fails()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", b"0" * 30_000_000)
    world.server.serves("/list.csv", packed.getvalue())
    assert "more than 1 MB" in await world.fails()
    world.server.serves("/list.csv", b"0" * 1_000_001)
    assert "more than 1 MB" in await world.fails()


async def test_a_folder_is_read_file_by_file_as_they_change(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    world.has("feed", "reports", folder=str(folder))
    (folder / "1.csv").write_text(lines(ROWA))
    (folder / "notes.txt").write_text("not a list")
    assert (await world.run()).new == 1
    (folder / "2.csv.gz").write_bytes(gzip.compress(lines(ROWB).encode()))
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (1, 0)
    assert (await world.run()).unchanged == 0


async def test_a_file_that_is_still_written_does_not_keep_the_others_back(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    world.has("feed", "reports", folder=str(folder))
    (folder / "1.csv").write_text(lines(ROWA)[:-5])
    (folder / "2.csv").write_text(lines(ROWB))
    assert "1.csv: its last line has no end" in await world.fails()
    assert list(world.reports()) == ["b"]
    (folder / "1.csv").write_text(lines(ROWA))
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (1, 0)


async def test_a_fault_between_two_batches_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"r{n},rawa,holds,iraq,,2014-06-23T0{n % 9}:00:00Z" for n in range(1200)]
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(*rows))
    writing, turns = world.db.writing, iter(range(100))

    async def fails_once(fn: Any, *args: Any, **kwargs: Any) -> Any:
        if next(turns) == 1:
            raise RuntimeError("the disk is full")
        return await writing(fn, *args, **kwargs)

    monkeypatch.setattr(world.db, "writing", fails_once)
    with pytest.raises(RuntimeError):
        await world.run()
    monkeypatch.undo()
    assert len(world.reports()) == 500
    assert "validators" not in world.state().cursor
    assert world.state().error == "RuntimeError: the disk is full"
    outcome = await world.run()
    assert (outcome.new, outcome.unchanged) == (700, 500)
    world.once_each()


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


async def test_another_address_is_read_from_its_beginning(world: World) -> None:
    modified = {"Last-Modified": "Mon, 23 Jun 2014 06:00:00 GMT"}
    world.has("feed", "reports", url="/old.csv")
    world.server.paths["/old.csv"] = lambda _: Response(lines(ROWA).encode(), headers=modified)
    await world.run()
    world.has("feed", "reports", url="/new.csv")

    def unchanged_since(request: Request) -> Response:
        known = "if-modified-since" in request.headers
        return Response(status=304) if known else Response(lines(ROWB).encode())

    world.server.paths["/new.csv"] = unchanged_since
    assert (await world.run()).new == 1


async def test_what_another_process_has_read_meanwhile_is_not_overwritten(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")

    def overtaken(_: Request) -> Response:
        with world.db.begin() as conn:
            feeds.lock(conn, "feed")
            feeds.move(conn, "feed", {"validators": {"etag": "newer"}}, 0, world.now)
        return Response(lines(ROWA).encode())

    world.server.paths["/list.csv"] = overtaken
    assert (await world.run()).news == 0
    assert (world.reports(), world.state().error) == ({}, "")
    assert world.state().cursor == {"validators": {"etag": "newer"}}
