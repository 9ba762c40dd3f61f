"""RSS, Atom and JSON Feed: leads, and no claims."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.bot.feeds.server import Response

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World

pytestmark = pytest.mark.anyio
RSS = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>The wire</title>
<item><title>Crossing <b>closed</b> &amp; reopened</title><guid>g1</guid>
<link>https://example.org/1</link><pubDate>Mon, 23 Jun 2014 08:00:00 +0300</pubDate>
<description>&lt;p&gt;It was &lt;i&gt;closed&lt;/i&gt;.&lt;/p&gt;</description></item>
{more}</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>The wire</title><id>f</id><updated>2014-06-23T06:00:00Z</updated>{entries}</feed>"""
ENTRY = """<entry><id>e1</id><title>{title}</title><link href="https://example.org/1"/>
<published>2014-06-23T05:00:00Z</published><updated>{updated}</updated></entry>"""
JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "The wire",
    "items": [
        {
            "id": "j1",
            "url": "https://example.org/1",
            "title": "A crossing",
            "content_text": "It was\nclosed.",
            "date_published": "2014-06-23T08:00:00+03:00",
        }
    ],
}


@pytest.fixture
def wire(world: World) -> World:
    world.has("feed", "news", url="/feed")
    return world


def titles(world: World) -> list[tuple[str, bool]]:
    return [(kept.lead.title, kept.withdrawn_at is not None) for kept in world.leads()]


async def test_items_of_rss_are_leads(wire: World) -> None:
    wire.server.serves("/feed", RSS.format(more=""))
    outcome = await wire.run()
    assert (outcome.leads, outcome.new) == (1, 0)
    lead = wire.leads()[0].lead
    assert (lead.key, lead.title) == ("g1", "Crossing closed & reopened")
    assert (lead.summary, lead.url) == ("It was closed.", "https://example.org/1")
    assert lead.said == datetime(2014, 6, 23, 5, tzinfo=UTC)
    assert wire.reports() == {}
    assert (await wire.run()).news == 0


async def test_an_item_that_has_left_the_feed_stays(wire: World) -> None:
    wire.server.serves("/feed", RSS.format(more=""))
    await wire.run()
    wire.server.serves("/feed", "<rss version='2.0'><channel><title>t</title></channel></rss>")
    await wire.run()
    assert titles(wire) == [("Crossing closed & reopened", False)]


async def test_an_entry_of_atom_is_changed_and_withdrawn(wire: World) -> None:
    def says(*entries: str) -> None:
        wire.server.serves("/feed", ATOM.format(entries="".join(entries)))

    says(ENTRY.format(title="Closed", updated="2014-06-23T05:00:00Z"))
    await wire.run()
    says(ENTRY.format(title="Open", updated="2014-06-23T06:00:00Z"))
    assert (await wire.run()).leads == 1
    assert titles(wire) == [("Open", False)]
    assert wire.leads()[0].lead.changed == datetime(2014, 6, 23, 6, tzinfo=UTC)
    # An older copy of the feed, from some cache.
    says(ENTRY.format(title="Closed", updated="2014-06-23T05:00:00Z"))
    assert (await wire.run()).news == 0
    says('<at:deleted-entry ref="e1" when="2014-06-23T07:00:00Z"/>')
    assert (await wire.run()).withdrawn == 1
    assert titles(wire) == [("Open", True)]
    assert (await wire.run()).news == 0


async def test_items_of_a_json_feed_are_leads(wire: World) -> None:
    wire.server.serves("/feed", json.dumps(JSON))
    await wire.run()
    lead = wire.leads()[0].lead
    assert (lead.key, lead.title, lead.summary) == ("j1", "A crossing", "It was closed.")
    assert lead.said == datetime(2014, 6, 23, 5, tzinfo=UTC)


async def test_what_does_not_tell_its_time_or_anything_waits(wire: World) -> None:
    wire.server.serves(
        "/feed",
        RSS.format(
            more="<item><title>No date</title><guid>g2</guid></item>"
            "<item><guid>g3</guid><pubDate>Mon, 23 Jun 2014 08:00:00 GMT</pubDate></item>"
            "<item><title>Soon</title><guid>g4</guid>"
            "<pubDate>Mon, 30 Jun 2014 08:00:00 GMT</pubDate></item>"
        ),
    )
    outcome = await wire.run()
    assert (outcome.leads, outcome.rejected) == (1, 3)
    assert sorted(wire.reasons()) == [
        ("g2", "", "it does not tell when it was published"),
        ("g3", "", "it has neither a title nor a text"),
        ("g4", "", "2014-06-30 08:00 UTC is still to come"),
    ]


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><rss version="2.0"><channel>&b;</channel></rss>"""
EXTERNAL = """<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><rss version="2.0">&e;</rss>"""


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (BOMB, "declares entities"),
        (EXTERNAL, "declares entities"),
        (RSS.format(more="")[:-30], "is no XML, or was cut"),
        ("", "is no XML, or was cut"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "is no XML, or was cut"),
        ("<kml/>", "neither RSS nor Atom, but 'kml'"),
        ("{}", "no JSON Feed"),
        (json.dumps({**JSON, "items": 5}), "no JSON Feed"),
        (json.dumps({**JSON, "items": [5]}), "an item that is no object"),
        (json.dumps(JSON)[:-2], "no JSON, or was cut"),
        ("<!doctype html><title>Sign in</title>", "a web page (HTML)"),
    ],
)
async def test_what_is_no_feed_moves_nothing(wire: World, body: str, why: str) -> None:
    wire.server.paths["/feed"] = lambda _: Response(body.encode())
    assert why in await wire.fails()
    assert (wire.leads(), wire.state().cursor) == ([], {})


async def test_an_entry_that_was_changed_after_it_was_deleted_stands(wire: World) -> None:
    deleted = (
        '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" '
        'ref="{ref}" when="2014-06-23T07:00:00Z"/>'
    )
    before = ENTRY.format(title="Open", updated="2014-06-23T06:00:00Z")
    ref = "e1"
    wire.server.serves("/feed", ATOM.format(entries=deleted.format(ref=ref)))
    await wire.run()
    wire.server.serves("/feed", ATOM.format(entries=before))
    assert (await wire.run()).news == 0
    after = ENTRY.format(title="Open again", updated="2014-06-23T08:00:00Z")
    wire.server.serves("/feed", ATOM.format(entries=deleted.format(ref=ref) + after))
    assert (await wire.run()).leads == 1
    assert [(k.lead.title, k.withdrawn_at) for k in wire.leads()] == [("Open again", None)]


async def test_a_feed_of_far_too_many_entries_moves_nothing(wire: World) -> None:
    wire.server.serves("/feed", ATOM.format(entries="<entry/>" * 20_001))
    assert await wire.fails() == "the feed has 20001 entries; at most 20000 are read"
    assert "validators" not in wire.state().cursor
