"""Alerts in CAP, by themselves and in feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.feeds.server import Response, always

if TYPE_CHECKING:
    from tests.bot.feeds.conftest import World

pytestmark = pytest.mark.anyio
FLOOD = "Flood on the Euphrates"


def alert(
    number: int,
    type_: str = "Alert",
    *,
    references: str = "",
    version: str = "1.2",
    headline: str = FLOOD,
    prefix: str = "",
    **other: str,
) -> str:
    given = {
        "identifier": f"id-{number}",
        "sender": "warnings@example.org",
        "sent": f"2014-06-23T0{number}:00:00+03:00",
        "status": "Actual",
        "msgType": type_,
        "scope": "Public",
        "references": references,
        **other,
    }
    p = f"{prefix}:" if prefix else ""
    tags = "".join(f"<{p}{name}>{text}</{p}{name}>" for name, text in given.items() if text)
    info = f"<{p}info><{p}event>Flood</{p}event><{p}headline>{headline}</{p}headline></{p}info>"
    xmlns = f"xmlns{':' + prefix if prefix else ''}"
    return f'<{p}alert {xmlns}="urn:oasis:names:tc:emergency:cap:{version}">{tags}{info}</{p}alert>'


def refers(number: int) -> str:
    return f"warnings@example.org,id-{number},2014-06-23T0{number}:00:00+03:00"


def atom(*entries: tuple[str, str]) -> str:
    listed = "".join(
        f"<entry><id>{link}</id><updated>{changed}</updated>"
        '<link rel="self" href="/elsewhere"/>'
        f'<link type="application/cap+xml" href="{link}"/></entry>'
        for link, changed in entries
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{listed}</feed>'


@pytest.fixture
def warnings(world: World) -> World:
    world.has("feed", "cap", url="/cap")
    return world


def titles(world: World) -> list[tuple[str, bool]]:
    return [(kept.lead.title, kept.withdrawn_at is not None) for kept in world.leads()]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("prefix", ["", "cap"])
async def test_an_alert_is_a_lead(warnings: World, version: str, prefix: str) -> None:
    warnings.server.serves("/cap", alert(5, version=version, prefix=prefix))
    assert (await warnings.run()).leads == 1
    lead = warnings.leads()[0].lead
    assert (lead.title, lead.said.isoformat()) == (FLOOD, "2014-06-23T02:00:00+00:00")
    assert (await warnings.run()).news == 0


async def test_an_update_takes_the_place_of_an_alert_and_a_cancel_takes_it_back(
    warnings: World,
) -> None:
    warnings.server.serves("/cap", alert(5))
    await warnings.run()
    update = alert(6, "Update", references=refers(5), headline="A greater flood")
    warnings.server.serves("/cap", update)
    outcome = await warnings.run()
    assert (outcome.leads, outcome.withdrawn) == (1, 1)
    assert titles(warnings) == [("A greater flood", False), (FLOOD, True)]
    both = f"nonsense {refers(5)} {refers(6)}"
    warnings.server.serves("/cap", alert(7, "Cancel", references=both))
    assert (await warnings.run()).withdrawn == 1
    assert titles(warnings) == [("A greater flood", True), (FLOOD, True)]


@pytest.mark.parametrize(
    "other",
    [{"status": "Exercise"}, {"status": "Test"}, {"scope": "Private"}, {"type_": "Ack"}],
)
async def test_only_what_is_actual_and_for_everybody_counts(
    warnings: World, other: dict[str, str]
) -> None:
    warnings.server.serves("/cap", alert(5, **other))
    assert (await warnings.run()).news == 0
    assert (warnings.leads(), warnings.waiting()) == ([], [])


async def test_alerts_that_a_feed_links_to_are_fetched_once(warnings: World) -> None:
    warnings.server.serves("/one", alert(5))
    warnings.server.serves("/two", alert(6, headline="A storm"))
    listed = [("/one", "2014-06-23T05:00:00Z"), ("two", "2014-06-23T06:00:00Z")]
    warnings.server.serves("/cap", atom(*listed))
    assert (await warnings.run()).leads == 2
    warnings.server.serves("/three", alert(7, "Cancel", references=refers(5)))
    warnings.server.serves("/cap", atom(*listed, ("/three", "")))
    assert (await warnings.run()).withdrawn == 1
    assert [r.path for r in warnings.server.asked] == ["/cap", "/one", "/two", "/cap", "/three"]
    assert titles(warnings) == [("A storm", False), (FLOOD, True)]


async def test_rss_may_link_to_alerts_and_a_feed_may_hold_them(warnings: World) -> None:
    item = f"<item><link>{warnings.server.url}/one</link><pubDate>today</pubDate></item>"
    warnings.server.serves("/one", alert(5))
    warnings.server.serves("/cap", f"<rss><channel>{item}<item/></channel></rss>")
    assert (await warnings.run()).leads == 1
    held = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry>{alert(6)}</entry></feed>'
    warnings.server.serves("/cap", held)
    assert (await warnings.run()).leads == 1


async def test_an_alert_that_lacks_something_waits(warnings: World) -> None:
    warnings.server.serves("/cap", f"<x>{alert(5, scope='')}{alert(6, sent='now')}</x>")
    await warnings.run()
    assert warnings.reasons() == [
        ("id-5", "", "it lacks scope"),
        ("id-6", "", "sent: 'now' is no time"),
    ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<kml/>", "neither an alert nor a feed of alerts, but 'kml'"),
        (alert(5)[:-9], "is no XML, or was cut"),
        (atom(*((f"/{n}", "") for n in range(501))), "links to more than 500 alerts"),
        (atom(("/nowhere", "")), "/nowhere answered 404"),
    ],
)
async def test_what_is_no_feed_of_alerts_moves_nothing(
    warnings: World, body: str, why: str
) -> None:
    warnings.server.paths["/cap"] = always(Response(body.encode()))
    assert why in await warnings.fails()
    assert (warnings.leads(), warnings.state().cursor) == ([], {})


async def test_whatever_comes_first_an_alert_that_was_taken_back_stays_so(
    warnings: World,
) -> None:
    warnings.server.serves("/cap", alert(7, "Cancel", references=refers(5)))
    await warnings.run()
    warnings.server.serves("/cap", f"<x>{alert(5)}{alert(6, headline='A storm')}</x>")
    assert (await warnings.run()).leads == 1
    assert titles(warnings) == [("A storm", False)]


async def test_an_alert_that_is_listed_still_does_not_come_back(warnings: World) -> None:
    update = alert(6, "Update", references=refers(5), headline="A greater flood")
    warnings.server.serves("/cap", f"<x>{alert(5)}{update}</x>")
    await warnings.run()
    assert titles(warnings) == [("A greater flood", False)]
    warnings.server.serves("/cap", f"<x> {alert(5)}</x>")
    assert (await warnings.run()).news == 0
    assert titles(warnings) == [("A greater flood", False)]


async def test_an_alert_that_cannot_be_read_keeps_back_no_other(warnings: World) -> None:
    warnings.server.serves("/one", alert(5))
    warnings.server.serves("/cap", atom(("/gone", ""), ("/one", "")))
    assert "/gone answered 404" in await warnings.fails()
    assert titles(warnings) == [(FLOOD, False)]
    warnings.server.serves("/gone", alert(6, headline="A storm"))
    assert (await warnings.run()).leads == 1
    assert [r.path for r in warnings.server.asked].count("/one") == 1


async def test_where_alerts_cannot_be_read_one_after_the_other_it_ends(warnings: World) -> None:
    warnings.server.serves("/cap", atom(*((f"/{n}", "") for n in range(9))))
    await warnings.fails()
    assert len(warnings.server.asked) == 1 + 5
