"""Servers that answer what nobody expects: no feed stops for ever, nothing is lost or garbled."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.feeds.fetching import FeedTrouble
from bot.feeds.keeping import How
from bot.feeds.naming import Names
from bot.feeds.retrying import retry
from storage import places
from storage.place_index import PlaceIndex
from tests.bot.feeds.server import Response, always, as_json
from tests.bot.feeds.test_acled import Service, settle
from tests.bot.feeds.test_acled import event as acled_event
from tests.bot.feeds.test_cap import alert
from tests.bot.feeds.test_fetching import asking
from tests.bot.feeds.test_maps import RABIA, box, drawn, feature
from tests.bot.feeds.test_reports import ROWA, ROWB, lines
from tests.bot.feeds.test_ucdp import event

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World
    from tests.bot.feeds.server import Request, Server

pytestmark = pytest.mark.anyio
# Letters by chance: what a database can pack is not long for it.
LONG = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz", k=9000))
DEEP = "[" * 600 + "]" * 600


def ucdp(world: World, *rows: dict[str, Any]) -> None:
    world.env["TOKEN"] = "a-token"
    world.has("feed", "ucdp", url="/ged", version="14.0.6", token={"env": "TOKEN"})
    # As it comes: with numbers that JSON has and databases have not.
    body = json.dumps({"Result": rows}).replace('"INFINITE"', "1e999")
    body = body.replace('"DEEP"', DEEP)
    world.server.paths["/ged/14.0.6"] = lambda _: Response(body.encode())


ODD: tuple[dict[str, Any], ...] = (
    {"latitude": "INFINITE", "longitude": "INFINITE"},
    {"latitude": 10**400},
    {"best": "INFINITE"},
    {"best": -(10**4000)},
    {"date_start": "2014-\x00-\ud800"},
    {"dyad_name": "\x00\ud800"},
    {"source_office": "\udfff\x00"},
    {"note": "DEEP"},
    {"where_coordinates": LONG},
    {"source_headline": LONG},
    {"extra\x00\ud800": {"\x00": "\ud800"}},
)


@pytest.mark.parametrize(
    "kind",
    [{}, {"where_prec": 4}, {"date_end": "?", "source_date": ""}, {"where_coordinates": "?"}],
)
async def test_odd_events_hold_up_no_other(world: World, kind: dict[str, Any]) -> None:
    odd = [event(number, **{**kind, **given}) for number, given in enumerate(ODD, start=2)]
    ucdp(world, event(1), *odd, event(len(ODD) + 2))
    outcome = await world.run()
    assert outcome.new + outcome.leads + outcome.rejected == len(ODD) + 2
    assert {"ucdp-1", f"ucdp-{len(ODD) + 2}"} <= world.reports().keys()
    assert (await world.run()).news == 0


async def test_what_has_a_very_long_id_is_told_from_others(world: World) -> None:
    leads = [event(n, id=f"{LONG}{n}", where_prec=4) for n in range(3)]
    ucdp(world, *leads, event(4, id=LONG))
    outcome = await world.run()
    assert (outcome.leads, outcome.rejected) == (3, 1)
    assert len({k.lead.key for k in world.leads()}) == 3
    assert (await world.run()).news == 0


async def test_articles_with_very_long_addresses_are_told_apart(world: World) -> None:
    world.has("feed", "gdelt", url="/doc", query="a", pause=None)
    articles = [
        {
            "url": f"https://example.org/{'x' * 600}{n}",
            "title": "字" * 400,
            "seendate": "20140623T110000Z",
        }
        for n in range(3)
    ]
    world.server.paths["/doc"] = always(as_json({"articles": articles}))
    assert (await world.run()).leads == 3
    assert {k.lead.url for k in world.leads()} == {a["url"] for a in articles}
    assert {k.lead.title for k in world.leads()} == {"字" * 299 + "…"}
    assert (await world.run()).news == 0


async def test_a_long_identifier_of_an_alert_is_taken_back_by_its_cancel(world: World) -> None:
    world.has("feed", "cap", url="/alert")
    first = alert(1).replace("<identifier>", f"<identifier>{LONG}")
    world.server.serves("/alert", first)
    assert (await world.run()).leads == 1
    sender, name, sent = (
        first.partition(f"<{tag}>")[2].partition("<")[0] for tag in ("sender", "identifier", "sent")
    )
    cancel = alert(2, "Cancel", references=f"{sender},{name},{sent}")
    world.server.serves("/alert", cancel)
    assert (await world.run()).withdrawn == 1


@pytest.mark.parametrize("tag", ['"é"', '"\x01"', '"\x80\xff"'])
async def test_a_tag_that_cannot_be_sent_back_is_not(world: World, tag: str) -> None:
    world.has("feed", "reports", url="/list.csv")
    rows = [ROWA]
    world.server.paths["/list.csv"] = lambda _: Response(
        lines(*rows).encode(), headers={"ETag": tag}
    )
    await world.run()
    rows.append(ROWB)
    assert (await world.run()).new == 1


@pytest.mark.parametrize(
    "host",
    [
        "a" * 64 + ".example",
        "a..example",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::1]",
        "0.0.0.0",  # noqa: S104 - refused
        "0",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.1",
        "localhost",
        "localhost.",
        "169.254.169.254",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "１２７.0.0.1",
    ],
)
async def test_no_redirect_leads_into_the_own_network(server: Server, host: str) -> None:
    port = server.url.rpartition(":")[2]
    target = f"http://{host}:{port}/inside"
    server.paths["/"] = lambda _: Response(
        status=302, headers={"Location": target.encode().decode("latin-1")}
    )
    server.serves("/inside", "secret")
    async with asking() as fetch, asking(private=False) as guarded:
        with pytest.raises(FeedTrouble):
            # As if the first server were a public one.
            await guarded.get(target)
        if any(never in host for never in ("169.254", "fe80", "0.0.0.0")):  # noqa: S104 - as above
            with pytest.raises(FeedTrouble):
                await fetch.get(server.url + "/")
    assert [r.path for r in server.asked if r.path == "/inside"] == []


@pytest.mark.parametrize("token", ["a\nb", "a\x00b", "ü", "a\r\nX-Evil: 1"])
async def test_a_token_that_cannot_be_sent_is_not_shown(world: World, token: str) -> None:
    world.env["PASSWORD"] = "pass word"
    settle(world)
    world.server.paths["/oauth/token"] = always(as_json({"access_token": f"top-secret{token}"}))
    why = await world.fails()
    assert "top-secret" not in why
    assert "cannot be sent" in why


async def test_a_secret_that_cannot_be_sent_is_an_error_that_does_not_show_it(world: World) -> None:
    world.env["TOKEN"] = "geheim-ü"
    world.has("feed", "ucdp", url="/ged", version="14.0.6", token={"env": "TOKEN"})
    why = await world.fails()
    assert "geheim" not in why
    assert "cannot be sent" in why


@pytest.mark.parametrize("edited", [10**400, -(10**400), 10**30, "x", None, True, 1.5])
async def test_a_layer_edited_at_no_time_is_an_error(world: World, edited: Any) -> None:
    world.has("feed", "arcgis", url="/layer/0", party="militants")
    info = {"editingInfo": {"lastEditDate": edited}}
    world.server.paths["/layer/0"] = always(as_json(info))
    assert "does not tell when it was edited" in await world.fails()


@pytest.mark.parametrize("date", [10**400, 10**30, -(10**400)])
async def test_a_map_drawn_at_no_time_is_an_error(world: World, date: Any) -> None:
    world.has("feed", "geojson", url="/map", party="militants", date_property="date")
    world.server.serves("/map", json.dumps(drawn(feature(box(*RABIA), date=date))))
    assert "tells when it was drawn" in await world.fails()


async def test_an_alert_that_is_linked_to_and_not_there_is_asked_for_again(world: World) -> None:
    world.has("feed", "cap", url="/feed")
    world.server.serves(
        "/feed",
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/1"/>'
        "<updated>2014-06-23T06:00:00Z</updated></entry></feed>",
    )
    world.server.serves("/1", "<wait/>")
    assert "holds no alert" in await world.fails()
    world.server.serves("/1", alert(1))
    assert (await world.run()).leads == 1


@pytest.mark.parametrize(
    "link",
    ["http://[x", "http://１２７.0.0.1.x/", "http://x:99999999/", "file:///etc/passwd", "//"],
)
async def test_a_link_that_is_no_address_holds_up_no_other_alert(world: World, link: str) -> None:
    world.has("feed", "cap", url="/feed")
    entries = "".join(
        f'<entry><link href="{href}"/><updated>2014-06-23T06:00:00Z</updated></entry>'
        for href in (link, "/1")
    )
    world.server.serves("/feed", f'<feed xmlns="http://www.w3.org/2005/Atom">{entries}</feed>')
    world.server.serves("/1", alert(1))
    await world.fails()
    assert len(world.leads()) == 1


@pytest.mark.parametrize("depth", [500, 50_000])
async def test_what_is_nested_deeply_ends_the_run_and_nothing_else(
    world: World, depth: int
) -> None:
    world.has("xml", "news", url="/xml")
    world.server.serves("/xml", "<rss>" + "<a>" * depth + "</a>" * depth + "</rss>")
    await world.feeds().run("xml")
    world.has("json", "news", url="/json")
    world.server.serves("/json", '{"a":' * depth + "1" + "}" * depth)
    assert "JSON" in await world.fails("json")


# ------------------------------------------------------------------------------- whose is newest


async def test_of_two_processes_that_read_at_once_the_first_to_write_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older copy of a list must not undo what a newer one has corrected."""
    world.has("feed", "reports", url="/list.csv")
    rows = [f"r{n},rawa,holds,iraq,,2014-06-23T0{n % 9}:00:00Z" for n in range(600)]
    world.server.serves("/list.csv", lines(*rows))
    await world.run()
    newer = [row.replace("iraq", "militants") for row in rows]
    has_fetched, half_way = asyncio.Event(), asyncio.Event()
    answers = [lines(*rows, ROWB), lines(*newer)]
    world.server.paths["/list.csv"] = lambda _: Response(answers.pop(0).encode())
    older, other = world.feeds(), world.feeds()
    writing = world.db.writing

    # The one with the older copy has fetched it, and waits until the other is half way through.
    async def in_turn(fn: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(fn, "__name__", "") != "keep_batch":
            return await writing(fn, *args, **kwargs)
        if not has_fetched.is_set():
            has_fetched.set()
            await half_way.wait()
            return await writing(fn, *args, **kwargs)
        found = await writing(fn, *args, **kwargs)
        if len(args[0].items) == 500:
            half_way.set()
            await first
        return found

    monkeypatch.setattr(world.db, "writing", in_turn)
    first = asyncio.create_task(older.run("feed"))
    await has_fetched.wait()
    await other.run("feed")
    gone = {r.refers_to for r in world.reports().values() if r.refers_to}
    stand = [r for r in world.reports().values() if r.claim.value == "holds" and r.id not in gone]
    assert {r.party for r in stand} == {"militants"}
    assert len(stand) == 600


async def test_what_waits_is_tried_again_as_it_is_then(world: World) -> None:
    world.has("feed", "reports", url="/list.csv")
    world.server.serves("/list.csv", lines(ROWB.replace("ana", "Point Seven")))
    await world.run()
    old = world.waiting()
    world.server.serves("/list.csv", lines(ROWB))
    await world.run()
    with world.db.begin() as conn:
        places.add_aliases(conn, {"rabia": ["Point Seven"]})
    with world.db.begin() as conn:
        # They were read before the feed was, as by another process.
        how = How("", Names(), world.now, timedelta(hours=48))
        retry(conn, old, world.blocks, how, PlaceIndex().current(conn))
    assert world.claims() == [("b", "ana", "took", "militants")]


@pytest.fixture
def service(world: World) -> Service:
    world.env["PASSWORD"] = "pass word"
    settle(world)
    found = Service()
    for path in ("/oauth/token", "/api/acled/read", "/api/deleted/read"):
        world.server.paths[path] = found.answer
    return found


@pytest.mark.parametrize(
    "fault",
    [
        Response(b'{"success": true, "data": [', cut=5),
        Response(b'{"success": true, "data": [', framed=False),
        Response(b"<!doctype html><p>busy"),
        Response(status=500),
        Response(status=429, headers={"Retry-After": "3600"}),
        Response(status=429, headers={"Retry-After": "Mon, 23 Jun 2014 13:00:00 GMT"}),
        as_json({"success": False, "error": "busy"}),
        as_json({"message": "expired"}, 401),
        as_json({"success": True, "data": None}),
        Response(b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
        Response(status=304),
        Response(b""),
    ],
)
async def test_a_fault_at_any_page_loses_and_doubles_nothing(
    world: World, service: Service, fault: Response
) -> None:
    service.has(*(acled_event(f"IRQ{n}") for n in range(7)))
    service.deleted = [
        {"event_id_cnty": "IRQ3", "deleted_timestamp": 1_403_524_800 + n} for n in range(3)
    ]
    inner, at, left = service.answer, -1, 0
    paths = ("/oauth/token", "/api/acled/read", "/api/deleted/read")

    def breaks(request: Request) -> Response:
        nonlocal left
        left -= 1
        return fault if left < 0 else inner(request)

    world.server.paths |= dict.fromkeys(paths, breaks)
    while True:
        at += 1
        left = at
        if await world.feeds().run("feed") is not None:
            break
        # Whoever wanted to be left alone is.
        world.now += timedelta(hours=2)
    assert at >= 3
    world.server.paths |= dict.fromkeys(paths, inner)
    await world.run()
    assert {r for r in world.reports() if "~" not in r} == {f"IRQ{n}" for n in range(7)}
    assert "IRQ3~withdrawn" in world.reports()
    world.once_each()
